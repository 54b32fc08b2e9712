#!/usr/bin/env python3
"""How ember serve behaves at once, twice and five times the load that it can answer, with real models.

The capacity is measured first, in the same run; then requests come at multiples of it, each load to an Ember of its own.
"""

import argparse
import dataclasses
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "scripts/study"), str(ROOT / "scripts/demo")]

from ember_bench import machine  # noqa: E402
from ember_bench import overload_figures as figures, overload_load as load, overload_systems as systems, script  # noqa: E402
from ember_bench.live_systems import PARALLEL  # noqa: E402
from ember_setup.places import Places  # noqa: E402
from ember_setup.report import SetupError  # noqa: E402

RESULTS = ROOT / "Benchmarks/results/overload.md"
QUICK_SECONDS, QUICK_LOADS = 3.0, [5.0]

EXPLANATION = """\
Two models that both fit ({names}; `parallel: {parallel}`,
{threads} thread(s) each), {services} services, two tenants with a key each; chats are streamed, answers have {least} to
{most} tokens. *Capacity*: {clients} clients, as many as there are slots, ask again as soon as they are answered, for
{seconds:g} s. Then requests come as a Poisson process that a seed fixes, each when it is due, whatever has become of the
others, for {seconds:g} s, at multiples of each model's capacity; for each load Ember is started afresh and warmed for
{warm:g} s. The *modest* tenant asks for {modest} of the capacity, always the same, of one service; the *greedy* one for the
rest, of both. Were turns all that counts, the modest tenant, one flow of three, would have everything answered.

Times are the client's, from when a request was due. *answered/s*: answers that ended while the load lasted. *Told in a
stream*: Ember begins a stream that has waited for 5 s (`ping_interval`), and can then refuse it only by an event, without
status or Retry-After. *No answer*: neither an answer nor a clear error. *Peak memory*: of Ember's own process, without the
engines. *Cores of others*: CPU that neither Ember nor the client had. The client is on the same cores: read the ratios."""

SETTINGS = {
    systems.WITH_DEADLINE: f"Both services have `deadline: {systems.DEADLINE:g}s`; the queue's limits are the default ones.",
    systems.LIMITS_ONLY: "`queue: {{limit: {limit}, limit_per_model: {limit_per_model}}}`, `max_wait` as it is.".format(
        **systems.QUEUE),
    systems.WITH_CLOUD:
        f"As the first, and both models may go to a played cloud, which answers after {systems.CLOUD_SECONDS:g} s and takes "
        f"money for tokens. The budget pays for {systems.BUDGET_SHARE:g} times what the edge can answer meanwhile. The most "
        "that requests under way can cost, several times what they do, is set aside. What was spent is the cloud's count.",
}
EXPECTED = (
    f"Told here is: goodput below {figures.GOODPUT} of the capacity where more was asked; less than {figures.FAIR:.0%} "
    f"answered of what the modest tenant asked; more than {1 - figures.TIMELY:.0%} of first tokens after a deadline, or of "
    f"refusals after {figures.REFUSAL_SECONDS:g} s; refusals without Retry-After; loads; and, which must never be, requests "
    "without an answer and money above the budget.")


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/ember", help="ember, a release build")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each load, by default %(default)s")
    parser.add_argument(
        "--loads", type=float, nargs="+", default=[0.5, 1.0, 2.0, 5.0],
        help="multiples of the capacity, by default %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="of the arrivals, by default %(default)s")
    parser.add_argument("--output", type=pathlib.Path, default=RESULTS, help="the report's file")
    parser.add_argument("--quick", action="store_true", help="3 s of one load, nothing written: shows that everything works")
    chosen = parser.parse_args(arguments)
    if chosen.quick:
        chosen.seconds, chosen.loads = QUICK_SECONDS, QUICK_LOADS
    if not chosen.seconds > 0:
        parser.error("--seconds must be above 0")
    if not min(chosen.loads) > load.MODEST_SHARE:
        parser.error(f"--loads must be above {load.MODEST_SHARE}, which the modest tenant alone asks for")
    if not chosen.binary.exists():
        parser.error(f"{chosen.binary} does not exist: run make build")
    chosen.binary = chosen.binary.resolve()
    return chosen


@dataclasses.dataclass(frozen=True)
class Measured:
    """The closed loops before and after all loads, and the runs by case and load."""

    before: systems.Run
    after: systems.Run
    runs: dict

    @property
    def capacity(self):
        """Answers a second, by which loads are measured."""
        return figures.rate(self.before)


def measure(chosen, setting):
    before = closed_loop(chosen, setting, "capacity")
    capacities = [figures.rate(before, model) for model in range(len(setting.models))]
    if not all(capacities):
        raise SetupError(f"a model answered nothing within {chosen.seconds:g} s: --seconds must be more")
    runs = {case: overloaded(chosen, setting, case, capacities) for case in systems.CASES}
    return Measured(before, closed_loop(chosen, setting, "capacity once more"), runs)


def closed_loop(chosen, setting, what):
    say(what)
    with script.folder("overload") as folder:
        return systems.capacity(setting, folder, chosen.seconds)


def overloaded(chosen, setting, case, capacities):
    """The runs of a case by their loads."""
    runs = {}
    budget = systems.budget(sum(capacities), chosen.seconds)
    for factor in chosen.loads:
        say(f"{case.title}: {figures.times(factor)}")
        requests = load.arrivals(chosen.seed, chosen.seconds, load.flows(capacities, factor))
        with script.folder("overload") as folder:
            runs[factor] = systems.overload(setting, folder, case, requests, chosen.seconds, budget)
    return runs


def say(what):
    print(f"overload: {what}", file=sys.stderr, flush=True)


def told_capacity(setting, measured):
    each = ", ".join(
        f"{model.name} {figures.rate(measured.before, place):.2f}" for place, model in enumerate(setting.models))
    return (
        f"Capacity: **{measured.capacity:.2f} answers/s** ({each}); {figures.closed_loop(measured.before)}. Once more after "
        f"all loads: {figures.rate(measured.after):.2f} answers/s; {figures.closed_loop(measured.after)}. What lies between "
        "the two is the machine's.")


def section(case, runs, capacity):
    return "\n\n".join([
        f"## {case.title}", SETTINGS[case], figures.answers(runs, capacity), figures.refusals(runs), figures.tenants(runs),
        *([figures.clouds(runs)] if case.has_cloud else []), figures.machines(runs),
    ])


def not_good(measured):
    found = [
        line for case, runs in measured.runs.items() for line in figures.shortcomings(case, runs, measured.capacity)]
    lines = "\n".join(f"- {line}" for line in found)
    return "\n\n".join(["## What is not good", EXPECTED, lines or "Nothing of it was seen."])


def markdown(described, command, chosen, setting, measured):
    least, most = load.ANSWER_TOKENS
    return "\n\n".join([
        "# Ember under overload",
        f"{described['date']}; {described['cpu']}, {described['cores']} cores, load {described['load_before']} before, "
        f"{machine.commit(ROOT)}. Made by `{command}`.",
        EXPLANATION.format(
            names=", ".join(model.name for model in setting.models), parallel=PARALLEL, threads=setting.threads,
            services=len(load.SERVICES), clients=PARALLEL * len(setting.models), seconds=chosen.seconds,
            warm=systems.WARM_SECONDS, modest=load.MODEST_SHARE, least=least, most=most),
        told_capacity(setting, measured),
        *(section(case, runs, measured.capacity) for case, runs in measured.runs.items()),
        not_good(measured),
    ]) + "\n"


def work():
    chosen = parse(sys.argv[1:])
    described = machine.describe()
    setting = systems.setting(chosen.binary, Places.from_environment())
    measured = measure(chosen, setting)
    text = markdown(described, machine.command("scripts/bench/overload.py", ROOT), chosen, setting, measured)
    if not chosen.quick:
        chosen.output.write_text(text)
    print(text)
    failed = figures.failures(run for runs in measured.runs.values() for run in runs.values())
    for line in failed:
        print(f"overload: {line}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(script.run("overload", work))
