"""Lets a program see another time, by Debian's faketime.

Under it, a Swift program's timers (`Task.sleep`) work only with `timers`, and only while the clock that counts is not moved. A
program written in Python cannot sleep at all then: see `unfaked`.
"""

import glob
import pathlib
import shutil
import subprocess

import pytest

from ember_process import ROOT


def library():
    """For programs of several threads."""
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    if not found:
        pytest.skip("faketime is not installed: run make setup-test (on macOS there is none for these tests)")
    return found[0]


def clock(time, monotonic=False, zone="UTC"):
    """The environment of a program whose clock begins at a time (`@2026-01-31 12:00:00`) or is off by one (`+14y`).

    monotonic: whether the clock that only counts is off as well.
    """
    faked = {"LD_PRELOAD": library(), "FAKETIME": time, "TZ": zone, "FAKETIME_NO_CACHE": "1"}
    return faked if monotonic else {**faked, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def timers(environment, folder):
    """The environment with timers that work."""
    if not shutil.which("cc"):
        pytest.skip("no C compiler")
    shim = folder / "real_timers.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", shim, ROOT / "Tests/EndToEnd/real_timers.c"], check=True)
    return {**environment, "LD_PRELOAD": f"{shim}:{environment['LD_PRELOAD']}"}


def remove_traces():
    """The library leaves shared memory behind, named by the process that had it."""
    for path in [*pathlib.Path("/dev/shm").glob("faketime_shm_*"), *pathlib.Path("/dev/shm").glob("sem.faketime_sem_*")]:
        if not pathlib.Path("/proc", path.name.rpartition("_")[2]).exists():
            path.unlink(missing_ok=True)


def unfaked(engine):
    """A played engine that sees the real time."""
    return engine.replace("[python3", "[env, -u, LD_PRELOAD, python3")


class MovedClock:
    """A clock that is moved while the program runs."""

    def __init__(self, folder, time="+0"):
        self._file = folder / "clock"
        self.move(time)

    def move(self, time):
        new = self._file.with_suffix(".new")
        new.write_text(time + "\n")
        new.replace(self._file)

    def environment(self, **options):
        faked = clock("+0", **options)
        del faked["FAKETIME"]
        return {**faked, "FAKETIME_TIMESTAMP_FILE": str(self._file)}
