"""One request as a client under overload sees it: answered, refused, or lost, and how long that took."""

import dataclasses
import http.client
import json
import time

from ember_demo.client import ends_well, error_code

from .first_token import text_of
from .overload_load import Request
from .systems import CHAT_PATH

#: More than Ember may let a request wait and the answer take.
TIMEOUT_SECONDS = 180

ANSWERED, REFUSED, LOST = "answered", "refused", "lost"
#: A stream whose client has waited for long has begun already: a later error has neither a status nor headers.
IN_STREAM = "in a stream"


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Seconds since the request was due. `LOST`: neither an answer nor a clear error, which must never be."""

    request: Request
    kind: str
    seconds: float
    #: Until the first token, of those that were answered.
    first: float | None = None
    #: The errors of requests without an answer.
    error: str | None = None
    says_when_to_retry: bool = False

    @property
    def end(self):
        """Seconds from the beginning of the load."""
        return self.request.due + self.seconds

    @property
    def is_in_stream(self):
        return self.kind == REFUSED and self.error.startswith(IN_STREAM)


class Client:
    """Asks an Ember for a stream; a tenant's name is its key."""

    def __init__(self, address, models):
        self._address, self._models = address, models

    def ask(self, request, due):
        """Never raises for what a server or a network does: that is what is counted."""
        body = json.dumps({
            "model": self._models[request.flow.model], "max_tokens": request.tokens, "temperature": 0, "stream": True,
            "stream_options": {"include_usage": True}, "messages": [{"role": "user", "content": request.text}],
        })
        headers = {
            "content-type": "application/json", "authorization": f"Bearer {request.flow.tenant}",
            "x-ember-service": request.flow.service,
        }
        connection = http.client.HTTPConnection(self._address, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("POST", CHAT_PATH, body, headers)
            response = connection.getresponse()
            first, text = read(response, lambda: time.monotonic() - due)
            says_when = "retry-after" in response.headers
            return judge(request, response.status, says_when, text, first, time.monotonic() - due)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Outcome(request, LOST, time.monotonic() - due, error=type(error).__name__)
        finally:
            connection.close()


def read(lines, clock):
    """When the first token came, if one did, and everything."""
    first, text = None, b""
    for line in lines:
        text += line
        if first is None and line.startswith(b"data: {") and text_of(json.loads(line[len(b"data: "):])):
            first = clock()
    return first, text


def judge(request, status, says_when_to_retry, text, first, seconds):
    """What an answer that came to its end is."""
    if status != 200:
        error = error_code(status, text)
        kind = REFUSED if error else LOST
        return Outcome(request, kind, seconds, None, error or f"{status} without an error in JSON", says_when_to_retry)
    if first is not None and ends_well(text):
        return Outcome(request, ANSWERED, seconds, first)
    # After a token has been seen, an error is a broken answer, whatever it says.
    error = None if first is not None else error_in_stream(text)
    return Outcome(request, REFUSED if error else LOST, seconds, None, error or "200 without a whole answer")


def error_in_stream(text):
    events = [line[len(b"data: "):] for line in text.splitlines() if line.startswith(b"data: ")]
    return error_code(IN_STREAM, events[-1]) if events else None
