"""Footprints that are remembered, idle models that leave, and the budget of a GPU that a library makes up."""

import json
import os
import pathlib
import subprocess
import time

from ember_process import BINARY, SMOLLM2, SMOLLM2_Q8, Ember, memory_of_children

CONFIG = f"models: {{small: {{path: {SMOLLM2}, context: 1024}}}}\n"


def test_a_footprint_is_measured_and_remembered(tmp_path):
    with Ember(CONFIG, tmp_path) as server:
        estimate = server.model("small")["footprint_bytes"]
        assert server.chat("small", max_tokens=32)[0] == 200
        while not (measured := server.model("small").get("measured_bytes")):
            time.sleep(0.2)
        assert abs(measured - memory_of_children(server.process.pid)) < 0.05 * measured
        assert 0.5 * measured < estimate < 1.3 * measured
        assert server.request("/ember/v1/models/unload", {"model": "small"})[0] == 202
        file = tmp_path / "state/footprints.json"
        while not file.exists():
            time.sleep(0.1)
    remembered = json.loads(file.read_text())["footprints"][0]["bytes"]
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
