"""Files that are either whole and checked, or absent."""

import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import zipfile

from .report import SetupError

BLOCK = 1 << 20
MIB = 1 << 20


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as source:
        while block := source.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


@contextlib.contextmanager
def whole_file(target):
    """Yields a temporary path beside the target; it takes the target's name only if the block succeeds."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    try:
        yield partial
        with open(partial, "rb") as finished:
            os.fsync(finished.fileno())
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def write_json(path, value):
    with whole_file(path) as partial:
        partial.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def read_json(path):
    """The value, or an empty dictionary when the file is absent or damaged: both mean "nothing is known"."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def switch_link(link, target):
    """Points a symbolic link elsewhere in one step, so that a reader never finds it missing."""
    fresh = link.with_name(f".{link.name}.fresh")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    os.replace(fresh, link)


def expect_sha256(path, expected, what):
    found = sha256_of(path)
    if found != expected:
        raise SetupError(
            f"{what} has sha256 {found} instead of {expected}: it was not kept; "
            "run the set-up again, and if this stays, do not trust the source"
        )


def require_space(folder, needed, what):
    """Fails before a long step, instead of in its midst, when the disk cannot hold its result."""
    existing = pathlib.Path(folder)
    while not existing.exists():
        existing = existing.parent
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise SetupError(
            f"{what} needs {needed // MIB} MiB in {folder}, {free // MIB} MiB are free: "
            "free some space or set EMBER_CACHE to a folder on another disk"
        )


def extract_member(archive, member, target):
    """Copies one file out of a zip archive (an open file or a path)."""
    try:
        with zipfile.ZipFile(archive) as opened, opened.open(member) as source, open(target, "wb") as sink:
            shutil.copyfileobj(source, sink, BLOCK)
    except (KeyError, zipfile.BadZipFile) as error:
        raise SetupError(f"{archive} does not hold {member} ({error}): run the set-up again")


class Ledger:
    """Remembers which files were checked, so that an unchanged file is not hashed again at each start."""

    def __init__(self, path):
        self._path = path
        self._entries = read_json(path)

    def holds(self, path, expected=None):
        """Whether the file is whole: unchanged since it was checked, or else of the expected hash."""
        if not path.is_file():
            return False
        entry = self._entries.get(path.name, {})
        known = entry.get("sha256")
        if known is None or (expected is not None and known != expected):
            return expected is not None and self._check(path, expected)
        return entry.get("seen") == _identity(path) or self._check(path, known)

    def record(self, path, digest):
        self._entries[path.name] = {"sha256": digest, "seen": _identity(path)}
        write_json(self._path, self._entries)

    def _check(self, path, expected):
        if sha256_of(path) != expected:
            return False
        self.record(path, expected)
        return True


def _identity(path):
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ino]
