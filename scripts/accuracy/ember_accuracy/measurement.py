"""The run: every cell meets every question of every draw.

What is fair about it: each cell of a draw has a server of its own, fresh but for the demonstrations, so that it finds
neither another cell's prefixes nor its questions embedded already. A few tweets that are asked nowhere else come first: they
load the model and compute what stays the same. The order of the cells, and that of the questions in each cell, are
random, so that disturbances of the machine meet all alike.
"""

import random
import sys
import time

from ember_bench import script
from ember_setup.report import SetupError

from .cells import Record, cells
from .server import Ember, service

WARM_UP = 4


def run(chosen, divisions):
    """The records of all cells."""
    lots = random.Random(f"order {chosen.seed}")
    planned = [cell for model in chosen.models for cell in cells(model, chosen.modes, chosen.examples)]
    records = {cell: Record(cell) for cell in planned}
    progress = Progress(len(divisions) * len(planned))
    with script.folder("accuracy") as folder:
        ember = Ember(chosen.binary, folder, chosen.models, len(divisions))
        with ember.started() as client:
            for number, division in enumerate(divisions):
                progress.say(f"draw {number + 1}: giving and embedding {len(division.pool)} demonstrations")
                client.give(service(number), division.pool)
        progress.begin()
        for number, division in enumerate(divisions):
            for cell in lots.sample(planned, len(planned)):
                answers = _measure(ember, number, division, cell, lots)
                records[cell].add(answers)
                progress.show(number, cell, answers)
    return [records[cell].figures() for cell in planned]


def _measure(ember, number, division, cell, lots):
    with ember.started() as client:
        for tweet in lots.sample(division.spare, min(WARM_UP, len(division.spare))):
            client.ask(service(number), cell, tweet)
        questions = lots.sample(division.questions, len(division.questions))
        answers = [client.ask(service(number), cell, tweet) for tweet in questions]
        if client.missed_embeddings():
            raise SetupError(f"{cell.mode}: a question was not embedded in time, so that the newest were taken instead")
    return answers


class Progress:
    """Lines on stderr: what has been seen, and how long the rest will take."""

    def __init__(self, total):
        self._total = total
        self._done = 0
        self._began = None

    def begin(self):
        self._began = time.monotonic()

    def say(self, text):
        print(f"accuracy: {text}", file=sys.stderr, flush=True)

    def show(self, number, cell, answers):
        self._done += 1
        left = (time.monotonic() - self._began) / self._done * (self._total - self._done)
        right = sum(answer.is_right for answer in answers)
        self.say(
            f"{self._done}/{self._total}, about {left / 60:.0f} min left: draw {number + 1}, {cell.model}, {cell.mode} "
            f"{cell.examples}: {right} of {len(answers)} right")
