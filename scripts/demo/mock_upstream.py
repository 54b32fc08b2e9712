"""An OpenAI-compatible upstream that behaves as it is told: latency, usage, and faults. For tests and the demo."""

import contextlib
import http.server
import json
import threading
import time


class MockUpstream:
    """Serves chats on a free port of this machine until the `with` ends.

    `behaviour` says what the next answers are, until it is changed: "well", "429", "402", "500", "cut" (a stream or answer that
    breaks off in the middle), "hang" (no answer) or "reset" (the connection ends before an answer).
    """

    def __init__(self, latency=0.0, answer_tokens=10, retry_after=None):
        self.latency, self.answer_tokens, self.retry_after = latency, answer_tokens, retry_after
        self.behaviour = "well"
        self.requests = []
        self.tokens_billed = []

    def __enter__(self):
        upstream = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                upstream.requests.append(body)
                with contextlib.suppress(OSError):
                    upstream.answer(self, body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def answer(self, handler, body):
        time.sleep(self.latency)
        behaviour = self.behaviour
        if behaviour == "hang":
            time.sleep(30)
        if behaviour in ("hang", "reset"):
            handler.close_connection = True
            return
        if behaviour.isdigit():
            extra = {"retry-after": str(self.retry_after)} if self.retry_after is not None else {}
            return self._send(handler, int(behaviour), {"error": {"message": behaviour, "type": "mock", "code": None}}, extra)
        usage = self._usage(body)
        if body.get("stream"):
            return self._stream(handler, usage, behaviour == "cut", body)
        if behaviour == "cut":
            return self._cut(handler)
        self._send(handler, 200, {
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "from the mock"}, "finish_reason": "stop"}],
            "usage": usage,
        })

    def _usage(self, body):
        prompt = sum(len(str(message.get("content"))) for message in body.get("messages", [])) // 4 + 1
        answered = min(self.answer_tokens, body.get("max_tokens") or self.answer_tokens)
        self.tokens_billed.append((prompt, answered))
        return {"prompt_tokens": prompt, "completion_tokens": answered, "total_tokens": prompt + answered}

    def _send(self, handler, status, body, headers=()):
        text = json.dumps(body).encode()
        handler.send_response(status)
        for name, value in {"content-type": "application/json", "content-length": str(len(text)), **dict(headers)}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(text)

    def _cut(self, handler):
        handler.send_response(200)
        handler.send_header("content-length", "1000")
        handler.end_headers()
        handler.wfile.write(b'{"choices": [')
        handler.close_connection = True

    def _stream(self, handler, usage, is_cut, body):
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        # In chunks, as real ones do: a stream that breaks off is then told from one that has ended.
        handler.send_header("transfer-encoding", "chunked")
        handler.end_headers()
        for number in range(usage["completion_tokens"]):
            self._event(handler, {"choices": [{"index": 0, "delta": {"content": f"w{number} "}, "finish_reason": None}]})
            if is_cut and number == 1:
                # Neither an end nor a last event.
                handler.close_connection = True
                handler.connection.shutdown(2)
                return
        self._event(handler, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        if (body.get("stream_options") or {}).get("include_usage"):
            self._event(handler, {"choices": [], "usage": usage})
        self._chunk(handler, b"data: [DONE]\n\n")
        self._chunk(handler, b"")

    def _event(self, handler, event):
        self._chunk(handler, b"data: " + json.dumps(event).encode() + b"\n\n")

    @staticmethod
    def _chunk(handler, data):
        handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        handler.wfile.flush()
