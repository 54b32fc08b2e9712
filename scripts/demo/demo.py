#!/usr/bin/env python3
"""A day of two minutes: real models that do not fit together, a cloud that is only played, bursts and an outage.

At the end stands what clients saw, what the day cost by its terms, and what it would have cost under other policies, worked
out from the log of its events.
"""

import argparse
import dataclasses
import json
import pathlib
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "scripts/bench"), str(ROOT / "scripts/study")]

from ember_bench import script  # noqa: E402
from ember_demo import client, commands, day, edge, figures, report  # noqa: E402
from ember_demo.player import Player  # noqa: E402
from ember_setup.places import Places  # noqa: E402
from mock_upstream import MockUpstream  # noqa: E402

CLOUD_SECONDS, CLOUD_TOKENS = 0.3, 16


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/ember", help="ember, a release build")
    parser.add_argument("--seconds", type=float, default=120, help="length of the day, by default %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="of the arrivals, by default %(default)s")
    parser.add_argument("--policy", default="regret-forecast", help="how Ember decides, by default %(default)s")
    parser.add_argument("--budget", default="480MB", help="memory for all models, by default %(default)s")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write everything as JSON too")
    parser.add_argument("--keep", type=pathlib.Path, metavar="FOLDER", help="copy the log of events there")
    chosen = parser.parse_args(arguments)
    if not chosen.seconds > 0:
        parser.error("--seconds must be above 0")
    if not chosen.binary.exists():
        parser.error(f"{chosen.binary} does not exist: run make build")
    chosen.binary = chosen.binary.resolve()
    return chosen


def live(chosen, places, folder):
    """Plays the day: requests with their outcomes, and the server's state at its end."""
    with MockUpstream(CLOUD_SECONDS, CLOUD_TOKENS) as upstream, edge.ember(chosen, places, upstream.url, folder) as ember:
        player = Player(ember.address, upstream, chosen.seconds)
        played = player.play(day.arrivals(chosen.seed, chosen.seconds), day.changes(chosen.seconds))
        return played, ember.state()


def tell_clients(played, state):
    rows = figures.by_phase(played, [phase.name for phase in day.PHASES])
    resident = [model["name"] for model in state["models"] if model["status"] == "loaded"]
    print("\n".join([
        "", report.clients(rows), "",
        report.tally("Errors", figures.errors(played)),
        report.tally("Why the cloud was asked", figures.offload_reasons(played)),
        f"In memory at the end: {', '.join(resident) or 'nothing'}.",
    ]), flush=True)
    return rows


def tell_costs(chosen, log):
    """The day as it was, and simulated from its log."""
    measured = figures.measured_cost(commands.replay(chosen.binary, log))
    compared = commands.compare(chosen.binary, log, chosen.policy)
    simulated = {name: figures.simulated_cost(row) for name, row in (compared or {}).items()}
    rows = [("this day, measured", measured)]
    rows += [(f"{name}, simulated" if number == 0 else name, row) for number, (name, row) in enumerate(simulated.items())]
    print("\n" + report.costs(rows))
    agreement = figures.agreement(measured, next(iter(simulated.values()))) if simulated else []
    if agreement:
        print("\n" + report.agreement(agreement))
    return {"measured": measured, "simulated": simulated, "agreement": agreement}


def run(chosen, places):
    edge.require_models(places)
    with script.folder("demo") as folder:
        played, state = live(chosen, places, folder)
        log = edge.log_of_events(folder)
        if chosen.keep:
            chosen.keep.mkdir(parents=True, exist_ok=True)
            shutil.copy(log, chosen.keep)
        phases = tell_clients(played, state)
        told = tell_costs(chosen, log)
    if chosen.json:
        chosen.json.write_text(json.dumps(document(chosen, played, state, phases, told), indent=1) + "\n")
    lost = [one for one in played if one.outcome.place == client.LOST]
    if lost:
        print(f"demo: {len(lost)} requests had neither an answer nor a clear error", file=sys.stderr)
    return 1 if lost else 0


def document(chosen, played, state, phases, told):
    requests = [{**dataclasses.asdict(one.arrival), **dataclasses.asdict(one.outcome)} for one in played]
    return {
        "seconds": chosen.seconds, "seed": chosen.seed, "policy": chosen.policy, "budget": chosen.budget, "phases": phases,
        "errors": figures.errors(played), "offload_reasons": figures.offload_reasons(played), **told, "requests": requests,
        "state": state,
    }


def work():
    return run(parse(sys.argv[1:]), Places.from_environment())


if __name__ == "__main__":
    sys.exit(script.run("demo", work))
