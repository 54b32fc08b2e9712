"""Streams of chat completions: when the first token came, what was said, and how much of the prompt was known already."""

import dataclasses
import http.client
import json
import time

from ember_setup.report import SetupError

from .systems import CHAT_PATH


@dataclasses.dataclass(frozen=True)
class Answer:
    seconds: float
    text: str
    prompt_tokens: int
    reused_tokens: int


def ask(address, model, messages, headers, tokens):
    """Greedy, so that the same prompt has the same answer."""
    body = json.dumps({
        "model": model, "messages": messages, "temperature": 0, "max_tokens": tokens, "stream": True,
        "stream_options": {"include_usage": True},
    })
    connection = http.client.HTTPConnection(address, timeout=300)
    try:
        began = time.monotonic()
        connection.request("POST", CHAT_PATH, body, {"content-type": "application/json", **headers})
        response = connection.getresponse()
        if response.status != 200:
            raise SetupError(f"{address} answered {response.status}: {response.read()[:300]!r}")
        return _read(response, began)
    finally:
        connection.close()


def _read(response, began):
    first, text, usage = None, "", None
    for line in response:
        if not line.startswith(b"data: {"):
            continue
        event = json.loads(line[len(b"data: "):])
        said = text_of(event)
        if said and first is None:
            first = time.monotonic() - began
        text += said
        usage = event.get("usage") or usage
    if first is None or usage is None:
        raise SetupError("a stream ended without a token or without its usage")
    return Answer(first, text, usage["prompt_tokens"], usage["prompt_tokens_details"]["cached_tokens"])


def text_of(event):
    """What one event of a stream adds to the answer."""
    return "".join(choice["delta"].get("content") or "" for choice in event.get("choices", ()))
