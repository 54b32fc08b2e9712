#!/usr/bin/env python3
"""Tries clients with Ember and with the bare llama-server, and writes docs/clients.md: what each shows its user of both.

Fails where a client shows something else, and no reason is listed in ember_clients/verdicts.py.
"""

import argparse
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "scripts/bench")]

from ember_bench import machine, script  # noqa: E402
from ember_setup import environment, lock  # noqa: E402
from ember_setup.places import Places  # noqa: E402
from ember_setup.report import SetupError, say  # noqa: E402

from ember_clients import catalogue, page, sessions, trial, verdicts  # noqa: E402

PAGE = ROOT / "docs/clients.md"


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=ROOT / ".build/release/ember", type=pathlib.Path, help="the ember to try")
    parser.add_argument("--only", default="", help="names of clients, with commas between them; the page is not written then")
    chosen = parser.parse_args(arguments)
    known = [client.name for client in catalogue.CLIENTS]
    chosen.only = [name for name in chosen.only.split(",") if name]
    if unknown := set(chosen.only) - set(known):
        parser.error(f"--only: {', '.join(sorted(unknown))} is unknown; there are {', '.join(known)}")
    if not chosen.binary.exists():
        parser.error(f"{chosen.binary} does not exist: run make build")
    return chosen


def pythons(clients):
    """By set of packages the Python that has it and None, or None and why there is none."""
    found, places = {}, Places.from_environment()
    with lock.exclusive(places.lock):
        for name in {client.packages for client in clients if client.packages}:
            own = places.with_python(name)
            try:
                environment.ensure(own, name)
                found[name] = own.venv_python, None
            except SetupError as error:
                found[name] = None, str(error)
    return found


def work():
    chosen = parse(sys.argv[1:])
    clients = [client for client in catalogue.CLIENTS if not chosen.only or client.name in chosen.only]
    described = machine.describe()
    found = pythons(clients)
    with script.folder("clients") as folder:
        results = trial.run(clients, found, chosen.binary.resolve(), folder, say)
        turns = sessions.run(found, chosen.binary.resolve(), folder, say) if sessions.CLIENT in clients else {}
    problems = [*verdicts.problems(results), *sessions.problems(turns)]
    if not chosen.only:
        page.write(PAGE, results, turns, described, machine.commit(ROOT), "make clients")
        say(f"written: {PAGE.relative_to(ROOT)}")
    for problem in problems:
        say(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(script.run("clients", work))
