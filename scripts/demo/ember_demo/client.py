"""One request as a client sees it: where it was answered, how long that took, or the error that it received."""

import dataclasses
import http.client
import json
import time

#: More than Ember may let a request wait and the answer take.
TIMEOUT_SECONDS = 120

EDGE, CLOUD, REFUSED, BROKEN, LOST = "edge", "cloud", "refused", "broken", "lost"


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of a request.

    `BROKEN`: a stream that had begun and ended with an error's event. `LOST`: neither an answer nor a clear error, which must
    never be.
    """

    place: str
    seconds: float
    #: Until the first byte of the body, or of the error; None where nothing came.
    first_byte_seconds: float | None = None
    status: int | None = None
    served_by: str | None = None
    #: Of those that were not answered: the status and the error's code.
    error: str | None = None
    #: Of those that the cloud answered, or began to: why.
    offload_reason: str | None = None

    @property
    def is_answered(self):
        return self.place in (EDGE, CLOUD)

    @property
    def is_of_cloud(self):
        return bool(self.served_by) and self.served_by.startswith("cloud:")


def ask(address, path, body, service):
    """Never raises for what a server or a network does: that is what is counted."""
    connection = http.client.HTTPConnection(address, timeout=TIMEOUT_SECONDS)
    began = time.monotonic()
    try:
        headers = {"content-type": "application/json", "x-ember-service": service}
        connection.request("POST", path, json.dumps(body), headers)
        response = connection.getresponse()
        first = response.read(1)
        first_byte_seconds = time.monotonic() - began
        text = first + response.read()
        return judge(
            response.status, response.headers, text, is_stream=bool(body.get("stream")),
            first_byte_seconds=first_byte_seconds, seconds=time.monotonic() - began)
    except (OSError, http.client.HTTPException) as error:
        return Outcome(LOST, time.monotonic() - began, error=type(error).__name__)
    finally:
        connection.close()


def judge(status, headers, text, is_stream, first_byte_seconds, seconds):
    """What an answer that came to its end is."""
    served_by = headers.get("x-ember-served-by")
    place, error = REFUSED, error_code(status, text)
    if status == 200:
        place, error = _place_of_answer(served_by, text, is_stream)
    elif error is None:
        place, error = LOST, f"{status} without an error in JSON"
    return Outcome(
        place, seconds, first_byte_seconds, status, served_by, error,
        headers.get("x-ember-offload-reason") if place in (CLOUD, BROKEN) else None)


def _place_of_answer(served_by, text, is_stream):
    if is_stream and (error := error_at_end(text)):
        return BROKEN, error
    if not (ends_well(text) if is_stream else is_answer(text)):
        return LOST, "200 without a whole answer"
    if served_by == "edge":
        return EDGE, None
    if served_by and served_by.startswith("cloud:"):
        return CLOUD, None
    return LOST, "200 without x-ember-served-by"


def error_code(status, text):
    """The status and the code, or what is next best; None where the body is no error of OpenAI's shape."""
    body = _parsed(text)
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict) or not error.get("message"):
        return None
    return f"{status} {error.get('code') or error.get('type') or error['message']}"


def is_answer(text):
    body = _parsed(text)
    return isinstance(body, dict) and bool(body.get("choices") or body.get("data"))


def error_at_end(text):
    """The error that a stream's last event tells; None where that is none."""
    events = _events(text)
    return error_code("stream", events[-1]) if events else None


def ends_well(text):
    """Whether a stream said something, no error among it, and ended as it should."""
    events = _events(text)
    if not events or events[-1].strip() != b"[DONE]":
        return False
    parsed = [_parsed(event) for event in events[:-1]]
    return bool(parsed) and all(isinstance(event, dict) and "error" not in event for event in parsed)


def _events(text):
    return [line[len(b"data: "):] for line in text.splitlines() if line.startswith(b"data: ")]


def _parsed(text):
    try:
        return json.loads(text)
    except ValueError:
        return None
