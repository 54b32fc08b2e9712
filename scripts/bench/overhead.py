#!/usr/bin/env python3
"""Measures what Ember adds to a request, against a direct request, a bare pass-through, nginx and LiteLLM."""

import argparse
import contextlib
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from ember_bench import decode, ember_settings, machine, report, script, systems  # noqa: E402
from ember_bench.load import Load  # noqa: E402
from ember_bench.results import (  # noqa: E402
    BARE, CLIENTS, DECODE_CLIENTS, DIRECT, EMBER, EMBERS, EVERYTHING_ON, LITELLM, NGINX, Results)
from ember_setup import system  # noqa: E402
from ember_setup.places import Places  # noqa: E402
from ember_setup.report import say  # noqa: E402

RESULTS = ROOT / "Benchmarks" / "results"
WRK = system.Need("wrk", lambda: system.has_tool("wrk"), "wrk", "brew install wrk")
NGINX_PROGRAM = system.Need("nginx", lambda: system.has_tool("nginx"), "nginx-light", "brew install nginx")
WARM_UP_SECONDS = 2
# Short rounds, and the two rates differ by less than one round varies.
DECODE_ROUNDS = 3


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=pathlib.Path, default=ROOT / ".build/release",
                        help="the folder of ember, ember-guard and bare-pass-through")
    parser.add_argument("--rounds", type=int, default=5, help="how often each point is measured")
    parser.add_argument("--seconds", type=int, default=5, help="how long each time")
    parser.add_argument("--quick", action="store_true", help="one round of one second: shows that everything works")
    parser.add_argument("--no-litellm", action="store_true", help="leave LiteLLM out")
    parser.add_argument("--no-decode", action="store_true", help="leave the decode rate out")
    parser.add_argument("--results", type=pathlib.Path, default=RESULTS,
                        help="the folder for overhead.json and overhead.md")
    chosen = parser.parse_args(arguments)
    if chosen.quick:
        chosen.rounds, chosen.seconds = 1, 1
    if chosen.rounds < 1 or chosen.seconds < 1:
        parser.error("--rounds and --seconds must be at least 1")
    chosen.binaries = chosen.binaries.resolve()
    for name in ("ember", "ember-guard", "bare-pass-through"):
        if not (chosen.binaries / name).exists():
            parser.error(f"{chosen.binaries / name} does not exist; build it: swift build -c release --product {name}")
    return chosen


def require_tools():
    had_nginx = system.has_tool("nginx")
    system.require(WRK, NGINX_PROGRAM)
    if not had_nginx and system.has_tool("systemctl"):
        # Debian's package also starts a web server and lets it start at every boot: only the program was wanted.
        subprocess.run(["systemctl", "disable", "--now", "nginx"], capture_output=True)


def measure(chosen, results):
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(script.folder("bench"))
        urls = start(chosen, folder, stack)
        load = Load(folder)
        for name, url in urls.items():
            load.check(name, url)
            load.run(name, url, max(CLIENTS), WARM_UP_SECONDS)
        for number in range(chosen.rounds):
            measure_round(number, chosen, urls, load, results)
        if not chosen.no_decode:
            measure_decode(chosen, {name: decode.Paths(urls[name]) for name in EMBERS}, results)


def start(chosen, folder, stack):
    """Starts all systems; they are measured in turn, and idle ones cost nothing."""
    engine = systems.NullEngine(folder)
    stack.enter_context(engine.running(folder))
    urls = {
        DIRECT: engine.url,
        EMBER: stack.enter_context(systems.ember(chosen.binaries, "ember", ember_settings.bare(), folder)),
        EVERYTHING_ON: stack.enter_context(
            systems.ember(chosen.binaries, "everything-on", ember_settings.everything_on(), folder)),
        BARE: stack.enter_context(systems.bare_pass_through(chosen.binaries, engine, folder)),
        NGINX: stack.enter_context(systems.nginx_proxy(engine, folder)),
    }
    if not chosen.no_litellm:
        urls[LITELLM] = stack.enter_context(systems.litellm(Places.from_environment(), engine, folder))
    return urls


def in_turns(things, number):
    """Every other round goes backwards, so that none is always the first."""
    return list(things)[:: 1 if number % 2 == 0 else -1]


def measure_round(number, chosen, urls, load, results):
    say(f"round {number + 1} of {chosen.rounds}")
    for clients in CLIENTS:
        for name, url in in_turns(urls.items(), number):
            results.add(name, clients, load.run(name, url, clients, chosen.seconds))


def measure_decode(chosen, paths, results):
    rounds = DECODE_ROUNDS * chosen.rounds
    for number in range(rounds):
        say(f"decode, round {number + 1} of {rounds}")
        for clients in DECODE_CLIENTS:
            for name, ways in in_turns(paths.items(), number):
                # Each order of the systems with each order of the ways.
                order = in_turns([ways.direct, ways.through_ember], number // 2)
                rates = {way: decode.rate(way, clients) for way in order}
                results.add_decode(name, clients, rates[ways.direct], rates[ways.through_ember])


def write(folder, results, described, versions, settings):
    folder.mkdir(parents=True, exist_ok=True)
    figures = {"machine": described, "versions": versions, "settings": settings, **results.as_json()}
    (folder / "overhead.json").write_text(json.dumps(figures, indent=1) + "\n")
    (folder / "overhead.md").write_text(report.markdown(results, described, versions, settings))
    say(f"written to {os.path.relpath(folder / 'overhead.md')} and overhead.json")


def work():
    chosen = parse(None)
    results = Results()
    require_tools()
    described = machine.describe()
    if described["load_before"] > described["cores"] / 4:
        say(f"the machine is busy (load {described['load_before']}): expect noise, above all in p99")
    measure(chosen, results)
    for rows in (report.table(results), report.decode_table(results), report.aims_table(results)):
        print("\n" + report.as_text(rows))
    print()
    if chosen.quick:
        say("--quick shows that everything works; its figures are worth nothing and were not written")
    else:
        settings = {"rounds": chosen.rounds, "seconds": chosen.seconds}
        write(chosen.results, results, described, machine.versions(chosen.binaries, ROOT), settings)
    return 0


if __name__ == "__main__":
    sys.exit(script.run("bench", work))
