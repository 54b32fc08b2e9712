#!/usr/bin/env python3
"""Sets up what Ember needs beside its own code: the inference engine, small models, a Python environment.

Every file is checked against a pinned sha256; a set-up that was interrupted goes on when it is run again.
"""

import argparse
import errno
import signal
import sys

from ember_setup import engine, environment, lock, models, system, tweets
from ember_setup.pins import Pins
from ember_setup.places import Places
from ember_setup.report import SetupError, say

STEPS = {
    "system": lambda places, pins: set_up_system(),
    "engine": lambda places, pins: engine.ensure_server(places, pins),
    "models": lambda places, pins: models.ensure(places, pins),
    "python": lambda places, pins: environment.ensure(places, "runtime"),
    "test-system": lambda places, pins: system.require(system.FAKETIME, system.PROMETHEUS, system.CHROMIUM),
    "test-python": lambda places, pins: environment.ensure(places, "runtime", "test"),
    "accuracy": lambda places, pins: set_up_accuracy(places, pins),
}
ALL = ("system", "python", "engine", "models")


def set_up_system():
    system.require(system.MAKE, system.GIT, system.COMPILER, system.ZLIB, system.SQLITE)
    system.require_swift()


def set_up_accuracy(places, pins):
    environment.ensure(places, "runtime", "accuracy")
    tweets.ensure(places, pins)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("step", choices=[*STEPS, "all"], nargs="+", help="what to set up")
    chosen = parser.parse_args(arguments).step
    expanded = [name for step in chosen for name in (ALL if step == "all" else (step,))]
    return list(dict.fromkeys(expanded))


class Interrupted(BaseException):
    """Ctrl-C or a polite end: unwinds, so that temporary files go and child tools are stopped."""

    def __init__(self, number):
        super().__init__()
        self.exit_code = 128 + number


def interrupt(number, _frame):
    raise Interrupted(number)


def main(arguments=None):
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    steps = parse(arguments)
    places = Places.from_environment()
    try:
        with lock.exclusive(places.lock):
            for step in steps:
                STEPS[step](places, Pins.load())
    except SetupError as error:
        return fail(error)
    except Interrupted as interrupted:
        fail("interrupted; run it again to go on from here")
        return interrupted.exit_code
    except OSError as error:
        return fail(explain(error, places))
    say(f"set-up is complete ({', '.join(steps)}): {places.cache}")
    return 0


def explain(error, places):
    where = error.filename or places.cache
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full ({where}); free some space or set EMBER_CACHE to a folder on another disk"
    return f"{where}: {error.strerror or error}; set EMBER_CACHE to a folder you can write"


def fail(message):
    print(f"set-up: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
