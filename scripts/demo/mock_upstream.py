#!/usr/bin/env python3
"""An OpenAI-compatible upstream with set latency, prices and faults. For tests and the demo."""

import argparse
import contextlib
import http.server
import json
import threading
import time

BEHAVIOURS = ("well", "429", "402", "500", "cut", "hang", "reset")
#: Tokens that a stream has said when it is cut.
CUT_AFTER = 2


class MockUpstream:
    """Serves chats on a free port of this machine until the `with` ends.

    `behaviour` says what the next answers are, until it is changed: "well", "429", "402", "500", "cut" (a stream or answer that
    breaks off in the middle), "hang" (no answer) or "reset" (the connection ends before an answer). Prices are of a million
    tokens; `GET /bill` returns the sum.
    """

    def __init__(self, latency=0.0, answer_tokens=10, retry_after=None, input_price=0.0, output_price=0.0, port=0):
        self.latency, self.answer_tokens, self.retry_after = latency, answer_tokens, retry_after
        self.input_price, self.output_price = input_price, output_price
        self.behaviour = "well"
        self.requests = []
        #: The behaviour that each of them met.
        self.met = []
        self.tokens_billed = []
        self._port = port

    def __enter__(self):
        upstream = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                upstream.requests.append(body)
                with contextlib.suppress(OSError):
                    upstream.answer(self, body)

            def do_GET(self):
                upstream.tell_bill(self)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def bill(self):
        """Tokens that were billed so far, and what they cost."""
        billed = list(self.tokens_billed)
        prompts, answers = sum(prompt for prompt, _ in billed), sum(answer for _, answer in billed)
        money = (prompts * self.input_price + answers * self.output_price) / 1e6
        return {"input_tokens": prompts, "output_tokens": answers, "money": money}

    def tell_bill(self, handler):
        if handler.path == "/bill":
            return self._send(handler, 200, self.bill())
        self._send(handler, 404, {"error": {"message": f"no {handler.path} here", "type": "mock", "code": None}})

    def answer(self, handler, body):
        time.sleep(self.latency)
        behaviour = self.behaviour
        self.met.append(behaviour)
        if behaviour == "hang":
            time.sleep(30)
        if behaviour in ("hang", "reset"):
            handler.close_connection = True
            return
        if behaviour == "500":
            # As a broken server's: an error object may be about the request alone.
            return self._send_text(handler, 500, "text/html", "<h1>Internal Server Error</h1>")
        if behaviour.isdigit():
            says_when = behaviour == "429" and self.retry_after is not None
            extra = {"retry-after": str(self.retry_after)} if says_when else {}
            return self._send(handler, int(behaviour), {"error": {"message": behaviour, "type": "mock", "code": None}}, extra)
        usage, is_cut = self._usage(body), behaviour == "cut"
        if body.get("stream"):
            return self._stream(handler, usage, is_cut, body)
        # A whole answer is billed also where it does not arrive: it has been worked out.
        self._charge(usage, usage["completion_tokens"])
        if is_cut:
            return self._cut(handler)
        self._send(handler, 200, {
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "from the mock"}, "finish_reason": "stop"}],
            "usage": usage,
        })

    def _usage(self, body):
        prompt = sum(len(str(message.get("content"))) for message in body.get("messages", [])) // 4 + 1
        answered = min(self.answer_tokens, body.get("max_tokens") or self.answer_tokens)
        return {"prompt_tokens": prompt, "completion_tokens": answered, "total_tokens": prompt + answered}

    def _charge(self, usage, answered):
        self.tokens_billed.append((usage["prompt_tokens"], answered))

    def _send(self, handler, status, body, headers=()):
        self._send_text(handler, status, "application/json", json.dumps(body), headers)

    @staticmethod
    def _send_text(handler, status, kind, text, headers=()):
        data = text.encode()
        handler.send_response(status)
        for name, value in {"content-type": kind, "content-length": str(len(data)), **dict(headers)}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data)

    def _cut(self, handler):
        handler.send_response(200)
        handler.send_header("content-length", "1000")
        handler.end_headers()
        handler.wfile.write(b'{"choices": [')
        handler.close_connection = True

    def _stream(self, handler, usage, is_cut, body):
        said = min(CUT_AFTER, usage["completion_tokens"]) if is_cut else usage["completion_tokens"]
        # Before it is sent, so that a client that has seen the end finds it on the bill.
        self._charge(usage, said)
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        # In chunks, as real ones do: a client can tell a broken stream from one that has ended.
        handler.send_header("transfer-encoding", "chunked")
        handler.end_headers()
        for number in range(said):
            self._event(handler, {"choices": [{"index": 0, "delta": {"content": f"w{number} "}, "finish_reason": None}]})
        if is_cut:
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


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--port", type=int, default=8080, help="of this machine, where it listens")
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS", help="before each answer")
    parser.add_argument("--tokens", type=int, default=10, help="of an answer")
    parser.add_argument("--input-price", type=float, default=0.0, metavar="MONEY", help="of a million tokens of prompts")
    parser.add_argument("--output-price", type=float, default=0.0, metavar="MONEY", help="of a million tokens of answers")
    parser.add_argument("--behaviour", choices=BEHAVIOURS, default="well", help="what becomes of requests")
    parser.add_argument("--retry-after", type=int, metavar="SECONDS", help="what a 429 says of it")
    return parser.parse_args(arguments)


def main():
    chosen = parse(None)
    upstream = MockUpstream(
        chosen.latency, chosen.tokens, chosen.retry_after, chosen.input_price, chosen.output_price, chosen.port)
    upstream.behaviour = chosen.behaviour
    with upstream, contextlib.suppress(KeyboardInterrupt):
        print(f"{upstream.url}; Ctrl-C ends it", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
