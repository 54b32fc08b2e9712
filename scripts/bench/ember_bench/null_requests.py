"""The requests that null engines answer at once."""

import dataclasses

from .systems import CHAT_PATH, MODEL

SAID = "Nothing, and at once."
DIMENSIONS = 384


@dataclasses.dataclass(frozen=True)
class Request:
    path: str
    body: dict
    #: Takes from an answer what shows that the engine gave it, and what that is.
    find: object
    answer: object


def _said(answer):
    return answer["choices"][0]["message"]["content"]


#: About 1 kB, as a short conversation is.
CHAT = Request(CHAT_PATH, {
    "model": MODEL,
    "messages": [
        {"role": "system", "content": "You are the assistant of a small museum. Answer in two or three sentences, "
         "name the room where a thing is shown, and say so when you do not know."},
        {"role": "user", "content": "Good morning! We have about an hour, two children of seven and nine, and we like "
         "ships. Where should we begin?"},
        {"role": "assistant", "content": "Begin in room 4 on the ground floor, where the fishing boats hang from the "
         "ceiling, and then go up to the harbour model in room 11. Children may steer the crane there."},
        {"role": "user", "content": "Thank you. Is there also something about how people found their way at sea before "
         "there were satellites? And can one touch the instruments, or are they behind glass?"},
    ],
    "temperature": 0.7, "top_p": 0.95, "max_tokens": 160, "seed": 7, "stream": False, "user": "visitor-118",
}, _said, SAID)
#: 50 tokens by SmolLM2's tokenizer and template.
SHORT_CHAT = Request(CHAT_PATH, {
    "model": MODEL,
    "messages": [
        {"role": "system", "content": "You are the assistant of a small museum. Answer in two sentences."},
        {"role": "user", "content": "We have an hour, two children of seven and nine, and we like ships. Where should "
         "we begin?"},
    ],
    "temperature": 0.7, "max_tokens": 64,
}, _said, SAID)
EMBEDDING = Request("/v1/embeddings", {
    "model": MODEL,
    "input": "The fishing boats hang from the ceiling of room 4 on the ground floor; the harbour model is in room 11, where "
    "children may steer the crane, and next to it are the instruments by which people found their way at sea.",
}, lambda answer: len(answer["data"][0]["embedding"]), DIMENSIONS)
