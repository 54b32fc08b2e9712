"""Footprints that are remembered, idle models that leave, and the budget of a GPU that a library makes up."""

import functools
import json
import os
import pathlib
import shutil
import subprocess
import time

import pytest

import waiting
from ember_process import BINARY, MODELS, SMOLLM2, SMOLLM2_Q8, Ember, memory_of_children

eventually = functools.partial(waiting.eventually, seconds=60)

CONFIG = f"models: {{small: {{path: {SMOLLM2}, context: 1024, pool: 1024}}}}\n"


def test_a_footprint_is_measured_and_remembered(tmp_path):
    with Ember(CONFIG, tmp_path) as server:
        estimate = server.model("small")["footprint_bytes"]
        assert server.chat("small", max_tokens=32)[0] == 200
        # The first measurement is of the load, which has touched only some of its pages.
        eventually(lambda: server.model("small")["measured_bytes"] * 1.3 > estimate)
        measured = server.model("small")["measured_bytes"]
        assert abs(measured - memory_of_children(server.process.pid)) < 0.05 * measured
        assert 0.5 * measured < estimate < 1.3 * measured
        assert server.request("/ember/v1/models/unload", {"model": "small"})[0] == 202
        file = tmp_path / "state/footprints.json"
        while not file.exists():
            time.sleep(0.1)
    remembered = json.loads(file.read_text())["footprints"][0]["resting"]
    assert measured * 0.9 <= remembered <= max(estimate, measured)
    with Ember(CONFIG, tmp_path) as server:
        assert server.model("small")["footprint_bytes"] == remembered


def test_idle_models_leave_and_asking_for_state_keeps_none(ember):
    server = ember(f"models: {{small: {{path: {SMOLLM2}, context: 1024, idle_ttl: 1s, preload: true}}}}\n")
    end = time.monotonic() + 30
    while server.model("small")["status"] != "loaded":
        assert time.monotonic() < end
        time.sleep(0.05)
    while server.model("small")["status"] != "unloaded":
        assert time.monotonic() < end
        server.request("/v1/models")
        time.sleep(0.05)


def test_pinned_models_stay(ember):
    server = ember(
        f"""
memory: {{budget: 300MB}}
models:
  small: {{path: {SMOLLM2}, context: 1024, pin: true}}
  large: {{path: {SMOLLM2_Q8}, context: 1024}}
"""
    )
    assert server.chat("small", max_tokens=1)[0] == 200
    status, _, answer = server.chat("large", max_tokens=1)
    assert status == 503 and answer["error"]["code"] == "model_does_not_fit"
    assert server.model("small")["status"] == "loaded"


def test_the_budget_of_a_gpu(ember, tmp_path):
    """The fake library plays two devices; nothing else of this machine knows a GPU."""
    library = next(pathlib.Path(BINARY).parent.glob("libFakeNVML.*"))
    (tmp_path / "libnvidia-ml.so.1").symlink_to(library.resolve())
    server = ember(
        f"""
memory: {{budget: 50%, device: gpu}}
models: {{small: {{path: {SMOLLM2}, context: 1024, gpu_layers: 99}}}}
""",
        environment={"LD_LIBRARY_PATH": f"{tmp_path}:{os.environ.get('LD_LIBRARY_PATH', '')}"},
    )
    state = server.state()
    assert state["memory"]["budget_bytes"] == 16 << 30
    assert state["models"][0]["footprint_bytes"] > 100_000_000
    assert server.chat("small", max_tokens=1)[0] == 200


def test_without_a_gpu_a_share_of_its_memory_is_refused(tmp_path):
    config = tmp_path / "ember.yaml"
    config.write_text("memory: {budget: 50%, device: gpu}\n" + CONFIG)
    result = subprocess.run([BINARY, "serve", "--config", str(config)], capture_output=True, text=True, timeout=60)
    assert result.returncode != 0 and "memory.budget" in result.stderr and "bytes" in result.stderr


def drop_from_page_cache(path):
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def test_loads_are_expected_by_what_the_page_cache_holds(tmp_path):
    kind = subprocess.run(["stat", "-f", "-c", "%T", tmp_path], capture_output=True, text=True).stdout.strip()
    if kind == "tmpfs":
        pytest.skip("files in memory have no page cache to drop them from")
    # A file of its own: no other process keeps it in memory.
    weights = tmp_path / "own.gguf"
    shutil.copyfile(MODELS / SMOLLM2, weights)
    with weights.open("rb") as file:
        os.fsync(file.fileno())
    with Ember(f"models: {{small: {{path: {weights}, context: 1024}}}}\n", tmp_path) as server:
        assert server.model("small")["cached_share"] == 1
        drop_from_page_cache(weights)
        eventually(lambda: server.model("small")["cached_share"] < 0.1)
        assert server.chat("small", max_tokens=1)[0] == 200
        cold = server.model("small")["seen"]["load_seconds"]
        assert server.request("/ember/v1/models/unload", {"model": "small"})[0] == 202
        eventually(lambda: server.model("small")["cached_share"] > 0.9)
        assert server.chat("small", max_tokens=1)[0] == 200
        assert server.model("small")["seen"]["load_seconds"] != cold
