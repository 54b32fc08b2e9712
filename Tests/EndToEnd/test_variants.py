"""Fine-tuned variants: LoRA adapters on one model's weights, with adapters of random weights."""

import concurrent.futures
import subprocess

import pytest

from ember_process import BINARY, SMOLLM2
from make_adapter import make_adapter

QUESTION = "Name three colours of the rainbow."


@pytest.fixture
def config(tmp_path):
    # Seeds whose answers are no near ties, which a prompt read in other portions would turn.
    for number, seed in ((1, 2), (2, 3)):
        make_adapter(tmp_path / f"{number}.gguf", seed=seed)
    return f"""
memory: {{budget: 330MB}}
models:
  plain: {{path: {SMOLLM2}, context: 4096, parallel: 2}}
  first: {{lora: {tmp_path}/1.gguf, base: plain, aliases: [one]}}
  second: {{lora: {tmp_path}/2.gguf, base: plain, accuracy: {{zero_shot: 0.9}}}}
  none: {{lora: {tmp_path}/1.gguf, base: plain, scale: 0}}
"""


def answer(server, model, **options):
    status, headers, answer = server.chat(model, QUESTION, max_tokens=16, temperature=0, **options)
    assert status == 200 and headers["x-ember-model"] == {"one": "first"}.get(model, model)
    return answer["choices"][0]["message"]["content"]


def test_variants_share_the_weights_and_answer_each_in_its_own_way(ember, config):
    server = ember(config)
    texts = {model: answer(server, model) for model in ("plain", "first", "second")}
    assert len(set(texts.values())) == 3, texts
    # By turns, by alias and at once: always the same, whatever was on the slot before.
    for model in ("second", "plain", "first", "plain", "second"):
        assert answer(server, model) == texts[model]
    assert answer(server, "one") == texts["first"] and answer(server, "none") == texts["plain"]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        models = ["plain", "first", "second", "plain"] * 2
        assert list(pool.map(lambda model: answer(server, model), models)) == [texts[model] for model in models]
    # A client cannot apply what it did not ask for by name.
    assert answer(server, "first", lora=[{"id": 1, "scale": 1.0}]) == texts["first"]
    state = server.state()
    assert state["cost"]["loads"] == 1
    models = {model["name"]: model for model in state["models"]}
    assert {model["process"] for model in models.values()} == {models["plain"]["process"]}
    assert models["first"]["footprint_bytes"] == 0 and models["first"]["status"] == "loaded"
    assert state["memory"]["occupied_bytes"] == models["plain"]["footprint_bytes"]


def test_variants_keep_their_own_prefixes(ember, config):
    server = ember(config + """
services:
  both: {context: given, selection: fixed, examples: 4}
""")
    lines = [{"prompt": f"What is {n}?", "result": f"{n} is a number."} for n in range(4)]
    for line in lines:
        assert server.request("/ember/v1/services/both/demonstrations", line)[0] in (200, 201)
    service = {"x-ember-service": "both"}
    texts = {model: answer(server, model, headers=service) for model in ("plain", "first")}
    assert texts["plain"] != texts["first"]
    for _ in range(2):
        for model in ("plain", "first"):
            assert answer(server, model, headers=service) == texts[model]
    context = server.state()["context"]
    assert context["counters"].get("failed_restores", 0) == 0


def test_what_is_wrong_with_a_variant_is_said(tmp_path):
    make_adapter(tmp_path / "1.gguf")
    cases = {
        "lora: 1.gguf": "no base",
        "lora: 1.gguf, base: missing": "not a configured model",
        "lora: 1.gguf, base: far": "has no path",
        "lora: 1.gguf, base: plain, context: 9": "has no effect on a model with lora",
    }
    for keys, words in cases.items():
        config = tmp_path / "ember.yaml"
        config.write_text(f"""
upstreams: {{u: {{url: "https://u.example.com/v1"}}}}
models:
  plain: {{path: {SMOLLM2}}}
  far: {{upstream: u}}
  wrong: {{{keys}}}
""")
        done = subprocess.run([BINARY, "config", "check", "--config", config], capture_output=True, text=True)
        assert done.returncode != 0 and words in done.stdout + done.stderr, (keys, done.stdout, done.stderr)
