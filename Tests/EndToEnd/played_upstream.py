"""An upstream on loopback that sends the bytes a test gives it, whatever they are, and counts what reaches it.

`reply` is what the next requests get: bytes; a list of bytes and of seconds to wait; or a function of a `Request` that returns either.
None closes the connection without a word. Replies that have no length and no chunks need `closes`.
"""

import dataclasses
import json
import socket
import threading
import time

CHAT = {
    "id": "c1", "object": "chat.completion", "created": 1, "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "well"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
}
EVENTS = "text/event-stream"
PIECE = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m",
         "choices": [{"index": 0, "delta": {"content": "well"}, "finish_reason": "stop"}]}
STREAM = f"data: {json.dumps(PIECE)}\n\ndata: [DONE]\n\n"


def reply(body=b"", status=200, kind="application/json", **headers):
    """A whole answer; `kind=None` for no content type. Underscores of names stand for hyphens."""
    data = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    lines = [f"HTTP/1.1 {status} Status"]
    if kind:
        lines.append(f"content-type: {kind}")
    if status >= 200 and status != 204 and "transfer_encoding" not in headers:
        headers.setdefault("content_length", len(data))
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def chunked(*pieces, status=200, kind="application/json", **headers):
    """An answer in chunks, each sent by itself."""
    head = reply(b"", status, kind, transfer_encoding="chunked", **headers)
    data = [piece if isinstance(piece, bytes) else piece.encode() for piece in pieces]
    return [head, *(f"{len(piece):x}\r\n".encode() + piece + b"\r\n" for piece in data if piece), b"0\r\n\r\n"]


def well(request):
    """A good answer to a chat."""
    return chunked(STREAM, kind=EVENTS) if json.loads(request.body).get("stream") else reply(CHAT)


@dataclasses.dataclass
class Request:
    path: str
    headers: dict
    body: bytes
    #: Of its connection, from 1.
    number: int


class PlayedUpstream:
    def __init__(self, tls=None):
        self.reply = well
        self.closes = False
        self.requests, self.connections = [], 0
        self._tls = tls

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}/v1"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        # Closed alone, it would go on to accept.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            connection.settimeout(60)
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as file:
                number = 0
                while request := self._read(file, number := number + 1):
                    self.requests.append(request)
                    if not self._answer(connection, request) or self.closes:
                        break
                connection.shutdown(socket.SHUT_RDWR)
        # What is no HTTP has a line that is no text.
        except (OSError, ValueError):
            connection.close()

    @staticmethod
    def _read(file, number):
        line = file.readline()
        if not line:
            return None
        headers = {}
        while (header := file.readline().strip()):
            name, _, value = header.decode().partition(":")
            headers[name.lower()] = value.strip()
        return Request(line.split()[1].decode(), headers, file.read(int(headers.get("content-length", 0))), number)

    def _answer(self, connection, request):
        steps = self.reply(request) if callable(self.reply) else self.reply
        if steps is None:
            return False
        for step in steps if isinstance(steps, list) else [steps]:
            if isinstance(step, (int, float)):
                time.sleep(step)
            else:
                connection.sendall(step)
        return True
