"""Anthropic's messages, which Ember turns into chats itself: compared with llama-server's own conversion over a corpus.

`corpus/messages` has bodies without `model` and `stream`, some of them as coding agents send them. Each goes to Ember and
to the bare llama-server, whole and as a stream; where the two differ, a rule says why (docs/messages.md has the same).
"""

import contextlib
import json
import pathlib

import pytest

import raw_http
from bare_server import Bare
from ember_process import ROOT, SMOLLM2, Ember

TEMPLATE = ROOT / "scripts/clients/ember_clients/tools.jinja"
WINDOW = 8192
CORPUS = {path.stem: json.loads(path.read_text()) for path in sorted(pathlib.Path(__file__).with_name("corpus").glob("messages/*.json"))}
MESSAGES, COUNT = "/v1/messages", "/v1/messages/count_tokens"
HELLO = [{"role": "user", "content": "Say hello."}]


@contextlib.contextmanager
def both(folder, template):
    """Ember, and the llama-server that has the same model."""
    config = f"""
models:
  m: {{path: {SMOLLM2}, context: {WINDOW}, parallel: 1, args: [--threads, "1", --chat-template-file, {template}]}}
"""
    with (
        Bare(SMOLLM2, "--ctx-size", str(WINDOW), "--alias", "m", "--chat-template-file", template, "--parallel", "1", "--threads", "1") as bare,
        Ember(config, folder) as ember,
    ):
        yield ember, bare


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    with both(tmp_path_factory.mktemp("messages"), TEMPLATE) as servers:
        yield servers


@pytest.fixture(scope="module")
def thinkers(tmp_path_factory):
    """Their answers begin with a thought."""
    with both(tmp_path_factory.mktemp("thinking"), ROOT / "Tests/EndToEnd/thinking.jinja") as servers:
        yield servers


def post(server, body, path=MESSAGES):
    data = json.dumps({"model": "m", **body}).encode()
    with raw_http.connect(server, timeout=300) as connection:
        connection.sendall(raw_http.head("POST", path, {"content-type": "application/json"}, len(data)) + data)
        return raw_http.read_reply(connection)


def events_of(reply):
    """The events of a stream; each has its type as its name."""
    events = []
    for block in reply.body.decode().split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith(":")]
        if lines:
            assert len(lines) == 2 and lines[0].startswith("event: ") and lines[1].startswith("data: "), block
            events.append(json.loads(lines[1][6:]))
            assert events[-1]["type"] == lines[0][7:]
    return events


def block_of(block):
    """What is compared of a block; the ids of calls are random."""
    return {key: block[key] for key in ("type", "text", "thinking", "name", "input") if key in block}


def message_of(document):
    usage = document["usage"]
    return {
        "keys": sorted(document), "role": document["role"], "model": document["model"], "blocks": [block_of(one) for one in document["content"]],
        "stop": [document["stop_reason"], document["stop_sequence"]],
        # What the server still had of an earlier request need not be the same.
        "tokens": [usage["input_tokens"] + usage["cache_read_input_tokens"], usage["output_tokens"]]}


def told_of(events):
    """What a stream says, and in which pieces."""
    first, blocks, pieces, end = events[0]["message"], {}, {}, {}
    for event in events:
        if event["type"] == "content_block_start":
            blocks[event["index"]] = {**event["content_block"], "json": ""}
            pieces[event["index"]] = []
        elif event["type"] == "content_block_delta":
            delta, block = event["delta"], blocks[event["index"]]
            pieces[event["index"]].append(delta["type"])
            for key, of in (("text", "text"), ("thinking", "thinking"), ("partial_json", "json")):
                if key in delta:
                    block[of] += delta[key]
        elif event["type"] == "message_delta":
            end = event
    for block in blocks.values():
        if block["type"] == "tool_use":
            try:
                block["input"] = json.loads(block["json"] or "{}")
            except ValueError:
                block["input"] = block["json"]
    usage = first["usage"]
    return {
        "keys": sorted(first), "model": first["model"], "blocks": [block_of(blocks[index]) for index in sorted(blocks)],
        "pieces": [pieces[index] for index in sorted(pieces)], "stop": list(end["delta"].values()),
        "tokens": [usage["input_tokens"] + usage["cache_read_input_tokens"], usage["output_tokens"], end["usage"]["output_tokens"]]}


def sequence_of(events):
    """Types and places, without repetitions of deltas."""
    found = []
    for event in events:
        step = (event["type"], event.get("index"))
        if not found or found[-1] != step:
            found.append(step)
    return found


def with_ends_in_order(sequence):
    """llama-server ends all blocks at the end; Anthropic's API, and Ember, each before the next one begins."""
    found, open_block = [], None
    for step in sequence:
        if step[0] == "content_block_stop" or (step[0] == "content_block_delta" and step[1] != open_block):
            # A thought's signature, which is written where its block ends.
            continue
        if open_block is not None and step[0] in ("content_block_start", "message_delta"):
            found.append(("content_block_stop", open_block))
            open_block = None
        if step[0] == "content_block_start":
            open_block = step[1]
        found.append(step)
    return found


# Where the two differ, and why; docs/messages.md has the same list.
DIFFERENCES = {
    "An answer that a sequence of the request has ended says so; llama-server calls it the end of the turn": {
        "stop": {"stop": ["stop_sequence", "e"]}},
}


def differences(name):
    return next((cases[name] for cases in DIFFERENCES.values() if name in cases), {})


def test_the_corpus_is_large_enough():
    assert len(CORPUS) >= 30 and sum(name.startswith("agent-") for name in CORPUS) >= 5
    assert max(len(json.dumps(body)) for body in CORPUS.values()) > 5000


@pytest.mark.parametrize("name", CORPUS)
def test_messages_are_answered_as_llama_server_does(servers, name):
    ember, bare = servers
    body = CORPUS[name]
    own, its = (post(server, body) for server in servers)
    assert own.status == its.status == 200, (own.body, its.body)
    expected = {**message_of(json.loads(its.body)), **differences(name)}
    assert message_of(json.loads(own.body)) == expected
    own, its = (events_of(post(server, {**body, "stream": True})) for server in servers)
    assert told_of(own) == {**told_of(its), **differences(name)}
    assert sequence_of(own) == with_ends_in_order(sequence_of(its))
    # What a stream says is what the whole answer says.
    assert told_of(own)["blocks"] == expected["blocks"] or expected["stop"][0] == "max_tokens"


@pytest.mark.parametrize("name", CORPUS)
def test_tokens_are_counted_as_they_are_used(servers, name):
    ember, _ = servers
    counts = [json.loads(post(server, CORPUS[name], COUNT).body)["input_tokens"] for server in servers]
    assert counts[0] == counts[1]
    usage = json.loads(post(ember, {**CORPUS[name], "max_tokens": 1}).body)["usage"]
    assert counts[0] == usage["input_tokens"] + usage["cache_read_input_tokens"]


def test_the_prompts_kept_tokens_stand_apart(servers):
    ember, _ = servers
    usages = [json.loads(post(ember, CORPUS["agent-start"]).body)["usage"] for _ in range(2)]
    assert usages[1]["input_tokens"] < 16 < usages[1]["cache_read_input_tokens"]
    assert len({sum(usage.values()) for usage in usages}) == 1 and usages[1]["cache_creation_input_tokens"] == 0


def test_a_changing_check_sum_for_billing_costs_no_prompt(servers):
    ember, _ = servers
    body = CORPUS["agent-start"]
    post(ember, body)
    system = [{**body["system"][0], "text": body["system"][0]["text"].replace("1a2b3", "4c5d6")}, *body["system"][1:]]
    assert json.loads(post(ember, {**body, "system": system}).body)["usage"]["input_tokens"] < 16


CALL = {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Oslo"}}
RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": "rain"}
TEXT = {"type": "text", "text": "And in one word?"}
ASKED = [{"role": "user", "content": "What is the weather in Oslo?"}, {"role": "assistant", "content": [CALL]}]
WEATHER = {"name": "weather", "description": "The weather", "input_schema": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}
CLOCK = {"name": "clock", "description": "The time", "input_schema": {"type": "object", "properties": {"zone": {"type": "string"}}, "required": ["zone"]}}
GREEDY = {"max_tokens": 24, "temperature": 0}

# A body, and the one by which llama-server does what Ember does with the first.
SAME_AS = {
    "A tool's results come before what the user says in the same message; llama-server puts them behind it": (
        {**GREEDY, "messages": [*ASKED, {"role": "user", "content": [RESULT, TEXT]}]},
        {**GREEDY, "messages": [*ASKED, {"role": "user", "content": [RESULT]}, {"role": "user", "content": [TEXT]}]}),
    "A document of text is read; llama-server leaves it out": (
        {**GREEDY, "messages": [{"role": "user", "content": [
            {"type": "document", "title": "Eva", "source": {"type": "text", "media_type": "text/plain", "data": "Eva has a blue hat."}},
            {"type": "text", "text": "Which hat has Eva?"}]}]},
        {**GREEDY, "messages": [{"role": "user", "content": [
            {"type": "text", "text": "Eva"}, {"type": "text", "text": "Eva has a blue hat."}, {"type": "text", "text": "Which hat has Eva?"}]}]}),
    "A tool that is chosen by its name is called; llama-server lets the model choose among all": (
        {**GREEDY, "max_tokens": 64, "messages": HELLO, "tools": [WEATHER, CLOCK], "tool_choice": {"type": "tool", "name": "clock"}},
        {**GREEDY, "max_tokens": 64, "messages": HELLO, "tools": [CLOCK], "tool_choice": {"type": "any"}}),
}


@pytest.mark.parametrize("reason", SAME_AS)
def test_where_ember_understands_more_it_does_what_was_meant(servers, reason):
    ember, bare = servers
    body, meant = SAME_AS[reason]
    # What is kept of an earlier prompt can change the last bits of an answer: here it is the same on both.
    for server in servers:
        post(server, CORPUS["short"])
    for stream in (False, True):
        own, its = (post(server, {**one, "stream": stream}) for server, one in ((ember, body), (bare, meant)))
        told = (lambda reply: told_of(events_of(reply))) if stream else (lambda reply: message_of(json.loads(reply.body)))
        assert told(own) == told(its)
    misread = post(bare, {**body, "stream": True})
    assert told(own) != told(misread), f"no difference any more: take '{reason}' out"


COLOURS = {**GREEDY, "messages": [{"role": "user", "content": "Name three colours."}]}
EARLIER = [*COLOURS["messages"], {"role": "assistant", "content": [
    {"type": "thinking", "thinking": "Red comes first.", "signature": ""}, {"type": "text", "text": "Red, green, blue."}]}]
# A body, the one by which llama-server does the same, and the kinds of blocks in the answer.
THINKING = {
    "a thought that the bound of tokens cuts": ({**COLOURS, "max_tokens": 6}, {**COLOURS, "max_tokens": 6}, ["thinking"]),
    "a budget": (*2 * ({**COLOURS, "thinking": {"type": "enabled", "budget_tokens": 6}},), ["thinking", "text"]),
    "no thoughts": ({**COLOURS, "thinking": {"type": "disabled"}}, {**COLOURS, "chat_template_kwargs": {"enable_thinking": False}}, ["text"]),
    "an earlier thought": (*2 * ({**COLOURS, "messages": [*EARLIER, {"role": "user", "content": "And a fourth?"}],
                                  "thinking": {"type": "enabled", "budget_tokens": 4}},), ["thinking"]),
}


@pytest.mark.parametrize("name", THINKING)
def test_thoughts(thinkers, name):
    ember, bare = thinkers
    body, same, kinds = THINKING[name]
    own, its = (message_of(json.loads(post(server, one).body)) for server, one in ((ember, body), (bare, same)))
    assert own == its and [block["type"] for block in own["blocks"]] == kinds
    own, its = (events_of(post(server, {**one, "stream": True})) for server, one in ((ember, body), (bare, same)))
    assert told_of(own) == told_of(its) and sequence_of(own) == with_ends_in_order(sequence_of(its))
    assert told_of(own)["pieces"][0][-1] == ("signature_delta" if kinds[0] == "thinking" else "text_delta")


def test_no_tool_is_called_where_none_may_be(servers):
    body = {**GREEDY, "messages": [{"role": "user", "content": "What is the weather in Oslo?"}], "tools": [WEATHER], "tool_choice": {"type": "none"}}
    own, its = (json.loads(post(server, body).body) for server in servers)
    assert [one["type"] for one in own["content"]] == ["text"] and own["stop_reason"] != "tool_use"
    assert "tool_use" in [one["type"] for one in its["content"]], "no difference any more"


def said(block, role="user"):
    return {"max_tokens": 4, "messages": [{"role": role, "content": [block]}]}


# What both refuse: the body, and a word of Ember's error.
REFUSED_BY_BOTH = {
    "a message that is no object": ({"max_tokens": 4, "messages": ["x"]}, "messages[0]"),
    "no role": ({"max_tokens": 4, "messages": [{"content": "x"}]}, "role"),
    "a picture, by a model of text": (said({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}), "picture"),
    "too long": ({"max_tokens": 4, "messages": [{"role": "user", "content": "word " * 9000}]}, "prompt is too long"),
    "a bound that is no number": ({"max_tokens": "many", "messages": HELLO}, "max_tokens"),
    "a temperature that is no number": ({"max_tokens": 4, "messages": HELLO, "temperature": "warm"}, "temperature"),
}
# What Ember refuses, as an answer would be one to another request; llama-server leaves it out.
REFUSED_BY_EMBER = {
    "no messages": ({"max_tokens": 4, "messages": None}, "messages"),
    "no bound": ({"messages": HELLO, "stop_sequences": ["e"]}, "max_tokens: Field required"),
    "a page description": (said({"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "AAAA"}}), "document"),
    "a block that no engine reads": (said({"type": "server_tool_use", "id": "a", "name": "web_search", "input": {}}, "assistant"), "server_tool_use"),
    "a tool of Anthropic's servers": ({"max_tokens": 4, "messages": HELLO, "tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "web_search"),
    "a choice that is none": ({"max_tokens": 4, "messages": HELLO, "tool_choice": {"type": "maybe"}}, "tool_choice"),
    "a system prompt that is no text": ({"max_tokens": 4, "system": 7, "messages": HELLO}, "system"),
}


@pytest.mark.parametrize("name", [*REFUSED_BY_BOTH, *REFUSED_BY_EMBER])
@pytest.mark.parametrize("stream", [False, True])
def test_what_is_refused(servers, name, stream):
    ember, bare = servers
    body, word = {**REFUSED_BY_BOTH, **REFUSED_BY_EMBER}[name]
    own, its = (post(server, {**body, "stream": stream}) for server in servers)
    document = json.loads(own.body)
    assert own.status == 400 and document["type"] == "error" and document["error"]["type"] == "invalid_request_error"
    assert word in document["error"]["message"]
    assert (its.status >= 400) == (name in REFUSED_BY_BOTH), its.body


def test_responses_refuse_what_they_would_have_to_remember(servers):
    ember, _ = servers
    for name in ("previous_response_id", "conversation"):
        reply = post(ember, {"input": "Hello", name: "resp_1"}, "/v1/responses")
        assert reply.status == 400 and reply.error["param"] == name and "'input'" in reply.error["message"]
    assert post(ember, {"input": "Hello", "max_output_tokens": 2, "previous_response_id": None}, "/v1/responses").status == 200
