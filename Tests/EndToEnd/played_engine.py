"""An engine that is only played: `played_engine.py SOCKET STARTS SECONDS STATUS` listens after STARTS seconds, and answers every
request after SECONDS with STATUS; its health at once."""

import http.server
import socket
import sys
import time

STARTS, SECONDS, STATUS = float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(200)

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        time.sleep(SECONDS)
        self.answer(STATUS)

    def answer(self, status):
        self.send_response(status)
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
    time.sleep(STARTS)
    Server(sys.argv[1], Handler).serve_forever()
