"""Servers that are started for a measurement and end with it."""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from ember_setup.report import SetupError

START_SECONDS = 120


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def server(name, command, url, folder, environment=None, until_ok=False):
    """Runs a server until the block ends; yields its process once it answers at `url`, with errors too unless `until_ok`."""
    log = pathlib.Path(folder, f"{name}.log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            cwd=folder, env={**os.environ, **(environment or {})},
        )
    try:
        _await_answer(name, process, url, log, until_ok)
        yield process
    finally:
        _stop(process)


def _await_answer(name, process, url, log, until_ok):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.HTTPError:
            if not until_ok:
                return
            time.sleep(0.02)
        except OSError:
            time.sleep(0.02)
    last = log.read_text(errors="replace").strip().splitlines()[-3:]
    raise SetupError(f"{name} does not answer at {url}; it wrote: {' | '.join(last) or 'nothing'}")


def _stop(process):
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
