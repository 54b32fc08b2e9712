"""A played engine that takes memory as a test says: `hungry_engine.py SOCKET FILE`.

At its start it takes as many MB as FILE says. A request's text is "take=MB hold=SECONDS keep=0 or 1": this much more memory for
this time, given back afterwards or kept until the engine ends."""

import json
import pathlib
import re
import sys
import time

import socket_server

kept = []


def take(megabytes):
    return b"\1" * (megabytes << 20)


class Handler(socket_server.Handler):
    def do_GET(self):
        self.whole(200)

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        text = body["messages"][-1]["content"]
        told = {name: float(value) for name, value in re.findall(r"(\w+)=([\d.]+)", text)}
        taken = take(int(told.get("take", 0)))
        time.sleep(told.get("hold", 0))
        if told.get("keep"):
            kept.append(taken)
        del taken
        self.whole(200)


if __name__ == "__main__":
    kept.append(take(int(pathlib.Path(sys.argv[2]).read_text())))
    socket_server.SocketServer(sys.argv[1], Handler).serve_forever()
