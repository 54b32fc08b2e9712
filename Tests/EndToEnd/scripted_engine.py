"""An engine whose requests say what it does: `scripted_engine.py SOCKET`, or `serve()` on a port, in a thread.

A request's `script` is a list of steps, told in its last message's text, its `prompt` or its `input` as JSON:

    ["wait", S]      nothing for S seconds
    ["head", TYPE]   200, chunked, of that type; "close" before it: its end is the connection's alone
    ["send", TEXT]   a piece of the body
    ["end"]          the proper end of the body
    ["cut"]          the connection ends here
    ["die"]          the process ends here
    ["answer", STATUS, TYPE, BODY]   a whole answer
    ["once", NAME, STEPS]   these steps at NAME's first time only; later ones go on behind it

A text that is no script is answered successfully, in the form of the path. `seen` lists the bodies.
"""

import http.server
import json
import os
import socket
import sys
import threading
import time

import socket_server

EVENTS = "text/event-stream"
CHUNK = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}


def events(*payloads):
    return "".join(f"data: {json.dumps(payload)}\n\n" for payload in payloads)


def named(*payloads):
    return "".join(f"event: {payload['type']}\ndata: {json.dumps(payload)}\n\n" for payload in payloads)


def chat_piece(text, finish=None):
    return events({**CHUNK, "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]})


RESPONSE = {
    "id": "r1", "object": "response", "created_at": 1, "model": "m", "output": [], "status": "in_progress",
    "parallel_tool_calls": False, "tool_choice": "auto", "tools": [],
}

#: How a stream of each path begins, and how it ends well.
BEGINNINGS = {
    "/v1/chat/completions": chat_piece("one "),
    "/v1/completions": events({
        "id": "c1", "object": "text_completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "text": "one ", "finish_reason": None, "logprobs": None}]}),
    "/v1/messages": named(
        {"type": "message_start", "message": {
            "id": "m1", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None,
            "stop_sequence": None, "usage": {"input_tokens": 3, "output_tokens": 0}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "one "}}),
    "/v1/responses": named(
        {"type": "response.created", "sequence_number": 0, "response": RESPONSE},
        {"type": "response.output_text.delta", "sequence_number": 4, "item_id": "i1", "output_index": 0,
         "content_index": 0, "delta": "one ", "logprobs": []}),
}
ENDINGS = {
    "/v1/chat/completions": chat_piece("two", "stop") + "data: [DONE]\n\n",
    "/v1/completions": events({
        "id": "c1", "object": "text_completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "text": "two", "finish_reason": "stop", "logprobs": None}]}) + "data: [DONE]\n\n",
    "/v1/messages": named(
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None},
         "usage": {"output_tokens": 2}},
        {"type": "message_stop"}),
    "/v1/responses": named({
        "type": "response.completed", "sequence_number": 5, "response": {**RESPONSE, "status": "completed"}}),
}
WHOLE = {
    "/v1/chat/completions": {
        "id": "c1", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "well"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}},
    "/v1/messages": {
        "id": "m1", "type": "message", "role": "assistant", "model": "m", "content": [{"type": "text", "text": "well"}],
        "stop_reason": "end_turn", "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1}},
    "/v1/completions": {
        "id": "c1", "object": "text_completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "text": "well", "finish_reason": "stop", "logprobs": None}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}},
    "/v1/responses": {**RESPONSE, "status": "completed"},
}


def text_of(body):
    messages = body.get("messages") or [{}]
    text = messages[-1].get("content") or body.get("prompt") or body.get("input") or ""
    return text if isinstance(text, str) else "".join(part.get("text", "") for part in text if isinstance(part, dict))


class Handler(socket_server.Handler):
    def do_GET(self):
        self.whole(200)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.seen.append(body)
        self.is_chunked = False
        path = self.path.split("?")[0]
        try:
            steps = json.loads(text_of(body))
        except ValueError:
            steps = None
        try:
            if isinstance(steps, list):
                return self.play(steps)
            if body.get("stream"):
                return self.play([["head", EVENTS], ["send", BEGINNINGS[path] + ENDINGS[path]], ["end"]])
            self.whole(200, json.dumps(WHOLE.get(path, {})).encode())
        except OSError:
            self.close_connection = True

    def play(self, steps):
        for name, *arguments in steps:
            if name == "once":
                if arguments[0] in self.server.done:
                    continue
                self.server.done.add(arguments[0])
                self.play(arguments[1])
                if self.close_connection:
                    return
            else:
                getattr(self, f"step_{name}")(*arguments)

    def step_wait(self, seconds):
        time.sleep(seconds)

    def step_close(self):
        self.close_connection = True

    def step_head(self, kind):
        self.send_response(200)
        self.send_header("content-type", kind)
        self.is_chunked = not self.close_connection
        if self.is_chunked:
            self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self.wfile.flush()

    def step_send(self, text):
        data = text.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n" if self.is_chunked else data)
        self.wfile.flush()

    def step_end(self):
        if self.is_chunked:
            self.wfile.write(b"0\r\n\r\n")

    def step_cut(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def step_die(self):
        os._exit(7)

    def step_answer(self, status, kind, text):
        self.whole(status, text.encode(), kind)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.seen, self.done = [], set()


class SocketServer(socket_server.OnSocket, Server):
    pass


def serve():
    """An upstream on a free port of this machine; `shutdown()` ends it."""
    server = Server(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{server.server_port}/v1"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


if __name__ == "__main__":
    SocketServer(sys.argv[1], Handler).serve_forever()
