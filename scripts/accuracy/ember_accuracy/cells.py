"""The cells of the study: a model, a way of choosing demonstrations and their number, with what was seen of each."""

import dataclasses
import statistics

from . import scoring

NONE = "none"
MODES = (NONE, "recent", "fixed", "nearest", "clustered")


@dataclasses.dataclass(frozen=True)
class Cell:
    model: str
    mode: str
    examples: int


@dataclasses.dataclass(frozen=True)
class Answer:
    is_right: bool
    seconds: float
    prompt_tokens: int
    reused_tokens: int


def cells(model, modes, examples):
    """Without demonstrations all ways are one and the same: `none`, of 0."""
    found = [Cell(model, mode, count) for mode in modes if mode != NONE for count in examples if count > 0]
    return ([Cell(model, NONE, 0)] if NONE in modes and 0 in examples else []) + found


class Record:
    """What was seen of a cell, draw by draw."""

    def __init__(self, cell):
        self.cell = cell
        self._draws = []

    def add(self, answers):
        self._draws.append(answers)

    @property
    def _answers(self):
        return [answer for answers in self._draws for answer in answers]

    def figures(self):
        right = [sum(answer.is_right for answer in answers) for answers in self._draws]
        items = len(self._draws[0])
        return {
            **dataclasses.asdict(self.cell),
            "accuracy": round(scoring.accuracy(right, items), 4),
            "standard_error": round(scoring.standard_error(right, items), 4),
            "seconds": round(statistics.median(answer.seconds for answer in self._answers), 4),
            "prompt_tokens": statistics.median(answer.prompt_tokens for answer in self._answers),
            "reused_tokens": statistics.median(answer.reused_tokens for answer in self._answers),
            "right_by_draw": right,
        }
