"""The parts of the study of accuracy that need no server: how tweets are divided, answers read and figures told."""

import math
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "scripts" / part) for part in ("", "bench", "study", "accuracy")]

from ember_accuracy import report, scoring, tweets  # noqa: E402
from ember_accuracy.cells import Answer, Cell, Record, cells  # noqa: E402
from ember_accuracy.tweets import NEGATIVE, POSITIVE, Tweet  # noqa: E402


@pytest.fixture(scope="module")
def many():
    return [Tweet(f"{label} {number}", label) for label in (POSITIVE, NEGATIVE) for number in range(800)]


def labels(part):
    return [tweet.label for tweet in part]


def test_weakly_rated_tweets_and_repeated_ones_are_left_out(tmp_path):
    file = tmp_path / "tweets.txt"
    file.write_bytes(b"1\t2.7\tSo  lucky &amp; glad.\r\n2\t-1.0\tDie\r\n3\t0.99\tMeh\r\n4\t-2\tso lucky & glad.\r\n")
    assert tweets.read(file) == [Tweet("So lucky & glad.", POSITIVE), Tweet("Die", NEGATIVE)]


def test_every_part_of_a_draw_is_balanced_and_shares_nothing_with_the_others(many):
    divisions = tweets.draws(many, 3, 40, seed=1)
    asked = [tweet for draw in divisions for tweet in draw.questions]
    assert len(set(asked)) == len(asked) == 3 * 40
    for draw in divisions:
        parts = [draw.pool, draw.questions, draw.spare]
        assert len(draw.pool) == tweets.POOL and len(draw.questions) == 40 and draw.spare
        assert len({tweet for part in parts for tweet in part}) == sum(map(len, parts))
        assert labels(draw.questions).count(POSITIVE) == 20
        # The oldest and the newest two, four, ... have both labels.
        assert all(set(labels(draw.pool[at : at + 2])) == {POSITIVE, NEGATIVE} for at in range(0, tweets.POOL, 2))
        # ... and not always in the same order, which would tell the next one's label.
        assert {POSITIVE, NEGATIVE} == set(labels(draw.pool[::2]))


def test_the_seed_makes_the_draws(many):
    assert tweets.draws(many, 2, 10, seed=1) == tweets.draws(many, 2, 10, seed=1)
    assert tweets.draws(many, 2, 10, seed=1) != tweets.draws(many, 2, 10, seed=2)


def test_there_are_only_so_many_questions(many):
    assert tweets.most_items(many, 1) == 2 * (800 - tweets.POOL // 2)
    assert tweets.most_items(many, 10) == 2 * 80


@pytest.mark.parametrize("token, label", [
    (" negative", NEGATIVE), (" pos", POSITIVE), (" ", None), ("", None), ("negative", None), (" positively", None),
])
def test_a_first_token_means_a_label_or_none(token, label):
    assert scoring.label_begun_by(token) == label


def test_the_error_is_the_larger_one():
    # Draws that agree: what this number of questions can show.
    assert scoring.standard_error([50, 50], 100) == pytest.approx(math.sqrt(0.5 * 0.5 / 200), rel=0.02)
    # Draws that differ: what a small number of draws can show.
    assert scoring.standard_error([100, 0], 100) == pytest.approx(0.5)
    # All right is not certain.
    assert 0 < scoring.standard_error([4], 4) < 0.25


def test_without_demonstrations_there_is_one_cell():
    assert cells("m", ["none", "recent", "nearest"], [0, 2]) == [
        Cell("m", "none", 0), Cell("m", "recent", 2), Cell("m", "nearest", 2)]
    assert cells("m", ["none"], [2]) == [] and cells("m", ["fixed"], [0, 2]) == [Cell("m", "fixed", 2)]


def test_figures_and_report():
    record = Record(Cell("m", "nearest", 4))
    record.add([Answer(True, 0.1, 100, 3), Answer(True, 0.3, 110, 3)])
    record.add([Answer(True, 0.2, 120, 3), Answer(False, 0.4, 130, 60)])
    figures = record.figures()
    assert figures["right_by_draw"] == [2, 1] and figures["accuracy"] == 0.75 and figures["seconds"] == 0.25
    text = report.markdown({
        "machine": {"date": "today", "cpu": "a cpu", "cores": 2}, "commit": "abc", "cells": [figures],
        "settings": {
            "command": "accuracy.py", "models": ["m"], "items": 2, "draws": 2, "seed": 1, "count": 2607, "version": "1",
            "warm_up": 4,
        },
    })
    assert "| nearest | 4 | 75.0 ± 25.0 | 0.250 | 115 | 3 |" in text
