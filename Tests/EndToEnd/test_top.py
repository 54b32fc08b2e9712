"""`ember top`: the same as `ember ps` at a glance, at a terminal, in a pipe, and for other programs."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pytest

from ember_process import BINARY, played_engine
from waiting import eventually

ENTER, EXIT = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
CONFIG = "models:\n" + "".join(f"  model-{number:02}: {{{played_engine()}}}\n" for number in range(30))


class Terminal:
    """`ember top` at a terminal of its own."""

    def __init__(self, server, columns=80, lines=24, **environment):
        self.master, self.slave = pty.openpty()
        self.resize(columns, lines, tell=False)
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(
            [BINARY, "top", "--listen", server.url.removeprefix("http://")], stdin=self.slave, stdout=self.slave,
            stderr=self.slave, start_new_session=True, env={**os.environ, "TERM": "xterm", **environment})
        self.text = ""

    def resize(self, columns, lines, tell=True):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        if tell:
            self.process.send_signal(signal.SIGWINCH)

    def read(self):
        while select.select([self.master], [], [], 0)[0]:
            self.text += os.read(self.master, 65536).decode()
        return self.text

    def frames(self):
        """Those that have come whole, each as its lines without colours."""
        whole = self.read().split("\x1b[J")[:-1]
        return [[re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", line) for line in frame.split("\x1b[H")[-1].replace("\r", "").split("\n")]
                for frame in whole]

    def frame(self, condition=lambda lines: True):
        """The newest one, once it is so."""
        return eventually(lambda: next((lines for lines in self.frames()[-1:] if condition(lines)), None), 30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    def has_left(self):
        """It has ended well, and the terminal is as it was."""
        assert self.process.wait(20) == 0
        assert self.read().endswith(EXIT) and self.text.count(ENTER) == 1
        assert termios.tcgetattr(self.slave) == self.before


@pytest.fixture
def server(ember):
    server = ember(CONFIG)
    assert server.chat("model-07")[0] == 200
    return server


@pytest.mark.parametrize("leave", ["q", "interrupt", "end"])
def test_the_screen_is_drawn_and_given_back(server, leave):
    with Terminal(server) as terminal:
        lines = terminal.frame()
        assert terminal.text.startswith(ENTER) and len(lines) == 24 and max(map(len, lines)) <= 80
        assert lines[0].startswith("Ember at 127.0.0.1:") and "MODEL" in "".join(lines) and lines[-1] == "q leaves"
        # What is in memory comes first, and what there is no room for is counted.
        table = lines[next(number for number, line in enumerate(lines) if line.startswith("MODEL")) + 1:]
        assert re.match(r"model-07 +loaded", table[0])
        assert any(re.match(r"… \d+ more", line) for line in table)
        if leave == "q":
            os.write(terminal.master, b"xq")
        else:
            terminal.process.send_signal(signal.SIGINT if leave == "interrupt" else signal.SIGTERM)
        terminal.has_left()


def test_it_is_drawn_again_as_things_change(server):
    with Terminal(server) as terminal:
        first = terminal.frame()
        assert not any(re.match(r"model-08 +loaded", line) for line in first)
        assert server.chat("model-08")[0] == 200
        terminal.frame(lambda lines: any(re.match(r"model-08 +loaded", line) for line in lines))
        terminal.frame(lambda lines: any("requests a second" in line for line in lines))
        # One frame is drawn over the one before: nothing is cleared in between.
        assert "\x1b[2J" not in terminal.text and terminal.text.count(ENTER) == 1


def test_another_size_is_drawn_at_once(server):
    with Terminal(server, 80, 24) as terminal:
        assert not any("KIND" in line for line in terminal.frame())
        terminal.resize(140, 50)
        lines = terminal.frame(lambda lines: len(lines) == 50)
        assert any(line.rstrip().endswith("KIND") for line in lines) and max(map(len, lines)) <= 140
        assert sum(line.startswith("model-") for line in lines) == 30
        terminal.resize(40, 10)
        lines = terminal.frame(lambda lines: len(lines) == 10)
        assert max(map(len, lines)) <= 40
        terminal.process.send_signal(signal.SIGINT)
        terminal.has_left()


@pytest.mark.parametrize(("variables", "isColoured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_colours_can_be_refused(server, variables, isColoured):
    with Terminal(server, **variables) as terminal:
        terminal.frame()
        assert bool(re.search(r"\x1b\[\d+m", terminal.text)) == isColoured


def test_an_ember_that_has_gone_is_no_end(server):
    with Terminal(server) as terminal:
        terminal.frame()
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(30)
        terminal.frame(lambda lines: any("no Ember answers" in line for line in lines))
        os.write(terminal.master, b"q")
        terminal.has_left()


def test_once_is_text_without_colours(server):
    done = server.command("top", "--once")
    assert done.returncode == 0 and "\x1b" not in done.stdout, done.stderr
    lines = done.stdout.splitlines()
    assert sum(line.startswith("model-") for line in lines) == 30 and max(map(len, lines)) <= 100
    assert "q leaves" not in done.stdout


def test_json_is_a_state_a_line(server):
    done = server.command("top", "--json", "--once")
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 1
    assert json.loads(done.stdout)["cost"]["edge_requests"] == 1
    began = time.monotonic()
    with subprocess.Popen(
        [BINARY, "top", "--json", "--listen", server.url.removeprefix("http://")], stdout=subprocess.PIPE, text=True,
    ) as process:
        states = [json.loads(process.stdout.readline()) for _ in range(3)]
        process.terminate()
    assert time.monotonic() - began >= 2, "a line a second"
    assert states[0]["uptime"] < states[1]["uptime"] < states[2]["uptime"] and len(states[0]["models"]) == 30


def test_what_is_wrong_from_the_start_ends_it(server):
    pipe = server.command("top", stdin=subprocess.DEVNULL)
    assert pipe.returncode != 0 and "--once or --json" in pipe.stderr
    nowhere = subprocess.run([BINARY, "top", "--listen", "127.0.0.1:1"], capture_output=True, text=True, timeout=60)
    assert nowhere.returncode != 0 and "no Ember answers" in nowhere.stderr
