#!/usr/bin/env python3
"""Plants faults in a copy of the sources and tells which of them no test finds; docs/testing.md says more.

All are built at once and switched on one by one, each run against the Swift tests of its module alone.
"""

import argparse
import datetime
import os
import pathlib
import platform
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(pathlib.Path(__file__).parent))

from ember_mutants import building, choosing, copying, results, running  # noqa: E402

REPORT = ROOT / "Benchmarks/results/mutants.md"
EXCUSES = pathlib.Path(__file__).with_name("no_change.json")

# The quick ones first.
ORDER = [
    "EmberDocument", "EmberConfig", "EmberModels", "EmberHardware", "EmberNetwork", "EmberStore", "EmberContext", "EmberPull",
    "EmberEngine", "EmberSystem", "EmberSim", "EmberServer", "EmberCore",
]


def say(text):
    print(text, flush=True)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1, help="of the draw, by default %(default)s")
    parser.add_argument("--count", type=int, default=200, help="faults that compile, by default %(default)s")
    parser.add_argument("--modules", help="such as EmberCore,EmberServer; by default all")
    parser.add_argument("--copy", type=pathlib.Path, default=ROOT / ".build/mutants", help="where the copy lies")
    parser.add_argument("--compiled", action="store_true", help="the faults of the last run are compiled already, and the sources are the same")
    parser.add_argument("--built", action="store_true", help="the copy is the package itself, or is like it, and is built with its tests")
    parser.add_argument("--again", action="store_true", help="only those that lived in the last run, of the same seed and count")
    parser.add_argument(
        "--plant", action="append", default=[], metavar="PATH:LINE:BEFORE:AFTER",
        help="this fault too, such as 'Sources/EmberServer/Cloud/Clouds.swift:120:*:/'; may be given several times. With --count 0 it is "
        "the only one")
    parser.add_argument("--only", help="only these numbers, separated by commas")
    parser.add_argument("--list", action="store_true", help="list what would be planted, and end")
    parser.add_argument("--report", type=pathlib.Path, help="write the report there; `make mutants` does for the whole of a run")
    return parser.parse_args(arguments)


def main():
    options = parse(sys.argv[1:])
    # Some do not compile.
    drawn = choosing.draw(ROOT, choosing.named(options.modules), options.seed, options.count * 3 // 2)
    given = choosing.given(ROOT, options.plant)
    lines = {(mutant.site.path, mutant.site.line) for mutant in given}
    drawn = given + [mutant for mutant in drawn if (mutant.site.path, mutant.site.line) not in lines]
    if options.list:
        for mutant in drawn:
            site = mutant.site
            say(f"{mutant.number} {site.path}:{site.line + 1} {site.kind}: {site.before} -> {site.after}")
        return
    began = time.monotonic()
    if not options.built:
        copying.refresh(ROOT, options.copy)
        subprocess.run(["swift", "build", "--build-tests"], cwd=options.copy, check=True)
    say(f"{len(drawn)} faults drawn; they are compiled in {options.copy}")
    build = building.Build(options.copy, say)
    alive = build.compiled(drawn) if options.compiled else build.compile(drawn)
    alive = [one for one in alive if one.number >= choosing.FIRST_GIVEN] + [one for one in alive if one.number < choosing.FIRST_GIVEN][: options.count]
    say(f"{len(alive)} faults built after {time.monotonic() - began:.0f} s")
    kept = options.copy / ".build/mutants.json"
    told = {one.number: one for one in results.load(kept)} if (options.again or options.only) and kept.exists() else {}
    chosen = [mutant for mutant in alive if _is_asked(mutant, told, options)]
    for result in _run(chosen, build):
        told[result.number] = result
        results.save(kept, sorted(told.values(), key=lambda one: one.number))
    _tell(sorted(told.values(), key=lambda one: one.number), options, time.monotonic() - began)


def _is_asked(mutant, told, options):
    if options.only:
        return str(mutant.number) in options.only.split(",")
    return not options.again or mutant.number not in told or not told[mutant.number].verdict.is_found


def _run(mutants, build):
    """Runs the tests, module by module; yields a result for each fault."""
    lines = {}
    for module in sorted({mutant.module.name for mutant in mutants}, key=ORDER.index):
        own = [mutant for mutant in mutants if mutant.module.name == module]
        tests = running.Tests(build.bundle, build.copy, own[0].module)
        reached = tests.settle(own, say)
        say(f"{module}: {len(own)} faults, {len(reached)} reached by {own[0].module.tests}, which take {tests.seconds:.0f} s")
        for mutant in own:
            if mutant.number in reached:
                verdict = tests.hold(mutant.number)
            else:
                verdict = running.Verdict(running.UNREACHED, "", 0.0)
            site = mutant.site
            text = lines.setdefault(site.path, (ROOT / site.path).read_text().split("\n"))[site.line]
            say(f"{mutant.number} {site.path}:{site.line + 1} {site.before} -> {site.after or '(left out)'}: "
                f"{verdict.outcome} {verdict.test} ({verdict.seconds:.0f} s)")
            yield results.of(mutant, text, verdict)


def _tell(told, options, seconds):
    commit = subprocess.run(
        ["git", "-C", ROOT, "describe", "--always", "--dirty"], stdout=subprocess.PIPE, text=True).stdout.strip()
    heading = (
        f"{datetime.date.today()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, {commit}. Made by "
        f"`make mutants SEED={options.seed} COUNT={options.count}`.")
    excused = results.excuses(EXCUSES)
    report = results.markdown([one for one in told if one.number < choosing.FIRST_GIVEN], excused, heading)
    say(f"\n{report}\nThis took {seconds / 60:.0f} minutes.")
    if options.report:
        options.report.write_text(report)


if __name__ == "__main__":
    main()
