#!/usr/bin/env python3
"""Ember with a policy, Ember with LRU and llama.cpp's own router under the same requests, in real time, one after another.

More models than fit; the same llama-server, the same files, the same script of requests (Zipf, a drift, a burst).
"""

import argparse
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "scripts/study")]

from ember_bench import live_script, live_systems, machine, script  # noqa: E402
from ember_setup.places import Places  # noqa: E402
from ember_setup.report import SetupError  # noqa: E402
from ember_study.tables import table  # noqa: E402

RESULTS = ROOT / "Benchmarks/results/live.md"
CONVERSATIONS = ROOT / "Benchmarks/results/live-conversations.md"
LRU = "lru"
QUICK_REQUESTS, QUICK_SECONDS, QUICK_MODELS, QUICK_FIT = 14, 20.0, 3, 2

EXPLANATION = """\
{models} models ({names}, and copies of them), of which {fit} fit:
the router has `--models-max {fit}`, Ember a `memory.budget` of {budget} MB, halfway between what any {fit} of them take and
what any {more} do (the router counts models, Ember bytes). Copies are files of their own, which share no memory.
Each model is asked once before, one after the other, the favourite last: the first questions, which find no state of anything.
Then {requests} requests in {seconds:.0f} s, fixed beforehand by a seed and sent when they are due, whatever has become of the others; {rounds}
round(s), each with a seed of its own and another order of the systems. Popularity is Zipf; in the middle the favourite becomes
the rarest, and later it has a short burst. {prompts} Answers are greedy, of {least} to {most} tokens. Every system starts afresh, Ember with
the default settings for waiting, gates and prices, the router with its prompt cache as it is; no cloud. Engines have {threads} thread(s) each, so
that those that work side by side do not spin for the same cores.

Times are the client's, from when a request was due. *Mean cost*: seconds to the last token; a failure counts as
{longest:.0f} s. *Cores of others*: CPU that neither the system nor the client had (other work on the machine, stolen time): where
it differs between systems they are compared less fairly."""


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/ember", help="ember, a release build")
    parser.add_argument("--policy", nargs="+", default=["regret-forecast"], help="beside lru, by default regret-forecast")
    parser.add_argument("--rounds", type=int, default=3, help="scripts, by default %(default)s; another order in each")
    parser.add_argument("--seed", type=int, default=1, help="of the first round, by default %(default)s")
    parser.add_argument("--requests", type=int, default=300, help="by default %(default)s")
    parser.add_argument("--seconds", type=float, default=120.0, help="in which they come, by default %(default)s")
    parser.add_argument("--models", type=int, default=20, help="by default %(default)s")
    parser.add_argument("--fit", type=int, default=5, help="how many of them fit, by default %(default)s")
    parser.add_argument("--turns", type=int, default=1, help="of conversations in place of demonstrations, by default %(default)s")
    parser.add_argument("--threads", type=int, help="of each engine, by default the cores divided by --fit")
    parser.add_argument("--output", type=pathlib.Path, help="the report's file")
    parser.add_argument("--quick", action="store_true", help="20 s a system, nothing written: shows that everything works")
    chosen = parser.parse_args(arguments)
    if chosen.quick:
        chosen.requests, chosen.seconds, chosen.rounds = QUICK_REQUESTS, QUICK_SECONDS, 1
        chosen.models, chosen.fit = QUICK_MODELS, QUICK_FIT
    chosen.output = chosen.output or (RESULTS if chosen.turns == 1 else CONVERSATIONS)
    if min(chosen.rounds, chosen.requests, chosen.fit, chosen.turns) < 1 or chosen.seconds <= 0:
        parser.error("--rounds, --requests, --seconds, --turns and --fit must be positive")
    if chosen.threads is None:
        chosen.threads = max(1, os.cpu_count() // chosen.fit)
    if chosen.models <= chosen.fit:
        parser.error("--models must be more than --fit: nothing would have to leave")
    if not chosen.binary.exists():
        parser.error(f"{chosen.binary} does not exist: run make build")
    chosen.binary = chosen.binary.resolve()
    return chosen


def systems(policies):
    """By name, the policy under test first; the router has no policy of Ember's."""
    names = {f"Ember, {policy}": policy for policy in [*policies, LRU]}
    return {**names, live_systems.ROUTER: None}


def measure(chosen, setting):
    """The runs of each system, round by round."""
    policies = systems(chosen.policy)
    runs = {name: [] for name in policies}
    for number in range(chosen.rounds):
        requests = live_script.script(chosen.seed + number, chosen.requests, chosen.seconds, chosen.models)
        if chosen.turns > 1:
            requests = live_script.as_conversations(requests, chosen.turns)
        for name in live_script.rotated(list(policies), number):
            print(f"live: {name}, round {number + 1} of {chosen.rounds}", file=sys.stderr, flush=True)
            with script.folder("live") as folder:
                runs[name].append(live_systems.run(setting, folder, policies[name], requests))
    return runs


def warm(models):
    """The first system must not pay for the disk."""
    for model in models:
        with model.path.open("rb") as file:
            while file.read(1 << 20):
                pass


def report(runs):
    ours, *others = runs
    parts = ["## Figures", figures(runs), "Mean cost by phase of the script, in seconds:", phases(runs)]
    for other in others:
        lines, behind = live_script.verdicts(runs, ours, other)
        parts += [
            f"## {ours} and {other}", table(["", "ahead", "its figure / ours", "rounds in which ours is"], lines),
            f"**{ours} is not ahead** of {other} in: {'; '.join(behind)}." if behind else
            f"{ours} is behind {other} in nothing.",
        ]
    return [*parts, notes(runs)]


def figures(runs):
    header = ["", *(column.name for column in live_script.COLUMNS), "cores of others"]
    rows = []
    for name, of in runs.items():
        values = zip(live_script.figures(of), live_script.COLUMNS)
        others = live_script.mean([run.others for run in of])
        shown = [live_script.shown(value, column.digits) for value, column in values]
        rows.append([name, *shown, live_script.shown(others, 2)])
    return table(header, rows)


def phases(runs):
    rows = []
    for name, of in runs.items():
        outcomes = [outcome for run in of for outcome in run.outcomes]
        costs = [live_script.cost([one for one in outcomes if one.request.phase == phase]) for phase in live_script.PHASES]
        rows.append([name, *(live_script.shown(cost, 3) for cost in costs)])
    return table(["", *live_script.PHASES], rows)


def notes(runs):
    same, as_long, of = live_script.agreement(runs)
    failed = live_script.problems(runs)
    return "\n".join([
        f"Closer than {live_script.LEVEL:.0%}, it is a tie. Of {of} requests that all systems answered, {as_long} had "
        f"prompts of the same length everywhere, and {same} greedy answers agree to the letter (requests that run side by side "
        "are rounded otherwise than alone).",
        *(["", "Failures:", *(f"- {line}" for line in failed)] if failed else []),
    ])


def prompts(turns):
    if turns == 1:
        return (
            f"Every model has {live_script.DEMONSTRATIONS} demonstrations: Ember holds them (`selection: fixed`), to the router "
            "the client sends them along.")
    return (
        f"A model's requests are conversations of {turns} turns, one after the other, each begun with a text of its own of about "
        "160 tokens; the client sends all that was said before.")


def markdown(described, command, chosen, setting, runs):
    least, most = live_script.ANSWER_TOKENS
    return "\n\n".join([
        "# Ember and llama.cpp's router, live",
        f"{described['date']}; {described['cpu']}, {described['cores']} cores, load {described['load_before']} before, "
        f"{machine.commit(ROOT)}. Made by `{command}`.",
        EXPLANATION.format(
            models=len(setting.models), names=", ".join(model.name for model in setting.models if "-copy-" not in model.name), fit=setting.fit,
            more=setting.fit + 1, threads=setting.threads, budget=setting.budget // 10**6, requests=chosen.requests,
            seconds=chosen.seconds, rounds=chosen.rounds, prompts=prompts(chosen.turns), least=least, most=most,
            longest=live_script.LONGEST_WAIT),
        *report(runs),
    ]) + "\n"


def work():
    chosen = parse(sys.argv[1:])
    described = machine.describe()
    with script.folder("live") as folder:
        setting = live_systems.setting(
            chosen.binary, Places.from_environment(), chosen.models, chosen.fit, chosen.threads, chosen.turns, folder)
        warm(setting.models)
        runs = measure(chosen, setting)
    text = markdown(described, machine.command("scripts/bench/live.py", ROOT), chosen, setting, runs)
    if not chosen.quick:
        chosen.output.write_text(text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(script.run("live", work, (SetupError, ValueError)))
