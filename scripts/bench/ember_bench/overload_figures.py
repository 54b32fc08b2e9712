"""What is made of an overload: its tables, and what of it is not good."""

import collections
import statistics

from ember_study.tables import table

from .live_script import shown
from .overload_client import ANSWERED, LOST, REFUSED
from .overload_load import GREEDY, MODEST
from .overload_systems import DEADLINE
from .quantiles import percentile

#: Shares below which the report says "not good": of the capacity, under overload; of a modest tenant's requests; of first
#: tokens within a deadline and of refusals within these seconds.
GOODPUT, FAIR, TIMELY = 0.9, 0.95, 0.95
REFUSAL_SECONDS = 1.0


def of_kind(run, kind, tenant=None):
    return [
        outcome for outcome in run.outcomes
        if outcome.kind == kind and tenant in (None, outcome.request.flow.tenant)
    ]


def asked(run, tenant=None):
    return [outcome for outcome in run.outcomes if tenant in (None, outcome.request.flow.tenant)]


def rate(run, model=None):
    """Answers a second that ended while the load lasted; what was still waiting then is no part of it."""
    ended = [
        outcome for outcome in of_kind(run, ANSWERED)
        if outcome.end <= run.seconds and model in (None, outcome.request.flow.model)
    ]
    return len(ended) / run.seconds


def firsts(run, tenant=None):
    return [outcome.first for outcome in of_kind(run, ANSWERED, tenant)]


def answered_share(run, tenant=None):
    return share(len(of_kind(run, ANSWERED, tenant)), len(asked(run, tenant)))


def timely(run):
    return share(sum(first <= DEADLINE for first in firsts(run)), len(firsts(run)))


def with_a_head(run):
    """Refusals that have headers; those within a stream have none."""
    return [outcome for outcome in of_kind(run, REFUSED) if not outcome.is_in_stream]


def share(part, whole):
    """None of nothing."""
    return part / whole if whole else None


def median(values):
    return statistics.median(values) if values else None


def per_cent(value):
    return "-" if value is None else f"{value:.0%}"


def shown_seconds(value, digits=2):
    return "-" if value is None else f"{value:.{digits}f}"


def times(factor):
    return f"{factor:g}x"


def tally(run):
    errors = collections.Counter(outcome.error for outcome in run.outcomes if outcome.kind != ANSWERED)
    return ", ".join(f"{error}: {count}" for error, count in errors.most_common()) or "-"


def closed_loop(run):
    first = firsts(run)
    return (
        f"first token after {shown_seconds(median(first))} s in the median, p95 {shown_seconds(percentile(first, 0.95))} s, "
        f"Ember's peak memory {megabytes(run.peak_bytes)} MB, cores of others {shown(run.others, 2)}")


# Tables

def answers(runs, capacity):
    header = [
        "load", "asked/s", "answered/s", "to capacity", "of all answered", "first token, s: median", "p95",
        f"of the answered within {DEADLINE:.0f} s",
    ]
    return table(header, [
        [
            times(factor), f"{len(run.outcomes) / run.seconds:.2f}", f"{rate(run):.2f}", f"{rate(run) / capacity:.2f}",
            per_cent(answered_share(run)), shown_seconds(median(firsts(run))), shown_seconds(percentile(firsts(run), 0.95)),
            per_cent(timely(run)),
        ]
        for factor, run in runs.items()
    ])


def refusals(runs):
    header = [
        "load", "refused", "s to a refusal: median", "p95", "told in a stream", "of the others with Retry-After",
        "no answer", "by code",
    ]
    return table(header, [_refusals(factor, run) for factor, run in runs.items()])


def _refusals(factor, run):
    refused, headed = of_kind(run, REFUSED), with_a_head(run)
    took = [outcome.seconds for outcome in refused]
    return [
        times(factor), len(refused), shown_seconds(median(took), 3), shown_seconds(percentile(took, 0.95), 3),
        len(refused) - len(headed), per_cent(share(sum(outcome.says_when_to_retry for outcome in headed), len(headed))),
        len(of_kind(run, LOST)), tally(run),
    ]


def tenants(runs):
    header = ["load"]
    for name in (MODEST, GREEDY):
        header += [f"{name}: asked", "answered", "first token, s: median", "p95"]
    return table(header, [
        [times(factor), *(cell for tenant in (MODEST, GREEDY) for cell in _tenant(run, tenant))]
        for factor, run in runs.items()
    ])


def _tenant(run, tenant):
    first = firsts(run, tenant)
    return [
        len(asked(run, tenant)), per_cent(answered_share(run, tenant)), shown_seconds(median(first)),
        shown_seconds(percentile(first, 0.95)),
    ]


def machines(runs):
    return table(["load", "Ember's peak memory, MB", "loads after the start", "cores of others"], [
        [times(factor), megabytes(run.peak_bytes), run.reloads, shown(run.others, 2)] for factor, run in runs.items()
    ])


def clouds(runs):
    header = ["load", "answered by the cloud", "of all answers", "spent", "budget", "of it"]
    return table(header, [
        [
            times(factor), run.cloud.requests, per_cent(share(run.cloud.requests, len(of_kind(run, ANSWERED)))),
            f"{run.cloud.spent:.4f}", f"{run.cloud.budget:.4f}", per_cent(run.cloud.spent / run.cloud.budget),
        ]
        for factor, run in runs.items()
    ])


def megabytes(count):
    return shown(count and count / 1e6, 0)


# What is not good

def shortcomings(case, runs, capacity):
    """As sentences, with the load at which they were seen."""
    return [
        f"{case.title}, {times(factor)}: {what}."
        for factor, run in runs.items() for what in _found(case, factor, run, capacity)
    ]


def failures(runs):
    """Requests without any answer, and money above the budget: what must never be, however much is asked."""
    lost = sum(len(of_kind(run, LOST)) for run in runs)
    over = sum(run.cloud is not None and run.cloud.spent > run.cloud.budget for run in runs)
    return ([f"{lost} requests had neither an answer nor a clear error"] if lost else []) + (
        [f"the budget was exceeded {over} times"] if over else [])


def _found(case, factor, run, capacity):
    yield from failures([run])
    # At the capacity itself chance alone leaves slots idle now and then.
    if factor > 1 and rate(run) < GOODPUT * capacity:
        yield f"{rate(run) / capacity:.0%} of the capacity was answered (others had {shown(run.others, 2)} cores)"
    modest = answered_share(run, MODEST)
    if modest is not None and modest < FAIR:
        yield (
            f"the modest tenant had {modest:.0%} of its requests answered (the greedy one "
            f"{per_cent(answered_share(run, GREEDY))}), though it asked for less than its turn")
    if case.has_deadline and firsts(run) and timely(run) < TIMELY:
        yield f"{1 - timely(run):.0%} of the first tokens came after the deadline"
    yield from _found_of_refusals(run)
    if run.reloads:
        yield f"models were loaded {run.reloads} times more"


def _found_of_refusals(run):
    refused, headed = of_kind(run, REFUSED), with_a_head(run)
    late = sum(outcome.seconds > REFUSAL_SECONDS for outcome in refused)
    if refused and late > (1 - TIMELY) * len(refused):
        yield f"{late} of {len(refused)} refusals took longer than {REFUSAL_SECONDS:.0f} s"
    if silent := sum(not outcome.says_when_to_retry for outcome in headed):
        yield f"{silent} refusals said no Retry-After"
    if late_words := len(refused) - len(headed):
        yield f"{late_words} refusals came in a stream that had begun, where no Retry-After can stand"
