#!/usr/bin/env python3
"""Time to the first token when two models that do not fit together are asked in turn, 40 demonstrations each.

Ember beside llama.cpp's own router mode: the same llama-server, the same prompts, rounds in turn on the same machine.
"""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "scripts/bench")]

from ember_bench import machine  # noqa: E402
from ember_setup.places import Places  # noqa: E402

RESULTS = ROOT / "Benchmarks/results/router.md"
SMALL, LARGE = "SmolLM2-135M-Instruct-Q4_1", "SmolLM2-135M-Instruct-Q8_0"
GEMMA = "gemma-3-270m-Q4_K_M"
DEMONSTRATIONS = 40
CONTEXT, PARALLEL = 4096, 2
SERVICE = "bench"


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/ember", help="a release build")
    parser.add_argument("--swaps", type=int, default=12, help="swaps of each pair of models, by default %(default)s")
    parser.add_argument("--quick", action="store_true", help="three swaps, nothing written: shows that everything works")
    return parser.parse_args(arguments)


def demonstrations():
    """About 1,200 tokens with SmolLM2's tokenizer."""
    places = ("the harbour", "the station", "the old mill", "the library", "the market")
    return [
        {"prompt": f"Sensor {n} at {places[n % 5]} reads {n * 7 % 50} degrees this morning.", "result": "It is " + ("hot." if n * 7 % 50 > 25 else "cold.")}
        for n in range(DEMONSTRATIONS)
    ]


def question(number):
    return f"Sensor {100 + number} at the lighthouse reads {number * 13 % 50} degrees this morning."


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server that answers chats, with what it takes to reach it."""

    def __init__(self, name, url, headers, turns):
        self.name, self.headers, self.turns = name, headers, turns
        self.netloc = urllib.parse.urlsplit(url).netloc

    def ask(self, model, text):
        """(seconds to the first token, tokens reused, tokens of the prompt, answer)."""
        messages = [*self.turns, {"role": "user", "content": text}]
        body = {
            "model": model, "messages": messages, "temperature": 0, "max_tokens": 4, "stream": True,
            "stream_options": {"include_usage": True},
        }
        connection = http.client.HTTPConnection(self.netloc, timeout=300)
        began = time.monotonic()
        connection.request(
            "POST", "/v1/chat/completions", json.dumps(body), {"content-type": "application/json", **self.headers})
        answer = connection.getresponse()
        if answer.status != 200:
            raise SystemExit(f"{self.name} answered {answer.status}: {answer.read()[:300]!r}")
        first, words, usage = None, "", None
        for line in answer:
            if not line.startswith(b"data: {"):
                continue
            event = json.loads(line[6:])
            delta = event["choices"][0]["delta"].get("content") if event.get("choices") else None
            if delta:
                first = first or time.monotonic() - began
                words += delta
            usage = event.get("usage") or usage
        connection.close()
        return first, usage["prompt_tokens_details"]["cached_tokens"], usage["prompt_tokens"], words


@contextlib.contextmanager
def process(arguments, environment=None, log=None):
    running = subprocess.Popen(arguments, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield running
    finally:
        running.send_signal(signal.SIGTERM)
        try:
            running.wait(30)
        except subprocess.TimeoutExpired:
            running.kill()


def wait_until_ready(url, running):
    for _ in range(600):
        if running.poll() is not None:
            raise SystemExit(f"the server at {url} ended at once")
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(url, timeout=1).read()
        time.sleep(0.1)
    raise SystemExit(f"nothing answers at {url}")


@contextlib.contextmanager
def router(places, models, folder):
    """llama-server as a router that keeps one model."""
    weights = folder / "models"
    weights.mkdir()
    for model in models:
        (weights / f"{model}.gguf").symlink_to(places.models / f"{model}.gguf")
    port = free_port()
    arguments = [
        places.engine / "llama-server", "--models-dir", weights, "--models-max", "1", "--host", "127.0.0.1",
        "--port", str(port), "--ctx-size", str(CONTEXT), "--parallel", str(PARALLEL), "--no-warmup", "--no-webui",
    ]
    with open(folder / "router.log", "w") as log, process(list(map(str, arguments)), log=log) as running:
        wait_until_ready(f"http://127.0.0.1:{port}/health", running)
        turns = [
            {"role": role, "content": line[part]}
            for line in demonstrations() for role, part in (("user", "prompt"), ("assistant", "result"))
        ]
        yield Server("router", f"http://127.0.0.1:{port}", {}, turns)


@contextlib.contextmanager
def ember(binary, models, folder):
    """Ember with a budget for one of the models."""
    port = free_port()
    config = folder / "ember.yaml"
    config.write_text(f"""
listen: 127.0.0.1:{port}
memory: {{budget: 400MB}}
policy: least-context
queue: {{gate_wait: 0s, min_residency: 0}}
services: {{{SERVICE}: {{context: given, selection: fixed, examples: {DEMONSTRATIONS}}}}}
models:
""" + "".join(f"  {model}: {{path: {model}.gguf, context: {CONTEXT}, parallel: {PARALLEL}}}\n" for model in models))
    environment = {**os.environ, "EMBER_STATE": str(folder / "state")}
    with open(folder / "ember.log", "w") as log, process([str(binary), "serve", "--config", str(config)], environment, log) as running:
        wait_until_ready(f"http://127.0.0.1:{port}/health", running)
        lines = "\n".join(json.dumps(line) for line in demonstrations()).encode()
        urllib.request.urlopen(f"http://127.0.0.1:{port}/ember/v1/services/{SERVICE}/demonstrations", lines).read()
        yield Server("Ember", f"http://127.0.0.1:{port}", {"x-ember-service": SERVICE}, [])


def measure(servers, models, swaps):
    """Every server's answers, the servers in turn, so that all meet the same machine; the first of each model prefills."""
    rows = {server.name: [] for server in servers}
    for number in range(swaps + len(models)):
        for server in servers:
            model = models[number % len(models)]
            rows[server.name].append((model, *server.ask(model, question(number))))
            if server.name == "Ember" and number >= len(models):
                # The same once more, on the resident: a restored state must not change a greedy answer.
                again = server.ask(model, question(number))
                if again[3] != rows[server.name][-1][4]:
                    raise SystemExit(f"question {number}: {again[3]!r} on the resident, otherwise after a restore")
        print(f"swap {number - len(models) + 1} of {swaps}", file=sys.stderr)
    return {name: found[len(models):] for name, found in rows.items()}


def check_answers(rows):
    """Greedy decoding says the same, restored or computed."""
    for mine, theirs in zip(rows["Ember"], rows["router"]):
        if mine[4] != theirs[4]:
            raise SystemExit(f"answers differ: Ember {mine[4]!r}, router {theirs[4]!r} ({mine[0]})")


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def table(models, rows):
    lines = [
        f"{models[0]} and {models[1]}, {len(rows['Ember'])} swaps; prompts of {rows['Ember'][0][3]} tokens.", "",
        "| | median, s | p95, s | tokens reused, median |", "|---|---:|---:|---:|",
    ]
    medians = {}
    for name in ("router", "Ember"):
        seconds = [row[1] for row in rows[name]]
        medians[name] = statistics.median(seconds)
        reused = statistics.median(row[2] for row in rows[name])
        lines.append(f"| {name} | {medians[name]:.3f} | {percentile(seconds, 0.95):.3f} | {reused:.0f} |")
    ratio = statistics.median(a[1] / b[1] for a, b in zip(rows["router"], rows["Ember"]))
    lines += ["", f"Ember's first token comes **{ratio:.1f} times** sooner (median of the swaps' ratios). "
              "All greedy answers are the same, restored, resident and computed by the router."]
    return "\n".join(lines)


def main():
    chosen = parse(sys.argv[1:])
    places = Places.from_environment()
    pairs = [(SMALL, LARGE)] + ([(SMALL, GEMMA)] if (places.models / f"{GEMMA}.gguf").exists() else [])
    swaps = 3 if chosen.quick else chosen.swaps
    parts = []
    for pair in pairs:
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            with router(places, pair, folder) as theirs, ember(chosen.binary, pair, folder) as ours:
                rows = measure([theirs, ours], pair, swaps)
            check_answers(rows)
            parts.append(table(pair, rows))
    described = machine.describe()
    text = "\n".join([
        "# A prefix that survives its model's eviction", "",
        f"{described['date']}; {described['cpu']}, {described['cores']} cores. Made by `make bench-router`; time to the first token, at the client. The router is the same "
        "llama-server with `--models-max 1`.", "", "\n\n".join(parts), "",
    ])
    print(text)
    if not chosen.quick:
        RESULTS.write_text(text)


main()
