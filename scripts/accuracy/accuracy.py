#!/usr/bin/env python3
"""Measures accuracy on labelled tweets against the number of demonstrations, for each way in which Ember chooses them.

Writes Benchmarks/results/accuracy.md, accuracy.json and accuracy.svg. `make accuracy` fetches the tweets.
"""

import argparse
import json
import pathlib
import shlex
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "scripts/bench"), str(ROOT / "scripts/study")]

from ember_accuracy import measurement, plot, report, tweets  # noqa: E402
from ember_accuracy.cells import MODES, NONE  # noqa: E402
from ember_bench import machine, script  # noqa: E402
from ember_setup.models import GEMMA, SMOLLM2, SMOLLM2_Q8  # noqa: E402
from ember_setup.pins import Pins  # noqa: E402
from ember_setup.places import Places  # noqa: E402
from ember_setup.report import SetupError  # noqa: E402
from ember_setup.tweets import PACKAGE, TWEETS  # noqa: E402

RESULTS = ROOT / "Benchmarks/results"


def parse(arguments, places):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/ember", help="ember, a release build")
    parser.add_argument("--items", type=int, default=36, help="questions of a draw, by default %(default)s")
    parser.add_argument("--draws", type=int, default=3, help="by default %(default)s")
    parser.add_argument("--examples", type=numbers, default=[0, 2, 4, 8, 16], help="by default 0,2,4,8,16")
    parser.add_argument("--modes", type=names, default=list(MODES), help=f"by default {','.join(MODES)}")
    parser.add_argument("--models", type=names, default=present(places), help="files in the models folder, without .gguf")
    parser.add_argument("--seed", type=int, default=1, help="by default %(default)s")
    parser.add_argument("--results", type=pathlib.Path, default=RESULTS, help="the folder for what is written")
    parser.add_argument("--quick", action="store_true", help="few questions, nothing written: shows that everything works")
    chosen = parser.parse_args(arguments)
    if chosen.quick:
        chosen.items, chosen.draws, chosen.examples = 4, 1, [0, 4]
    check(parser, chosen, places)
    return chosen


def numbers(text):
    return sorted({int(part) for part in text.split(",")})


def names(text):
    return [part.strip() for part in text.split(",")]


def present(places):
    """The models of the set-up; Gemma only where its terms were accepted."""
    files = [places.models / name for name in (SMOLLM2, SMOLLM2_Q8, GEMMA)]
    return [file.stem for file in files if file.exists()]


def check(parser, chosen, places):
    unknown = [mode for mode in chosen.modes if mode not in MODES]
    if unknown:
        parser.error(f"--modes: {', '.join(unknown)} is unknown; there are {', '.join(MODES)}")
    if not any(count > 0 for count in chosen.examples) and NONE not in chosen.modes:
        parser.error("--examples 0 goes with the mode none")
    if min(chosen.examples) < 0 or chosen.draws < 1 or chosen.items < 2 or chosen.items % 2:
        parser.error("--examples must not be negative, --draws at least 1, --items an even number")
    absent = [model for model in chosen.models if not (places.models / f"{model}.gguf").exists()]
    if absent or not chosen.models:
        parser.error(f"{places.models} has no {', '.join(absent) or 'models'}: run make setup")
    for file, target in ((chosen.binary, "build"), (places.data / TWEETS, "accuracy")):
        if not file.exists():
            parser.error(f"{file} does not exist: run make {target}")
    chosen.binary = chosen.binary.resolve()


def measure(chosen, places):
    found = tweets.read(places.data / TWEETS)
    most = tweets.most_items(found, chosen.draws)
    if chosen.items > most:
        raise SetupError(f"the tweets are enough for {most} items in each of {chosen.draws} draws")
    described = machine.describe()
    divisions = tweets.draws(found, chosen.draws, chosen.items, chosen.seed)
    cells = measurement.run(chosen, divisions)
    return {
        "machine": described, "commit": machine.commit(ROOT), "settings": settings(chosen, len(found)), "cells": cells,
    }


def settings(chosen, count):
    options = {
        "items": chosen.items, "draws": chosen.draws, "examples": ",".join(map(str, chosen.examples)),
        "modes": ",".join(chosen.modes), "models": ",".join(chosen.models), "seed": chosen.seed,
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    return {
        "command": shlex.join(["scripts/accuracy/accuracy.py", *arguments]), "models": chosen.models,
        "items": chosen.items, "draws": chosen.draws, "seed": chosen.seed, "count": count,
        "version": Pins.load().packages[PACKAGE].version, "warm_up": measurement.WARM_UP,
    }


def write(figures, folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "accuracy.json").write_text(json.dumps(figures, indent=1) + "\n")
    plot.draw(figures, folder / "accuracy.svg")
    (folder / "accuracy.md").write_text(report.markdown(figures))


def work():
    places = Places.from_environment()
    chosen = parse(sys.argv[1:], places)
    figures = measure(chosen, places)
    if not chosen.quick:
        write(figures, chosen.results)
    print(report.markdown(figures))
    return 0


if __name__ == "__main__":
    sys.exit(script.run("accuracy", work))
