"""What the day's requests say: a path and a body for each."""

import base64
import functools
import pathlib

from . import day

CHAT, EMBEDDINGS = "/v1/chat/completions", "/v1/embeddings"
PICTURE = pathlib.Path(__file__).resolve().parents[3] / "examples/ocr/sample.png"

TOPICS = ("the tides", "a bicycle", "the harbour", "bread", "a thunderstorm", "the market", "a lighthouse", "chess")
ORDERS = ("Go to the kitchen", "Bring the red box", "Wait at the door", "Clean the table", "Follow the line")


def request(arrival):
    """(path, body). Answers of assistants are streams, as people read them; machines wait for the whole of theirs."""
    kind, number, tokens = arrival.kind, arrival.number, arrival.tokens
    if kind == day.SEARCH:
        return EMBEDDINGS, {"model": kind.model, "input": f"Where is something about {_of(TOPICS, number)}? ({number})"}
    if kind == day.CAPTION:
        return CHAT, {"model": kind.model, "messages": [{"role": "user", "content": _picture()}]}
    if kind == day.ROBOT:
        text = f"Say in one short sentence what you do now: {_of(ORDERS, number)}, task {number}."
        return CHAT, _chat(kind.model, text, tokens)
    text = f"Question {number}: tell me something about {_of(TOPICS, number)}."
    return CHAT, {**_chat(kind.model, text, tokens), "stream": True, "stream_options": {"include_usage": True}}


def _of(things, number):
    return things[number % len(things)]


def _chat(model, text, tokens):
    return {"model": model, "messages": [{"role": "user", "content": text}], "max_tokens": tokens, "temperature": 0}


@functools.cache
def _picture():
    data = base64.b64encode(PICTURE.read_bytes()).decode()
    return [
        {"type": "text", "text": "Read the text."},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}},
    ]
