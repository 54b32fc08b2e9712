"""Conversations with a real engine: each goes on where it was, and only what is new is computed."""

import contextlib
import json

import pytest

import raw_http
from ember_process import SMOLLM2
from make_adapter import make_adapter
from make_projector import Shape, make_projector
from test_context import give, sums
from test_multimodal import ROUND, STRAIGHT, data_url

# An engine of one thread: one of more is many times slower beside other work.
SMALL = f"path: {SMOLLM2}, context: 2048, parallel: 4, pool: 8192, args: [--threads, '1']"
CONFIG = f"models: {{small: {{{SMALL}}}}}\n"
# What a template puts around a message, and the last token, which is always computed.
MARKS = 40


def long(text, words=120):
    return f"{text}: " + "word " * words


class Talk:
    """One conversation; `ask` gives what was computed, and what was not."""

    def __init__(self, server, system=None, headers=None, **options):
        self.server, self.headers, self.options = server, headers, options
        self.messages = [{"role": "system", "content": system}] if system else []

    def ask(self, text):
        self.messages.append({"role": "user", "content": text})
        return self.again()

    def again(self):
        body = {"model": "small", "messages": self.messages, "max_tokens": 8, "temperature": 0, **self.options}
        status, headers, answer = self.server.request("/v1/chat/completions", body, self.headers)
        assert status == 200, answer
        usage = answer["usage"]
        cached = usage["prompt_tokens_details"]["cached_tokens"]
        assert headers["x-ember-reused-tokens"] == str(cached)
        self.answer = answer["choices"][0]["message"]
        return usage["prompt_tokens"] - cached, cached

    def stream(self, text):
        """The same for an answer in pieces, by what its last event says."""
        self.messages.append({"role": "user", "content": text})
        body = {"model": "small", "messages": self.messages, "max_tokens": 8, "temperature": 0, "stream": True, **self.options}
        reply = raw_http.ask(
            self.server, "POST", "/v1/chat/completions", {"content-type": "application/json"}, json.dumps(body).encode())
        # Its head is sent before the engine has said how much it had.
        assert reply.status == 200 and "x-ember-reused-tokens" not in reply.headers
        events = [json.loads(line[6:]) for line in reply.body.decode().splitlines() if line.startswith("data: {")]
        self.answer = {"content": "".join(
            choice["delta"].get("content") or "" for event in events for choice in event["choices"])}
        timings = next(event["timings"] for event in reversed(events) if "timings" in event)
        return timings["prompt_n"], timings["cache_n"]

    def take(self):
        """The answer becomes a turn."""
        self.messages.append({"role": "assistant", "content": self.answer["content"]})
        return self


def test_each_turn_computes_only_what_is_new(ember):
    talk = Talk(ember(CONFIG), system=long("Be brief"))
    computed, _ = talk.ask("Hello")
    assert computed > 100
    for number in range(6):
        computed, cached = talk.take().ask(long(f"Question {number}", 20))
        assert computed < 20 + 8 + MARKS and cached > 100, (number, computed, cached)


def test_more_conversations_than_slots(ember):
    # Saved ones would come back (test_saved_conversations.py).
    server = ember(CONFIG + "context: {keep: none}\n")
    talks = [Talk(server) for _ in range(8)]
    for number, talk in enumerate(talks):
        assert talk.ask(long(f"{number}th talk"))[0] > 100
    # Four slots hold the last four; each is found, in whatever order.
    for number in (6, 4, 7, 5):
        assert talks[number].take().ask("And then?")[0] < MARKS, number
    listed = server.request("/ember/v1/conversations")[2]["conversations"]
    assert len(listed) == 4 and all(one["tokens"] > 100 and one["model"] == "small" for one in listed)
    assert "small" in server.command("context", "conversations").stdout
    # The others have left, the longest unused first.
    for number in (0, 1):
        assert talks[number].take().ask("And then?")[0] > 100, number
    assert talks[5].take().ask("And now?")[0] < MARKS


def test_asking_again_and_in_other_words(ember):
    talk = Talk(ember(CONFIG), system=long("Be brief"))
    talk.ask("Name a colour")
    assert talk.again()[0] < MARKS
    talk.messages[-1]["content"] = "Name a town"
    assert talk.again()[0] < MARKS
    talk.take().ask(long("More"))
    talk.take().ask("And then?")
    # In the middle: what is before it is still there.
    talk.messages[3]["content"] = long("Less")
    computed, cached = talk.again()
    assert cached > 100 and 100 < computed < 300


def test_branches_of_one_system_prompt_do_not_destroy_each_other(ember):
    server = ember(CONFIG)
    talks = [Talk(server, system=long("Be brief")) for _ in range(3)]
    for number, talk in enumerate(talks):
        talk.ask(long(f"{number}th branch", 200))
    for round in range(3):
        for talk in talks:
            assert talk.take().ask(f"Round {round}")[0] < MARKS


def test_tools_frame_a_prompt(ember):
    server = ember(CONFIG)
    tools = [{"type": "function", "function": {
        "name": "weather", "description": long("The weather", 60), "parameters": {"type": "object", "properties": {}}}}]
    plain, armed = Talk(server, system=long("Be brief")), Talk(server, system=long("Be brief"), tools=tools)
    plain.ask("Hello")
    armed.ask("Hello")
    for talk in (plain, armed, plain, armed):
        talk.take() if talk.answer["content"] else talk.messages.append({"role": "assistant", "content": "Hm."})
        assert talk.ask("And then?")[0] < MARKS


@pytest.mark.parametrize("path", ["/v1/completions", "/v1/responses"])
def test_other_kinds_of_prompts(ember, path):
    server = ember(CONFIG)

    def ask(text):
        key = "prompt" if path == "/v1/completions" else "input"
        body = {"model": "small", key: text, "max_tokens": 4, "max_output_tokens": 4, "temperature": 0}
        status, headers, answer = server.request(path, body)
        assert status == 200, answer
        return int(headers["x-ember-reused-tokens"])

    texts = [long(name, 300) for name in ("one", "two", "three")]
    for text in texts:
        ask(text)
    for text in texts:
        assert ask(text + "and more") > 250


def test_tenants_never_share(ember):
    keys = "keys: [{key: k1, name: ann}, {key: k2, name: bob}]\n"
    server = ember(keys + CONFIG)
    talks = {key: Talk(server, long("Be brief"), {"authorization": f"Bearer {key}"}) for key in ("k1", "k2")}
    for talk in talks.values():
        assert talk.ask("Hello")[1] < 4
    for _ in range(2):
        for talk in talks.values():
            assert talk.take().ask("And then?")[0] < MARKS
    listed = server.request("/ember/v1/conversations", headers={"authorization": "Bearer k1"})[2]["conversations"]
    assert [one["tenant"] for one in listed] == ["ann"]


def test_several_answers_have_their_slots_and_leave_nothing_in_them(ember):
    server = ember(CONFIG)
    others = [Talk(server) for _ in range(2)]
    for number, talk in enumerate(others):
        talk.ask(long(f"{number}th talk"))
    many = Talk(server, system=long("Be brief"), n=3)
    for turn in range(4):
        many.ask(f"Question {turn}")
        status, _, answer = server.request(
            "/v1/chat/completions",
            {"model": "small", "messages": many.messages, "max_tokens": 4, "temperature": 0, "n": 3})
        assert status == 200 and len(answer["choices"]) == 3
        computed, cached = many.take().ask("And then?")
        assert computed < 2 * MARKS and cached > 100, turn
        many.take()
    held = server.request("/ember/v1/conversations")[2]["conversations"]
    # Its own, and those of the others whose slots the engine did not take.
    assert 1 <= len(held) <= 2 and all(one["tokens"] > 100 for one in held)
    status, _, error = server.request(
        "/v1/chat/completions", {"model": "small", "messages": many.messages, "n": 5, "max_tokens": 4})
    assert status == 400 and error["error"]["param"] == "n" and "at most 4 answers" in error["error"]["message"]


def test_what_was_expected_and_what_was_reused_is_explained(ember):
    server = ember(CONFIG)
    talk = Talk(server, system=long("Be brief"))
    talk.ask("Hello")
    talk.take().ask("And then?")
    body = {"model": "small", "messages": talk.take().messages + [{"role": "user", "content": "And now?"}], "max_tokens": 4}
    _, headers, answer = server.request("/v1/chat/completions", body)
    name, cached = headers["x-ember-request-id"], answer["usage"]["prompt_tokens_details"]["cached_tokens"]
    step = [one for one in server.request(f"/ember/v1/decisions/{name}")[2]["steps"] if one["what"] == "answered"][0]
    assert step["slot"]["reused_tokens"] == cached and 100 < step["slot"]["expected_tokens"] <= cached
    told = server.command("explain", name).stdout
    assert f"{cached} tokens reused of {step['slot']['expected_tokens']} expected" in told, told
    counters = server.request("/ember/v1/state")[2]["context"]["counters"]
    assert counters["shortfalls"] == 0 and counters["expected_tokens"] > 200


@pytest.mark.parametrize("options", [{}, {"stream_options": {"include_usage": True}}])
def test_answers_in_pieces_stay_in_their_slot(ember, options):
    talk = Talk(ember(CONFIG), system=long("Be brief"), **options)
    assert talk.stream("Hello")[0] > 100
    for number in range(4):
        computed, cached = talk.take().stream(long(f"Question {number}", 20))
        assert computed < 20 + 8 + MARKS and cached > 100, (number, computed, cached)
    # And whole ones go on with them.
    assert talk.take().ask("And then?")[0] < MARKS


# By path the last event of a stream, at which many clients read no further.
LAST = {
    "/v1/chat/completions": b"data: [DONE]", "/v1/messages": b"event: message_stop",
    "/v1/responses": b"event: response.completed"}


@pytest.mark.parametrize("path", LAST)
def test_a_client_may_go_on_at_the_last_event(ember, path):
    """Its slot is free by then: all turns are one conversation."""
    server = ember(CONFIG)
    messages = []
    with contextlib.ExitStack() as stack:
        for number in range(12):
            messages.append({"role": "user", "content": long(f"Question {number}", 10)})
            asked = {"input": messages, "max_output_tokens": 4} if path == "/v1/responses" else {"messages": messages, "max_tokens": 4}
            data = json.dumps({"model": "small", "temperature": 0, "stream": True, **asked}).encode()
            connection = stack.enter_context(raw_http.connect(server, timeout=60))
            connection.sendall(raw_http.head("POST", path, {"content-type": "application/json"}, len(data)) + data)
            lines = connection.makefile("rb")
            assert lines.readline().split()[1] == b"200" and any(line.startswith(LAST[path]) for line in lines)
            messages.append({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Yes."}]}
                            if path == "/v1/responses" else {"role": "assistant", "content": "Yes."})
    held = server.request("/ember/v1/conversations")[2]["conversations"]
    assert len(held) == 1, held


def test_pictures_are_a_part_of_a_conversation(ember, tmp_path):
    """The same words with another picture are another conversation."""
    make_projector(tmp_path / "projector.gguf")
    server = ember(f"models: {{small: {{{SMALL}, mmproj: {tmp_path}/projector.gguf}}}}\n")

    def seen(picture):
        return [{"type": "text", "text": long("What is this")}, {"type": "image_url", "image_url": {"url": data_url(picture)}}]

    talks = Talk(server), Talk(server)
    for talk, picture in zip(talks, (ROUND, STRAIGHT)):
        assert talk.ask(seen(picture))[0] > 100 + Shape().picture_tokens
    for number in range(2):
        for talk in talks:
            computed, cached = talk.take().ask(f"And then, {number}?")
            assert computed < MARKS and cached > 100 + Shape().picture_tokens
    assert len(server.request("/ember/v1/conversations")[2]["conversations"]) == 2
    # Another picture at the beginning: whatever slot that runs on, what comes behind the picture is computed.
    other = Talk(server)
    other.messages = [{"role": "user", "content": seen(STRAIGHT.rotate(90))}, *talks[1].messages[1:]]
    assert other.again()[0] > Shape().picture_tokens + MARKS
    for talk in (*talks, other):
        assert talk.take().ask("Still?")[0] < MARKS


def test_demonstrations_and_conversations_share_an_engine(ember):
    """Neither takes the slot of the other while there are free ones."""
    server = ember("services: {sums: {context: given, selection: fixed, examples: 8}}\n" + CONFIG)
    assert give(server, "sums", sums(8))[0] == 201
    talk, count = Talk(server, system=long("Be brief")), Talk(server, headers={"x-ember-service": "sums"})
    assert talk.ask("Hello")[0] > 100 and count.ask("What is 1 plus 2?")[0] > 100
    for number in range(4):
        assert talk.take().ask(f"And then, {number}?")[0] < MARKS
        # A question by itself each time: the demonstrations before it are not computed again.
        count.messages = []
        computed, cached = count.ask(f"What is {number} plus {number + 9}?")
        assert computed < MARKS and cached > 100, (number, computed, cached)
    held = server.request("/ember/v1/conversations")[2]["conversations"]
    assert sorted((one["service"], one["demonstrations"]) for one in held) == [("default", False), ("sums", True)], held


def test_variants_never_share(ember, tmp_path):
    make_adapter(tmp_path / "tuned.gguf", seed=2)
    server = ember(f"""
models:
  small: {{{SMALL}}}
  tuned: {{lora: {tmp_path}/tuned.gguf, base: small}}
""")
    talks = {model: Talk(server, system=long("Be brief"), model=model) for model in ("small", "tuned")}
    for talk in talks.values():
        assert talk.ask("Hello")[0] > 100
    for number in range(3):
        for model, talk in talks.items():
            assert talk.take().ask(f"And then, {number}?")[0] < MARKS, (model, number)
    held = server.request("/ember/v1/conversations")[2]["conversations"]
    assert sorted(one["model"] for one in held) == ["small", "tuned"]
