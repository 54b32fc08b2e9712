"""Quantiles of few values."""


def percentile(values, share):
    """The value that this share of them lies below: always one that was met, never one in between; None of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None
