#!/usr/bin/env python3
"""Applies each patch of Tests/Additions to a copy, builds it and runs its tests: what ARCHITECTURE.md says of additions holds.

The copy is .build/additions; its first build is a whole one. A patch begins with lines that say what it adds and which tests
matter:

    Addition: a policy
    Swift tests: EmberCoreTests
    Python tests: Tests/Tidy Tests/Simulation/test_oracle.py
"""

import argparse
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
COPY = ROOT / ".build/additions"
PATCHES = ROOT / "Tests/Additions"


def head(text):
    """What stands before the changes, by name."""
    lines = text.split("diff --git ")[0].splitlines()
    return dict(line.split(": ", 1) for line in lines if ": " in line)


def refresh():
    """Makes the copy what the project is now. Files that have not changed keep their times, so that they are not built again."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    paths = {path for path in listed.stdout.splitlines() if (ROOT / path).is_symlink() or (ROOT / path).is_file()}
    for path in paths:
        _copy(ROOT / path, COPY / path)
    for folder, folders, files in os.walk(COPY):
        folders[:] = [name for name in folders if name != ".build"]
        for name in files:
            path = pathlib.Path(folder, name)
            if str(path.relative_to(COPY)) not in paths:
                path.unlink()


def _copy(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_symlink():
        if not target.is_symlink():
            target.symlink_to(os.readlink(source))
    elif not target.is_file() or target.read_bytes() != source.read_bytes():
        target.write_bytes(source.read_bytes())
        target.chmod(source.stat().st_mode)


def run(*command, **environment):
    print("  " + " ".join(command), flush=True)
    # Git must not take the copy for a folder of the project that it lies in.
    environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(COPY.parent)} | environment
    done = subprocess.run(command, cwd=COPY, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{done.stdout[-8000:]}{done.stderr[-8000:]}\nfailed: {' '.join(command)}")
    return done.stdout


def check(patch):
    text = patch.read_text()
    stated = head(text)
    print(f"{stated['Addition']}: {text.count('diff --git ')} files", flush=True)
    refresh()
    run("git", "apply", str(patch))
    run("swift", "build", "--build-tests")
    if tests := stated.get("Swift tests"):
        run("swift", "test", "--skip-build", "--filter", tests)
    if tests := stated.get("Python tests"):
        binary = run("swift", "build", "--show-bin-path").strip() + "/ember"
        run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests.split(), EMBER_BINARY=binary)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="patches of Tests/Additions by name; by default all")
    names = parser.parse_args().names
    for patch in [PATCHES / f"{name}.patch" for name in names] or sorted(PATCHES.glob("*.patch")):
        check(patch)


if __name__ == "__main__":
    main()
