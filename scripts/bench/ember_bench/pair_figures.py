"""What a comparison of two builds comes to: the ratio of the times that they add to a request, with its interval."""

import dataclasses
import math
import random
import statistics

RESAMPLES = 10_000
#: Two-sided: one interval in twenty does not hold the true ratio.
CONFIDENCE = 0.95


@dataclasses.dataclass(frozen=True)
class Ratio:
    """How many times as much the later build adds, as the geometric mean of the rounds' ratios."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, pairs, seed=1):
        """Of (before, after) pairs. The interval is that of a bootstrap over the rounds."""
        logs = [math.log(after / before) for before, after in pairs]
        draw = random.Random(seed)
        means = sorted(statistics.fmean(draw.choices(logs, k=len(logs))) for _ in range(RESAMPLES))
        cut = round(RESAMPLES * (1 - CONFIDENCE) / 2)
        return cls(*(math.exp(log) for log in (statistics.fmean(logs), means[cut], means[-1 - cut])))


def added(rounds):
    """(before, after) of the added times, in us, of rounds that are (direct, before, after).

    A round in which a request through Ember took no longer than a direct one says nothing, and is left out.
    """
    pairs = [(before - direct, after - direct) for direct, before, after in rounds]
    return [pair for pair in pairs if min(pair) > 0]


def table(figures):
    """Of {(settings, clients): [(direct, before, after)]}: rows of text, the header first."""
    rows = [["added p50", "before", "after", "ratio", "95 % interval", "rounds"]]
    for (settings, clients), rounds in figures.items():
        pairs = added(rounds)
        ratio = Ratio.of(pairs)
        before, after = (statistics.median(column) for column in zip(*pairs))
        rows.append([
            f"{settings}, {clients} client{'s' if clients > 1 else ''}", f"{before:.0f} us", f"{after:.0f} us",
            f"{ratio.mean:.3f}", f"{ratio.low:.3f} to {ratio.high:.3f}", str(len(pairs))])
    return rows
