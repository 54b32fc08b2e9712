"""The project's files as a rule reads them: from a working copy, or from a dictionary in a rule's own test."""

import functools
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/mutants"))

from ember_mutants import masking  # noqa: E402

_TEXT = {".swift", ".py", ".md", ".yaml", ".json", ".sh", ".c", ".h", ".txt", ".lua", ".patch"}


class Project:
    def __init__(self, texts, others=()):
        """`texts` by path; `others` are paths of files that are no text."""
        self.texts = texts
        self.others = set(others)

    @classmethod
    def at(cls, root):
        paths = _listed(root) if (root / ".git").exists() else _found(root)
        texts = {path: (root / path).read_text() for path in paths if _is_text(root / path)}
        return cls(texts, [path for path in paths if path not in texts])

    def paths(self, *suffixes, under=("",)):
        return [path for path in self.texts if path.endswith(suffixes) and path.startswith(tuple(under))]

    def swift(self, *under):
        return self.paths(".swift", under=under or ("",))

    @functools.cache  # noqa: B019: a project lives as long as the tests do
    def code(self, path):
        """A Swift file with comments and the contents of literals blank, column by column."""
        return masking.mask(self.texts[path])

    @functools.cache  # noqa: B019
    def uncommented(self, path):
        return masking.mask_comments(self.texts[path])

    def holds(self, path):
        """Whether a file or a folder of that path exists."""
        folder = path.rstrip("/") + "/"
        return path in self.texts or path in self.others or any(other.startswith(folder) for other in self.texts)


def _listed(root):
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=root, capture_output=True, text=True, check=True)
    return sorted(set(listed.stdout.splitlines()))


def _found(root):
    """In a copy of the project that is no repository."""
    left_out = {".build", "__pycache__"}
    found = (path for path in root.rglob("*") if not left_out & set(path.relative_to(root).parts))
    found = (path for path in found if path.is_file() or path.is_symlink())
    return sorted(str(path.relative_to(root)) for path in found)


def _is_text(path):
    return path.is_file() and not path.is_symlink() and (path.suffix in _TEXT or path.name == "Makefile")


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def balanced(text, start, opening="{", closing="}"):
    """The position after the bracket that closes the one at `start`."""
    depth = 0
    for found in re.compile("[" + re.escape(opening + closing) + "]").finditer(text, start):
        depth += 1 if found[0] == opening else -1
        if depth == 0:
            return found.end()
    return len(text)
