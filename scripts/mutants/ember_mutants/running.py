"""Runs a target's tests with one fault on, until the first that fails."""

import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time

# As Swift Testing writes them.
_FAILED = re.compile(r'^\S* ?(?:Test|Suite) (?P<name>.+?) (?:recorded an issue|failed)', re.M)
_PASSED = re.compile(r"Test run with \d+ tests?.* passed")
# A test that fails by itself finds nothing; with more of them the machine is not fit for a run.
_MOST_SKIPPED = 8
FOUND, HUNG, CRASHED, LIVED, UNREACHED = "found", "hung", "crashed", "lived", "unreached"


@dataclasses.dataclass
class Verdict:
    """What became of a fault, and by which test."""

    outcome: str
    test: str
    seconds: float

    @property
    def is_found(self):
        return self.outcome in (FOUND, HUNG, CRASHED)


class Tests:
    """The tests of one module, built."""

    def __init__(self, bundle: pathlib.Path, copy: pathlib.Path, module):
        self.bundle, self.copy, self.module = bundle, copy, module
        self.skipped: list[str] = []
        self.seconds = 0.0

    def settle(self, mutants, say):
        """Runs them without any fault: which tests pass by themselves, how long they take, and which faults they reach.

        Returns the numbers of these.
        """
        with tempfile.NamedTemporaryFile() as reached:
            reached.write(bytes(max((mutant.number for mutant in mutants), default=0) + 1))
            reached.flush()
            for _ in range(_MOST_SKIPPED):
                verdict = self.run(0, limit=900, reached=reached.name)
                if verdict.outcome == LIVED:
                    break
                say(f"{self.module.tests}: {verdict.test} {verdict.outcome} without any fault, and is left out")
                name = verdict.test.split("(")[0].strip('"')
                if not name:
                    raise RuntimeError(f"{self.module.tests} end without any fault: {verdict.outcome}")
                self.skipped.append(name)
            else:
                raise RuntimeError(f"{self.module.tests}: more than {_MOST_SKIPPED} tests fail without any fault")
            self.seconds = verdict.seconds
            marks = pathlib.Path(reached.name).read_bytes()
        return {mutant.number for mutant in mutants if marks[mutant.number]}

    def hold(self, number):
        """What the tests make of a fault."""
        if self.module.quick:
            verdict = self.run(number, tests=self.module.quick)
            if verdict.is_found:
                return verdict
        return self.run(number)

    def run(self, number, limit=None, reached=None, tests=None):
        environment = {**os.environ, "EMBER_MUTANT": str(number)}
        environment.pop("EMBER_MUTANT_REACHED", None)
        if reached:
            environment["EMBER_MUTANT_REACHED"] = reached
        command = [str(self.bundle), "--testing-library", "swift-testing", "--filter", tests or self.module.tests]
        for name in self.skipped:
            command += ["--skip", re.escape(name)]
        limit = limit or 30 + 4 * self.seconds
        began = time.monotonic()
        process = subprocess.Popen(
            command, cwd=self.copy, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True)
        timer = threading.Timer(limit, _end, [process])
        timer.start()
        try:
            test, passed = _read(process.stdout)
        finally:
            timer.cancel()
            _end(process)
        code = process.wait()
        seconds = time.monotonic() - began
        if test:
            return Verdict(FOUND, test, seconds)
        if seconds >= limit:
            return Verdict(HUNG, "", seconds)
        return Verdict(LIVED if passed and code in (0, -signal.SIGKILL) else CRASHED, "", seconds)


def _read(output):
    """The first test that fails, and whether all have passed."""
    for line in output:
        text = line.decode(errors="replace")
        if "✘" in text and (failed := _FAILED.search(text.split("✘", 1)[1])):
            return failed["name"], False
        if _PASSED.search(text):
            return "", True
    return "", False


def _end(process):
    """Its own children too: they are in its session."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
