import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent / "scripts/demo")]

import ember_process  # noqa: E402
from mock_upstream import MockUpstream  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def set_up():
    for file in (ember_process.SMOLLM2, ember_process.SMOLLM2_Q8, ember_process.MINILM):
        assert (ember_process.MODELS / file).exists(), f"{file} is missing: run make setup"
    assert pathlib.Path(ember_process.BINARY).exists(), "ember is missing: run make build-debug"


@pytest.fixture
def sky():
    """An upstream on this machine that answers with ten tokens."""
    with MockUpstream(answer_tokens=10) as upstream:
        yield upstream


@pytest.fixture
def ember(tmp_path):
    """Makes a running ember from a configuration; ended, with all its engines, when the test ends."""
    running = []

    def start(config, **options):
        folder = tmp_path / str(len(running))
        folder.mkdir()
        process = ember_process.Ember(config, folder, **options)
        process.__enter__()
        running.append(process)
        return process

    yield start
    for process in running:
        tree = ember_process.process_tree(process.process.pid)
        process.__exit__()
        left = [pid for pid in tree if pathlib.Path(f"/proc/{pid}/stat").exists()]
        assert not left, f"processes {left} outlived ember"
    # Several may have had the same one, one after the other.
    for folder in {process.environment["EMBER_STATE"] for process in running}:
        replay_all(pathlib.Path(folder))


def replay_all(folder):
    """Whatever happened, the planner decides it once more exactly so, from its log alone."""
    for log in sorted(folder.glob("events/*.log")):
        done = subprocess.run(
            [ember_process.BINARY, "replay", log], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, (log, done.stdout, done.stderr)
