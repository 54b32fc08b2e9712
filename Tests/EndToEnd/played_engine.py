"""An engine that is only played: `played_engine.py SOCKET STARTS SECONDS STATUS` listens after STARTS seconds, and answers every
request after SECONDS with STATUS; its health at once."""

import sys
import time

import socket_server

STARTS, SECONDS, STATUS = float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])


class Handler(socket_server.Handler):
    def do_GET(self):
        self.whole(200)

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        time.sleep(SECONDS)
        # What any of the APIs may answer.
        self.whole(STATUS, b'{"choices": [], "data": [], "content": []}')


if __name__ == "__main__":
    time.sleep(STARTS)
    socket_server.SocketServer(sys.argv[1], Handler).serve_forever()
