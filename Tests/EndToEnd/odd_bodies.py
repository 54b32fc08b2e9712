"""Bodies that no client should send, by the path that they are posted to; tests throw them at servers."""

import json

MODEL = "smollm2"
CHAT, COMPLETIONS, RESPONSES = "/v1/chat/completions", "/v1/completions", "/v1/responses"
MESSAGES, COUNT, EMBEDDINGS, RERANK = "/v1/messages", "/v1/messages/count_tokens", "/v1/embeddings", "/v1/rerank"

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
HELLO = [{"role": "user", "content": "Hello"}]

# What stands in the place of VALUE in {"model": ..., "x": VALUE}: none of it is JSON (RFC 8259).
NOT_JSON_VALUES = {
    "nan": b"NaN", "infinity": b"Infinity", "minus-infinity": b"-Infinity", "leading-zero": b"01",
    "minus-zero-one": b"-01", "no-fraction": b"1.", "no-whole": b".5", "plus": b"+1", "no-exponent": b"1e",
    "no-exponent-after-sign": b"1e+", "minus": b"-", "hex": b"0x10", "underscore": b"1_000", "python-true": b"True",
    "python-none": b"None", "upper-null": b"NULL", "half-literal": b"tru", "long-literal": b"nullx",
    "undefined": b"undefined", "single-quotes": b"'a'", "bare-word": b"hello", "comment": b"1 /* one */",
    "line-comment": b"1 // one\n", "trailing-comma-array": b"[1,]", "trailing-comma-object": b'{"a":1,}',
    "leading-comma": b"[,1]", "two-commas": b"[1,,2]", "crossed": b"[1}", "crossed-object": b'{"a":1]',
    "no-colon": b'{"a" 1}', "no-value": b'{"a":}', "number-key": b"{1:2}", "missing-comma": b"[1 2]",
    "unknown-escape": b'"\\x41"', "short-escape": b'"\\u12"', "bad-escape": b'"\\u12G4"',
    "lone-high-surrogate": b'"\\ud800"', "lone-low-surrogate": b'"\\udc00"', "high-then-text": b'"\\ud800abc"',
    "high-then-high": b'"\\ud800\\ud800"', "high-then-newline": b'"\\ud800\\n"', "raw-newline": b'"a\nb"', "raw-tab": b'"a\tb"', "raw-nul": b'"a\x00b"',
    "raw-escape": b'"a\x1bb"', "overlong-slash": b'"\xc0\xaf"', "overlong-3": b'"\xe0\x80\xaf"',
    "overlong-4": b'"\xf0\x80\x80\xaf"', "encoded-surrogate": b'"\xed\xa0\x80"', "truncated-2": b'"\xc3"',
    "truncated-3": b'"\xe2\x82"', "truncated-4": b'"\xf0\x9f\x98"', "above-unicode": b'"\xf4\x90\x80\x80"',
    "stray-continuation": b'"\x80"', "latin-1": b'"caf\xe9"', "byte-ff": b'"\xff"', "unclosed-string": b'"abc',
    "form-feed": b"\x0c1", "no-break-space": b"\xc2\xa01", "nul-outside": b"1\x00",
}
# The same outside of the object.
NOT_JSON_BODIES = {
    "empty": b"", "blanks": b" \n ", "text": b"hello", "form": b"model=smollm2&x=1", "number": b"12", "array": b"[]",
    "null": b"null", "two-objects": b'{"model":"smollm2"}{"model":"smollm2"}', "trailing-brace": b'{"model":"smollm2"}}',
    "trailing-text": b'{"model":"smollm2"} x', "trailing-nul": b'{"model":"smollm2"}\x00',
    "cut-short": b'{"model":"smollm2"', "utf-16": '{"model":"smollm2"}'.encode("utf-16"),
    "deep": b'{"model":"smollm2","x":' + b"[" * 600 + b"]" * 600 + b"}",
}


def not_json():
    """(name, body) of everything that is no JSON; each would be a good request of its path but for that."""
    for name, value in NOT_JSON_VALUES.items():
        yield name, b'{"model":"smollm2","messages":[{"role":"user","content":"Hello"}],"max_tokens":1,"x":' + value + b"}"
    yield from NOT_JSON_BODIES.items()


def _chat(**changes):
    return {"messages": HELLO, "max_tokens": 1, **changes}


def _said(content, role="user"):
    return _chat(messages=[{"role": role, "content": content}])


# JSON, but not what the path takes.
ODD_CHATS = {
    "no messages": {"max_tokens": 4},
    "messages null": _chat(messages=None),
    "messages text": _chat(messages="Hello"),
    "messages object": _chat(messages={"role": "user", "content": "Hello"}),
    "messages number": _chat(messages=7),
    "messages empty": _chat(messages=[]),
    "message text": _chat(messages=["Hello"]),
    "message null": _chat(messages=[None]),
    "message number": _chat(messages=[7]),
    "message array": _chat(messages=[[]]),
    "message empty": _chat(messages=[{}]),
    "role missing": _chat(messages=[{"content": "Hello"}]),
    "role null": _chat(messages=[{"role": None, "content": "Hello"}]),
    "role number": _chat(messages=[{"role": 7, "content": "Hello"}]),
    "role empty": _said("Hello", ""),
    "role unknown": _said("Hello", "wizard"),
    "role developer": _said("Hello", "developer"),
    "role tool alone": _said("Hello", "tool"),
    "role function": _said("Hello", "function"),
    "content missing": _chat(messages=[{"role": "user"}]),
    "content null": _said(None),
    "content number": _said(7),
    "content bool": _said(True),
    "content object": _said({"type": "text", "text": "Hello"}),
    "content empty list": _said([]),
    "part text": _said(["Hello"]),
    "part null": _said([None]),
    "part number": _said([7]),
    "part empty": _said([{}]),
    "part without text": _said([{"type": "text"}]),
    "part text null": _said([{"type": "text", "text": None}]),
    "part text number": _said([{"type": "text", "text": 7}]),
    "part type number": _said([{"type": 7, "text": "Hello"}]),
    "part type unknown": _said([{"type": "smell", "smell": "roses"}]),
    "part type missing": _said([{"text": "Hello"}]),
    "picture": _said([{"type": "image_url", "image_url": {"url": "data:image/png;base64," + PIXEL}}]),
    "picture text": _said([{"type": "image_url", "image_url": "data:image/png;base64," + PIXEL}]),
    "picture elsewhere": _said([{"type": "image_url", "image_url": {"url": "http://127.0.0.1:1/a.png"}}]),
    "picture null": _said([{"type": "image_url", "image_url": None}]),
    "sound": _said([{"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}]),
    "file": _said([{"type": "file", "file": {"file_id": "f"}}]),
    "assistant last": _chat(messages=[*HELLO, {"role": "assistant", "content": "Hi"}]),
    "two assistants last": _chat(
        messages=[*HELLO, {"role": "assistant", "content": "Hi"}, {"role": "assistant", "content": "Hi"}]),
    "assistant null": _chat(messages=[*HELLO, {"role": "assistant", "content": None}, *HELLO]),
    "tool_calls text": _chat(messages=[*HELLO, {"role": "assistant", "content": "", "tool_calls": "x"}, *HELLO]),
    "tool_calls numbers": _chat(messages=[*HELLO, {"role": "assistant", "content": "", "tool_calls": [7]}, *HELLO]),
    "tool_calls empty call": _chat(messages=[*HELLO, {"role": "assistant", "content": "", "tool_calls": [{}]}, *HELLO]),
    "tool_calls bad arguments": _chat(messages=[*HELLO, {"role": "assistant", "content": "", "tool_calls": [
        {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{"}}]}, *HELLO]),
    "tool_calls no arguments": _chat(messages=[*HELLO, {"role": "assistant", "content": "", "tool_calls": [
        {"id": "1", "type": "function", "function": {"name": "f"}}]}, *HELLO]),
    "tool_calls unknown type": _chat(messages=[*HELLO, {"role": "assistant", "content": "", "tool_calls": [
        {"id": "1", "type": "custom", "custom": {"name": "f"}}]}, *HELLO]),
    "tool_call_id number": _chat(messages=[*HELLO, {"role": "tool", "content": "1", "tool_call_id": 1}]),
    "reasoning_content number": _chat(messages=[*HELLO, {"role": "assistant", "content": "", "reasoning_content": 1}, *HELLO]),
    "name null": _chat(messages=[{"role": "user", "content": "Hello", "name": None}]),
    "tool result": _chat(messages=[*HELLO, {"role": "tool", "content": "1", "tool_call_id": "1"}]),
    "tool result without id": _chat(messages=[*HELLO, {"role": "tool", "content": "1"}]),
    "name number": _chat(messages=[{"role": "user", "content": "Hello", "name": 7}]),
    "max_tokens text": _chat(max_tokens="7"),
    "max_tokens object": _chat(max_tokens={}),
    "max_tokens bool": _chat(max_tokens=True),
    "max_tokens fraction": _chat(max_tokens=1.5),
    "max_tokens huge": _chat(max_tokens=10**30),
    "max_tokens null": _chat(max_tokens=None),
    "max_tokens negative": _chat(max_tokens=-5),
    "max_tokens zero": _chat(max_tokens=0),
    "max_completion_tokens text": {"messages": HELLO, "max_completion_tokens": "7"},
    "stream text": _chat(stream="true"),
    "stream number": _chat(stream=1),
    "stream null": _chat(stream=None),
    "stream object": _chat(stream={}),
    "stream_options text": _chat(stream=True, stream_options="x"),
    "stream_options null": _chat(stream=True, stream_options=None),
    "include_usage text": _chat(stream=True, stream_options={"include_usage": "yes"}),
    "n text": _chat(n="2"),
    "n zero": _chat(n=0),
    "n negative": _chat(n=-1),
    "n huge": _chat(n=1000),
    "n two": _chat(n=2),
    "temperature text": _chat(temperature="hot"),
    "temperature object": _chat(temperature={}),
    "temperature negative": _chat(temperature=-1),
    "temperature huge": _chat(temperature=1e300),
    "top_p text": _chat(top_p="x"),
    "top_k text": _chat(top_k="x"),
    "seed text": _chat(seed="x"),
    "seed huge": _chat(seed=10**30),
    "seed negative": _chat(seed=-1),
    "stop number": _chat(stop=7),
    "stop numbers": _chat(stop=[7]),
    "stop object": _chat(stop={}),
    "stop null": _chat(stop=None),
    "stop empty": _chat(stop=[""]),
    "logprobs text": _chat(logprobs="x"),
    "top_logprobs text": _chat(logprobs=True, top_logprobs="x"),
    "top_logprobs alone": _chat(top_logprobs=2),
    "logit_bias text": _chat(logit_bias="x"),
    "logit_bias huge id": _chat(logit_bias={"999999999": 1}),
    "logit_bias bad": _chat(logit_bias=[[1, "x"]]),
    "tools text": _chat(tools="x"),
    "tools object": _chat(tools={}),
    "tools numbers": _chat(tools=[7]),
    "tools empty tool": _chat(tools=[{}]),
    "tools null": _chat(tools=None),
    "tools no name": _chat(tools=[{"type": "function", "function": {}}]),
    "tools unknown type": _chat(tools=[{"type": "web_search"}]),
    "tools bad parameters": _chat(tools=[{"type": "function", "function": {"name": "f", "parameters": 7}}]),
    "tools bad schema": _chat(tools=[{"type": "function", "function": {
        "name": "f", "parameters": {"type": "object", "properties": {"a": {"$ref": "#/nowhere"}}}}}]),
    "tool_choice number": _chat(tool_choice=7),
    "tool_choice unknown": _chat(tool_choice="maybe"),
    "tool_choice without tools": _chat(tool_choice="required"),
    "functions": _chat(functions=[{"name": "f"}]),
    "response_format text": _chat(response_format="json"),
    "response_format unknown": _chat(response_format={"type": "yaml"}),
    "response_format no schema": _chat(response_format={"type": "json_schema"}),
    "response_format bad schema": _chat(response_format={"type": "json_schema", "json_schema": {"schema": 7}}),
    "response_format bad type": _chat(
        response_format={"type": "json_schema", "json_schema": {"schema": {"type": "nonsense"}}}),
    "response_format bad ref": _chat(
        response_format={"type": "json_schema", "json_schema": {"schema": {"$ref": "#/nowhere"}}}),
    "response_format bad pattern": _chat(response_format={"type": "json_schema", "json_schema": {
        "schema": {"type": "string", "pattern": "("}}}),
    "grammar bad": _chat(grammar="root ::= ("),
    "grammar number": _chat(grammar=7),
    "grammar and schema": _chat(grammar="root ::= \"a\"", json_schema={"type": "object"}),
    "reasoning_effort unknown": _chat(reasoning_effort="extreme"),
    "chat_template_kwargs text": _chat(chat_template_kwargs="x"),
    "chat_template_kwargs bad": _chat(chat_template_kwargs={"enable_thinking": "perhaps"}),
    "id_slot beyond": _chat(id_slot=99),
    "id_slot text": _chat(id_slot="x"),
    "lora text": _chat(lora="x"),
    "lora beyond": _chat(lora=[{"id": 99, "scale": 1}]),
    "cache_prompt text": _chat(cache_prompt="x"),
    "samplers numbers": _chat(samplers=[7]),
    "n_probs text": _chat(n_probs="x"),
    "parallel_tool_calls text": _chat(parallel_tool_calls="x"),
}


def _complete(**changes):
    return {"prompt": "Hello", "max_tokens": 1, **changes}


ODD_COMPLETIONS = {
    "no prompt": {"max_tokens": 4},
    "prompt null": _complete(prompt=None),
    "prompt number": _complete(prompt=7),
    "prompt bool": _complete(prompt=True),
    "prompt object": _complete(prompt={}),
    "prompt empty": _complete(prompt=""),
    "prompt empty list": _complete(prompt=[]),
    "prompt list of null": _complete(prompt=[None]),
    "prompt list of empty list": _complete(prompt=[[]]),
    "prompt list of object": _complete(prompt=[{}]),
    "prompt tokens": _complete(prompt=[1, 2, 3]),
    "prompt negative tokens": _complete(prompt=[-1, -2]),
    "prompt token fraction": _complete(prompt=[1.5]),
    "prompt huge tokens": _complete(prompt=[10**9]),
    "prompt overflowing tokens": _complete(prompt=[10**30]),
    "prompt lists of tokens": _complete(prompt=[[1, 2], [3]]),
    "prompt mixed": _complete(prompt=[1, "Hello"]),
    "prompt texts": _complete(prompt=["Hello", "Hi"]),
    "prompt texts and null": _complete(prompt=["Hello", None]),
    "max_tokens text": _complete(max_tokens="7"),
    "stream text": _complete(stream="true"),
    "n text": _complete(n="2"),
    "echo text": _complete(echo="x"),
    "suffix": _complete(suffix="x"),
    "best_of text": _complete(best_of="x"),
    "logprobs text": _complete(logprobs="x"),
    "stop numbers": _complete(stop=[7]),
    "grammar bad": _complete(grammar="root ::= ("),
    "json_schema bad": _complete(json_schema={"$ref": "#/nowhere"}),
    "messages instead": {"messages": HELLO},
}


def _respond(**changes):
    return {"input": "Hello", "max_output_tokens": 1, **changes}


def _input(*items):
    return _respond(input=list(items))


ODD_RESPONSES = {
    "no input": {"max_output_tokens": 4},
    "input null": _respond(input=None),
    "input number": _respond(input=7),
    "input object": _respond(input={}),
    "input empty": _respond(input=""),
    "input empty list": _respond(input=[]),
    "item text": _input("Hello"),
    "item null": _input(None),
    "item empty": _input({}),
    "item role missing": _input({"content": "Hello"}),
    "item role number": _input({"role": 7, "content": "Hello"}),
    "item role unknown": _input({"role": "wizard", "content": "Hello"}),
    "item content missing": _input({"role": "user"}),
    "item content number": _input({"role": "user", "content": 7}),
    "item part text": _input({"role": "user", "content": ["Hello"]}),
    "item part empty": _input({"role": "user", "content": [{}]}),
    "item part plain text": _input({"role": "user", "content": [{"type": "text", "text": "Hello"}]}),
    "item part unknown": _input({"role": "user", "content": [{"type": "smell"}]}),
    "item part no text": _input({"role": "user", "content": [{"type": "input_text"}]}),
    "item picture": _input({"role": "user", "content": [
        {"type": "input_image", "image_url": "data:image/png;base64," + PIXEL}]}),
    "item file": _input({"role": "user", "content": [{"type": "input_file", "file_id": "f"}]}),
    "item unknown type": _input({"type": "smell"}),
    "item reference": _input({"type": "item_reference", "id": "x"}),
    "item call": _input({"type": "function_call", "call_id": "1", "name": "f", "arguments": "{}"}),
    "item call bad": _input({"type": "function_call"}),
    "item output": _input({"type": "function_call_output", "call_id": "1", "output": "1"}),
    "item output bad": _input({"type": "function_call_output"}),
    "item reasoning": _input({"type": "reasoning", "summary": []}),
    "previous_response_id": _respond(previous_response_id="x"),
    "instructions number": _respond(instructions=7),
    "max_output_tokens text": _respond(max_output_tokens="7"),
    "stream text": _respond(stream="true"),
    "tools text": _respond(tools="x"),
    "tools unknown type": _respond(tools=[{"type": "web_search"}]),
    "tools no name": _respond(tools=[{"type": "function"}]),
    "text number": _respond(text=7),
    "messages instead": {"messages": HELLO},
}

ODD_MESSAGES = {
    "no messages": {"max_tokens": 4},
    "messages null": _chat(messages=None),
    "messages text": _chat(messages="Hello"),
    "messages empty": _chat(messages=[]),
    "message text": _chat(messages=["Hello"]),
    "message null": _chat(messages=[None]),
    "message empty": _chat(messages=[{}]),
    "role missing": _chat(messages=[{"content": "Hello"}]),
    "role number": _chat(messages=[{"role": 7, "content": "Hello"}]),
    "role unknown": _said("Hello", "wizard"),
    "role system": _said("Hello", "system"),
    "content missing": _chat(messages=[{"role": "user"}]),
    "content null": _said(None),
    "content number": _said(7),
    "content empty list": _said([]),
    "block text": _said(["Hello"]),
    "block null": _said([None]),
    "block empty": _said([{}]),
    "block no text": _said([{"type": "text"}]),
    "block text number": _said([{"type": "text", "text": 7}]),
    "block unknown": _said([{"type": "smell"}]),
    "picture": _said([{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}]),
    "picture elsewhere": _said([{"type": "image", "source": {"type": "url", "url": "http://127.0.0.1:1/a.png"}}]),
    "picture no source": _said([{"type": "image"}]),
    "picture source text": _said([{"type": "image", "source": "x"}]),
    "document": _said([{"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}}]),
    "tool_use": _said([{"type": "tool_use", "id": "1", "name": "f", "input": {}}], "assistant"),
    "tool_use bad": _said([{"type": "tool_use"}], "assistant"),
    "tool_result": _said([{"type": "tool_result", "tool_use_id": "1", "content": "1"}]),
    "tool_result bad": _said([{"type": "tool_result"}]),
    "tool_result number": _said([{"type": "tool_result", "tool_use_id": "1", "content": 7}]),
    "thinking": _said([{"type": "thinking", "thinking": "x", "signature": "y"}], "assistant"),
    "system number": _chat(system=7),
    "system null": _chat(system=None),
    "system blocks": _chat(system=[{"type": "text", "text": "Be short."}]),
    "system block text": _chat(system=["Be short."]),
    "system block no text": _chat(system=[{"type": "text"}]),
    "max_tokens missing": {"messages": HELLO},
    "max_tokens text": _chat(max_tokens="7"),
    "stream text": _chat(stream="true"),
    "stop_sequences text": _chat(stop_sequences="x"),
    "stop_sequences numbers": _chat(stop_sequences=[7]),
    "tools text": _chat(tools="x"),
    "tools numbers": _chat(tools=[7]),
    "tools empty tool": _chat(tools=[{}]),
    "tools no schema": _chat(tools=[{"name": "f"}]),
    "tool_choice text": _chat(tool_choice="x"),
    "tool_choice unknown": _chat(tool_choice={"type": "maybe"}),
    "thinking text": _chat(thinking="x"),
    "metadata text": _chat(metadata="x"),
}

ODD_EMBEDDINGS = {
    "no input": {},
    "input null": {"input": None},
    "input number": {"input": 7},
    "input bool": {"input": True},
    "input object": {"input": {}},
    "input empty": {"input": ""},
    "input empty list": {"input": []},
    "input list of empty": {"input": [""]},
    "input list of null": {"input": [None]},
    "input list of object": {"input": [{}]},
    "input list of empty list": {"input": [[]]},
    "input tokens": {"input": [101, 102]},
    "input lists of tokens": {"input": [[101, 102], [101]]},
    "input negative tokens": {"input": [-5, -6]},
    "input huge tokens": {"input": [10**9]},
    "input token fraction": {"input": [1.5]},
    "input mixed": {"input": [101, "Hello"]},
    "input text and null": {"input": ["Hello", None]},
    "encoding_format unknown": {"input": "Hello", "encoding_format": "hex"},
    "encoding_format number": {"input": "Hello", "encoding_format": 7},
    "dimensions": {"input": "Hello", "dimensions": 8},
    "dimensions text": {"input": "Hello", "dimensions": "x"},
    "content instead": {"content": "Hello"},
    "messages instead": {"messages": HELLO},
}

ODD_RERANKS = {
    "no query": {"documents": ["a"]},
    "query null": {"query": None, "documents": ["a"]},
    "query number": {"query": 7, "documents": ["a"]},
    "no documents": {"query": "a"},
    "documents null": {"query": "a", "documents": None},
    "documents text": {"query": "a", "documents": "a"},
    "documents empty": {"query": "a", "documents": []},
    "documents of null": {"query": "a", "documents": [None]},
    "documents of numbers": {"query": "a", "documents": [7]},
    "documents of objects": {"query": "a", "documents": [{"text": "a"}]},
    "documents of empty": {"query": "a", "documents": [""]},
    "documents": {"query": "a", "documents": ["a", "b"]},
    "texts": {"query": "a", "texts": ["a", "b"]},
    "top_n text": {"query": "a", "documents": ["a"], "top_n": "x"},
    "top_n zero": {"query": "a", "documents": ["a"], "top_n": 0},
    "top_n negative": {"query": "a", "documents": ["a"], "top_n": -1},
    "top_n fraction": {"query": "a", "documents": ["a"], "top_n": 1.5},
    "top_n huge": {"query": "a", "documents": ["a"], "top_n": 10**20},
}

ODD_SHAPES = {
    CHAT: ODD_CHATS, COMPLETIONS: ODD_COMPLETIONS, RESPONSES: ODD_RESPONSES, MESSAGES: ODD_MESSAGES,
    COUNT: ODD_MESSAGES, EMBEDDINGS: ODD_EMBEDDINGS, RERANK: ODD_RERANKS,
}


def odd_shapes(model=MODEL):
    """(path, name, body) of all JSON that is not what its path takes, or is only rare."""
    for path, bodies in ODD_SHAPES.items():
        for name, body in bodies.items():
            yield path, name, json.dumps({"model": model, **body}).encode()


def worst_requests(chat=MODEL, embedder="minilm"):
    """(name, path, body) of the twenty requests of one client that do the most harm to others where they are not seen to."""
    def body(**members):
        return json.dumps({"model": chat, **members}).encode()

    def odd(path, name):
        model = embedder if path == EMBEDDINGS else chat
        return name, path, json.dumps({"model": model, **ODD_SHAPES[path][name]}).encode()

    letters, head = "a" * 3_000_000, b'{"model":"' + chat.encode() + b'",'
    long = [{"role": "user", "content": letters}]
    yield "many messages", CHAT, body(messages=[{"role": "user", "content": "a"}] * 120_000)
    yield "a long message", CHAT, body(messages=long)
    yield "a long message, answered twice", CHAT, body(messages=long, max_tokens=1, n=2)
    yield "a long system prompt", MESSAGES, body(messages=HELLO, system=letters, max_tokens=1)
    yield "a long input", RESPONSES, body(input=letters)
    yield "a long prompt", COMPLETIONS, body(prompt=letters)
    yield "many prompts", COMPLETIONS, body(prompt=["a"] * 8192, max_tokens=1)
    yield "many texts", EMBEDDINGS, json.dumps({"model": embedder, "input": ["a"] * 8192}).encode()
    yield "a long key with an escape", CHAT, head + b'"' + letters.encode() + b'\\u0061":1,"messages":[]}'
    yield "many keys", CHAT, head + b'"mod\\u0065l2":1,' * 200_000 + b'"messages":[]}'
    yield "many values", CHAT, head + b'"messages":[],"x":[' + b"1," * 1_500_000 + b"1]}"
    yield "deep nesting", CHAT, head + b'"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    yield "cut short", CHAT, body(messages=long)[:-5]
    yield "no UTF-8 at its end", CHAT, head + b'"x":"' + letters.encode() + b'\xff"}'
    yield "chat to an embedding model", CHAT, json.dumps({"model": embedder, "messages": HELLO}).encode()
    yield "embeddings of a chat model", EMBEDDINGS, body(input="Hello")
    for path, name in [(CHAT, "role missing"), (CHAT, "picture"), (MESSAGES, "no messages"), (EMBEDDINGS, "input object")]:
        yield odd(path, name)
