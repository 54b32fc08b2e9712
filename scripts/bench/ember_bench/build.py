"""A release build of an earlier commit, to compare the present one with."""

import os
import pathlib
import shutil
import subprocess
import tempfile

from ember_setup.report import SetupError, say

PROGRAMS = ("ember", "ember-guard")


def of_commit(name, root, cache):
    """The folder of the commit's programs. It is built once, in a work tree of its own, and kept in the cache folder."""
    commit = _git(root, "rev-parse", "--verify", f"{name}^{{commit}}")
    kept = pathlib.Path(cache, "bench", "builds", commit)
    if all((kept / program).exists() for program in PROGRAMS):
        return kept
    say(f"building {name} ({commit[:12]}), about 6 minutes on 2 cores")
    with tempfile.TemporaryDirectory(prefix="ember-before-") as folder:
        tree = pathlib.Path(folder, "tree")
        _git(root, "worktree", "add", "--detach", tree, commit)
        try:
            _build(tree, kept)
        finally:
            _git(root, "worktree", "remove", "--force", tree)
    return kept


def _build(tree, kept):
    for program in PROGRAMS:
        command = ["swift", "build", "-c", "release", "--product", program]
        done = subprocess.run(command, cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise SetupError(f"{' '.join(command)} failed:\n" + "\n".join(done.stdout.splitlines()[-20:]))
    # Complete, or not there at all.
    part = kept.with_name(f"{kept.name}.{os.getpid()}")
    part.mkdir(parents=True)
    for program in PROGRAMS:
        shutil.copy2(tree / ".build/release" / program, part)
    part.rename(kept)


def _git(root, *arguments):
    command = ["git", "-C", str(root), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SetupError(f"{' '.join(command)} failed: {done.stderr.strip()}")
    return done.stdout.strip()
