"""An engine whose streams end after their first token, as those of a llama-server that was killed.

On a Unix socket for Ember; on a loopback port in the bare llama-server's place, which nothing can stop at a certain token.
"""

import contextlib
import http.server
import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "Tests/EndToEnd"))

import scripted_engine  # noqa: E402

#: What llama-server says of Ollama's paths.
MISSING = b'{"error": {"code": 404, "message": "File Not Found", "type": "not_found_error"}}'


class Handler(scripted_engine.Handler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        beginning = scripted_engine.BEGINNINGS.get(self.path.split("?")[0])
        if not beginning:
            return self.whole(404, MISSING)
        with contextlib.suppress(OSError):
            self.play([["head", scripted_engine.EVENTS], ["send", beginning], ["cut"]])
        self.close_connection = True


@contextlib.contextmanager
def serve():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    scripted_engine.SocketServer(sys.argv[1], Handler).serve_forever()
