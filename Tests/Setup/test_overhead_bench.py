"""The overhead benchmark without its systems: the settings of Embers, medians, aims and tables."""

import sys

import pytest
from setup_helpers import PROJECT

sys.path[:0] = [str(PROJECT / "scripts" / part) for part in ("", "bench")]

import overhead  # noqa: E402
from ember_bench import ember_settings, report  # noqa: E402
from ember_bench.load import Point  # noqa: E402
from ember_bench.results import BARE, CLIENTS, DECODE_CLIENTS, DIRECT, EMBER, EMBERS, EVERYTHING_ON, Results  # noqa: E402
from ember_bench.systems import KEY  # noqa: E402


def results(decode=True, everything_on=160):
    """Three rounds: direct requests take 100 us, and the others 200 more, or what is given."""
    found = Results()
    for clients in CLIENTS:
        for name, p50 in [(DIRECT, 100), (EMBER, 300), (EVERYTHING_ON, 100 + everything_on), (BARE, 300)]:
            for noise in (0, 5, -5):
                found.add(name, clients, Point(p50 + noise, 2 * p50 + noise, 1e6 / p50))
    for clients in DECODE_CLIENTS if decode else ():
        found.add_decode(EMBER, clients, 100, 99)
        found.add_decode(EVERYTHING_ON, clients, 100, 90)
    return found


def test_both_embers_have_the_same_aims_and_each_meets_them_by_itself():
    aims = results(everything_on=400).aims()
    assert [aim.what for aim in aims if aim.system == EMBER] == [aim.what for aim in aims if aim.system == EVERYTHING_ON]
    assert all(aim.is_met for aim in aims if aim.system == EMBER)
    assert not any(aim.is_met for aim in aims if aim.system == EVERYTHING_ON)


def test_an_added_time_is_held_against_the_same_rounds_direct_requests():
    assert results(everything_on=160).added(EVERYTHING_ON, 1, "p50") == 160


def test_nothing_is_a_multiple_of_less_than_nothing():
    found = results()
    for clients in CLIENTS:
        found.rounds[BARE, clients] = found.rounds[DIRECT, clients]
    added = [aim for aim in found.aims() if aim.what.startswith("added")]
    assert added and all(aim.ratio is None and aim.is_met is None for aim in added)


def test_tables_have_a_row_for_each_ember_or_its_columns():
    found = results()
    assert [row[0] for row in report.table(found)[1:]] == [DIRECT, EMBER, EVERYTHING_ON, BARE]
    assert len(report.decode_table(found)) == 1 + len(EMBERS) * len(DECODE_CLIENTS)
    header, *rows = report.aims_table(found)
    assert header == ["ratio", "aim", EMBER, "", EVERYTHING_ON, ""] and {len(row) for row in rows} == {len(header)}
    assert rows[-1] == ["decode rate, 4 clients, to llama-server's own", "at least 0.98", "0.99", "met", "0.90", "NOT met"]


def test_a_decode_rate_below_its_aim_by_less_than_it_varies_cannot_be_told():
    found = results(decode=False)
    for direct, ember in [(100, 95), (100, 99)]:
        for clients in DECODE_CLIENTS:
            found.add_decode(EMBER, clients, direct, ember)
            found.add_decode(EVERYTHING_ON, clients, direct, ember - 20)
    assert found.decode(EMBER, 1) == pytest.approx((100, 97, 0.97, 0.02))
    verdicts = {aim.system: aim.is_met for aim in found.aims() if "decode" in aim.what}
    assert verdicts == {EMBER: None, EVERYTHING_ON: False}


def test_decode_may_be_left_out():
    found = results(decode=False)
    assert not any("decode" in aim.what for aim in found.aims()) and found.as_json()["decode"] == []


def test_everything_on_is_the_bare_ember_and_more():
    bare, on = ember_settings.bare(), ember_settings.everything_on()
    for name, model in bare["models"].items():
        assert model.items() < on["models"][name].items()
        assert on["models"][name]["cloud"]["upstream"] in on["upstreams"]
    assert [key["key"] for key in on["keys"]] == [KEY] and "keys" not in bare
    assert on["events"] == {"record": True, "decisions": True}
    assert on["default_service"] in on["services"]


@pytest.mark.parametrize("number, order", [(0, ["a", "b", "c"]), (1, ["c", "b", "a"])])
def test_every_other_round_goes_backwards(number, order):
    assert overhead.in_turns(["a", "b", "c"], number) == order
