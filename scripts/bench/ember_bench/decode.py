"""Decode rate through Ember against that of the very llama-server process behind it."""

import http.client
import json
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request

from ember_setup.report import SetupError

from .systems import AUTHORIZATION, CHAT_PATH

MODEL = "smollm2"
TOKENS = 128


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=120)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Stream(threading.Thread):
    """One client: asks for a stream and notes when its first and its last token came."""

    def __init__(self, connect, number, tokens):
        super().__init__()
        self._connect = connect
        self._body = json.dumps({
            "model": MODEL, "stream": True, "temperature": 0, "ignore_eos": True, "max_tokens": tokens,
            "messages": [{"role": "user", "content": f"Tell the story of lighthouse number {number}."}],
        })
        self.times = []
        self.problem = None

    def run(self):
        try:
            self._read()
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.problem = error

    def _read(self):
        connection = self._connect()
        try:
            connection.request("POST", CHAT_PATH, self._body, {"content-type": "application/json", **AUTHORIZATION})
            answer = connection.getresponse()
            if answer.status != 200:
                raise ValueError(f"status {answer.status}: {answer.read()[:200]!r}")
            for line in answer:
                # Deltas with a text; the first one only names the role, and the last one tells why it ended.
                if line.startswith(b"data: ") and b'"content":"' in line:
                    self.times.append(time.monotonic())
        finally:
            connection.close()


def rate(connect, clients, tokens=TOKENS):
    """Tokens per second of all clients together, from the first token to the last."""
    streams = [Stream(connect, number, tokens) for number in range(clients)]
    for stream in streams:
        stream.start()
    for stream in streams:
        stream.join()
    for stream in streams:
        if stream.problem or len(stream.times) < 2:
            raise SetupError(f"a stream of {MODEL} failed: {stream.problem or 'it had no tokens'}")
    first = min(stream.times[0] for stream in streams)
    last = max(stream.times[-1] for stream in streams)
    return (sum(len(stream.times) for stream in streams) - 1) / (last - first)


class Paths:
    """The two ways to one and the same llama-server: through Ember, and by its socket."""

    def __init__(self, ember_url):
        self._netloc = urllib.parse.urlsplit(ember_url).netloc
        self._state_url = f"{ember_url}/ember/v1/state"
        # Loads the model, too.
        rate(self.through_ember, 4, 8)
        self._socket = self._engine_socket()

    def through_ember(self):
        return http.client.HTTPConnection(self._netloc, timeout=120)

    def direct(self):
        return UnixConnection(self._socket)

    def _engine_socket(self):
        request = urllib.request.Request(self._state_url, headers=AUTHORIZATION)
        with urllib.request.urlopen(request, timeout=10) as response:
            models = json.load(response)["models"]
        process = next(model for model in models if model["name"] == MODEL)["process"]
        listed = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(process)], stdout=subprocess.PIPE, text=True)
        arguments = listed.stdout.split()
        return arguments[arguments.index("--host") + 1]
