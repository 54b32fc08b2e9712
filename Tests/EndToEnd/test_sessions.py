"""Sessions of ten turns by the `anthropic` package, one of them with tools, one in streams: each turn computes what is new."""

import itertools
from collections import namedtuple

import anthropic

from ember_process import ROOT, SMOLLM2

TEMPLATE = ROOT / "scripts/clients/ember_clients/tools.jinja"
CONFIG = f"""
models:
  m: {{path: {SMOLLM2}, context: 4096, parallel: 4, pool: 8192, args: [--threads, "1", --chat-template-file, {TEMPLATE}]}}
"""
TURNS = 10
WEATHER = {"name": "weather", "description": "The weather of a city.", "input_schema": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}
CITIES = ("Oslo", "Quito", "Cairo", "Delhi", "Tokyo", "Sofia", "Berlin", "Paris", "Madrid", "Athens")

# Tokens of a turn: of its whole prompt, of those the computed ones, and of its answer.
Turn = namedtuple("Turn", "prompt computed answer")


class Session:
    """A client that sends all that was said before, and what is next."""

    def __init__(self, client, system, **options):
        self.client, self.messages, self.turns = client, [], []
        self.options = {"model": "m", "max_tokens": 12, "system": system, "extra_body": {"temperature": 0}, **options}

    def ask(self, content, **more):
        self.messages.append({"role": "user", "content": content})
        answer = self._answer({**self.options, **more, "messages": self.messages})
        self.messages.append({"role": "assistant", "content": answer.content})
        usage = answer.usage
        self.turns.append(Turn(usage.input_tokens + usage.cache_read_input_tokens, usage.input_tokens, usage.output_tokens))
        return answer

    def _answer(self, asked):
        return self.client.messages.create(**asked)


class Streaming(Session):
    def _answer(self, asked):
        with self.client.messages.stream(**asked) as stream:
            return stream.get_final_message()


class Armed(Session):
    """The model has a tool: where it calls it, the next turn has the result, else the next question."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, tools=[WEATHER], max_tokens=48, stop_sequences=["."], **options)
        self.calls, self.cities = [], iter(CITIES)

    def step(self):
        blocks = self.messages[-1]["content"] if self.messages else []
        called = [block.id for block in blocks if block.type == "tool_use"]
        self.calls += called
        results = [{"type": "tool_result", "tool_use_id": call, "content": "rain"} for call in called]
        self.ask(results or f"What is the weather in {next(self.cities)}?", tool_choice={"type": "any"})


def long(text, words):
    return f"{text} " + "word " * words


def check(name, turns, marks):
    """A turn computes what is new in its prompt since the answer before, and at most `marks` tokens more.

    These are the last token of a prompt, and where the tokens of an answer's text are not those that the model chose, some of
    that answer.
    """
    assert len(turns) == TURNS and turns[0].computed > 100
    for number, (before, now) in enumerate(itertools.pairwise(turns), 2):
        new = now.prompt - before.prompt - before.answer
        assert now.computed <= new + marks, (name, number, turns)
        assert now.prompt > before.prompt > 100
    # All but a small part of what was sent had been computed before.
    assert sum(turn.computed for turn in turns) < sum(turn.prompt for turn in turns) / 3


def test_ten_turns_of_three_sessions_in_turn(ember):
    server = ember(CONFIG)
    client = anthropic.Anthropic(base_url=server.url, api_key="none", max_retries=0, timeout=120)
    plain = Session(client, long("Be brief.", 120))
    stream = Streaming(client, [{"type": "text", "text": long("Be kind.", 120), "cache_control": {"type": "ephemeral"}}])
    # A model as small as this one calls its tool where nothing stands before it.
    armed = Armed(client, anthropic.omit)
    for number in range(TURNS):
        plain.ask(long(f"Question {number}:", 30))
        stream.ask(long(f"Wish {number}:", 30))
        armed.step()
    check("plain", plain.turns, 16)
    check("stream", stream.turns, 16)
    # Calls are written again with other spaces in them than the model chose.
    check("tools", armed.turns, 32)
    assert len(armed.calls) >= 3
    # Ember has counted the same, and each session has a slot of its own.
    sessions = (plain, stream, armed)
    reused = sum(turn.prompt - turn.computed for session in sessions for turn in session.turns)
    assert server.state()["context"]["counters"]["reused_tokens"] == reused
    held = server.request("/ember/v1/conversations")[2]["conversations"]
    last = [session.turns[-1] for session in sessions]
    assert sorted(one["tokens"] for one in held) == sorted(turn.prompt + turn.answer for turn in last), held
