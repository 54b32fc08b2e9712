"""From what was seen to the tables: rows by phase, costs by term, live beside simulated."""

import collections
import statistics

from ember_bench.quantiles import percentile

from . import client

TOLERANCE = 0.15

#: A column, its key in a replay and its key in a comparison. Terms that are not known are 0.
TERMS = (
    ("total", "total", "total"),
    ("switching", "switching", "switching"),
    ("accuracy", "accuracy", "accuracy"),
    ("inference", "inference", "inference"),
    ("offloading", "transmission", "transmission"),
    ("cloud", "cloud", "cloud"),
    ("waiting", "waiting", "waiting"),
)
#: What a simulation must match to be believed.
COMPARED = ("answered", "loads", "edge ratio", "switching", "inference", "offloading", "cloud", "waiting")


def by_phase(played, phases):
    """A row for each phase and one for the day."""
    rows = [phase_row(name, [one.outcome for one in played if one.arrival.phase == name]) for name in phases]
    return [*rows, phase_row("day", [one.outcome for one in played])]


def phase_row(name, outcomes):
    places = collections.Counter(outcome.place for outcome in outcomes)
    answered = [outcome for outcome in outcomes if outcome.is_answered]
    return {
        "phase": name, "requests": len(outcomes), "edge": places[client.EDGE], "cloud": places[client.CLOUD],
        "refused": places[client.REFUSED], "broken": places[client.BROKEN], "lost": places[client.LOST],
        "first_byte_median": _median([outcome.first_byte_seconds for outcome in answered]),
        "median": _median([outcome.seconds for outcome in answered]),
        "p95": percentile([outcome.seconds for outcome in answered], 0.95),
    }


def _median(values):
    return statistics.median(values) if values else None


def errors(played):
    """How often each error was met, the most frequent first."""
    return dict(collections.Counter(one.outcome.error for one in played if one.outcome.error).most_common())


def offload_reasons(played):
    reasons = (one.outcome.offload_reason for one in played)
    return dict(collections.Counter(reason for reason in reasons if reason).most_common())


def measured_cost(replay):
    served = replay["edge_requests"] + replay["cloud_requests"]
    row = {name: replay.get(key) or 0 for name, key, _ in TERMS}
    ratio = replay["edge_requests"] / served if served else 0
    return {**row, "answered": served, "edge ratio": ratio, "loads": replay["loads"]}


def simulated_cost(figures):
    """One slot is the whole day, so costs a slot are the day's."""
    row = {name: figures.get(key) or 0 for name, _, key in TERMS}
    answered = figures["requests"] - (figures.get("rejected_requests") or 0)
    return {**row, "answered": answered, "edge ratio": figures["edge_ratio"], "loads": figures["loads"]}


def agreement(measured, simulated):
    return [{"figure": name, **_agreement(measured[name], simulated[name])} for name in COMPARED]


def _agreement(measured, simulated):
    # Nothing of nothing agrees.
    ratio = simulated / measured if measured else (1.0 if not simulated else None)
    return {
        "measured": measured, "simulated": simulated, "ratio": ratio,
        "agrees": ratio is not None and abs(ratio - 1) <= TOLERANCE,
    }
