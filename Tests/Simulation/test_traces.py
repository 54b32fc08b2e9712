"""`ember trace`, and the draws from a trace redone from docs/traces.md."""

import gzip
import hashlib
import json
import math
import os
import pathlib

import pytest
from lots import Lots
from oracle import run
from oracle_policies import POLICIES
from random_scenarios import model, pair

HEADER = "time,service,model,input_tokens,output_tokens\n"
REQUESTS = 1


def stream_of(windows, input_tokens):
    return next((i for i, window in enumerate(windows) if input_tokens <= window), len(windows))


def redraw(trace, windows, slot_seconds, pairs, slots, mean, seed):
    """The matrix of a run: what docs/traces.md says that a seed draws."""
    streams, counts = {}, {}
    for time, service, tokens in trace:
        stream = streams.setdefault((service, stream_of(windows, tokens)), len(streams))
        slot = counts.setdefault(int(time // slot_seconds), {})
        slot[stream] = slot.get(stream, 0) + 1
    length = max(counts) + 1
    lots = Lots(seed, REQUESTS)
    first = math.floor(lots.unit() * length)
    order = lots.shuffled(range(pairs))
    cut = [counts.get((first + slot) % length, {}) for slot in range(slots)]
    share = mean * slots / sum(sum(slot.values()) for slot in cut)
    matrix = []
    for slot in cut:
        requests = {}
        for stream in sorted(slot):
            kept = slot[stream] * int(share)
            kept += sum(lots.unit() < share - int(share) for _ in range(slot[stream])) if share > int(share) else 0
            if kept:
                requests[order[stream]] = kept
        matrix.append(requests)
    return matrix


@pytest.mark.parametrize("seed, mean", [(1, 7.5), (2, 7.5), (3, 31.0), (4, 0.4)])
def test_what_a_seed_draws_is_as_documented(rows, tmp_path, seed, mean):
    import random
    lots = random.Random(seed)
    trace = sorted((round(lots.uniform(0, 900), 3), lots.choice("xy"), lots.randint(0, 300)) for _ in range(400))
    with gzip.open(tmp_path / "trace.csv.gz", "wt") as file:
        file.write(HEADER + "".join(f"{t},{s},,{n},5\n" for t, s, n in trace))
    services = {"s": {"vanishing": 0.6, "demonstration": 100}}
    models = {f"m{i}": model(lots) for i in range(8)}
    scenario = {
        "slots": 40, "memory": 100, "services": services, "models": models,
        "workload": {"kind": "trace", "format": "csv", "files": "trace.csv.gz", "windows": [50, 100, 200],
                     "slot_seconds": 30, "requests": mean},
    }
    (tmp_path / "scenario.yaml").write_text(json.dumps(scenario))
    pairs = [pair(services["s"], m) for m in models.values()]
    matrix = redraw(trace, [50, 100, 200], 30, 8, 40, mean, seed)
    for name in ["lru", "ski-rental"]:
        costs = run(pairs, 100, False, matrix, POLICIES[name], seed)
        row = rows("simulate", "--scenario", tmp_path / "scenario.yaml", "--policy", name, "--seed", seed)[name]
        assert row["requests"] == costs.edge_requests + costs.cloud_requests > 0
        total = costs.switching + costs.accuracy + costs.inference + costs.transmission + costs.cloud + costs.energy
        assert row["total"] == pytest.approx(total / 40, rel=1e-9)


def test_convert_and_inspect(ember, tmp_path):
    (tmp_path / "a.csv").write_text(
        "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.5,10,1\n2023-11-16 18:17:04.25,20,2\n")
    with gzip.open(tmp_path / "m.jsonl.gz", "wt") as file:
        file.write('{"timestamp": 500, "input_length": 7, "output_length": 3, "hash_ids": [1]}\n')
    arguments = [f"code=azure:{tmp_path}/a.csv", f"chat=mooncake:{tmp_path}/m.jsonl.gz"]
    expected = HEADER + "0,code,,10,1\n0.5,chat,,7,3\n0.75,code,,20,2\n"
    assert ember("trace", "convert", *arguments) == expected
    assert ember("trace", "convert", *arguments, "--output", tmp_path / "out.csv") == ""
    assert (tmp_path / "out.csv").read_text() == expected
    table = [line.split() for line in ember("trace", "inspect", f"csv:{tmp_path}/out.csv").splitlines()]
    assert [line[0] for line in table] == ["SERVICE", "chat", "code", "all"]
    assert table[2][:5] == ["code", "2", "0.000", "0.750", "2.667"]


@pytest.mark.parametrize("arguments, message", [
    (["trace", "inspect", "pdf:x"], "pdf:x: write FORMAT:FILE, the format being one of azure, mooncake, servegen, csv"),
    (["trace", "inspect", "csv:none.csv"], "none.csv: cannot be read"),
    (["compare", "--scenario", "servegen", "--traces", "/nowhere"], "name the folder of traces by --traces FOLDER"),
    (["compare", "--scenario", "csv-trace", "--traces", "/nowhere"], "made by 'ember trace convert'"),
])
def test_what_is_missing_is_told(ember, arguments, message):
    assert message in ember(*arguments, fails=True)


FOLDER = os.environ.get("EMBER_TRACES")
needs_traces = pytest.mark.skipif(not FOLDER, reason="EMBER_TRACES names no folder of real traces (docs/traces.md)")


@needs_traces
def test_the_real_traces_convert_to_the_documented_file(ember, tmp_path):
    folder = pathlib.Path(FOLDER)
    azure = folder / "azure"
    ember("trace", "convert", f"code=azure:{azure}/AzureLLMInferenceTrace_code.csv.gz",
          f"conversation=azure:{azure}/AzureLLMInferenceTrace_conv.csv.gz",
          f"chat=mooncake:{folder}/mooncake/conversation_trace.jsonl.gz", "--output", tmp_path / "azure-mooncake.csv")
    found = hashlib.sha256((tmp_path / "azure-mooncake.csv").read_bytes()).hexdigest()
    assert found == "4cb3729e68af9574f49a1fda59e4286852950ae98e182215987112f5f713aa8d"


@needs_traces
def test_the_real_rates_have_the_mean_that_is_asked_for(rows):
    row = rows("compare", "--scenario", "servegen", "--traces", FOLDER, "--policies", "cloud", "--seeds", 5)["cloud"]
    assert row["requests"] == pytest.approx(88 * 200, rel=0.02)
    assert row["requests.sd"] > 0
