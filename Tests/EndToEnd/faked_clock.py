"""Lets a program see another time, by Debian's faketime."""

import glob

import pytest


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
