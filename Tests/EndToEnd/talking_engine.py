"""An engine that is only played: `talking_engine.py SOCKET talk` writes a line every tenth of a second once it was asked;
`talking_engine.py SOCKET die` ends when it is asked."""

import os
import sys
import threading
import time

import socket_server


def talk():
    for number in range(1, 200):
        print(f"tick {number}", flush=True)
        time.sleep(0.1)


class Handler(socket_server.Handler):
    def do_GET(self):
        self.whole(200)

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        if sys.argv[2] == "die":
            print("about to die", flush=True)
            os._exit(1)
        threading.Thread(target=talk, daemon=True).start()
        self.whole(200, b'{"choices": []}')


if __name__ == "__main__":
    socket_server.SocketServer(sys.argv[1], Handler).serve_forever()
