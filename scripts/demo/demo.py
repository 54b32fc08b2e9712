#!/usr/bin/env python3
"""A day of two minutes: real models that do not fit together, a cloud that is only played, bursts and an outage.

At the end stands what clients saw, what the day cost by its terms, and what it would have cost under other policies, worked
out from the log of its events. The day has failed (exit status 1) where it shows what it must not.
"""

import argparse
import collections
import contextlib
import dataclasses
import json
import pathlib
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "scripts/bench"), str(ROOT / "scripts/study")]

from ember_bench import machine, script  # noqa: E402
from ember_demo import commands, day, edge, figures, report, verdict  # noqa: E402
from ember_demo.player import Player  # noqa: E402
from ember_demo.seen import Seen  # noqa: E402
from ember_setup.places import Places  # noqa: E402
from mock_upstream import MockUpstream  # noqa: E402

RESULTS = ROOT / "Benchmarks/results/demo.md"
CLOUD_SECONDS, CLOUD_TOKENS, RETRY_AFTER = 0.3, 16, 2
QUICK_SECONDS = 30


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/ember", help="ember, a release build")
    parser.add_argument("--seconds", type=float, default=120, help="length of the day, by default %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="of the arrivals, by default %(default)s")
    parser.add_argument("--policy", default="regret-forecast", help="how Ember decides, by default %(default)s")
    parser.add_argument("--budget", default="480MB", help="memory for all models, by default %(default)s")
    parser.add_argument("--output", type=pathlib.Path, default=RESULTS, help="the report's file")
    parser.add_argument("--quick", action="store_true", help="a day of 30 s, nothing written: shows that everything works")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write everything as JSON too")
    parser.add_argument("--keep", type=pathlib.Path, metavar="FOLDER", help="copy the log of events there")
    chosen = parser.parse_args(arguments)
    if chosen.quick:
        chosen.seconds = QUICK_SECONDS
    if not chosen.seconds > 0:
        parser.error("--seconds must be above 0")
    if not chosen.binary.exists():
        parser.error(f"{chosen.binary} does not exist: run make build")
    chosen.binary = chosen.binary.resolve()
    return chosen


def live(chosen, places, folder):
    """Plays the day."""
    prices = edge.PRICES["input"], edge.PRICES["output"]
    with contextlib.ExitStack() as stack:
        upstream = stack.enter_context(MockUpstream(CLOUD_SECONDS, CLOUD_TOKENS, RETRY_AFTER, *prices))
        ember = stack.enter_context(edge.ember(chosen, places, upstream.url, folder))
        player = Player(ember.address, upstream, chosen.seconds)
        played = player.play(day.arrivals(chosen.seed, chosen.seconds), day.changes(chosen.seconds))
        return Seen(played, ember.state(), upstream.bill(), collections.Counter(upstream.met))


def told_of_clients(seen, phases):
    resident = [model["name"] for model in seen.state["models"] if model["status"] == "loaded"]
    return "\n\n".join([
        report.clients(phases),
        report.tally("Errors", figures.errors(seen.played)),
        report.tally("Why the cloud was asked", figures.offload_reasons(seen.played)),
        report.tally("What requests met there", seen.met),
        report.cuts(seen), report.money(seen),
        f"In memory at the end: {', '.join(resident) or 'nothing'}.",
    ])


def costs(chosen, log):
    """The day as it was, and simulated from its log."""
    measured = figures.measured_cost(commands.replay(chosen.binary, log))
    compared = commands.compare(chosen.binary, log, chosen.policy)
    simulated = {name: figures.simulated_cost(row) for name, row in (compared or {}).items()}
    agreement = figures.agreement(measured, next(iter(simulated.values()))) if simulated else []
    return {"measured": measured, "simulated": simulated, "agreement": agreement}


def told_of_costs(worked_out):
    simulated, agreement = worked_out["simulated"], worked_out["agreement"]
    rows = [("this day, measured", worked_out["measured"])]
    rows += [(f"{name}, simulated" if number == 0 else name, row) for number, (name, row) in enumerate(simulated.items())]
    return "\n\n".join([report.costs(rows), *([report.agreement(agreement)] if agreement else [])])


def play_and_tell(chosen, places, folder, tell):
    """What was seen, what follows from it, and what the day must not have shown."""
    seen = live(chosen, places, folder)
    log = edge.log_of_events(folder)
    if chosen.keep:
        chosen.keep.mkdir(parents=True, exist_ok=True)
        shutil.copy(log, chosen.keep)
    phases = figures.by_phase(seen.played, [phase.name for phase in day.PHASES])
    tell(told_of_clients(seen, phases))
    worked_out = costs(chosen, log)
    tell(told_of_costs(worked_out))
    failures = verdict.failures(seen, worked_out["agreement"])
    tell(report.verdict(failures))
    return seen, {"phases": phases, **worked_out, "failures": failures}


def run(chosen, places):
    edge.require_models(places)
    described = machine.describe()
    parts = []

    def tell(text):
        parts.append(text)
        print("\n" + text, flush=True)

    with script.folder("demo") as folder:
        seen, worked_out = play_and_tell(chosen, places, folder, tell)
    if not chosen.quick:
        command = machine.command("scripts/demo/demo.py", ROOT)
        chosen.output.write_text(report.markdown(described, machine.commit(ROOT), command, chosen, parts))
    if chosen.json:
        chosen.json.write_text(json.dumps(document(chosen, seen, worked_out), indent=1) + "\n")
    return 1 if worked_out["failures"] else 0


def document(chosen, seen, worked_out):
    requests = [{**dataclasses.asdict(one.arrival), **dataclasses.asdict(one.outcome)} for one in seen.played]
    return {
        "seconds": chosen.seconds, "seed": chosen.seed, "policy": chosen.policy, "budget": chosen.budget,
        "errors": figures.errors(seen.played), "offload_reasons": figures.offload_reasons(seen.played),
        "bill": seen.bill, "met": seen.met, **worked_out, "requests": requests, "state": seen.state,
    }


def work():
    return run(parse(sys.argv[1:]), Places.from_environment())


if __name__ == "__main__":
    sys.exit(script.run("demo", work))
