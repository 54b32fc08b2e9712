"""Event time against queueing theory: waiting times by recursion, and a closed form."""

import heapq
import json
import random

import pytest

LOAD_SECONDS = 3.25
MODEL = {"memory": "1GB", "tokens": 1000, "output": 100, "prefill": 2000, "decode": 80}


def scenario(folder, workload, slots, parallel, load_seconds):
    text = {
        "time": "events", "slots": slots, "memory": "2GB",
        "events": {
            "load_rate": "4GB", "load_seconds": load_seconds - 0.25, "offload": False,
        },
        "queue": {
            "limit": 1_000_000, "limit_per_model": 1_000_000, "max_wait": "1000d", "min_residency": 0,
        },
        "services": {"s": {}}, "models": {"m": MODEL | {"parallel": parallel}}, "workload": workload,
    }
    (folder / "scenario.yaml").write_text(json.dumps(text))
    return folder / "scenario.yaml"


def waits(requests, parallel, begin):
    """Kiefer and Wolfowitz: each request takes the server that is free first; for one server Lindley's recursion."""
    free = [begin] * parallel
    for arrival, seconds in requests:
        start = max(arrival, heapq.heappop(free))
        heapq.heappush(free, start + seconds)
        yield start - arrival


@pytest.mark.parametrize("parallel, gap, seed", [(1, 2.1, 1), (1, 1.6, 2), (3, 0.6, 3), (8, 0.21, 4)])
def test_waits_follow_the_recursion(rows, tmp_path, parallel, gap, seed):
    lots = random.Random(seed)
    now, requests = 0.0, []
    with open(tmp_path / "trace.csv", "w") as file:
        file.write("time,service,model,input_tokens,output_tokens\n")
        for _ in range(3000):
            now = round(now + lots.expovariate(1 / gap), 6)
            tokens = lots.randint(0, 2000), lots.randint(1, 160)
            file.write(f"{now},s,m,{tokens[0]},{tokens[1]}\n")
            requests.append((now, tokens[0] / MODEL["prefill"] + tokens[1] / MODEL["decode"]))
    workload = {
        "kind": "trace", "format": "csv", "files": "trace.csv", "pairs": "named", "start": 0, "slot_seconds": 60,
    }
    path = scenario(tmp_path, workload, int(now / 60) + 1, parallel, LOAD_SECONDS)
    row = rows("simulate", "--scenario", path, "--policy", "lru")["lru"]
    expected = sorted(waits(requests, parallel, requests[0][0] + LOAD_SECONDS))
    assert row["requests"] == 3000 and row["loads"] == 1 and row["edge_ratio"] == 1
    assert row["mean_wait_seconds"] == pytest.approx(sum(expected) / 3000, rel=1e-9)
    assert sum(expected) / 3000 > 0.05, "a queue in which no request waits proves nothing"
    assert row["wait_99_seconds"] == pytest.approx(expected[2969], rel=1 / 2048)
    assert row["load_seconds"] == LOAD_SECONDS


def test_poisson_arrivals_wait_as_long_as_theory_says(rows, tmp_path):
    """M/D/1: the mean wait is rho D / (2 (1 - rho)). Service takes 0.45 + 1.25 = 1.7 s, half of the time."""
    workload = {"kind": "mix", "mix": [{"service": "s", "model": "m", "requests": 60 / 3.4}],
                "busy_share": 1, "busy_stays": 1, "busy_factor": 1}
    path = scenario(tmp_path, workload, 4000, 1, 0.25)
    row = rows("simulate", "--scenario", path, "--policy", "lru")["lru"]
    assert row["requests"] == pytest.approx(70_588, rel=0.02)
    assert row["mean_wait_seconds"] == pytest.approx(0.5 * 1.7 / (2 * 0.5), rel=0.05)
