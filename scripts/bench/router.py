#!/usr/bin/env python3
"""Time to the first token when two models that do not fit together are asked in turn, 40 demonstrations in each prompt.

Ember beside llama.cpp's own router: the same llama-server, the same prompts, in turn on the same machine. Fails where any of
them answers differently.
"""

import argparse
import contextlib
import pathlib
import statistics
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "scripts/study")]

from ember_bench import machine, script, swapping  # noqa: E402
from ember_bench.quantiles import percentile  # noqa: E402
from ember_setup.models import GEMMA, SMOLLM2, SMOLLM2_Q8  # noqa: E402
from ember_setup.places import Places  # noqa: E402
from ember_setup.report import SetupError  # noqa: E402
from ember_study.tables import table  # noqa: E402

RESULTS = ROOT / "Benchmarks/results/router.md"
ROUTER, SWAPPED, RESIDENT = "router", "Ember, swapped in", "Ember, resident"
AIM = 8

EXPLANATION = """\
Two models of which one fits into memory are asked in turn, so that every question swaps; all prompts have the same {count}
demonstrations. The router is the same llama-server with `--models-max 1` and gets the demonstrations as turns of the chat;
Ember has them from an upload (`selection: fixed`, `memory.budget: {budget}`) and gets the question alone. Both make the same
prompt of it. Times are to the first token of a stream, at the client. In each round both systems get the same question, the
router first in every other one; the first round, in which nothing is known yet, is left out. "Resident": the same question
once more, without a swap."""


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/ember", help="ember, a release build")
    parser.add_argument("--rounds", type=int, default=10, help="swaps of each model, by default %(default)s")
    parser.add_argument("--quick", action="store_true", help="two rounds, nothing written: shows that everything works")
    chosen = parser.parse_args(arguments)
    if chosen.quick:
        chosen.rounds = 2
    if chosen.rounds < 1:
        parser.error("--rounds must be at least 1")
    if not chosen.binary.exists():
        parser.error(f"{chosen.binary} does not exist: run make build")
    chosen.binary = chosen.binary.resolve()
    return chosen


def pairs(places):
    """Models that do not fit together; Gemma only where its terms were accepted."""
    files = [places.models / name for name in (SMOLLM2, SMOLLM2_Q8, GEMMA)]
    first, *others = [file.stem for file in files if file.exists()]
    if not others:
        raise SetupError(f"{places.models} has no two models: run make setup")
    return [(first, other) for other in others]


def measure(chosen, places, models):
    """The answers of each system, question by question."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(script.folder("router"))
        theirs = stack.enter_context(swapping.router(places, models, folder))
        ours = stack.enter_context(swapping.ember(chosen.binary, places, models, folder))
        answers = {ROUTER: [], SWAPPED: [], RESIDENT: []}
        for number in range(chosen.rounds + 1):
            print(f"router: {' and '.join(models)}, round {number} of {chosen.rounds}", file=sys.stderr, flush=True)
            for model in models:
                asked = ask_both(theirs, ours, model, number)
                check(model, number, asked)
                for name, answer in asked.items():
                    answers[name].append(answer)
    return {name: found[len(models):] for name, found in answers.items()}


def ask_both(theirs, ours, model, number):
    text = swapping.question(number)
    asked = {}
    for name, system in [(ROUTER, theirs), (SWAPPED, ours)][:: 1 if number % 2 == 0 else -1]:
        asked[name] = system.ask(model, text)
        if name == SWAPPED:
            asked[RESIDENT] = system.ask(model, text)
    return asked


def check(model, number, asked):
    """A KV state that was brought back must change nothing: the prompt is as long, the greedy answer the same."""
    if len({(answer.text, answer.prompt_tokens) for answer in asked.values()}) > 1:
        said = "; ".join(f"{name}: {answer.text!r} to {answer.prompt_tokens} tokens" for name, answer in asked.items())
        raise SetupError(f"{model}, question {number}: the answers differ: {said}")


def report(models, answers):
    rows = [row(name, answers[name]) for name in (ROUTER, SWAPPED, RESIDENT)]
    ratios = [theirs.seconds / ours.seconds for theirs, ours in zip(answers[ROUTER], answers[SWAPPED])]
    ratio = statistics.median(ratios)
    return "\n\n".join([
        f"## {models[0]} and {models[1]}",
        table(["", "first token, s: median", "p95", "prompt, tokens", "of these reused: median", "fewest"], rows),
        f"After a swap Ember's first token comes **{ratio:.1f} times** sooner than the router's: median of {len(ratios)} "
        f"swaps, {min(ratios):.1f} to {max(ratios):.1f} (aim: at least {AIM}, {'met' if ratio >= AIM else 'NOT met'}). "
        f"All {3 * len(ratios)} greedy answers agree.",
    ])


def row(name, answers):
    seconds = [answer.seconds for answer in answers]
    reused = [answer.reused_tokens for answer in answers]
    return [
        name, f"{statistics.median(seconds):.3f}", f"{percentile(seconds, 0.95):.3f}",
        f"{statistics.median(answer.prompt_tokens for answer in answers):.0f}", f"{statistics.median(reused):.0f}",
        min(reused),
    ]


def markdown(described, parts):
    return "\n\n".join([
        "# A swap with 40 demonstrations",
        f"{described['date']}; {described['cpu']}, {described['cores']} cores, {machine.commit(ROOT)}. "
        "Made by `make bench-router`.",
        EXPLANATION.format(count=swapping.DEMONSTRATIONS, budget=swapping.BUDGET),
        *parts,
    ]) + "\n"


def work():
    chosen = parse(sys.argv[1:])
    places = Places.from_environment()
    described = machine.describe()
    parts = [report(models, measure(chosen, places, models)) for models in pairs(places)]
    text = markdown(described, parts)
    if not chosen.quick:
        RESULTS.write_text(text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(script.run("router", work))
