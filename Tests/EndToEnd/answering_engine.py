"""An engine that is only played, with answers that a page can show: `answering_engine.py SOCKET SECONDS` listens after SECONDS,
streams chats word by word, and has embeddings by the letters of a text."""

import json
import sys
import time

import socket_server

WORDS = "The capital of France is Paris.".split(" ")


class Handler(socket_server.Handler):
    def do_GET(self):
        self.whole(200)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path == "/v1/embeddings":
            data = [{"index": i, "embedding": letters(text)} for i, text in enumerate(body["input"])]
            self.whole(200, json.dumps({"data": data}).encode())
        elif body.get("stream"):
            self.stream(saw_picture(body))
        else:
            choice = {"index": 0, "message": {"role": "assistant", "content": " ".join(WORDS)}, "finish_reason": "stop"}
            self.whole(200, json.dumps({"choices": [choice]}).encode())

    def stream(self, picture):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for word in (["picture"] if picture else []) + WORDS:
            self.event({"choices": [{"index": 0, "delta": {"content": word + " "}}]})
        timings = {"prompt_n": 5, "prompt_ms": 12.5, "predicted_n": 6, "predicted_ms": 30.0, "cache_n": 0}
        self.event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "timings": timings,
                    "usage": {"prompt_tokens": 5, "completion_tokens": 6, "total_tokens": 11}})
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def event(self, value):
        self.wfile.write(f"data: {json.dumps(value)}\n\n".encode())
        self.wfile.flush()


def letters(text):
    return [float(text.lower().count(letter)) for letter in "abcdefghijklmnopqrstuvwxyz"]


def saw_picture(body):
    content = body["messages"][-1]["content"]
    return isinstance(content, list) and any(part["type"] == "image_url" for part in content)


if __name__ == "__main__":
    print("the played engine starts", flush=True)
    time.sleep(float(sys.argv[2]))
    socket_server.SocketServer(sys.argv[1], Handler).serve_forever()
