"""Starts a real ember on a free port of this machine and talks to it."""

import json
import os
import pathlib
import re
import resource
import signal
import subprocess
import threading
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(
    os.environ.get("EMBER_CACHE")
    or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "ember"
)
MODELS = CACHE / "models"
BINARY = os.environ.get("EMBER_BINARY", str(ROOT / ".build/debug/ember"))

SMOLLM2 = "SmolLM2-135M-Instruct-Q4_1.gguf"
SMOLLM2_Q8 = "SmolLM2-135M-Instruct-Q8_0.gguf"
MINILM = "all-MiniLM-L6-v2-F16.gguf"


def played_engine(starts=0.0, seconds=0.0, status=200):
    """The settings of a model whose engine is only played."""
    program = ROOT / "Tests/EndToEnd/played_engine.py"
    return f'command: [python3, {program}, "${{socket}}", "{starts}", "{seconds}", "{status}"], memory: 30MB'


class Ember:
    """One running ember; use as a context manager."""

    def __init__(
        self, config, folder, environment=None, arguments=(), program=(BINARY,), descriptors=None, listen="127.0.0.1:0",
    ):
        self.folder = pathlib.Path(folder)
        # Without one, the arguments say what is served.
        self.config = None if config is None else self.folder / "ember.yaml"
        if self.config:
            # Every run is written down, and replayed when it has ended (conftest.py).
            self.config.write_text(config if "events:" in config else config + "\nevents: {record: true}\n")
        self.environment = {
            **os.environ, "EMBER_STATE": str(self.folder / "state"), "EMBER_CACHE": str(CACHE), **(environment or {}),
        }
        if not self.config:
            self.environment["XDG_CONFIG_HOME"] = str(self.folder)
        self.arguments = list(arguments)
        self.program = list(program)
        # The soft and the hard limit of descriptors that it is started with.
        self.descriptors = descriptors
        self.listen = listen
        self.log = []
        self.url = None

    def __enter__(self):
        self.process = subprocess.Popen(
            [*self.program, "serve", *(["--config", str(self.config)] if self.config else []), "--listen", self.listen,
             *self.arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self.environment,
            cwd=None if self.config else self.folder,
            preexec_fn=(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, self.descriptors)) if self.descriptors else None,
        )
        ready = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(ready,), daemon=True)
        self._reader.start()
        ready.wait(60)
        assert self.url, "ember did not start:\n" + "".join(self.log)
        return self

    def _read(self, ready):
        for line in self.process.stdout:
            self.log.append(line)
            found = re.search(r"listens on (http://\S+|unix:\S+)", line)
            if found:
                self.url = found[1]
                ready.set()
        ready.set()

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError("ember did not end within 30 s of SIGTERM:\n" + "".join(self.log[-50:]))

    def request(self, path, body=None, headers=None, timeout=120):
        """(status, headers, JSON body), errors included."""
        request = urllib.request.Request(self.url + path, headers={"content-type": "application/json", **(headers or {})})
        if body is not None:
            request.data = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:
                return response.status, response.headers, json.loads(response.read())
        except urllib.error.HTTPError as error:
            return error.code, error.headers, json.loads(error.read())

    def command(self, *arguments, **options):
        """Another ember's command that talks to this one; with its output."""
        return subprocess.run(
            [BINARY, *arguments, "--listen", self.url.removeprefix("http://")], capture_output=True, text=True, timeout=60,
            **options)

    def state(self):
        return self.request("/ember/v1/state")[2]

    def model(self, name):
        return next(model for model in self.state()["models"] if model["name"] == name)

    def chat(self, model, text="Say hello.", **options):
        body = {"model": model, "messages": [{"role": "user", "content": text}], "max_tokens": 8, **options}
        headers = body.pop("headers", None)
        return self.request("/v1/chat/completions", body, headers)


def process_tree(root):
    """The process ids of a process and all its descendants."""
    found, pending = [], [root]
    while pending:
        pid = pending.pop()
        found.append(pid)
        for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                pending += [int(child) for child in task.read_text().split()]
            except OSError:
                pass
    return found


def resident_bytes(process):
    """What a process that was started here has in memory."""
    text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("VmRSS"))) * 1024


def memory_of_children(root):
    """Bytes (proportional set size) of everything below a process, mapped weights included."""
    total = 0
    for pid in process_tree(root)[1:]:
        try:
            text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += int(re.search(r"^Pss:\s+(\d+)", text, re.M)[1]) * 1024
    return total
