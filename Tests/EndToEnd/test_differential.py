"""The same requests to Ember and to the bare llama-server: where the two answer differently, a rule says why."""

import gzip
import json
import socket

import pytest

import raw_http
from bare_server import Bare
from ember_process import MINILM, SMOLLM2, Ember

WINDOW = 1024
HELLO = [{"role": "user", "content": "Say hello."}]
JSON = {"content-type": "application/json"}
TOOL = {"type": "function", "function": {
    "name": "weather", "description": "The weather", "parameters": {
        "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}
SCHEMA = {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """By model: Ember, and the llama-server that has it."""
    config = f"""
models:
  m: {{path: {SMOLLM2}, context: {WINDOW}, parallel: 1, args: [--threads, "1"]}}
  e: {{path: {MINILM}, embeddings: true, context: 512, parallel: 1, args: [--threads, "1"]}}
"""
    shared = ("--parallel", "1", "--threads", "1")
    with (
        Bare(SMOLLM2, "--ctx-size", str(WINDOW), "--alias", "m", *shared) as m,
        Bare(MINILM, "--embeddings", "--ctx-size", "512", "--alias", "e", *shared) as e,
        Ember(config, tmp_path_factory.mktemp("differential")) as ember,
    ):
        yield ember, {"m": m, "e": e}


def post(path, body, headers=None, method="POST"):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda server: raw_http.ask(server, method, path, {**JSON, **(headers or {})}, data)


def get(path, method="GET", headers=None):
    return lambda server: raw_http.ask(server, method, path, headers)


def raw(request, shuts=False):
    def send(server):
        with raw_http.connect(server) as connection:
            connection.sendall(request)
            if shuts:
                connection.shutdown(socket.SHUT_WR)
            return raw_http.read_reply(connection)
    return send


def chat(**members):
    return {"model": "m", "messages": HELLO, "max_tokens": 8, "temperature": 0, "seed": 1, **members}


def completion(**members):
    return {"model": "m", "prompt": "Once upon", "max_tokens": 8, "temperature": 0, "seed": 1, **members}


def embedding(**members):
    return {"model": "e", "input": "hello", **members}


def message(**members):
    return {"model": "m", "messages": HELLO, "max_tokens": 8, "temperature": 0, **members}


CHAT, COMPLETIONS, EMBEDDINGS = "/v1/chat/completions", "/v1/completions", "/v1/embeddings"
CHAT_BYTES = json.dumps(chat()).encode()


def chats():
    good = {
        "plain": {}, "stream": {"stream": True}, "usage in a stream": {"stream": True, "stream_options": {"include_usage": True}},
        "system": {"messages": [{"role": "system", "content": "Be brief."}, *HELLO]},
        "developer": {"messages": [{"role": "developer", "content": "Be brief."}, *HELLO]},
        "turns": {"messages": [*HELLO, {"role": "assistant", "content": "Hello."}, {"role": "user", "content": "Again."}]},
        "prefill": {"messages": [*HELLO, {"role": "assistant", "content": "Hel"}]},
        "parts": {"messages": [{"role": "user", "content": [{"type": "text", "text": "Say"}, {"type": "text", "text": " hello."}]}]},
        "tools": {"tools": [TOOL]}, "tool choice none": {"tools": [TOOL], "tool_choice": "none"},
        "tool result": {"messages": [*HELLO, {"role": "assistant", "content": None, "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Oslo\"}"}}]},
            {"role": "tool", "tool_call_id": "c1", "content": "rain"}], "tools": [TOOL]},
        "json": {"response_format": {"type": "json_object"}},
        "schema": {"response_format": {"type": "json_schema", "json_schema": {"name": "w", "schema": SCHEMA}}},
        "grammar": {"grammar": "root ::= \"yes\" | \"no\""}, "stop": {"stop": ["."]}, "stop text": {"stop": "."},
        "n": {"n": 2}, "logprobs": {"logprobs": True, "top_logprobs": 2}, "logit bias": {"logit_bias": {"100": -100}},
        "penalties": {"frequency_penalty": 0.5, "presence_penalty": 0.5}, "top_p": {"top_p": 0.5}, "top_k": {"top_k": 5},
        "min_p": {"min_p": 0.1}, "new bound": {"max_completion_tokens": 4, "max_tokens": None}, "bound below zero": {
            "max_tokens": -1, "stop": ["e", "a", "o"]}, "cache_prompt off": {"cache_prompt": False}, "timings": {"timings_per_token": True, "stream": True},
        "unknown members": {"user": "u", "metadata": {"a": "b"}, "store": False, "zzz": [1, 2]},
        "unicode": {"messages": [{"role": "user", "content": "Grüße 👋 \u0000 \ud83d\ude00"}]},
        "empty text": {"messages": [{"role": "user", "content": ""}]},
        "template arguments": {"chat_template_kwargs": {"a": 1}}, "zero tokens": {"max_tokens": 0},
    }
    bad = {
        "no messages": {"messages": None}, "messages as text": {"messages": "hello"}, "empty messages": {"messages": []},
        "message as text": {"messages": ["hello"]}, "no role": {"messages": [{"content": "x"}]},
        "number for a text": {"messages": [{"role": "user", "content": 5}]}, "odd part": {
            "messages": [{"role": "user", "content": [{"type": "zzz"}]}]},
        "picture": {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}]},
        "temperature as text": {"temperature": "warm"}, "stream as text": {"stream": "yes"}, "max_tokens as text": {"max_tokens": "many"},
        "tools as text": {"tools": "weather"}, "tool without a name": {"tools": [{"type": "function", "function": {}}]},
        "bad schema": {"response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "zzz"}}}},
        "bad grammar": {"grammar": "root ::= ("}, "too long": {"messages": [{"role": "user", "content": "word " * 2000}]},
        "too long, streamed": {"messages": [{"role": "user", "content": "word " * 2000}], "stream": True},
        "n as text": {"n": "two"}, "stop as number": {"stop": 5}, "tool choice for no tools": {"tool_choice": "required"},
        "response_format as text": {"response_format": "json"}, "other model": {"model": "zzz"}, "model as number": {"model": 5},
    }
    return {f"chat: {name}": ("m", post(CHAT, chat(**members))) for name, members in {**good, **bad}.items()}


def completions():
    cases = {
        "plain": {}, "stream": {"stream": True}, "list": {"prompt": ["Once", "Twice"]}, "tokens": {"prompt": [100, 200, 300]},
        "lists of tokens": {"prompt": [[100, 200], [300]]}, "mixed": {"prompt": [100, "upon"]}, "echo": {"echo": True}, "n": {"n": 2},
        "logprobs": {"logprobs": 1}, "suffix": {"suffix": " end"}, "no prompt": {"prompt": None}, "number": {"prompt": 5},
        "empty": {"prompt": ""}, "empty list": {"prompt": []}, "object": {"prompt": {"a": 1}}, "token out of the vocabulary": {"prompt": [99_999_999]},
        "token below zero": {"prompt": [-1]}, "fraction": {"prompt": [1.5]}, "too long": {"prompt": "word " * 2000}, "stop": {"stop": ["a", "e"]},
        "bound below zero": {"max_tokens": -5, "stop": ["a"]}, "seed as text": {"seed": "one"}, "cache_prompt": {"cache_prompt": True}, "top_k as text": {"top_k": "many"},
    }
    return {f"completions: {name}": ("m", post(COMPLETIONS, completion(**members))) for name, members in cases.items()}


def embeddings():
    cases = {
        "plain": {}, "list": {"input": ["hello", "there"]}, "tokens": {"input": [100, 200]}, "lists of tokens": {"input": [[100], [200]]},
        "base64": {"encoding_format": "base64"}, "odd format": {"encoding_format": "zzz"}, "empty": {"input": ""}, "empty list": {"input": []},
        "none": {"input": None}, "number": {"input": 5}, "object": {"input": {"a": 1}}, "token out of the vocabulary": {"input": [99_999_999]},
        "too long": {"input": "word " * 1000}, "many": {"input": ["a"] * 20}, "dimensions of the model": {"dimensions": 384},
        "fewer dimensions": {"dimensions": 64},
        "user": {"user": "u"}, "list with an empty text": {"input": ["hello", ""]},
    }
    return {f"embeddings: {name}": ("e", post(EMBEDDINGS, embedding(**members))) for name, members in cases.items()}


def messages():
    cases = {
        "plain": {}, "stream": {"stream": True}, "system": {"system": "Be brief."}, "system parts": {"system": [{"type": "text", "text": "Be brief."}]},
        "tools": {"tools": [{"name": "weather", "input_schema": SCHEMA}]}, "no bound": {"max_tokens": None, "stop_sequences": ["e"]},
        "no messages": {"messages": None}, "stop": {"stop_sequences": ["."]}, "parts": {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]},
    }
    found = {f"messages: {name}": ("m", post("/v1/messages", message(**members))) for name, members in cases.items()}
    found["messages: count"] = ("m", post("/v1/messages/count_tokens", message()))
    responses = {"plain": {"input": "Say hello."}, "list": {"input": HELLO}, "stream": {"input": "Say hello.", "stream": True}, "none": {},
                 "instructions": {"input": "Hello", "instructions": "Be brief."}}
    for name, members in responses.items():
        found[f"responses: {name}"] = ("m", post("/v1/responses", {"model": "m", "max_output_tokens": 8, "temperature": 0, **members}))
    return found


def http():
    length = len(CHAT_BYTES)
    line = f"POST {CHAT} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n".encode()
    whole = line + f"content-length: {length}\r\n\r\n".encode() + CHAT_BYTES
    chunked = line + b"transfer-encoding: chunked\r\n\r\n" + f"{length:x}\r\n".encode() + CHAT_BYTES + b"\r\n0\r\n\r\n"
    return {
        "http: health": ("m", get("/health")), "http: health by HEAD": ("m", get("/health", "HEAD")),
        "http: models": ("m", get("/v1/models")), "http: models by HEAD": ("m", get("/v1/models", "HEAD")),
        "http: models without v1": ("m", get("/models")), "http: nothing": ("m", get("/zzz")), "http: nothing by HEAD": ("m", get("/zzz", "HEAD")),
        "http: nothing by POST": ("m", post("/zzz", {})), "http: GET of a chat": ("m", get(CHAT)), "http: DELETE of models": ("m", get("/v1/models", "DELETE")),
        "http: OPTIONS": ("m", get(CHAT, "OPTIONS")), "http: chat without v1": ("m", post("/chat/completions", chat())),
        "http: embeddings without v1": ("e", post("/embeddings", embedding())), "http: slash at the end": ("m", post(CHAT + "/", chat())),
        "http: query": ("m", post(CHAT + "?x=y", chat())), "http: chunked body": ("m", raw(chunked)), "http: half-closed": ("m", raw(whole, shuts=True)),
        "http: 1.0": ("m", raw(whole.replace(b"HTTP/1.1", b"HTTP/1.0"))), "http: Connection: CLOSE": ("m", raw(whole.replace(b"host:", b"connection: CLOSE\r\nhost:"))),
        "http: content type form": ("m", post(CHAT, chat(), {"content-type": "application/x-www-form-urlencoded"})),
        "http: content type text": ("m", post(CHAT, chat(), {"content-type": "text/plain"})), "http: gzip": (
            "m", post(CHAT, gzip.compress(CHAT_BYTES), {"content-encoding": "gzip"})),
        "http: byte order mark": ("m", post(CHAT, b"\xef\xbb\xbf" + CHAT_BYTES)), "http: UTF-16": ("m", post(CHAT, CHAT_BYTES.decode().encode("utf-16"))),
        "http: bytes that are no UTF-8": ("m", post(CHAT, CHAT_BYTES.replace(b"hello", b"\xff\xfe"))), "http: no host": (
            "m", raw(whole.replace(b"host: localhost\r\n", b""))),
        "http: authorization": ("m", post(CHAT, chat(), {"authorization": "Bearer x"})), "http: no JSON": ("m", post(CHAT, b"hello")),
        "http: empty body": ("m", post(CHAT, b"")), "http: list": ("m", post(CHAT, b"[]")), "http: cut JSON": ("m", post(CHAT, CHAT_BYTES[:-5])),
        "http: comma behind the last member": ("m", post(CHAT, CHAT_BYTES[:-1] + b",}")), "http: text behind": ("m", post(CHAT, CHAT_BYTES + b"x")),
        "http: NaN": ("m", post(CHAT, CHAT_BYTES.replace(b'"temperature": 0', b'"temperature": NaN'))), "http: key twice": (
            "m", post(CHAT, CHAT_BYTES[:-1] + b', "max_tokens": 3}')),
        "http: escaped key": ("m", post(CHAT, CHAT_BYTES.replace(b'"messages"', b'"mess\\u0061ges"'))), "http: not HTTP": ("m", raw(b"HELLO\r\n\r\n")),
        "http: great number": ("m", post(CHAT, CHAT_BYTES[:-1] + b', "top_k": 1e400}')), "http: white space": ("m", post(CHAT, b" \n\t" + CHAT_BYTES + b"\n\n")),
    }


CASES = {**chats(), **completions(), **embeddings(), **messages(), **http()}


def text_of(document):
    """What a model has written, in any of the APIs."""
    if "choices" in document:
        return [choice.get("text") or (choice.get("message") or {}).get("content") for choice in document["choices"]]
    if "content" in document:
        return [part.get("text") for part in document["content"]]
    return [part.get("text") for item in document.get("output") or [] for part in item.get("content") or []]


def outline(reply):
    """What is compared of a reply: its status, form and text; numbers of a time, ids and words of errors may differ."""
    if reply is None:
        return {"status": None}
    kind = reply.headers.get("content-type", "").split(";")[0]
    found = {"status": reply.status, "type": kind}
    if kind == "text/event-stream":
        events = [json.loads(line[6:]) for line in reply.body.decode().splitlines() if line.startswith("data: {")]
        found["form"] = [sorted(event) for event in (events[0], events[-1])]
        found["ends"] = reply.body.decode().rstrip().splitlines()[-1] == "data: [DONE]"
        deltas = [choice.get("text") or (choice.get("delta") or {}).get("content") or "" for event in events for choice in event.get("choices") or []]
        found["text"] = "".join(deltas) or "".join((event.get("delta") or {}).get("text") or "" for event in events if isinstance(event.get("delta"), dict))
    elif reply.body and kind == "application/json":
        document = json.loads(reply.body)
        if isinstance(document, list):
            found["form"] = "list"
        elif reply.status >= 400:
            found["form"] = "error" if "message" in document.get("error", {}) else sorted(document)
        else:
            found["form"], found["text"] = sorted(document), text_of(document)
            found["model"] = document.get("model")
    return found


# Where the two differ, and why; docs/operating.md has the same list.
DIFFERENCES = {
    "What only the request can be blamed for is 400; llama-server calls it 500": [
        "chat: no role", "chat: picture", "chat: tools as text", "chat: tool without a name", "embeddings: none",
        "embeddings: number", "embeddings: object", "embeddings: too long", "http: UTF-16", "http: bytes that are no UTF-8",
        "http: no JSON", "http: empty body", "http: cut JSON", "http: comma behind the last member", "http: text behind", "http: NaN", "http: great number"],
    "Messages need `max_tokens` (docs/messages.md has more)": ["messages: no bound"],
    "A chat without messages is refused; llama-server answers its empty template": [
        "chat: empty messages", "messages: no messages"],
    "A vector has as many numbers as the request wants, or it is refused; llama-server ignores `dimensions`": [
        "embeddings: fewer dimensions"],
    "A model is chosen by its name, which must be configured; llama-server has one model for all names": [
        "chat: other model", "chat: model as number"],
    "The list of models has what OpenAI's and Anthropic's SDKs read, and no second list in Ollama's form": [
        "http: models", "http: models without v1"],
    "A path that has other methods says so (405, Allow); llama-server says 404": ["http: GET of a chat", "http: DELETE of models"],
    "OPTIONS lists the methods (204, Allow)": ["http: OPTIONS"],
    "A slash at the end of a path does not count": ["http: slash at the end"],
    "Bodies in gzip and deflate are read": ["http: gzip"],
    "HTTP/1.1 needs a Host (RFC 9112, 3.2)": ["http: no host"],
    "What is no HTTP gets an error with a body": ["http: not HTTP"],
    "/embeddings answers as /v1/embeddings; llama-server has a form of its own there": ["http: embeddings without v1"],
}


def reason(name):
    return next((reason for reason, names in DIFFERENCES.items() if name in names), None)


def test_there_are_enough_cases_and_few_rules():
    assert len(CASES) >= 150 and len(DIFFERENCES) <= 15


@pytest.mark.parametrize("name", CASES)
def test_ember_answers_as_llama_server_does(servers, name):
    ember, bare = servers
    model, ask = CASES[name]
    (own, its) = (outline(ask(ember)), outline(ask(bare[model])))
    if reason(name) is None:
        assert own == its
    else:
        assert own != its, f"no difference any more: take '{name}' out of DIFFERENCES"
