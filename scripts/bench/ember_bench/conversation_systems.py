"""Servers that keep conversations, each in its own way: Ember, hearth-llm, llama.cpp's router, llama-server alone."""

import contextlib
import json
import pathlib
import time

from ember_setup import environment

from . import first_token
from .processes import free_port, server
from .swapping import engine_program

CONTEXT, SLOTS, ANSWER_TOKENS = 4096, 4, 8
# More than each of the two models takes with its KV cache, less than both do.
BUDGET = "700MB"


class System:
    """A server that may be stopped, killed and started again; what it has saved stays in its folder."""

    #: How many models it serves in turn.
    models = 1

    def __init__(self, places, names, folder):
        self.places, self.names = places, names
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self._running = contextlib.ExitStack()
        self._processes = []

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """The seconds until it answers."""
        began = time.monotonic()
        with contextlib.ExitStack() as stack:
            self._processes = self._begin(stack)
            self._running = stack.pop_all()
        return time.monotonic() - began

    def stop(self):
        self._running.close()

    def kill(self):
        for process in self._processes:
            process.kill()
            process.wait()
        self._running.close()

    def ask(self, model, messages):
        return first_token.ask(self.address, self.names[model], messages, {}, ANSWER_TOKENS)

    def file(self, model):
        return self.places.models / f"{self.names[model]}.gguf"

    def _llama_server(self, *arguments):
        return [engine_program(self.places), "--host", "127.0.0.1", "--no-webui", *arguments]


class Alone(System):
    """llama-server with the model resident and a slot for each conversation that fits."""

    def _begin(self, stack):
        self.address = f"127.0.0.1:{free_port()}"
        command = self._llama_server(
            "--model", self.file(0), "--port", self.address.rsplit(":", 1)[1], "--ctx-size", CONTEXT * SLOTS,
            "--parallel", SLOTS, "--kv-unified", "--cache-ram", 0)
        return [stack.enter_context(server("alone", command, f"http://{self.address}/health", self.folder, until_ok=True))]


class Router(System):
    """llama.cpp's router with one model at a time."""

    models = 2

    def _begin(self, stack):
        weights = self.folder / "models"
        weights.mkdir(exist_ok=True)
        for number, name in enumerate(self.names):
            with contextlib.suppress(FileExistsError):
                (weights / f"{name}.gguf").symlink_to(self.file(number))
        self.address = f"127.0.0.1:{free_port()}"
        command = self._llama_server(
            "--models-dir", weights, "--models-max", 1, "--port", self.address.rsplit(":", 1)[1], "--ctx-size",
            CONTEXT * SLOTS, "--parallel", SLOTS, "--no-warmup")
        return [stack.enter_context(server("router", command, f"http://{self.address}/health", self.folder, until_ok=True))]


class Hearth(System):
    """hearth-llm in front of llama-server: one model, one slot, a file for each conversation."""

    def _begin(self, stack):
        program = hearth_program(self.places)
        saved = self.folder / "saved"
        saved.mkdir(exist_ok=True)
        behind, self.address = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        command = self._llama_server(
            "--model", self.file(0), "--port", behind.rsplit(":", 1)[1], "--ctx-size", CONTEXT, "--parallel", 1,
            "--slot-save-path", saved, "--no-warmup")
        engine = stack.enter_context(server("engine", command, f"http://{behind}/health", self.folder, until_ok=True))
        command = [
            program, "serve", "--upstream", f"http://{behind}", "--port", self.address.rsplit(":", 1)[1], "--cache-dir", saved]
        proxy = stack.enter_context(server("hearth", command, f"http://{self.address}/health", self.folder))
        return [proxy, engine]


class Ember(System):
    """Ember with memory for one of two models."""

    models = 2

    def __init__(self, binary, *arguments):
        super().__init__(*arguments)
        self.binary = binary

    def _begin(self, stack):
        self.address = f"127.0.0.1:{free_port()}"
        # JSON is YAML. Without gates and dwell times every question of the other model swaps, as with the router.
        config = self.folder / "ember.yaml"
        config.write_text(json.dumps({
            "memory": {"budget": BUDGET}, "policy": "least-context", "queue": {"gate_wait": "0s", "min_residency": 0},
            "context": {"state_limit": "8GiB"},
            "models": {
                name: {"path": str(self.file(number)), "context": CONTEXT, "parallel": SLOTS, "pool": CONTEXT * SLOTS}
                for number, name in enumerate(self.names)
            },
        }))
        command = [self.binary, "serve", "--config", config, "--listen", self.address]
        settings = {"EMBER_STATE": str(self.folder / "state"), "EMBER_LLAMA_SERVER": engine_program(self.places)}
        return [stack.enter_context(server("ember", command, f"http://{self.address}/health", self.folder, settings))]


def hearth_program(places):
    """hearth-llm in an environment of its own; made where it is missing."""
    own = places.with_python("hearth")
    environment.ensure(own, "hearth")
    return own.python / "bin/hearth"
