"""Ollama's API, by the packages that speak it, unchanged: `ollama`, `llm-ollama`, `langchain-ollama` and `litellm`.

Tools, errors and broken streams come from an engine whose requests say what it does; one pass goes to real models.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.request

# Before litellm is imported: it asks a server elsewhere for prices otherwise.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import langchain_core.messages  # noqa: E402
import langchain_ollama  # noqa: E402
import litellm  # noqa: E402
import ollama  # noqa: E402
import pytest  # noqa: E402

from ember_process import MINILM, ROOT, SMOLLM2, Ember  # noqa: E402
from scripted_engine import BEGINNINGS, CHUNK, ENDINGS, EVENTS, events  # noqa: E402

litellm.telemetry = False
litellm.suppress_debug_info = True

PROGRAM = ROOT / "Tests/EndToEnd/scripted_engine.py"
SCRIPTED = f'command: [python3, {PROGRAM}, "${{socket}}"], memory: 30MB'
CONFIG = f"""
memory: {{budget: 700MB}}
ping_interval: 200ms
models:
  script: {{{SCRIPTED}, aliases: [other]}}
  smollm2: {{path: {SMOLLM2}, context: 2048, parallel: 1}}
  minilm: {{path: {MINILM}, embeddings: true, context: 512, parallel: 1}}
"""
CHAT = "/v1/chat/completions"
QUESTION = "What is the capital of France? Answer in one word."
WEATHER = {
    "type": "function", "function": {
        "name": "weather", "description": "The weather of a city.", "parameters": {
            "type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}}}}
CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Liège"}'}}
COUNTS = {
    "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12},
    "timings": {"prompt_n": 7, "prompt_ms": 14.5, "predicted_n": 5, "predicted_ms": 50.0}}
#: A tool call in a stream, in three parts.
PARTS = events(*({
    **CHUNK, "choices": [{"index": 0, "finish_reason": finish, "delta": {"tool_calls": calls}}]} for calls, finish in (
    ([{"index": 0, "id": "c1", "type": "function", "function": {"name": "weather", "arguments": ""}}], None),
    ([{"index": 0, "function": {"arguments": '{"city": "Li'}}], None),
    ([{"index": 0, "function": {"arguments": 'ège"}'}}], "tool_calls"))))
STREAMED_CALL = json.dumps([
    ["head", EVENTS], ["send", PARTS + events({**CHUNK, "choices": [], **COUNTS}) + "data: [DONE]\n\n"], ["end"]])
WHOLE_CALL = json.dumps([["answer", 200, "application/json", json.dumps({
    "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {
        "role": "assistant", "content": None, "tool_calls": [CALL]}}], **COUNTS})]])
BROKEN = json.dumps([["head", EVENTS], ["send", BEGINNINGS[CHAT]], ["cut"]])
ERROR = {"error": {"message": "no such grammar", "code": 400}}
REFUSED = json.dumps([["answer", 400, "application/json", json.dumps(ERROR)]])
SLOW = json.dumps([["wait", 1.0], ["head", EVENTS], ["send", BEGINNINGS[CHAT] + ENDINGS[CHAT]], ["end"]])


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Ember(CONFIG, tmp_path_factory.mktemp("ollama")) as ember:
        yield ember


@pytest.fixture(scope="module")
def client(server):
    return ollama.Client(server.url)


def said(text):
    return [{"role": "user", "content": text}]


# ollama


def test_chat(client):
    answer = client.chat("smollm2:latest", said(QUESTION), options={"temperature": 0, "num_predict": 16})
    assert "Paris" in answer.message.content
    assert answer.model == "smollm2:latest" and answer.done and answer.done_reason == "stop"
    assert answer.prompt_eval_count > 10 and answer.eval_count > 1
    parts = (answer.load_duration, answer.prompt_eval_duration, answer.eval_duration)
    assert min(parts) > 0 and sum(parts) <= answer.total_duration
    # Loaded by now.
    again = client.chat("smollm2", said(QUESTION), options={"temperature": 0, "num_predict": 16})
    assert again.message.content == answer.message.content
    assert again.load_duration < answer.load_duration


def test_a_stream_gives_the_same_answer_in_pieces(client):
    whole = client.chat("smollm2", said(QUESTION), options={"temperature": 0, "num_predict": 16})
    *parts, last = client.chat("smollm2", said(QUESTION), options={"temperature": 0, "num_predict": 16}, stream=True)
    assert len(parts) > 1 and not any(part.done for part in parts)
    assert "".join(part.message.content for part in parts) == whole.message.content
    assert last.done_reason == "stop" and last.eval_count == whole.eval_count and last.eval_duration > 0


def test_generate(client):
    options = {"temperature": 0, "num_predict": 8}
    answer = client.generate("smollm2", QUESTION, system="You answer in one word.", options=options)
    assert "Paris" in answer.response
    parts = list(client.generate("smollm2", "The capital of France is", raw=True, options=options, stream=True))
    assert "Paris" in "".join(part.response for part in parts)
    assert parts[-1].done_reason == "length" and parts[-1].eval_count == 8


def test_format(client):
    schema = {
        "type": "object", "required": ["zip", "city"], "additionalProperties": False,
        "properties": {"zip": {"enum": [10, 20]}, "city": {"enum": ["Rome", "Oslo"]}}}
    options = {"temperature": 0, "num_predict": 40}
    whole = client.generate("smollm2", "A place.", format=schema, options=options).response
    parts = client.chat("smollm2", said("A place."), format=schema, options=options, stream=True)
    for text in (whole, "".join(part.message.content for part in parts)):
        assert list(json.loads(text)) == ["zip", "city"], "the schema's order of keys is kept"


def test_embeddings(client):
    answer = client.embed("minilm", ["A cat sits.", "Interest rates rose."])
    one, two = answer.embeddings
    assert len(one) == len(two) == 384 and one != two and answer.prompt_eval_count > 4
    assert sum(x * x for x in one) == pytest.approx(1, abs=1e-3)
    short = client.embed("minilm", "A cat sits.", dimensions=64).embeddings[0]
    length = sum(x * x for x in one[:64]) ** 0.5
    assert short == pytest.approx([x / length for x in one[:64]], abs=1e-4)
    assert client.embeddings("minilm", "A cat sits.").embedding == pytest.approx(one, abs=1e-4)
    assert client.embed("minilm", []).embeddings == []


@pytest.mark.parametrize("script, stream", [(WHOLE_CALL, False), (STREAMED_CALL, True)])
def test_tools(client, script, stream):
    answer = client.chat("script", said(script), tools=[WEATHER], stream=stream)
    answers = list(answer) if stream else [answer]
    calls = [call for part in answers for call in part.message.tool_calls or []]
    assert [(call.function.name, dict(call.function.arguments)) for call in calls] == [("weather", {"city": "Liège"})]
    last = answers[-1]
    assert last.done_reason == "stop" and (last.prompt_eval_count, last.eval_count) == (7, 5)
    assert (last.prompt_eval_duration, last.eval_duration) == (14_500_000, 50_000_000)
    # The result of the call goes back to the engine in its own form.
    history = [*said("?"), {"role": "assistant", "content": "", "tool_calls": [call.model_dump() for call in calls]}]
    client.chat("script", [*history, {"role": "tool", "tool_name": "weather", "content": "rain"}, *said("So?")])


def test_a_client_that_is_not_patient_hears_of_a_slow_answer(client):
    parts = list(client.chat("script", said(SLOW), stream=True))
    assert "".join(part.message.content for part in parts) == "one two" and parts[-1].done


def test_errors(server, client):
    for error, status, words in (
        (lambda: client.chat("nothing", said("x")), 404, "model 'nothing' not found"),
        (lambda: client.chat("script", said(REFUSED)), 400, "no such grammar"),
        (lambda: list(client.chat("script", said(REFUSED), stream=True)), 400, "no such grammar"),
        (lambda: client.chat("smollm2", said("x"), options={"num_ctx": 65536}), 400, "'context' in Ember's"),
        (lambda: client.chat("smollm2", said("x"), options={"temperature": "hot"}), 400, "temperature"),
        (lambda: client.generate("smollm2", "x", suffix="y"), 400, "does not support insert"),
        (lambda: client.generate("minilm", "x"), 400, "minilm"),
        (lambda: client.embed("smollm2", "x"), 400, "smollm2"),
        (lambda: client.chat("smollm2", said("x " * 5000)), 400, ""),
        (lambda: client.delete("smollm2"), 403, "configuration"),
        (lambda: client.copy("smollm2", "mine"), 403, "aliases"),
        (lambda: client.create("mine", from_="smollm2"), 403, "configuration"),
        (lambda: client.pull("nothing"), 404, "ember models pull"),
        (lambda: client.push("smollm2"), 403, "configuration"),
    ):
        with pytest.raises(ollama.ResponseError) as caught:
            error()
        assert caught.value.status_code == status and words in caught.value.error, caught.value
    with pytest.raises(ollama.ResponseError, match="ended in the middle"):
        list(client.chat("script", said(BROKEN), stream=True))


def test_models_are_listed_and_shown(client):
    listed = {model.model: model for model in client.list().models}
    assert list(listed) == ["script:latest", "other:latest", "smollm2:latest", "minilm:latest"]
    assert listed["script:latest"].digest == listed["other:latest"].digest != listed["smollm2:latest"].digest
    real = listed["smollm2:latest"]
    assert real.size > 90_000_000 and real.details.family == "llama" and real.details.quantization_level == "Q4_1"
    assert real.details.parameter_size == "134.52M" and real.modified_at.year >= 2024
    shown = client.show("smollm2")
    assert shown.capabilities == ["completion"] and "<|im_start|>" in shown.template
    assert shown.modelinfo["llama.block_count"] == 30 and "num_ctx" in shown.parameters
    assert client.show("minilm:latest").capabilities == ["embedding"]
    assert "tools" in client.show("script").capabilities


def test_what_is_in_memory(client):
    assert client.generate("smollm2", "").done_reason == "load"
    names = {model.name: model for model in client.ps().models}
    assert names["smollm2:latest"].context_length == 2048 and names["smollm2:latest"].size > 90_000_000
    assert client.generate("smollm2", "", keep_alive=0).done_reason == "unload"
    deadline = time.monotonic() + 20
    while "smollm2:latest" in [model.name for model in client.ps().models]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_a_configuration_allows(client):
    assert [part.status for part in client.pull("smollm2", stream=True)][-1] == "success"
    assert client.pull("minilm").status == "success"
    assert client.copy("script", "other").status == "success"


def test_probes(server):
    assert urllib.request.urlopen(server.url).read() == b"Ollama is running"
    for path in ("/", "/api/tags", "/api/version"):
        answer = urllib.request.urlopen(urllib.request.Request(server.url + path, method="HEAD"))
        assert answer.status == 200 and answer.read() == b""
    version = server.request("/api/version")[2]["version"]
    assert all(part.isdigit() for part in version.split("."))


def test_a_client_that_goes_frees_its_slot(server, client):
    endless = json.dumps([["head", EVENTS], *[["send", BEGINNINGS[CHAT]], ["wait", 0.2]] * 100])
    stream = client.chat("script", said(endless), stream=True)
    assert next(stream).message.content == "one "
    assert server.model("script")["in_flight"] == 1
    stream.close()
    deadline = time.monotonic() + 20
    while server.model("script")["in_flight"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_many_at_once(server):
    async def ask():
        client = ollama.AsyncClient(server.url)

        async def one(number):
            parts = [part async for part in await client.chat("script", said(f"question {number}"), stream=True)]
            return "".join(part.message.content for part in parts)

        return await asyncio.gather(*(one(number) for number in range(20)))

    assert asyncio.run(ask()) == ["one two"] * 20


def test_keys_hold(ember):
    ember = ember(f"keys: [{{key: secret, name: eva}}]\nmodels: {{script: {{{SCRIPTED}}}}}")
    with pytest.raises(ollama.ResponseError) as caught:
        ollama.Client(ember.url).list()
    assert caught.value.status_code == 401
    client = ollama.Client(ember.url, headers={"authorization": "Bearer secret"})
    assert client.chat("script", said("Hello")).message.content == "well"


# langchain-ollama


def test_langchain(server):
    options = {"model": "smollm2", "base_url": server.url, "temperature": 0, "num_predict": 16}
    model = langchain_ollama.ChatOllama(**options, validate_model_on_init=True)
    answer = model.invoke(QUESTION)
    assert "Paris" in answer.content and answer.usage_metadata["output_tokens"] > 1
    assert answer.response_metadata["done_reason"] == "stop"
    assert "".join(part.content for part in model.stream(QUESTION)) == answer.content
    assert "Paris" in langchain_ollama.OllamaLLM(**options).invoke(QUESTION)
    vectors = langchain_ollama.OllamaEmbeddings(model="minilm", base_url=server.url).embed_documents(["a", "b"])
    assert [len(vector) for vector in vectors] == [384, 384]


def test_langchain_tools_and_errors(server):
    model = langchain_ollama.ChatOllama(model="script", base_url=server.url)
    answer = model.bind_tools([WEATHER]).invoke(STREAMED_CALL)
    assert [(call["name"], call["args"]) for call in answer.tool_calls] == [("weather", {"city": "Liège"})]
    result = langchain_core.messages.ToolMessage("rain", tool_call_id=answer.tool_calls[0]["id"])
    history = [langchain_core.messages.HumanMessage("Weather?"), answer, result]
    assert model.invoke(history).content == "one two"
    for script in (REFUSED, BROKEN):
        with pytest.raises(ollama.ResponseError):
            model.invoke(script)
    with pytest.raises(ollama.ResponseError) as caught:
        langchain_ollama.ChatOllama(model="nothing", base_url=server.url).invoke("x")
    assert caught.value.status_code == 404


# litellm


@pytest.mark.parametrize("provider", ["ollama", "ollama_chat"])
def test_litellm(server, provider):
    options = {
        "model": f"{provider}/smollm2", "api_base": server.url, "messages": said(QUESTION), "temperature": 0,
        "max_tokens": 16}
    answer = litellm.completion(**options)
    assert "Paris" in answer.choices[0].message.content and answer.usage.completion_tokens > 1
    parts = [part.choices[0].delta.content or "" for part in litellm.completion(**options, stream=True)]
    assert len(parts) > 2 and "".join(parts) == answer.choices[0].message.content
    with pytest.raises(Exception, match="not found"):
        litellm.completion(**{**options, "model": f"{provider}/nothing"})


@pytest.mark.parametrize("stream", [False, True])
def test_litellm_tools(server, stream):
    script = STREAMED_CALL if stream else WHOLE_CALL
    answer = litellm.completion(
        model="ollama_chat/script", api_base=server.url, messages=said(script), tools=[WEATHER], stream=stream)
    if stream:
        answer = litellm.stream_chunk_builder(list(answer))
    calls = [call.function for call in answer.choices[0].message.tool_calls]
    assert [(call.name, json.loads(call.arguments)) for call in calls] == [("weather", {"city": "Liège"})]


def test_litellm_embeddings(server):
    answer = litellm.embedding(model="ollama/minilm", api_base=server.url, input=["a", "b"])
    assert [len(item["embedding"]) for item in answer.data] == [384, 384] and answer.usage.prompt_tokens > 0


def test_litellm_errors(server):
    for script, stream in ((REFUSED, False), (REFUSED, True), (BROKEN, True)):
        with pytest.raises(Exception) as caught:
            answer = litellm.completion(
                model="ollama_chat/script", api_base=server.url, messages=said(script), stream=stream, num_retries=0)
            if stream:
                list(answer)
        assert "no such grammar" in str(caught.value) or script is BROKEN


# llm with llm-ollama


LLM = """
import json, sys
import llm

QUESTION, STREAMED_CALL, WHOLE_CALL, REFUSED = json.load(sys.stdin)
model = llm.get_model("ollama/smollm2")
whole = model.prompt(QUESTION, stream=False, temperature=0, num_predict=16)
parts = list(model.prompt(QUESTION, temperature=0, num_predict=16))
seen = {"whole": whole.text(), "parts": parts, "usage": whole.usage().output}
seen["vector"] = len(llm.get_embedding_model("ollama/minilm").embed("a"))
script = llm.get_model("ollama/script")
weather = llm.Tool(
    name="weather", description="x", input_schema={"type": "object", "properties": {"city": {"type": "string"}}},
    implementation=lambda city: "rain")
for name, text, stream in (("streamed", STREAMED_CALL, True), ("called", WHOLE_CALL, False)):
    response = script.prompt(text, tools=[weather], stream=stream)
    response.text()
    seen[name] = [[call.name, call.arguments] for call in response.tool_calls()]
try:
    script.prompt(REFUSED).text()
except Exception as error:
    seen["error"] = str(error)
print(json.dumps(seen))
"""


def test_llm(server, tmp_path):
    """In a process of its own: it reads the server's address once."""
    done = subprocess.run(
        [sys.executable, "-c", LLM], input=json.dumps([QUESTION, STREAMED_CALL, WHOLE_CALL, REFUSED]), text=True,
        capture_output=True, timeout=120, env={**os.environ, "OLLAMA_HOST": server.url, "LLM_USER_PATH": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert "Paris" in seen["whole"] and "".join(seen["parts"]) == seen["whole"] and len(seen["parts"]) > 1
    assert seen["usage"] > 1 and seen["vector"] == 384
    assert seen["streamed"] == seen["called"] == [["weather", {"city": "Liège"}]]
    assert "no such grammar" in seen["error"]
