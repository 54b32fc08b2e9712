"""The day as its clients, its cloud and Ember have seen it."""

import dataclasses

from . import client


@dataclasses.dataclass(frozen=True)
class Seen:
    #: Requests with their outcomes.
    played: list
    #: Ember's, at the end of the day.
    state: dict
    #: What the provider has billed: tokens and money.
    bill: dict
    #: How many of the cloud's requests met each of its behaviours.
    met: dict

    @property
    def cut(self):
        """Streams that the cloud has cut in the middle; all that are sent there are streams."""
        return self.met.get("cut", 0)

    @property
    def account(self):
        """What Ember says it has spent. Of the month: a day may end meanwhile."""
        return self.state["cloud"]["spent_this_month"]

    @property
    def is_bill_covered(self):
        # Both are sums of many small amounts.
        return self.bill["money"] <= self.account * (1 + 1e-9)

    @property
    def broken_by_cloud(self):
        return sum(outcome.is_of_cloud for outcome in self.of(client.BROKEN))

    def of(self, place):
        return [one.outcome for one in self.played if one.outcome.place == place]
