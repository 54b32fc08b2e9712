#!/usr/bin/env python3
"""Compares what two builds of Ember add to a request, an earlier commit's and the present one, or two settings, in pairs."""

import argparse
import contextlib
import pathlib
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from ember_bench import build, machine, pair_cases, pair_figures, report, script, systems  # noqa: E402
from ember_bench.load import Load  # noqa: E402
from ember_bench.results import CLIENTS  # noqa: E402
from ember_setup import system  # noqa: E402
from ember_setup.places import Places  # noqa: E402
from ember_setup.report import SetupError, say  # noqa: E402
from overhead import NGINX_PROGRAM, WARM_UP_SECONDS, WRK, in_turns  # noqa: E402

RESULTS = ROOT / "Benchmarks" / "results"
DIRECT, BEFORE, AFTER = "direct", "before", "after"
REUSED = "x-ember-reused-tokens"

EXPLANATION = """\
Both builds run side by side, with the same settings unless a case names two, and a null engine answers each request at once. In each round direct
requests, the build before and the build after are measured one right after the other, in an order that turns round by round.
"Added" is what a build has more than the round's direct requests. The ratio is the geometric mean of the rounds' ratios (after
to before); its interval is a bootstrap's over the rounds."""


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", default="", help="the commit to compare with; it is built once and kept in the cache")
    parser.add_argument("--binaries", type=pathlib.Path, default=ROOT / ".build/release",
                        help="the folder of the present ember and ember-guard")
    parser.add_argument("--cases", default="", metavar="NAME,...",
                        help=f"those to measure, of {', '.join(pair_cases.CASES)}; all unless given")
    parser.add_argument("--rounds", type=int, default=20, help="how often each point is measured")
    parser.add_argument("--seconds", type=int, default=3, help="how long each time")
    parser.add_argument("--results", type=pathlib.Path, default=RESULTS, help="the folder for pairs.md")
    chosen = parser.parse_args(arguments)
    if chosen.rounds < 2 or chosen.seconds < 1:
        parser.error("--rounds must be at least 2, --seconds at least 1")
    try:
        chosen.cases = pair_cases.chosen(chosen.cases)
    except ValueError as error:
        parser.error(f"--cases: {error}")
    if not chosen.before and any(not case.settings_before for case in chosen.cases):
        parser.error("--before is missing: name the commit to compare with (make bench-pairs BEFORE=COMMIT)")
    return chosen


def start(case, builds, folder, stack):
    """Direct, before and after: where each takes requests."""
    engine = case.engine(folder)
    stack.enter_context(engine.running(folder))
    urls = {DIRECT: engine.url}
    for place, binaries in builds.items():
        settings = case.settings_before if place == BEFORE and case.settings_before else case.settings
        urls[place] = stack.enter_context(systems.ember(binaries, place, settings(), folder))
    return urls


def warm_up(case, load, urls):
    for place, url in urls.items():
        headers = load.check(place, url)
        if place == AFTER and case.has_slots and REUSED not in headers:
            raise SetupError(f"{case.title}: the build after gives no {REUSED}, so it gives no slots")
        load.run(place, url, max(CLIENTS), WARM_UP_SECONDS)


def measure(case, builds, chosen, figures):
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(script.folder("pairs"))
        urls = start(case, builds, folder, stack)
        load = Load(folder, case.request)
        warm_up(case, load, urls)
        for number in range(chosen.rounds):
            say(f"{case.title}: round {number + 1} of {chosen.rounds}")
            for clients in CLIENTS:
                points = {place: load.run(place, url, clients, chosen.seconds) for place, url in in_turns(urls.items(), number)}
                row = tuple(points[place].p50 for place in (DIRECT, BEFORE, AFTER))
                figures.setdefault((case.title, clients), []).append(row)


def markdown(rows, described, before, chosen):
    after = machine.commit(ROOT)
    return "\n\n".join([
        "# What two builds add to a request",
        f"{described['date']}; {described['cpu']}, {described['cores']} cores, {described['memory_gib']} GiB, "
        f"{described['kernel']}; load before the start {described['load_before']}; {chosen.rounds} rounds of "
        f"{chosen.seconds} s a point.\nBefore: {before}. After: {after}.",
        textwrap.fill(EXPLANATION, 120),
        "\n".join(
            textwrap.fill(f"- **{case.title}**: {case.text}", 120, subsequent_indent="  ") for case in chosen.cases),
        report.as_markdown(rows),
    ]) + "\n"


def work():
    chosen = parse(None)
    system.require(WRK, NGINX_PROGRAM)
    after = chosen.binaries.resolve()
    before = build.of_commit(chosen.before, ROOT, Places.from_environment().cache) if chosen.before else after
    described = machine.describe()
    figures = {}
    for case in chosen.cases:
        measure(case, {BEFORE: after if case.settings_before else before, AFTER: after}, chosen, figures)
    rows = pair_figures.table(figures)
    print("\n" + report.as_text(rows))
    chosen.results.mkdir(parents=True, exist_ok=True)
    # Those of two builds stay, where two settings are compared.
    name = "pairs.md" if chosen.before else "pairs-settings.md"
    described_before = before.name[:12] if chosen.before else "the same build with other settings"
    (chosen.results / name).write_text(markdown(rows, described, described_before, chosen))
    return 0


if __name__ == "__main__":
    sys.exit(script.run("pairs", work))
