#!/usr/bin/env python3
"""The scripts of live.py, simulated: what a policy can be expected to be worth there, over more rounds than can be played.

Loads and requests take as long as is said here; engines do not slow each other down, and there are no demonstrations.
"""

import argparse
import csv
import json
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "scripts/study")]

from ember_bench import live_script, script  # noqa: E402
from ember_study.tables import table  # noqa: E402

LRU = "lru"
REQUESTS, SECONDS, MODELS, FIT = 300, 120.0, 20, 5
#: Bytes of the two quantisations of SmolLM2, as `ember models inspect` has them, in turn.
FOOTPRINTS = (251e6, 298e6)
#: Between two of the first questions, which are asked one after the other.
FIRST_QUESTION_SECONDS = 2.0


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/ember", help="ember, a release build")
    parser.add_argument("--policy", nargs="+", default=["regret-forecast"], help="beside lru, by default regret-forecast")
    parser.add_argument("--rounds", type=int, default=40, help="scripts, by default %(default)s; seeds from 1 on")
    parser.add_argument("--load", type=float, default=0.58, help="seconds a load takes, by default %(default)s")
    parser.add_argument("--slower", type=float, default=1.0, help="stretches the script in time, by default %(default)s")
    return parser.parse_args(arguments)


def arrivals(seed, slower):
    """First questions, then the script: (seconds, model, tokens of the answer)."""
    first = live_script.first_questions(MODELS)
    found = [(FIRST_QUESTION_SECONDS * place, one.model, one.tokens) for place, one in enumerate(first)]
    begin = FIRST_QUESTION_SECONDS * len(first)
    found += [(begin + one.due, one.model, one.tokens) for one in live_script.script(seed, REQUESTS, SECONDS, MODELS)]
    return [(slower * time, model, tokens) for time, model, tokens in found]


def scenario(chosen, requests):
    """JSON is YAML."""
    footprints = [round(FOOTPRINTS[place % 2]) for place in range(MODELS)]
    return json.dumps({
        "summary": "A script of the live comparison.", "time": "events", "sharing": "instances", "context": {"retention": "lost"},
        "slots": int(requests[-1][0]) + 1, "memory": {"budget": live_script.budget(footprints, FIT)},
        "events": {
            "slot_seconds": 1, "load_rate": "1000GB", "load_seconds": chosen.load, "offload": False,
        },
        "queue": {"limit": 1000, "limit_per_model": 1000},
        "services": {f"s{model}": {"vanishing": 0.6, "demonstration": 40} for model in range(MODELS)},
        "models": {
            f"m{model}": {
                "memory": footprint, "context": 4096, "tokens": 30, "output": 3, "parallel": 2, "prefill": 500, "decode": 100,
                "costs": {"load": chosen.load, "cloud": 100, "token": 0.004},
                "accuracy": {"zero_shot": 0.9, "gain": 0.01, "weight": 0},
            }
            for model, footprint in enumerate(footprints)
        },
        "workload": {
            "kind": "trace", "format": "csv", "files": "requests.csv", "slot_seconds": 1, "start": "0s", "pairs": "named",
        },
    })


def simulate(chosen, policies, seed, folder):
    requests = arrivals(seed, chosen.slower)
    with open(folder / "requests.csv", "w", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["time", "service", "model", "input_tokens", "output_tokens"])
        lines.writerows([f"{time:.4f}", f"s{model}", f"m{model}", 190, tokens] for time, model, tokens in requests)
    path = folder / "live.yaml"
    path.write_text(scenario(chosen, requests))
    command = [chosen.binary, "compare", "--scenario", path, "--policies", ",".join(policies), "--seeds", "1", "--format", "json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["rows"]


def work():
    chosen = parse(sys.argv[1:])
    policies = [*chosen.policy, LRU]
    with script.folder("live-simulation") as folder:
        rounds = [simulate(chosen, policies, seed, pathlib.Path(folder)) for seed in range(1, chosen.rounds + 1)]
    rows = []
    for place, policy in enumerate(policies):
        waits = [rows[place]["mean_wait_seconds"] for rows in rounds]
        ahead = sum(rows[place]["mean_wait_seconds"] < (1 - live_script.LEVEL) * rows[-1]["mean_wait_seconds"] for rows in rounds)
        loads = statistics.fmean(rows[place]["loads"] for rows in rounds)
        rows.append([policy, f"{loads:.1f}", f"{statistics.fmean(waits):.3f}", f"{ahead} of {len(rounds)}"])
    print(table(["policy", "loads", "mean wait, s", "rounds ahead of lru"], rows))
    return 0


if __name__ == "__main__":
    sys.exit(script.run("live-simulation", work, (ValueError, subprocess.CalledProcessError)))
