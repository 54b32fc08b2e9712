"""One llama-server by itself, to compare Ember with."""

import socket
import subprocess
import time

import raw_http
from ember_process import CACHE, MODELS


class Bare:
    """Use as a context manager; `ready` is the status of its health path from which on it can be used."""

    def __init__(self, model, *arguments, ready=200):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.ready = ready
        self.process = subprocess.Popen(
            [CACHE / "engine/llama-server", "--model", MODELS / model, "--host", "127.0.0.1", "--port", str(port),
             "--no-webui", *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        for _ in range(600):
            try:
                if raw_http.ask(self, "GET", "/health").status == self.ready:
                    return self
            except OSError:
                pass
            time.sleep(0.1)
        self.__exit__()
        raise AssertionError("llama-server did not start")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
