#!/usr/bin/env python3
"""Makes the picture of the page in the README (docs/page.png) from a real run: four models, memory for some of them, requests.

Run it by `make screenshot`, which sets up what it needs.
"""

import argparse
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests/EndToEnd"))

import ember_process  # noqa: E402
from browser import Page, browser  # noqa: E402

CONFIG = f"""
memory: {{budget: 700MB}}
models:
  smollm2: {{path: {ember_process.SMOLLM2}, context: 2048}}
  smollm2-q8: {{path: {ember_process.SMOLLM2_Q8}, context: 2048}}
  minilm: {{path: {ember_process.MINILM}, embeddings: true, context: 512}}
  ocr:
    kind: vision
    command: ["${{cache_dir}}/python/bin/python", {ROOT}/examples/ocr/worker.py, --socket, "${{socket}}", --models, "${{models_dir}}/ocr"]
    memory: 260MB
"""
QUESTIONS = ("What is the capital of France?", "Name three colours.", "What is 2 + 2?", "Say hello.")
SIZE = {"width": 1280, "height": 980}


def ask(server):
    for model in ("smollm2", "smollm2-q8", "smollm2", "smollm2"):
        for question in QUESTIONS:
            assert server.chat(model, question, max_tokens=24)[0] == 200
        assert server.request("/v1/embeddings", {"model": "minilm", "input": list(QUESTIONS)})[0] == 200
    assert server.request("/ember/v1/models/load?wait=true", {"model": "ocr"})[0] == 200


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, help="ember")
    parser.add_argument("--output", default=str(ROOT / "docs/page.png"))
    arguments = parser.parse_args()
    ember_process.BINARY = arguments.binary
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        with ember_process.Ember(CONFIG, folder, program=(arguments.binary,)) as server:
            ask(server)
            with Page(chromium, server.url) as shown:
                page = shown.open("now")
                page.set_viewport_size(SIZE)
                page.locator(".membar .m-rest", has_text="ocr").wait_for()
                page.screenshot(path=arguments.output)
    print(f"{arguments.output}: {pathlib.Path(arguments.output).stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
