"""Two servers with room for one of two models: llama.cpp's router and Ember, with the same demonstrations in every prompt."""

import contextlib
import json
import os
import pathlib
import urllib.request

from ember_setup import engine
from ember_setup.report import SetupError

from . import first_token
from .processes import free_port, server

DEMONSTRATIONS = 40
CONTEXT, PARALLEL = 4096, 2
# More than each of the models takes with its KV cache, less than any two do.
BUDGET = "400MB"
SERVICE = "sensors"
ANSWER_TOKENS = 4


def demonstrations():
    """About 1,150 tokens with SmolLM2's tokenizer and template."""
    places = ("the harbour", "the station", "the old mill", "the library", "the market")
    readings = [(number, places[number % 5], number * 7 % 50) for number in range(DEMONSTRATIONS)]
    return [
        {
            "prompt": f"Sensor {number} at {place} reads {reading} degrees.",
            "result": "It is hot." if reading > 25 else "It is cold.",
        }
        for number, place, reading in readings
    ]


def question(number):
    return f"Sensor {100 + number} at the lighthouse reads {number * 13 % 50} degrees."


class Swapper:
    """A server that keeps one model at a time, and what goes along with a question."""

    def __init__(self, address, headers, turns):
        self._address = address
        self._headers = headers
        self._turns = turns

    def ask(self, model, text):
        messages = [*self._turns, {"role": "user", "content": text}]
        return first_token.ask(self._address, model, messages, self._headers, ANSWER_TOKENS)


@contextlib.contextmanager
def router(places, models, folder):
    """llama-server as a router; the client sends the demonstrations along."""
    weights = pathlib.Path(folder, "models")
    weights.mkdir()
    for model in models:
        (weights / f"{model}.gguf").symlink_to(places.models / f"{model}.gguf")
    address = f"127.0.0.1:{free_port()}"
    command = [
        engine_program(places), "--models-dir", weights, "--models-max", "1", "--host", "127.0.0.1", "--port",
        address.rsplit(":", 1)[1], "--ctx-size", CONTEXT, "--parallel", PARALLEL, "--no-warmup", "--no-webui",
    ]
    with server("router", command, f"http://{address}/health", folder):
        yield Swapper(address, {}, as_turns(demonstrations()))


@contextlib.contextmanager
def ember(binary, places, models, folder):
    """Ember with the demonstrations given to a service; the client sends its question only."""
    address = f"127.0.0.1:{free_port()}"
    # JSON is YAML. Without gates and dwell times every question of the other model swaps, as the router does.
    config = pathlib.Path(folder, "ember.yaml")
    config.write_text(json.dumps({
        "memory": {"budget": BUDGET}, "policy": "least-context", "queue": {"gate_wait": "0s", "min_residency": 0},
        "services": {SERVICE: {"context": "given", "selection": "fixed", "examples": DEMONSTRATIONS}},
        "models": {
            model: {"path": str(places.models / f"{model}.gguf"), "context": CONTEXT, "parallel": PARALLEL}
            for model in models
        },
    }))
    command = [binary, "serve", "--config", config, "--listen", address]
    settings = {"EMBER_STATE": str(pathlib.Path(folder, "state")), "EMBER_LLAMA_SERVER": engine_program(places)}
    with server("ember", command, f"http://{address}/health", folder, settings):
        give(address, SERVICE, demonstrations())
        yield Swapper(address, {"x-ember-service": SERVICE}, [])


def engine_program(places):
    return os.path.realpath(engine.users_server() or places.engine / engine.SERVER)


def as_turns(lines):
    """Demonstrations as the turns of a chat, for a server that does not hold them."""
    return [
        {"role": role, "content": line[part]}
        for line in lines for role, part in (("user", "prompt"), ("assistant", "result"))
    ]


def give(address, service, lines):
    """Demonstrations to a service of Ember's."""
    content = "\n".join(json.dumps(line) for line in lines).encode()
    request = urllib.request.Request(
        f"http://{address}/ember/v1/services/{service}/demonstrations", content, {"content-type": "application/jsonl"})
    with urllib.request.urlopen(request, timeout=30) as response:
        added = json.load(response)["added"]
    if added != len(lines):
        raise SetupError(f"Ember took {added} of {len(lines)} demonstrations")
