"""The comparison of two builds without the builds: what rounds come to."""

import sys

import pytest
from setup_helpers import PROJECT

sys.path[:0] = [str(PROJECT / "scripts" / part) for part in ("", "bench")]

import pairs  # noqa: E402
from ember_bench import pair_figures  # noqa: E402


def test_the_ratio_is_that_of_the_added_times():
    ratio = pair_figures.Ratio.of(pair_figures.added([(100, 300, 310)] * 5))
    assert ratio.mean == pytest.approx(1.05) and ratio.low == pytest.approx(1.05) == ratio.high


def test_the_interval_is_wider_where_rounds_differ_more():
    calm = pair_figures.Ratio.of([(100, 101), (100, 103)] * 10)
    restless = pair_figures.Ratio.of([(100, 80), (100, 130)] * 10)
    assert calm.low < calm.mean < calm.high and restless.high - restless.low > 5 * (calm.high - calm.low)


def test_a_round_that_shows_no_added_time_is_left_out():
    assert pair_figures.added([(100, 90, 120), (100, 150, 160)]) == [(50, 60)]


def test_a_row_for_each_setting_and_number_of_clients():
    rows = pair_figures.table({("ember", 1): [(100, 300, 310)] * 3, ("ember", 16): [(100, 300, 290)] * 3})
    assert [row[0] for row in rows[1:]] == ["ember, 1 client", "ember, 16 clients"]
    assert rows[1][1:] == ["200 us", "210 us", "1.050", "1.050 to 1.050", "3"]


def test_one_round_is_no_pair(capsys):
    with pytest.raises(SystemExit):
        pairs.parse(["--before", "HEAD", "--rounds", "1"])
    assert "--rounds" in capsys.readouterr().err
