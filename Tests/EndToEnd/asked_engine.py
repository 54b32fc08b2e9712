"""An engine that is only played: `asked_engine.py SOCKET LOG` writes each request's body into LOG, and streams three words. A prompt
with "slow" in it gets a word a second without an end, and one with "break" an answer that breaks off."""

import json
import sys
import time

import socket_server


class Handler(socket_server.Handler):
    def do_GET(self):
        self.whole(200)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with open(sys.argv[2], "a") as log:
            log.write(json.dumps(body) + "\n")
        last = json.dumps(body["messages"][-1])
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        count = 60 if "slow" in last else 3
        for number in range(1, count + 1):
            self.event({"delta": {"content": f"word{number} "}})
            if "break" in last:
                self.close_connection = True
                return
            time.sleep(1 if "slow" in last else 0)
        self.event({"delta": {}, "finish_reason": "stop"})
        self.chunk(b"data: [DONE]\n\n")
        self.chunk(b"")

    def event(self, choice):
        event = {"object": "chat.completion.chunk", "choices": [{"index": 0, "finish_reason": None} | choice]}
        self.chunk(f"data: {json.dumps(event)}\n\n".encode())

    def chunk(self, data):
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()


if __name__ == "__main__":
    socket_server.SocketServer(sys.argv[1], Handler).serve_forever()
