"""What the runs come to: medians, ratios, and whether the aims are met."""

import dataclasses
import statistics

DIRECT, EMBER, BARE, NGINX, LITELLM = "direct", "ember", "bare pass-through", "nginx", "litellm"
CLIENTS = (1, 16)
DECODE_CLIENTS = (1, 4)


@dataclasses.dataclass(frozen=True)
class Aim:
    """A ratio and the bound that it is to keep."""

    what: str
    #: None where noise has swallowed what was to be compared.
    ratio: float | None
    bound: float
    at_most: bool

    @property
    def is_met(self):
        """None: it cannot be told."""
        if self.ratio is None:
            return None
        return self.ratio <= self.bound if self.at_most else self.ratio >= self.bound

    def as_json(self):
        bound = {"at_most" if self.at_most else "at_least": self.bound}
        ratio = None if self.ratio is None else round(self.ratio, 3)
        return {"what": self.what, "ratio": ratio, **bound, "met": self.is_met}


class Results:
    """The points of every round; each round holds all systems, measured one right after the other."""

    def __init__(self):
        self.rounds = {}
        self.decode_rounds = {}

    def add(self, system, clients, point):
        self.rounds.setdefault((system, clients), []).append(point)

    def add_decode(self, clients, direct, ember):
        self.decode_rounds.setdefault(clients, []).append((direct, ember))

    @property
    def systems(self):
        return list(dict.fromkeys(system for system, _ in self.rounds))

    def median(self, system, clients, figure):
        return statistics.median(getattr(point, figure) for point in self.rounds[system, clients])

    def added(self, system, clients, figure):
        """The median of what each round has more than the same round's direct requests, in microseconds."""
        pairs = zip(self.rounds[system, clients], self.rounds[DIRECT, clients])
        return statistics.median(getattr(point, figure) - getattr(direct, figure) for point, direct in pairs)

    def decode(self, clients):
        """Median tokens per second of llama-server alone and through Ember, and the median of the rounds' ratios."""
        rounds = self.decode_rounds[clients]
        return (
            statistics.median(direct for direct, _ in rounds),
            statistics.median(ember for _, ember in rounds),
            statistics.median(ember / direct for direct, ember in rounds),
        )

    def aims(self):
        aims = []
        for clients in CLIENTS:
            for figure, bound in (("p50", 1.3), ("p99", 1.5)):
                bare = self.added(BARE, clients, figure)
                # Nothing can be a multiple of less than nothing: a pass-through does not make requests faster.
                ratio = self.added(EMBER, clients, figure) / bare if bare > 0 else None
                aims.append(Aim(f"added {figure}, {_clients(clients)}, to the bare pass-through's", ratio, bound, True))
        rate = self.median(EMBER, 16, "rate") / self.median(BARE, 16, "rate")
        aims.append(Aim("requests/s, 16 clients, to the bare pass-through's", rate, 0.85, False))
        for clients in sorted(self.decode_rounds):
            what = f"decode rate, {_clients(clients)}, to llama-server's own"
            aims.append(Aim(what, self.decode(clients)[2], 0.98, False))
        return aims

    def as_json(self):
        return {
            "systems": [self._system(system) for system in self.systems],
            "decode": [
                dict(zip(("clients", "direct_tokens_per_s", "ember_tokens_per_s", "ratio"),
                         (clients, *(round(value, 3) for value in self.decode(clients)))),
                     rounds=[[round(value, 2) for value in pair] for pair in self.decode_rounds[clients]])
                for clients in sorted(self.decode_rounds)
            ],
            "aims": [aim.as_json() for aim in self.aims()],
        }

    def _system(self, system):
        entry = {"name": system}
        for clients in CLIENTS:
            entry[f"clients_{clients}"] = {
                **{f"{figure}_us": round(self.median(system, clients, figure)) for figure in ("p50", "p99")},
                **{f"added_{figure}_us": round(self.added(system, clients, figure)) for figure in ("p50", "p99")},
                "requests_per_s": round(self.median(system, clients, "rate")),
                "rounds": [dataclasses.asdict(point) for point in self.rounds[system, clients]],
            }
        return entry


def _clients(count):
    return "1 client" if count == 1 else f"{count} clients"
