"""Models that keep prompts in different ways, with a real engine: what is kept is found out once and said, answers are
right however little is kept, and no tenant meets what is another's."""

import base64
import io
import os
import pathlib
import subprocess

import pytest
from PIL import Image

from ember_process import BINARY, CACHE, SMOLLM2
from make_adapter import make_adapter
from make_model import write_model
from make_projector import Shape, make_projector
from make_tiny_model import MAKERS, WIDTH
from waiting import eventually

QUESTIONS = [
    "Where does the ship go?", "Who is the captain?", "What is in the barrels?", "And the wind?", "Who sings?",
    "What of the moon?", "How long does it take?", "Is there land?", "What is for supper?", "And then?",
]
KEYS = "keys: [{key: ann, name: ann}, {key: bob, name: bob}, {key: eve, name: eve}]\n"

# By kind, what this build keeps: in a slot, and of a saved state.
KEPT = {
    "smollm2": ("anywhere", "anywhere"),
    "sliding": ("last_message", "nothing"),
    # SmolLM2's template does not show llama-server where messages begin: it makes no snapshots there.
    "recurrent": ("continuation", "continuation"),
    "hybrid": ("continuation", "continuation"),
    "projector": ("anywhere", "anywhere"),
    "shifting": ("anywhere", "nothing"),
    "adapted": ("anywhere", "nothing"),
}


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """The folder of the tiny models."""
    folder = tmp_path_factory.mktemp("tiny")
    for kind, make in MAKERS.items():
        make(folder / f"{kind}.gguf", CACHE / "models" / SMOLLM2)
    make_projector(folder / "projector.gguf", Shape(embedding=WIDTH))
    make_adapter(folder / "adapter.gguf", seed=2)
    return folder


def config(files, kind, more=""):
    file = "plain" if kind in ("projector", "shifting") else kind
    path = files / f"{file}.gguf" if file in MAKERS else SMOLLM2
    own = {
        "projector": f", mmproj: {files}/projector.gguf", "shifting": ", args: [--cache-reuse, '32']",
    }.get(kind, "")
    variant = f"  v: {{lora: {files}/adapter.gguf, base: m}}\n" if kind == "adapted" else ""
    return f"models:\n  m: {{path: {path}, context: 2048, parallel: 4, pool: 8192{own}}}\n{variant}{more}"


class Asker:
    """One tenant's conversation."""

    def __init__(self, server, tenant=None, model="m", service=None):
        self.server, self.model, self.messages = server, model, []
        self.headers = {"authorization": f"Bearer {tenant}"} if tenant else {}
        if service:
            self.headers["x-ember-service"] = service

    def get(self, path):
        status, _, answer = self.server.request(path, headers=self.headers)
        assert status == 200, answer
        return answer

    def kept(self):
        return next(model for model in self.get("/ember/v1/state")["models"] if model["name"] == self.model)["kept"]

    def found(self):
        """What was found out, once it was."""
        eventually(lambda: self.kept().get("in_slots"), 300)
        return self.kept()

    def unload(self):
        status, _, answer = self.server.request(
            "/ember/v1/models/unload?wait=true", {"model": self.model}, self.headers)
        assert status == 200, answer

    def ask(self, content, expected=None, **options):
        """The answer becomes a turn, or the expected one does that it must be."""
        self.messages.append({"role": "user", "content": content})
        body = {
            "model": self.model, "messages": self.messages, "max_tokens": 4, "temperature": 0, "logprobs": True,
            "top_logprobs": 3, **options}
        status, self.answered, answer = self.server.request("/v1/chat/completions", body, self.headers)
        assert status == 200, answer
        usage, choice = answer["usage"], answer["choices"][0]
        self.tokens, self.cached = usage["prompt_tokens"], usage["prompt_tokens_details"]["cached_tokens"]
        given = (choice["message"]["content"], choice["logprobs"]["content"])
        if expected:
            check_alike(expected[1], given[1])
        self.messages.append({"role": "assistant", "content": (expected or given)[0]})
        return given


def check_alike(expected, given):
    """Both are one greedy answer: a near tie may turn where a prompt was read in other portions."""
    for one, other in zip(expected, given):
        likely = {token["token"]: token["logprob"] for token in one["top_logprobs"]}
        assert other["logprob"] == pytest.approx(likely.get(other["token"]), abs=0.2), (one, other)
        if one["token"] != other["token"]:
            assert likely[other["token"]] > one["logprob"] - 0.2, (one, other)
            return


@pytest.mark.parametrize("kind", KEPT)
def test_what_is_kept_is_found_out_and_said(ember, files, kind):
    server = ember(config(files, kind))
    asker = Asker(server)
    assert "in_slots" not in asker.kept()
    asker.ask("Hello")
    found = asker.found()
    assert (found["in_slots"], found.get("saved")) == KEPT[kind]
    # Nothing of it is left.
    assert len(asker.get("/ember/v1/conversations")["conversations"]) == 1
    folder = pathlib.Path(server.environment["EMBER_STATE"])
    eventually(lambda: not list(folder.rglob("*.part")), 60)
    isLimited = KEPT[kind] != ("anywhere", "anywhere")
    for command in (("explain", asker.answered["x-ember-request-id"]), ("ps",)):
        assert ("a slot keeps" in server.command(*command).stdout) == isLimited, command
    # The conversation is where it was.
    asker.ask("And then?")
    assert asker.cached > 20


@pytest.mark.parametrize("kind", KEPT)
def test_conversations_are_answered_right_and_apart(ember, files, kind):
    """Two tenants in turn with the same words, on engines that come and go."""
    server = ember(KEYS + config(files, kind))
    model = "v" if kind == "adapted" else "m"
    # As an engine answers that computes each prompt whole.
    eve = Asker(server, "eve", model)
    expected = [eve.ask(question, cache_prompt=False) for question in QUESTIONS]
    ann, bob = Asker(server, "ann", model), Asker(server, "bob", model)
    reused = whole = 0
    for turn, question in enumerate(QUESTIONS):
        # Before it is known what is kept, and then; on an engine that has read nothing yet, and on one that has.
        if turn == 3:
            ann.found()
        if turn == 6:
            ann.unload()
        for asker in (ann, bob):
            asker.ask(question, expected[turn])
            # What was saved comes back with the engine, if it can be of use.
            if turn == 0 or turn == 6 and KEPT[kind][1] == "nothing":
                assert asker.cached < 4, (turn, asker.headers)
            else:
                reused, whole = reused + asker.cached, whole + asker.tokens
    assert reused > 0.6 * whole, (reused, whole)


@pytest.mark.parametrize("kind", KEPT)
def test_states_that_do_not_come_back_are_not_saved(ember, files, kind):
    """Demonstrations have another question behind them each time."""
    server = ember(config(files, kind, "services: {s: {context: given, selection: fixed, examples: 12}}\n"))
    asker = Asker(server, service="s")
    asker.ask("Hello")
    asker.found()
    for number in range(12):
        line = {"prompt": f"What is {number}?", "result": f"{number} is a number between {number - 1} and {number + 1}."}
        assert server.request("/ember/v1/services/s/demonstrations", line)[0] in (200, 201)
    expected = {}
    for question in QUESTIONS[:3]:
        whole = Asker(server, service="s")
        expected[question] = whole.ask(question, cache_prompt=False)
    asker.unload()
    for question in QUESTIONS[:3]:
        fresh = Asker(server, service="s")
        fresh.ask(question, expected[question])
        fresh.unload()
    counters = asker.get("/ember/v1/state")["context"]["counters"]
    assert counters["failed_saves"] == counters["failed_restores"] == counters["restores_without_reuse"] == 0
    comesBack = KEPT[kind][1] == "anywhere"
    # The first question had no demonstrations: its conversation may be saved all the same.
    states = asker.get("/ember/v1/conversations")["states"]
    assert any(state["demonstrations"] for state in states) == (counters["restores"] > 0) == comesBack, (states, counters)


def test_pictures_stay_in_conversations(ember, files):
    server = ember(KEYS + config(files, "projector"))

    def picture(name):
        file = io.BytesIO()
        getattr(Image, name)("L").convert("RGB").save(file, "PNG")
        url = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
        return [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": url}}]

    turns = [picture("radial_gradient"), "And then?", picture("linear_gradient"), "Why?"]
    eve = Asker(server, "eve")
    expected = [eve.ask(turn, cache_prompt=False) for turn in turns]
    ann, bob = Asker(server, "ann"), Asker(server, "bob")
    for number, turn in enumerate(turns):
        for asker in (ann, bob):
            asker.ask(turn, expected[number])
            assert asker.cached < 4 if number == 0 else asker.cached > 20, number


def test_it_is_found_out_once(ember, files):
    first = ember(config(files, "recurrent"))
    Asker(first).ask("Hello")
    found = Asker(first).found()
    folder = pathlib.Path(first.environment["EMBER_STATE"])
    memory = folder / "kept_states.json"
    eventually(memory.exists, 60)
    first.__exit__()
    state = {"EMBER_STATE": str(folder)}
    # Known before the model is loaded; with other flags it is another engine.
    again = ember(config(files, "recurrent"), environment=state)
    assert Asker(again).kept() == found
    again.__exit__()
    other = ember(config(files, "recurrent").replace("parallel: 4", "parallel: 3"), environment=state)
    assert "in_slots" not in Asker(other).kept()
    other.__exit__()
    memory.write_text(memory.read_text()[:-9])
    torn = ember(config(files, "recurrent"), environment=state)
    assert "in_slots" not in Asker(torn).kept() and (folder / "kept_states.json.unreadable").exists()
    Asker(torn).ask("Hello")
    assert Asker(torn).found() == found


def test_inspect_says_what_to_expect_and_what_was_found_out(ember, files, tmp_path):
    def inspect(path, *flags, state=tmp_path):
        done = subprocess.run(
            [BINARY, "models", "inspect", path, *flags], capture_output=True, text=True,
            env={**os.environ, "EMBER_STATE": str(state), "EMBER_CACHE": str(CACHE)})
        assert done.returncode == 0, done.stderr
        return next(line for line in done.stdout.splitlines() if line.startswith("kept"))

    assert "expected: a slot keeps all before a change, a saved state all before a change" in inspect(SMOLLM2)
    assert "a saved state nothing (--cache-reuse)" in inspect(SMOLLM2, "--args=--cache-reuse 64")
    assert "a saved state nothing (adapters (lora))" in inspect(SMOLLM2, "--lora", files / "adapter.gguf")
    assert "a projector (mmproj)" in inspect(SMOLLM2, "--mmproj", files / "projector.gguf")
    write_model(tmp_path / "window.gguf", "gemma3", sliding_window=512)
    assert "a sliding window of 512 tokens" in inspect(tmp_path / "window.gguf")
    assert "window" not in inspect(tmp_path / "window.gguf", "--args=--swa-full")
    assert "recurrent layers: 2 of 4" in inspect(files / "hybrid.gguf")

    server = ember(config(files, "recurrent"))
    Asker(server).ask("Hello")
    Asker(server).found()
    state = server.environment["EMBER_STATE"]
    eventually((pathlib.Path(state) / "kept_states.json").exists, 60)
    shown = inspect(files / "recurrent.gguf", state=state)
    assert "found out: a slot keeps a prompt only for one that goes on with it" in shown
    assert "(recurrent layers: 2 of 2)" in shown
    assert "expected" in inspect(files / "recurrent.gguf", "--args=--no-mmap", state=state)
