import json
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

BINARY = os.environ.get("EMBER_BINARY", str(pathlib.Path(__file__).parents[2] / ".build/debug/ember"))


@pytest.fixture(scope="session")
def ember():
    """Runs ember with arguments, and variables of the environment; returns what it printed."""
    assert pathlib.Path(BINARY).exists(), "ember is missing: run make build-debug"

    def run(*arguments, fails=False, cwd=None, **variables):
        done = subprocess.run(
            [os.path.abspath(BINARY), *map(str, arguments)], capture_output=True, text=True, timeout=600, cwd=cwd,
            env={**os.environ, **variables})
        assert (done.returncode != 0) == fails, done.stderr
        return done.stderr if fails else done.stdout

    return run


@pytest.fixture(scope="session")
def rows(ember):
    """Runs ember with arguments; returns the rows of its JSON by policy."""

    def run(*arguments):
        return {row["policy"]: row for row in json.loads(ember(*arguments, "--format", "json"))["rows"]}

    return run
