#!/usr/bin/env python3
"""Follow-ups of conversations after swaps, restarts, kills and other conversations: the time to the first token.

Ember beside hearth-llm, llama.cpp's router and llama-server with the model resident: the same engine, model and texts.
"""

import argparse
import contextlib
import pathlib
import statistics
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "scripts/study")]

from ember_bench import conversation_systems as systems  # noqa: E402
from ember_bench import script  # noqa: E402
from ember_bench.conversation_cases import ALONE, CASES, EMBER, HEARTH, PAUSE_SECONDS, ROUTER  # noqa: E402
from ember_bench.quantiles import percentile  # noqa: E402
from ember_setup.models import SMOLLM2, SMOLLM2_Q8  # noqa: E402
from ember_setup.places import Places  # noqa: E402
from ember_study.tables import table  # noqa: E402

EXPLANATION = """\
Each case is a conversation whose follow-up comes after something has happened. Times are to the first token of a stream, at
the client, of greedy answers of {tokens} tokens; tokens are those of the prompt that were computed. {runs} runs; in each, every
case is played on every system, in another order. Between a first answer and what happens the user takes {pause:.0f} s. Engines
have {slots} slots (hearth-llm's has one), and 4,096 tokens of context a conversation. Ember and the router have memory for one of
two models; hearth-llm and llama-server alone serve one. b and f count from the start of the server, engine included."""


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/ember", help="ember, a release build")
    parser.add_argument("--runs", type=int, default=20, help="by default %(default)s")
    parser.add_argument("--cases", default="".join(case.letter for case in CASES), help="letters, by default %(default)s")
    parser.add_argument("--without-hearth", action="store_true", help="where the package cannot be installed")
    chosen = parser.parse_args(arguments)
    if chosen.runs < 1:
        parser.error("--runs must be at least 1")
    if set(chosen.cases) - {case.letter for case in CASES}:
        parser.error(f"--cases has unknown letters: choose from {parser.get_default('cases')}")
    if not chosen.binary.exists():
        parser.error(f"{chosen.binary} does not exist: run make build")
    chosen.binary = chosen.binary.resolve()
    return chosen


def start(chosen, folder, stack):
    """The running systems by their names."""
    places = Places.from_environment()
    names = [pathlib.Path(file).stem for file in (SMOLLM2, SMOLLM2_Q8)]
    made = {
        ALONE: systems.Alone(places, names, f"{folder}/alone"), ROUTER: systems.Router(places, names, f"{folder}/router"),
        EMBER: systems.Ember(chosen.binary, places, names, f"{folder}/ember"),
    }
    if not chosen.without_hearth:
        made[HEARTH] = systems.Hearth(places, names, f"{folder}/hearth")
    return {name: stack.enter_context(system) for name, system in made.items()}


def measure(chosen):
    """Of each case and system, the follow-ups of each run."""
    cases = [case for case in CASES if case.letter in chosen.cases]
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(script.folder("conversations"))
        running = start(chosen, folder, stack)
        answers = {}
        for run in range(chosen.runs):
            for case in cases:
                print(f"conversations: run {run + 1} of {chosen.runs}, case {case.letter}", file=sys.stderr, flush=True)
                playing = [name for name in case.systems if name in running]
                for name in playing[run % len(playing):] + playing[: run % len(playing)]:
                    answers.setdefault(case, {}).setdefault(name, []).append(case.play(running[name], run))
        return answers, loads(running[EMBER], chosen.runs)


def loads(ember, runs):
    """The seconds that a swap takes, with a prompt of a few tokens behind it."""
    seconds = []
    for _ in range(min(runs, 5)):
        for model in (0, 1):
            seconds.append(ember.ask(model, [{"role": "user", "content": "Hello"}]).seconds)
    return statistics.median(seconds[1:])


def report(chosen, answers, load):
    parts = [EXPLANATION.format(
        tokens=systems.ANSWER_TOKENS, runs=chosen.runs, pause=PAUSE_SECONDS, slots=systems.SLOTS)]
    parts += [f"A swap of Ember's takes {load:.2f} s (median, with a prompt of one word)."]
    for case, found in answers.items():
        rows = [row(name, runs) for name, runs in found.items()]
        parts += [
            f"## {case.letter}: {case.text}",
            table(["", "first token, s: median", "p95", "prompt, tokens", "computed: median", "most"], rows), verdict(found, load)]
    return "\n\n".join(parts)


def row(name, runs):
    asked = [one for run in runs for one in run]
    seconds, computed = [one.seconds for one in asked], [one.computed_tokens for one in asked]
    return [
        name, f"{statistics.median(seconds):.3f}", f"{percentile(seconds, 0.95):.3f}",
        f"{statistics.median(one.prompt_tokens for one in asked):.0f}", f"{statistics.median(computed):.0f}", max(computed)]


def verdict(found, load):
    """Ember's median beside the others', and whether the answers agree."""
    medians = {name: statistics.median(one.seconds for run in runs for one in run) for name, runs in found.items()}
    ours = medians.pop(EMBER)
    said = [f"{name}: {median / ours:.2f} times Ember's" for name, median in medians.items() if name != ALONE]
    if ALONE in medians:
        said.append(f"Ember's is {ours / (medians[ALONE] + load):.2f} times the resident model's and a swap's together")
    answers = [tuple(one.text for one in run) for run in zip(*(sum(runs, []) for runs in found.values()))]
    same = sum(len(set(texts)) == 1 for texts in answers)
    return f"Medians: {'; '.join(said)}. Of {len(answers)} greedy answers, {same} are the same everywhere."


def work():
    chosen = parse(sys.argv[1:])
    print(report(chosen, *measure(chosen)))
    return 0


if __name__ == "__main__":
    sys.exit(script.run("conversations", work))
