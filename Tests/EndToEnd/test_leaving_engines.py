"""Engines that leave their session and parent: none of their processes is left over."""

import functools
import os
import pathlib
import shlex
import signal
import sys
import uuid

import pytest

import waiting
from ember_process import ROOT

eventually = functools.partial(waiting.eventually, seconds=30)

ENGINE = ROOT / "Tests/EndToEnd/scripted_engine.py"
LOADS = int(os.environ.get("EMBER_TEST_LOADS", "2"))

#: It forks twice and leaves its session in between; the first process ends, or waits.
DOUBLE_FORK = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
    os._exit(0)
os.wait()
time.sleep(float(sys.argv[1]))
"""

#: How the engine is started; ENGINE stands for its own command.
WAYS = {
    "setsid": 'setsid ENGINE & wait',
    "setsid that returns": 'exec setsid ENGINE',
    "wrapper": 'ENGINE; exit $?',
    "nohup": 'nohup ENGINE > /dev/null 2>&1 & exit 0',
    "nohup and setsid": 'nohup setsid ENGINE > /dev/null 2>&1 &',
    "double fork": f'exec python3 -c {shlex.quote(DOUBLE_FORK)} 1000 ENGINE',
    "daemon": f'exec python3 -c {shlex.quote(DOUBLE_FORK)} 0 ENGINE',
    "deaf": "(trap '' TERM; setsid ENGINE) & wait",
}


def processes(mark):
    """Those that have the mark among their arguments, and live."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "cmdline").read_bytes():
                if (folder / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z":
                    found.append(folder.name)
        except OSError:
            pass
    return found


@pytest.fixture
def mark():
    """Something that the arguments of this test's engines alone have."""
    mark = f"engine-{uuid.uuid4()}"
    yield mark
    for pid in processes(mark):
        os.kill(int(pid), signal.SIGKILL)


def serve(ember, folder, way, mark):
    program = folder / "engine.sh"
    python = "" if "python3 -c" in WAYS[way] else sys.executable
    program.write_text(f"{WAYS[way]}\n".replace("ENGINE", f'{python} {ENGINE} "$1" {mark}'))
    return ember(
        f'models: {{m: {{command: [sh, {program}, "${{socket}}"], memory: 30MB, start_timeout: 60s, stop_timeout: 1s}}}}\n')


@pytest.mark.parametrize("way", WAYS)
def test_no_reload_leaves_a_process(ember, tmp_path, mark, way):
    server = serve(ember, tmp_path, way, mark)
    for _ in range(LOADS):
        status, _, answer = server.chat("m")
        assert status == 200, answer
        assert processes(mark)
        assert server.request("/ember/v1/models/unload", {"model": "m"})[0] == 202
        eventually(lambda: server.model("m")["status"] == "unloaded")
        assert not processes(mark)


@pytest.mark.parametrize("way", WAYS)
def test_none_outlives_a_killed_ember(ember, tmp_path, mark, way):
    server = serve(ember, tmp_path, way, mark)
    assert server.chat("m")[0] == 200
    assert processes(mark)
    server.process.kill()
    server.process.wait()
    eventually(lambda: not processes(mark))


@pytest.mark.parametrize("way", ["setsid", "daemon"])
def test_the_death_of_one_that_has_left_is_noticed(ember, tmp_path, mark, way):
    server = serve(ember, tmp_path, way, mark)
    assert server.chat("m")[0] == 200
    assert server.chat("m", '[["die"]]')[0] == 502
    status, _, answer = server.chat("m")
    assert status == 200, answer


def test_one_that_goes_into_the_background_and_never_listens_is_ended(ember, tmp_path, mark):
    program = tmp_path / "silent.sh"
    program.write_text(f"setsid {sys.executable} -c 'import time; time.sleep(1000)' {mark} &\n")
    server = ember(f'models: {{m: {{command: [sh, {program}, "${{socket}}"], memory: 30MB, start_timeout: 1s}}}}\n')
    status, _, answer = server.chat("m")
    assert status == 503 and answer["error"]["code"] == "model_failed", answer
    assert not processes(mark)
