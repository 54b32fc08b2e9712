"""The `anthropic` package, unchanged, against real engines: chats, streams, tools, counts, errors and a picture."""

import base64

import anthropic
import pytest

from ember_process import ROOT, SMOLLM2, Ember

TEMPLATE = ROOT / "scripts/clients/ember_clients/tools.jinja"
CONFIG = f"""
keys: [{{key: "secret-of-the-test", name: eva}}]
models:
  m: {{path: {SMOLLM2}, context: 4096, parallel: 2, aliases: [claude-sonnet], args: [--threads, "1", --chat-template-file, {TEMPLATE}]}}
  ocr:
    kind: vision
    command: ["${{cache_dir}}/python/bin/python", {ROOT}/examples/ocr/worker.py, --socket, "${{socket}}", --models, "${{models_dir}}/ocr"]
    memory: 260MB
"""
WEATHER = {"name": "weather", "description": "The weather of a city.", "input_schema": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}
QUESTION = "What is the weather in Oslo?"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with Ember(CONFIG, tmp_path_factory.mktemp("anthropic")) as ember:
        yield anthropic.Anthropic(base_url=ember.url, api_key="secret-of-the-test", max_retries=0, timeout=120)


def options(*messages, **more):
    turns = [{"role": role, "content": content} for role, content in zip(["user", "assistant"] * len(messages), messages)]
    return {"model": "m", "max_tokens": 24, "messages": turns, "extra_body": {"temperature": 0}, **more}


def text_of(answer):
    return "".join(block.text for block in answer.content if block.type == "text")


def test_a_chat(client):
    answer = client.messages.create(**options("Say hello.", system=[
        {"type": "text", "text": "You are brief.", "cache_control": {"type": "ephemeral"}}]))
    assert (answer.type, answer.role, answer.model) == ("message", "assistant", "m") and text_of(answer)
    assert answer.stop_reason in ("end_turn", "max_tokens") and answer.stop_sequence is None
    again = client.messages.create(**options("Say hello.", system="You are brief."))
    assert again.usage.cache_read_input_tokens > 0 and again.usage.cache_creation_input_tokens == 0
    assert client.messages.create(**{**options("Say hello."), "model": "claude-sonnet"}).model == "claude-sonnet"


def test_an_answer_ends_at_a_sequence(client):
    answer = client.messages.create(**options("Name three colours.", stop_sequences=["\u2603", "e"]))
    assert answer.stop_reason == "stop_sequence" and answer.stop_sequence == "e" and "e" not in text_of(answer)


def test_a_stream(client):
    whole = client.messages.create(**options("Count to five."))
    with client.messages.stream(**options("Count to five.")) as stream:
        kinds = [event.type for event in stream]
        answer = stream.get_final_message()
    assert kinds[0] == "message_start" and kinds[-1] == "message_stop" and kinds.count("text") > 2
    assert text_of(answer) == text_of(whole) and answer.stop_reason == whole.stop_reason
    assert answer.usage.output_tokens == whole.usage.output_tokens
    read = [usage.input_tokens + usage.cache_read_input_tokens for usage in (answer.usage, whole.usage)]
    assert read[0] == read[1] > 0


def test_tools_over_several_turns(client):
    messages = options(QUESTION)["messages"]
    asked = options(tools=[WEATHER], max_tokens=64)
    with client.messages.stream(**{**asked, "messages": messages, "tool_choice": {"type": "any"}}) as stream:
        answer = stream.get_final_message()
    call = next(block for block in answer.content if block.type == "tool_use")
    assert answer.stop_reason == "tool_use" and call.name == "weather" and isinstance(call.input["city"], str)
    whole = client.messages.create(**{**asked, "messages": messages, "tool_choice": {"type": "any"}})
    assert [(block.name, block.input) for block in whole.content if block.type == "tool_use"] == [(call.name, call.input)]
    messages += [{"role": "assistant", "content": answer.content}, {"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": call.id, "content": [{"type": "text", "text": "rain"}]}]}]
    told = client.messages.create(**{**asked, "messages": messages})
    assert "rain" in text_of(told)
    messages += [{"role": "assistant", "content": told.content}, {"role": "user", "content": "Thank you."}]
    last = client.messages.create(**{**asked, "messages": messages, "tool_choice": {"type": "none"}})
    assert last.stop_reason != "tool_use" and text_of(last)


def test_counts(client):
    tools = {"tools": [WEATHER], "system": "You are brief."}
    counted = client.messages.count_tokens(model="m", messages=options(QUESTION)["messages"], **tools)
    used = client.messages.create(**options(QUESTION, **tools)).usage
    assert counted.input_tokens == used.input_tokens + used.cache_read_input_tokens > 20


@pytest.mark.parametrize("error, more", [
    (anthropic.NotFoundError, {"model": "none"}), (anthropic.BadRequestError, {"max_tokens": anthropic.omit}),
    (anthropic.BadRequestError, {"messages": options("word " * 9000)["messages"]}),
    (anthropic.BadRequestError, {"tools": [{"type": "web_search_20250305", "name": "web_search"}]}),
    (anthropic.BadRequestError, {"messages": [{"role": "user", "content": [{
        "type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}]}]}),
])
def test_errors(client, error, more):
    for ask in (client.messages.create, lambda **all: client.messages.create(**all, stream=True)):
        with pytest.raises(error) as raised:
            ask(**{**options("Hello"), **more})
        assert raised.value.body["type"] == "error" and raised.value.body["error"]["message"]
    with pytest.raises(anthropic.AuthenticationError):
        client.with_options(api_key="another").messages.create(**options("Hello"))


def test_a_picture_is_read_by_an_engine_that_knows_chats_alone(client):
    picture = base64.b64encode((ROOT / "examples/ocr/sample.png").read_bytes()).decode()
    content = [{"type": "text", "text": "Read the text."}, {
        "type": "image", "source": {"type": "base64", "media_type": "image/png", "data": picture}}]
    answer = client.messages.create(**{**options(content), "model": "ocr"})
    assert len(text_of(answer).splitlines()) == 3
