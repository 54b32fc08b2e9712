"""A TCP server on a free port of this machine, for tests that play another server."""

import contextlib
import socketserver
import threading


class LoopbackServer:
    """Hands each connection to `handle`, on a thread of its own, and ends it afterwards; a client that has gone is no error."""

    def __init__(self, handle):
        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError):
                    handle(self.request)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


def read_head(connection):
    """What has come up to the end of a request's head, and all that came with it; nothing once the client has gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        received = connection.recv(65536)
        if not received:
            return b""
        data += received
    return data
