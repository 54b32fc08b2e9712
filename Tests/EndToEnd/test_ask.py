"""`ember run` and `ember chat`: asking a model at a terminal or in a pipe."""

import json
import os
import pathlib
import pty
import signal
import subprocess
import time

import pytest
from ember_process import BINARY, CACHE, MODELS, ROOT, SMOLLM2, process_tree
from waiting import eventually

QUESTION = "What is the capital of France? Answer in one word."
ENGINE = ROOT / "Tests/EndToEnd/asked_engine.py"


@pytest.fixture
def asked(ember, tmp_path):
    """An Ember whose model answers slowly and writes down what it was asked."""
    log = tmp_path / "asked.jsonl"
    log.touch()
    server = ember(f'models:\n  m: {{command: [python3, {ENGINE}, "${{socket}}", {log}], memory: 30MB, kind: multimodal}}\n')
    server.asked = lambda: [json.loads(line) for line in log.read_text().splitlines()]
    return server


def command(server, *arguments, **options):
    options = {"stdin": subprocess.DEVNULL} | options if "input" not in options else options
    return server.command(*arguments, **options)


class Terminal:
    """A command at a terminal of its own."""

    def __init__(self, *arguments):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [BINARY, *arguments], stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
        os.close(slave)
        self.text = ""

    def until(self, word, seconds=60):
        end = time.monotonic() + seconds
        while word not in self.text:
            assert time.monotonic() < end, self.text
            try:
                self.text += os.read(self.master, 4096).decode()
            except OSError:
                raise AssertionError(f"ended before {word!r}: {self.text}") from None
        before, _, self.text = self.text.partition(word)
        return before

    def type(self, text):
        os.write(self.master, text.encode())

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)


def test_run_prints_the_answer_of_a_real_model(ember):
    server = ember(f"models: {{small: {{path: {SMOLLM2}, context: 2048, parallel: 1}}}}\n")
    result = command(server, "run", "small", QUESTION, "--temperature", "0", "--max-tokens", "16")
    assert result.returncode == 0, result.stderr
    assert "Paris" in result.stdout and "\x1b" not in result.stdout and result.stdout.endswith("\n")
    cut = command(server, "run", "small", "Count to one hundred.", "--max-tokens", "2")
    assert cut.returncode == 0 and "was cut" in cut.stderr
    refused = command(server, "run", "smal", QUESTION)
    assert refused.returncode == 1 and "'smal'" in refused.stderr and "ember ps --all" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    too_long = command(server, "run", "small", input="word " * 20_000)
    assert too_long.returncode == 1 and len(too_long.stderr.strip().splitlines()) == 1, too_long.stderr
    chat = command(server, "chat", "small", "--temperature", "0", "--max-tokens", "16", input=f"{QUESTION}\n/bye\nnever\n")
    assert chat.returncode == 0 and "Paris" in chat.stdout and ">" not in chat.stdout, chat


def test_what_goes_with_a_prompt(asked, tmp_path):
    (tmp_path / "notes.txt").write_text("Some notes: é")
    picture = ROOT / "examples/ocr/sample.png"
    result = command(
        asked, "run", "m", "Look", "here", "--system", "Be brief.", "--file", str(tmp_path / "notes.txt"), "--picture",
        str(picture), "--temperature", "0.5", "--max-tokens", "7", input="from a pipe")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "word1 word2 word3 \n"
    body = asked.asked()[-1]
    assert body["stream"] is True and body["temperature"] == 0.5 and body["max_tokens"] == 7
    assert body["messages"][0] == {"role": "system", "content": "Be brief."}
    image, text = body["messages"][1]["content"]
    assert image["image_url"]["url"].startswith("data:image/png;base64,iVBOR")
    assert text["text"] == "Some notes: é\n\nLook here\n\nfrom a pipe"
    assert command(asked, "run", "m", input="only a pipe").returncode == 0
    assert asked.asked()[-1]["messages"] == [{"role": "user", "content": "only a pipe"}]
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    for arguments, part in [
        ([], "there is no prompt"), (["x", "--file", str(tmp_path / "bytes")], "no UTF-8"),
        (["x", "--picture", str(tmp_path / "notes.txt")], "no PNG"), (["x", "--file", "nowhere"], "nowhere"),
        (["x", "--max-tokens", "0"], "less than 1"), (["x", "--temperature", "3"], "between 0 and 2"),
    ]:
        refused = command(asked, "run", "m", *arguments)
        assert refused.returncode != 0 and part in refused.stderr, (arguments, refused)


def test_a_chat_knows_what_was_said(asked):
    result = command(asked, "chat", "m", "--system", "Be brief.", input="one\n\ntwo\n/clear\nthree\n")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "word1 word2 word3 \n" * 3
    said = [[message["content"] for message in body["messages"]] for body in asked.asked()]
    answer = "word1 word2 word3 "
    assert said == [["Be brief.", "one"], ["Be brief.", "one", answer, "two"], ["Be brief.", "three"]]
    unknown = command(asked, "chat", "other", input="hello\n")
    assert unknown.returncode == 1 and "ember ps --all" in unknown.stderr


def test_ctrl_c_interrupts_the_answer_and_then_the_chat(asked):
    address = asked.url.removeprefix("http://")
    with Terminal("chat", "m", "--listen", address) as terminal:
        terminal.until("> ")
        terminal.type("slow\n")
        terminal.until("word2")
        terminal.interrupt()
        terminal.until("> ")
        # The engine's slot is free: the connection was closed.
        eventually(lambda: asked.model("m")["in_flight"] == 0)
        terminal.type("again\n")
        assert "word3" in terminal.until("> ")
        assert asked.asked()[-1]["messages"][1]["content"].startswith("word1 word2 ")
        terminal.interrupt()
        assert terminal.process.wait(20) == 0
    with Terminal("chat", "m", "--listen", address) as terminal:
        terminal.until("> ")
        terminal.type("\x04")
        assert terminal.process.wait(20) == 0


def test_an_interrupted_run_has_the_shells_status(asked):
    process = subprocess.Popen(
        [BINARY, "run", "m", "slow", "--listen", asked.url.removeprefix("http://")], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, text=True)
    eventually(lambda: asked.model("m")["in_flight"] == 1)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    process.stdout.close()
    eventually(lambda: asked.model("m")["in_flight"] == 0)


def test_a_broken_answer_and_a_missing_ember_are_errors(asked):
    broken = command(asked, "run", "m", "break")
    assert broken.returncode == 1 and broken.stdout.startswith("word1"), broken
    assert len(broken.stderr.strip().splitlines()) == 1
    for arguments in (["run", "m", "x"], ["chat", "m"]):
        gone = subprocess.run(
            [BINARY, *arguments, "--listen", "127.0.0.1:9"], capture_output=True, text=True, timeout=60,
            stdin=subprocess.DEVNULL)
        assert gone.returncode == 1 and "no Ember answers" in gone.stderr and "ember serve" in gone.stderr


def own(tmp_path, **more):
    return {**os.environ, "EMBER_CACHE": str(CACHE), "TMPDIR": str(tmp_path), "EMBER_STATE": str(tmp_path / "unused"), **more}


def test_a_file_is_served_for_one_answer(tmp_path):
    result = subprocess.run(
        [BINARY, "run", str(MODELS / SMOLLM2), QUESTION, "--temperature", "0", "--max-tokens", "16"],
        capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, env=own(tmp_path))
    assert result.returncode == 0, result.stderr
    assert "Paris" in result.stdout and result.stderr == ""
    # Nothing is left of it.
    assert list(tmp_path.iterdir()) == []
    missing = subprocess.run(
        [BINARY, "run", "nowhere.gguf", "x"], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
        env=own(tmp_path))
    assert missing.returncode == 1 and "there is no file" in missing.stderr


def test_a_file_that_is_served_ends_with_its_interrupted_answer(tmp_path):
    process = subprocess.Popen(
        [BINARY, "run", str(MODELS / SMOLLM2), "Write a very long story about a dragon."], stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, env=own(tmp_path))
    assert os.read(process.stdout.fileno(), 1)
    tree = process_tree(process.pid)
    assert len(tree) > 1
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    process.stdout.close()
    assert not [pid for pid in tree if pathlib.Path(f"/proc/{pid}").exists()]
