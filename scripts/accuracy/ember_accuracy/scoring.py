"""Which label an answer means, and how sure a share of right ones is."""

import math
import statistics

from .tweets import LABELS


def label_begun_by(token):
    """The label that an answer's first token is, or is the beginning of; None where it is of neither or of both."""
    begun = [label for label in LABELS if token and label.startswith(token)]
    return begun[0] if len(begun) == 1 else None


def accuracy(right_by_draw, items):
    return sum(right_by_draw) / (len(right_by_draw) * items)


def standard_error(right_by_draw, items):
    """The larger of the binomial one, which knows nothing of draws, and the one between draws, which are few.

    The binomial one is that of one more right and one more wrong: all right in a few questions is not sure.
    """
    asked = len(right_by_draw) * items
    share = (sum(right_by_draw) + 1) / (asked + 2)
    binomial = math.sqrt(share * (1 - share) / asked)
    if len(right_by_draw) < 2:
        return binomial
    between = statistics.stdev(right / items for right in right_by_draw) / math.sqrt(len(right_by_draw))
    return max(binomial, between)
