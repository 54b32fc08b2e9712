"""What the day must not have shown."""

from . import client, figures


def failures(seen, agreement):
    """A line for each; none for streams that the cloud has cut, which the day's script wants."""
    lost, broken = len(seen.of(client.LOST)), len(seen.of(client.BROKEN))
    unasked = broken - min(seen.cut, seen.broken_by_cloud)
    found = []
    if lost:
        found.append(f"{lost} requests had neither an answer nor a clear error")
    if unasked:
        found.append(f"{unasked} answers broke off that the cloud has not cut")
    if not seen.is_bill_covered:
        found.append(f"the provider has billed {seen.bill['money']:.6f}, and Ember counts {seen.account:.6f}")
    found += [
        f"{row['figure']}: live and simulated differ by more than {figures.TOLERANCE:.0%}"
        for row in agreement if not row["agrees"]
    ]
    return found
