"""A played engine that takes memory as it is told: `hungry_engine.py SOCKET FILE`.

At its start it takes as many MB as FILE says. A request's text is "take=MB hold=SECONDS keep=0 or 1": so much more memory for so
long, given back afterwards or kept until the engine ends."""

import http.server
import json
import pathlib
import re
import socket
import sys
import time

kept = []


def take(megabytes):
    return b"\1" * (megabytes << 20)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer()

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        text = body["messages"][-1]["content"]
        told = {name: float(value) for name, value in re.findall(r"(\w+)=([\d.]+)", text)}
        taken = take(int(told.get("take", 0)))
        time.sleep(told.get("hold", 0))
        if told.get("keep"):
            kept.append(taken)
        del taken
        self.answer()

    def answer(self):
        self.send_response(200)
        self.send_header("content-length", "2")
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass

    def address_string(self):
        return "-"


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_UNIX

    def server_bind(self):
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "worker", 0

    def get_request(self):
        return self.socket.accept()[0], ("-", 0)


if __name__ == "__main__":
    kept.append(take(int(pathlib.Path(sys.argv[2]).read_text())))
    Server(sys.argv[1], Handler).serve_forever()
