"""An Ember with the draws' demonstrations, and its requests."""

import contextlib
import http.client
import json
import pathlib
import shutil
import time
import urllib.parse

from ember_bench.processes import free_port, server
from ember_setup.report import SetupError

from . import scoring
from .cells import Answer
from .tweets import LABELS

EMBEDDER = "minilm"
CONTEXT, PARALLEL = 8192, 4
# Added to the logits of both labels alike: the greedy answer is the likelier one of them, whatever else is likelier still.
LABELS_ONLY = [[label, 100] for label in LABELS]
EMBEDDING_SECONDS = 600
LOAD_SECONDS = 60


def service(number):
    return f"draw-{number}"


def _configuration(models, draws):
    """JSON is YAML. A model's name is its file's."""
    files = {
        model: {"path": f"{model}.gguf", "context": CONTEXT, "parallel": PARALLEL} for model in models
    }
    files[EMBEDDER] = {
        "path": "all-MiniLM-L6-v2-F16.gguf", "embeddings": True, "context": 2048, "pin": True, "preload": True,
    }
    given = {"context": "given", "selection": "fixed", "examples": 8}
    return json.dumps({
        "context": {"embedding_model": EMBEDDER}, "services": {service(number): given for number in range(draws)},
        "models": files,
    })


class Ember:
    """Starts servers one after the other that share their demonstrations, and nothing else."""

    def __init__(self, binary, folder, models, draws):
        self._binary = binary
        self._folder = pathlib.Path(folder)
        self._config = self._folder / "ember.yaml"
        self._config.write_text(_configuration(models, draws))

    @contextlib.contextmanager
    def started(self):
        """A fresh one: it has loaded nothing but the embedding model, and no KV state is left of another."""
        state = self._folder / "state"
        shutil.rmtree(state / "kv", ignore_errors=True)
        url = f"http://127.0.0.1:{free_port()}"
        address = urllib.parse.urlsplit(url).netloc
        command = [self._binary, "serve", "--config", self._config, "--listen", address]
        with server("ember", command, f"{url}/health", self._folder, {"EMBER_STATE": str(state)}):
            client = Client(address)
            client.await_embedder()
            yield client


class Client:
    def __init__(self, address):
        self._address = address

    def await_embedder(self):
        """Until it is there, the nearest are not known."""
        deadline = time.monotonic() + LOAD_SECONDS
        while time.monotonic() < deadline:
            models = self._request("GET", "/ember/v1/state")["models"]
            if next(model for model in models if model["name"] == EMBEDDER)["status"] == "loaded":
                return
            time.sleep(0.02)
        raise SetupError(f"{EMBEDDER} was not loaded within {LOAD_SECONDS} s")

    def give(self, name, pool):
        """Returns once every demonstration is there and has been embedded."""
        lines = "\n".join(json.dumps({"prompt": tweet.prompt, "result": tweet.label}) for tweet in pool)
        path = f"/ember/v1/services/{name}"
        self._request("POST", f"{path}/demonstrations", lines, {"content-type": "application/jsonl"})
        deadline = time.monotonic() + EMBEDDING_SECONDS
        while time.monotonic() < deadline:
            seen = self._request("GET", path)
            if seen["demonstrations"] == seen["embedded"] == len(pool):
                return
            time.sleep(0.2)
        raise SetupError(f"{seen['embedded']} of {len(pool)} demonstrations were embedded within {EMBEDDING_SECONDS} s")

    def missed_embeddings(self):
        return self._request("GET", "/ember/v1/state")["context"]["counters"]["missed_embeddings"]

    def ask(self, name, cell, tweet):
        """One question, timed: its answer is one token, so that the time to all of it is that to the first token."""
        began = time.monotonic()
        answer = self._complete(name, cell, tweet)
        seconds = time.monotonic() - began
        said = answer["choices"][0]["text"]
        label = scoring.label_begun_by(said)
        if label is None:
            raise SetupError(f"{cell.model} says {said!r}, which is no label")
        usage = answer["usage"]
        reused = usage["prompt_tokens_details"]["cached_tokens"]
        return Answer(label == tweet.label, seconds, usage["prompt_tokens"], reused)

    def _complete(self, name, cell, tweet):
        body = {
            "model": cell.model, "prompt": tweet.prompt, "max_tokens": 1, "temperature": 0, "logit_bias": LABELS_ONLY,
        }
        choice = {"x-ember-service": name, "x-ember-selection": cell.mode, "x-ember-examples": str(cell.examples)}
        headers = {"content-type": "application/json", **choice}
        return self._request("POST", "/v1/completions", json.dumps(body), headers, demonstrations=cell.examples)

    def _request(self, method, path, body=None, headers=None, demonstrations=None):
        connection = http.client.HTTPConnection(self._address, timeout=300)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            read = answer.read()
        finally:
            connection.close()
        if answer.status not in (200, 201):
            raise SetupError(f"{method} {path}: status {answer.status}: {read[:300]!r}")
        if demonstrations is not None and int(answer.getheader("x-ember-demonstrations")) != demonstrations:
            raise SetupError(
                f"{answer.getheader('x-ember-demonstrations')} demonstrations went into a prompt instead of "
                f"{demonstrations}: --examples has more than a slot of {CONTEXT // PARALLEL} tokens takes")
        return json.loads(read)
