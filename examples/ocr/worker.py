#!/usr/bin/env python3
"""An OpenAI-compatible server that reads the text in pictures, for Ember's `command` engine.

GET /health, GET /v1/models and POST /v1/chat/completions with image parts; listens on this machine only.
"""

import argparse
import http.server
import json
import os
import pathlib
import signal
import socket
import socketserver
import sys
import threading
import time
import uuid
from http import HTTPStatus

from images import BadRequest, images_of
from reader import Reader, patches

LARGEST_BODY = 64 << 20  # bytes
SILENT_CLIENT = 60  # seconds


class Ocr:
    """The models behind a lock: one run at a time, so that the threads asked for are the threads used."""

    def __init__(self, reader, name, largest_pixels):
        self.name = name
        self.largest_pixels = largest_pixels
        self._reader = reader
        self._lock = threading.Lock()

    def pieces(self, images):
        """Yields the text in pieces, line by line; an empty line parts two pictures."""
        separator = ""
        for image in images:
            for line in self._lines(image):
                yield separator + line
                separator = "\n"
            separator = "\n\n" if separator else ""

    def _lines(self, image):
        lines = self._reader.lines(image)
        while True:
            # Held for a line, not for a picture: a client that reads slowly must not keep the others waiting.
            with self._lock:
                line = next(lines, None)
            if line is None:
                return
            yield line


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = SILENT_CLIENT

    def do_GET(self):
        if self.path == "/health":
            self._send_json(HTTPStatus.OK, {"status": "ok"})
        elif self.path == "/v1/models":
            model = {"id": self.server.ocr.name, "object": "model", "created": 0, "owned_by": "local"}
            self._send_json(HTTPStatus.OK, {"object": "list", "data": [model]})
        else:
            self._send_not_found()

    def do_POST(self):
        try:
            body = self._read_body()
        except BadRequest as error:
            # The rest of the body would be read as the next request.
            self.close_connection = True
            self._send_bad_request(error)
            return
        if self.path != "/v1/chat/completions":
            self._send_not_found()
            return
        try:
            self._complete(body)
        except BadRequest as error:
            self._send_bad_request(error)

    def _complete(self, body):
        try:
            request = json.loads(body)
        except ValueError as error:
            raise BadRequest(f"the body is not valid JSON ({error})") from error
        images = images_of(request, self.server.ocr.largest_pixels)
        reply = Reply(request.get("model") or self.server.ocr.name, images)
        pieces = self.server.ocr.pieces(images)
        if request.get("stream"):
            options = request.get("stream_options")
            wants_usage = isinstance(options, dict) and options.get("include_usage") is True
            self._send_events(reply.chunks(pieces, wants_usage))
        else:
            self._send_json(HTTPStatus.OK, reply.whole("".join(pieces)))

    def _read_body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._read_chunked()
        try:
            length = int(self.headers.get("Content-Length", ""))
        except ValueError:
            raise BadRequest("a Content-Length or a chunked body is needed") from None
        _check_length(length)
        return self.rfile.read(length)

    def _read_chunked(self):
        body = bytearray()
        while True:
            try:
                length = int(self.rfile.readline(64).split(b";")[0], 16)
            except ValueError:
                raise BadRequest("the chunked body is malformed") from None
            _check_length(length + len(body))
            body += self.rfile.read(length)
            if length == 0:
                break
            self.rfile.readline(4)
        while self.rfile.readline(8192).strip():
            pass
        return bytes(body)

    def _send_events(self, chunks):
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in chunks:
            self._send_chunk(f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode())
        self._send_chunk(b"data: [DONE]\n\n")
        self._send_chunk(b"")

    def _send_chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def _send_json(self, status, value):
        body = json.dumps(value, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def _send_bad_request(self, error):
        self._send_error(HTTPStatus.BAD_REQUEST, str(error), error.param, error.code)

    def _send_not_found(self):
        self._send_error(HTTPStatus.NOT_FOUND, f"{self.path} is not served; try POST /v1/chat/completions")

    def _send_error(self, status, message, param=None, code=None):
        error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
        self._send_json(status, {"error": error})

    def log_message(self, *_):
        """Silent: Ember logs the requests."""


def _check_length(length):
    if not 0 <= length <= LARGEST_BODY:
        raise BadRequest(f"a body of {length} bytes is outside 0 to {LARGEST_BODY}", code="body_too_large")


class Reply:
    """A chat completion in OpenAI's shapes.

    Usage is in this model's own units: patches of the pictures in, characters out.
    """

    def __init__(self, model, images):
        self._common = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": model}
        self._prompt_tokens = sum(map(patches, images))

    def whole(self, text):
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        return {**self._common, "object": "chat.completion", "choices": [choice], "usage": self._usage(len(text))}

    def chunks(self, pieces, wants_usage):
        yield self._chunk({"role": "assistant", "content": ""})
        characters = 0
        for piece in pieces:
            characters += len(piece)
            yield self._chunk({"content": piece})
        yield self._chunk({}, "stop")
        if wants_usage:
            yield {
                **self._common, "object": "chat.completion.chunk", "choices": [], "usage": self._usage(characters)
            }

    def _chunk(self, delta, finish_reason=None):
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return {**self._common, "object": "chat.completion.chunk", "choices": [choice]}

    def _usage(self, characters):
        return {
            "prompt_tokens": self._prompt_tokens,
            "completion_tokens": characters,
            "total_tokens": self._prompt_tokens + characters,
        }


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, address, ocr):
        self.ocr = ocr
        super().__init__(address, Handler)

    def get_request(self):
        connection, peer = super().get_request()
        if self.address_family == socket.AF_INET:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, peer

    def handle_error(self, *_):
        """A client that goes away is no fault of this server; anything else is worth a trace."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(*_)


class UnixServer(Server):
    address_family = socket.AF_UNIX
    allow_reuse_address = False


def listen(arguments, ocr):
    if arguments.port is not None:
        return Server(("127.0.0.1", arguments.port), ocr)
    if arguments.socket.is_socket():
        # Left by an earlier worker: one that still listened would be another process's mistake to start twice.
        arguments.socket.unlink()
    previous = os.umask(0o077)
    try:
        return UnixServer(str(arguments.socket), ocr)
    finally:
        os.umask(previous)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--socket", type=pathlib.Path, help="the Unix socket to listen on")
    place.add_argument("--port", type=int, help="the port of 127.0.0.1 to listen on")
    parser.add_argument("--models", type=pathlib.Path, required=True, help="the folder of the ONNX models")
    parser.add_argument("--name", default="ppocr", help="the model's name in answers (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=1, help="threads of inference (default: %(default)s)")
    parser.add_argument(
        "--max-pixels", type=int, default=25_000_000, help="largest picture taken (default: %(default)s)"
    )
    return parser.parse_args()


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    arguments = parse()
    try:
        ocr = Ocr(Reader(arguments.models, arguments.threads), arguments.name, arguments.max_pixels)
    except Exception as error:
        sys.exit(f"ocr worker: cannot load the models of {arguments.models}: {error}; run: make setup")
    try:
        server = listen(arguments, ocr)
    except OSError as error:
        sys.exit(f"ocr worker: cannot listen on {arguments.socket or arguments.port}: {error}")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        if arguments.socket:
            arguments.socket.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
