"""A small disk of a test's own, to fill and to make read-only."""

import contextlib
import os
import pathlib
import subprocess

import pytest


class SmallDisk:
    """A tmpfs; tests that cannot mount one are skipped."""

    def __init__(self, path, size="1m"):
        self.path = pathlib.Path(path)
        self._size = size

    def __enter__(self):
        self.path.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={self._size},mode=0700", "tmpfs", str(self.path)],
            capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
        return self

    def __exit__(self, *_):
        # Lazily: what is still open must not keep it.
        subprocess.run(["umount", "--lazy", str(self.path)], check=False)

    def fill(self):
        """Leaves not a byte free."""
        with open(self.path / "filling", "ab", buffering=0) as file:
            for size in (65536, 4096, 1):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(b"x" * size)

    def clear(self):
        os.unlink(self.path / "filling")

    @contextlib.contextmanager
    def read_only(self):
        """Covers it with one that cannot be written: while a file is open for writing, as a lock is, it cannot be made so itself."""
        subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(self.path)], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", "--lazy", str(self.path)], check=True)

    @contextlib.contextmanager
    def frozen(self):
        """What is on it can be read and not written, although files are open for writing."""
        subprocess.run(["mount", "--bind", str(self.path), str(self.path)], check=True)
        try:
            subprocess.run(["mount", "-o", "remount,bind,ro", str(self.path)], check=True)
            yield
        finally:
            subprocess.run(["umount", "--lazy", str(self.path)], check=True)

    def set_read_only(self, is_read_only):
        """For a disk that no program uses."""
        subprocess.run(
            ["mount", "-o", "remount," + ("ro" if is_read_only else "rw"), str(self.path)], check=True)
