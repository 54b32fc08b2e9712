"""Lets one set-up at a time work on a cache folder."""

import contextlib
import fcntl
import os

from .report import SetupError, say


@contextlib.contextmanager
def exclusive(path):
    """Holds the lock for the block; the kernel frees it when this process ends, however it ends."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = open(path, "a+", encoding="ascii")
    except OSError as error:
        raise SetupError(f"cannot write in {path.parent} ({error.strerror}): set EMBER_CACHE to a folder you own")
    with handle:
        _acquire(handle)
        handle.seek(0)
        handle.truncate()
        handle.write(str(os.getpid()))
        handle.flush()
        yield


def _acquire(handle):
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.seek(0)
        owner = handle.read().strip() or "unknown"
        say(f"another set-up is running (process {owner}): waiting for it to end")
        fcntl.flock(handle, fcntl.LOCK_EX)
