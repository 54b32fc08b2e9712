#!/usr/bin/env python3
"""Makes every figure of docs/policies.md and docs/reproduction.md again; writes Benchmarks/results/study.md.

Real traces are looked for in --traces (docs/traces.md says where they come from); without them their families are left out.
"""

import argparse
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "scripts/bench"), str(ROOT / "scripts/study")]

from ember_bench import machine  # noqa: E402
from ember_study import policies, reproduction  # noqa: E402
from ember_study.runs import Ember  # noqa: E402

RESULTS = ROOT / "Benchmarks/results/study.md"


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, required=True, help="ember, a release build")
    parser.add_argument("--traces", type=pathlib.Path, help="the folder of traces")
    parser.add_argument("--seeds", type=int, default=20, help="seeds of each cell, by default %(default)s")
    parser.add_argument("--first-seed", type=int, default=1001, help="by default %(default)s: no policy was tuned on it")
    parser.add_argument("--only", help="sections whose titles have one of these words, separated by commas; nothing is written then")
    parser.add_argument("--quick", action="store_true", help="two seeds, nothing written: shows that everything works")
    return parser.parse_args(arguments)


def sections(families):
    """By title, what makes the section."""
    return {
        "Against the best possible": lambda ember: policies.families(ember, families),
        "What ingredients are worth": lambda ember: policies.ingredients(ember, families),
        "Load prices": policies.load_prices,
        "Memory": policies.memory,
        "Context": policies.context,
        "Shared weights and event time": policies.other_worlds,
        "Figure 2": reproduction.figure_2,
        "Table II": reproduction.table_2,
        "LC against LFU": reproduction.grid,
        "Trends": reproduction.trends,
    }


def is_chosen(title, only):
    return only is None or any(word.strip().lower() in title.lower() for word in only.split(","))


def main():
    chosen = parse(sys.argv[1:])
    seeds = 2 if chosen.quick else chosen.seeds
    ember = Ember(chosen.binary, chosen.traces, seeds, chosen.first_seed)
    families = [f for f in policies.FAMILIES if chosen.traces or f not in ("servegen", "csv-trace")]
    described = machine.describe()
    parts = [
        "# Studies of the policies",
        f"{described['date']}; {described['cpu']}, {described['cores']} cores, {machine.commit(ROOT)}. Made by `make study`; seeds "
        f"{chosen.first_seed} to {chosen.first_seed + seeds - 1}. docs/policies.md and docs/reproduction.md say what it means. "
        "Percentages are how much more a policy costs than ours, seed by seed: mean ± half of the 95 % interval.",
    ]
    for title, make in sections(families).items():
        if is_chosen(title, chosen.only):
            print(f"study: {title} ({time.strftime('%H:%M:%S')})", file=sys.stderr)
            parts.append(f"## {title}\n\n{make(ember)}")
    if chosen.quick or chosen.only:
        print("\n\n".join(parts))
    else:
        RESULTS.write_text("\n\n".join(parts) + "\n")
        print(RESULTS.read_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
