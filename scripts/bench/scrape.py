#!/usr/bin/env python3
"""How long a scrape of GET /metrics takes with many models, all of which have been asked."""

import argparse
import contextlib
import json
import pathlib
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from ember_bench import script, systems  # noqa: E402
from ember_bench.quantiles import percentile  # noqa: E402

AIM_MILLISECONDS = 5


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=pathlib.Path, default=ROOT / ".build/release", help="the folder of ember")
    parser.add_argument("--models", type=int, default=100, help="by default %(default)s")
    parser.add_argument("--scrapes", type=int, default=300, help="by default %(default)s")
    return parser.parse_args(arguments)


def settings(models, upstream):
    """Each model is at an upstream that answers at once, so that all of them have series of their own, and has an edge."""
    return {
        "memory": {"budget": "500MB", "prefetch": "never"},
        "upstreams": {"sky": {"url": upstream}},
        "services": {"first": {}, "second": {}},
        "models": {
            f"model-{number:03}": {
                "command": ["none", "${socket}"], "memory": "400GB", "cloud": {"upstream": "sky", "model": systems.MODEL}}
            for number in range(models)
        },
    }


def ask(url, model, service):
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": "Hello"}]}).encode()
    headers = {"content-type": "application/json", "x-ember-service": service}
    with urllib.request.urlopen(urllib.request.Request(url + systems.CHAT_PATH, body, headers), timeout=30) as response:
        response.read()


def scrape(url):
    """Seconds, and the bytes of the text."""
    began = time.perf_counter()
    with urllib.request.urlopen(url + "/metrics", timeout=30) as response:
        text = response.read()
    return time.perf_counter() - began, text


def work():
    chosen = parse(None)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(script.folder("scrape"))
        engine = systems.NullEngine(folder)
        stack.enter_context(engine.running(folder))
        config = settings(chosen.models, f"{engine.url}/v1")
        url = stack.enter_context(systems.ember(chosen.binaries.resolve(), "ember", config, folder))
        for model in config["models"]:
            for service in config["services"]:
                ask(url, model, service)
        for _ in range(10):
            scrape(url)
        found = [scrape(url) for _ in range(chosen.scrapes)]
    milliseconds = [1000 * seconds for seconds, _ in found]
    lines = sum(not line.startswith(b"#") for line in found[-1][1].splitlines())
    median, high = percentile(milliseconds, 0.5), percentile(milliseconds, 0.99)
    print(f"{chosen.models} models, {lines} series, {len(found[-1][1]) >> 10} KiB: a scrape takes {median:.2f} ms (p50), "
          f"{high:.2f} ms (p99) at the client, the request and the reading included; the aim: {AIM_MILLISECONDS} ms")
    return 0


if __name__ == "__main__":
    sys.exit(script.run("scrape", work))
