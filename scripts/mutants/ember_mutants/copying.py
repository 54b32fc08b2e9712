"""A copy of the package, in which it is built for its faults."""

import pathlib
import shutil

PARTS = ("Package.swift", "Package.resolved", "Sources", "Tests", "Benchmarks", "config", "examples", "scenarios")


def refresh(root, copy):
    """Makes the copy what `root` is now. Files that have not changed keep their times, so that they are not built again."""
    copy.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        source = root / part
        if source.is_dir():
            _refresh_folder(source, copy / part)
        elif source.exists():
            _write(copy / part, source.read_bytes())


def _refresh_folder(source, target):
    target.mkdir(parents=True, exist_ok=True)
    names = {path.name for path in source.iterdir()}
    for path in target.iterdir():
        if path.name not in names:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in source.iterdir():
        if path.is_dir():
            _refresh_folder(path, target / path.name)
        else:
            _write(target / path.name, path.read_bytes())


def _write(path: pathlib.Path, content: bytes):
    if not path.exists() or path.read_bytes() != content:
        path.write_bytes(content)
