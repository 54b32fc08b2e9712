"""The Ember of the day: models that do not fit together, a cloud that some of them may use, and a log of events."""

import contextlib
import dataclasses
import json
import os
import pathlib
import urllib.request

from ember_bench.processes import free_port, server
from ember_setup.models import MINILM, OCR_MODELS, SMOLLM2, SMOLLM2_Q8
from ember_setup.report import SetupError

ROOT = pathlib.Path(__file__).resolve().parents[3]
UPSTREAM = "sky"
#: Money a million tokens, as of a large model.
PRICES = {"input": 15, "output": 60, "max_tokens": 32}


@dataclasses.dataclass(frozen=True)
class Edge:
    """A running Ember."""

    address: str
    folder: pathlib.Path

    def state(self):
        with urllib.request.urlopen(f"http://{self.address}/ember/v1/state", timeout=30) as response:
            return json.load(response)


def require_models(places):
    missing = [name for name in (SMOLLM2, SMOLLM2_Q8, MINILM) if not (places.models / name).exists()]
    missing += [name for name in OCR_MODELS if not (places.models / "ocr" / name).exists()]
    if missing:
        raise SetupError(f"{places.models} has no {', '.join(missing)}: run make setup")


def language_model(path):
    """Two of them run at once: engines with a thread for every core would spend their time waiting for each other's turns."""
    threads = max(1, (os.cpu_count() or 2) // 2)
    return {
        "path": str(path), "context": 4096, "cloud": {"upstream": UPSTREAM}, "args": ["--threads", str(threads)],
    }


def configuration(upstream_url, models):
    """What the flags of `serve` do not say."""
    reader = [
        "${cache_dir}/python/bin/python", str(ROOT / "examples/ocr/worker.py"), "--socket", "${socket}", "--models",
        str(models / "ocr"),
    ]
    return {
        # Every header shall say where the answer comes from; a comment in a stream would send it too early.
        "ping_interval": "2m",
        "drain_timeout": "5s",
        "queue": {"max_wait": "30s", "patience": "2s"},
        "events": {"record": True},
        # The cloud is near: one would rather wait for a second than ask it.
        "weights": {"offloading": 1},
        "services": {"assistant": {}, "robot": {"local_only": True}, "search": {}, "captions": {}},
        "default_service": "assistant",
        "upstreams": {UPSTREAM: {"url": upstream_url, "prices": PRICES, "timeout": "10s"}},
        "models": {
            "smollm2": language_model(models / SMOLLM2),
            "smollm2-q8": language_model(models / SMOLLM2_Q8),
            "minilm": {"path": str(models / MINILM), "context": 2048, "embeddings": True},
            "ocr": {"kind": "vision", "command": reader, "parallel": 2, "memory": "260MB"},
            "far": {"upstream": UPSTREAM},
        },
    }


@contextlib.contextmanager
def ember(chosen, places, upstream_url, folder):
    """Serves until the block ends; the log of events is complete then."""
    folder = pathlib.Path(folder)
    address = f"127.0.0.1:{free_port()}"
    config = folder / "ember.yaml"
    # JSON is YAML.
    config.write_text(json.dumps(configuration(upstream_url, places.models), indent=1))
    # Flags, because the user's environment goes before a file.
    command = [
        chosen.binary, "serve", "--config", config, "--listen", address, "--policy", chosen.policy,
        "--memory-budget", chosen.budget,
    ]
    with server("ember", command, f"http://{address}/health", folder, {"EMBER_STATE": str(folder / "state")}):
        yield Edge(address, folder)


def log_of_events(folder):
    logs = sorted(pathlib.Path(folder, "state/events").glob("*.log"))
    if not logs:
        raise SetupError("Ember has written no log of events")
    return logs[-1]
