"""Several GPUs that a library makes up: budgets by GPU, and what engines are started with. Engines run on the CPU."""

import os
import pathlib
import subprocess

import pytest
from ember_process import BINARY, SMOLLM2

GIB = 1 << 30


@pytest.fixture
def environment(tmp_path):
    """Two cards of 12 GiB and one of 24; of the second, another program holds 8 GiB."""
    library = next(pathlib.Path(BINARY).parent.glob("libFakeNVML.*"))
    (tmp_path / "libnvidia-ml.so.1").symlink_to(library.resolve())
    return {
        "LD_LIBRARY_PATH": f"{tmp_path}:{os.environ.get('LD_LIBRARY_PATH', '')}",
        "FAKE_NVML_DEVICES": f"{12 * GIB}:0,{12 * GIB}:{8 * GIB},{24 * GIB}:{GIB}",
    }


def variables(server, model):
    """The environment of a model's engine."""
    text = pathlib.Path(f"/proc/{server.model(model)['process']}/environ").read_text()
    return dict(word.split("=", 1) for word in text.split("\0") if "=" in word)


def arguments(server, model):
    return pathlib.Path(f"/proc/{server.model(model)['process']}/cmdline").read_text().split("\0")


def test_models_go_where_they_fit(ember, environment):
    small = f"path: {SMOLLM2}, context: 512, gpu_layers: 99"
    server = ember(
        f"""
memory: {{device: gpu, budget: 50%}}
models:
  anywhere: {{{small}, memory: 3GiB}}
  kept: {{{small}, memory: 3GiB, gpus: [2]}}
  large: {{{small}, memory: 16GiB}}
  divided: {{{small}, memory: 1GiB, gpus: [2, 0], gpu_split: [3, 1]}}
  never: {{{small}, memory: 30GiB}}
""",
        environment=environment,
    )
    gpus = server.state()["memory"]["gpus"]
    assert [gpu["budget_bytes"] for gpu in gpus] == [6 * GIB, 4 * GIB, 12 * GIB]
    assert [gpu["others_bytes"] for gpu in gpus] == [0, 8 * GIB, GIB]
    assert server.state()["memory"]["budget_bytes"] == 22 * GIB

    # The tightest: 1 GiB is left of the second GPU.
    assert server.chat("anywhere", max_tokens=1)[0] == 200
    assert server.model("anywhere")["gpus"] == [1]
    assert variables(server, "anywhere")["CUDA_VISIBLE_DEVICES"] == "GPU-fake-1"
    assert variables(server, "anywhere")["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
    assert "--tensor-split" not in arguments(server, "anywhere")
    assert server.chat("kept", max_tokens=1)[0] == 200
    assert server.chat("divided", max_tokens=1)[0] == 200
    assert variables(server, "divided")["CUDA_VISIBLE_DEVICES"] == "GPU-fake-2,GPU-fake-0"
    words = arguments(server, "divided")
    assert words[words.index("--tensor-split") + 1] == "3,1" and words[words.index("--split-mode") + 1] == "layer"
    gpus = server.state()["memory"]["gpus"]
    assert [gpu["occupied_bytes"] for gpu in gpus] == [GIB // 4, 3 * GIB, 3 * GIB + 3 * GIB // 4]

    # No GPU has 16 GiB: it is divided 6 to 4 to 12, and what is in its way leaves.
    assert server.chat("large", max_tokens=1)[0] == 200
    assert server.model("large")["gpus"] == [0, 1, 2]
    occupied = [gpu["occupied_bytes"] for gpu in server.state()["memory"]["gpus"]]
    assert occupied[2] <= 12 * GIB and occupied[0] <= 6 * GIB and occupied[1] <= 4 * GIB
    status, _, answer = server.chat("never", max_tokens=1)
    assert status == 503 and answer["error"]["code"] == "model_does_not_fit"

    shown = server.command("ps").stdout
    assert "GPU 1, Fake GPU B: " in shown and "other programs 8192 MiB" in shown and "0+1+2" in shown


def test_a_lost_gpu_is_not_used(ember, environment):
    server = ember(
        f"""
memory: {{device: gpu, gpu_budgets: [50%, 50%, 6GiB]}}
models: {{small: {{path: {SMOLLM2}, context: 512, gpu_layers: 99, memory: 5GiB}}}}
""",
        environment=environment | {"FAKE_NVML_LOST": "2"},
    )
    assert [gpu["budget_bytes"] for gpu in server.state()["memory"]["gpus"]] == [6 * GIB, 4 * GIB, 0]
    assert server.chat("small", max_tokens=1)[0] == 200
    assert variables(server, "small")["CUDA_VISIBLE_DEVICES"] == "GPU-fake-0"


@pytest.mark.parametrize(
    ("memory", "model", "more", "part"),
    [
        ("gpu_budgets: [1GiB]", "", {}, "memory.gpu_budgets has 1 budgets, and there are 3 GPUs"),
        ("budget: 50%", ", gpus: [3]", {}, "models.small: gpus: 3 is no GPU of this machine; they are 0 to 2"),
        ("budget: 50%", ", args: [-ts, '1,1']", {}, "models.small: args: -ts chooses GPUs"),
        ("budget: 50%", "", {"CUDA_VISIBLE_DEVICES": "0"}, "CUDA_VISIBLE_DEVICES=0 in Ember's environment"),
    ],
)
def test_contradictions_are_refused(tmp_path, environment, memory, model, more, part):
    config = tmp_path / "ember.yaml"
    config.write_text(f"memory: {{device: gpu, {memory}}}\nmodels: {{small: {{path: {SMOLLM2}{model}}}}}\n")
    result = subprocess.run(
        [BINARY, "config", "check", "--config", str(config)],
        capture_output=True, text=True, timeout=60, env=os.environ | environment | more,
    )
    assert result.returncode != 0 and part in result.stderr, result.stderr
