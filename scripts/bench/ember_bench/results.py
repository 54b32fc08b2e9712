"""What the runs come to: medians, ratios, and whether the aims are met."""

import dataclasses
import statistics

DIRECT, EMBER, EVERYTHING_ON, BARE, NGINX, LITELLM = (
    "direct", "ember", "ember, everything on", "bare pass-through", "nginx", "litellm")
#: The systems that have aims to meet.
EMBERS = (EMBER, EVERYTHING_ON)
CLIENTS = (1, 16)
DECODE_CLIENTS = (1, 4)


@dataclasses.dataclass(frozen=True)
class Aim:
    """A ratio of a system's and the bound that it is to keep."""

    system: str
    what: str
    #: None where noise has swallowed what was to be compared.
    ratio: float | None
    bound: float
    at_most: bool
    #: The ratio's standard error, where it is a mean of rounds that vary more than the bound is narrow.
    error: float = 0

    @property
    def is_met(self):
        """None: it cannot be decided."""
        if self.ratio is None:
            return None
        missed_by = self.ratio - self.bound if self.at_most else self.bound - self.ratio
        if missed_by <= 0:
            return True
        return None if missed_by < 2 * self.error else False

    def as_json(self):
        bound = {"at_most" if self.at_most else "at_least": self.bound}
        ratio = None if self.ratio is None else round(self.ratio, 3)
        error = {"standard_error": round(self.error, 4)} if self.error else {}
        return {"system": self.system, "what": self.what, "ratio": ratio, **error, **bound, "met": self.is_met}


class Results:
    """The points of every round; each round holds all systems, measured one right after the other."""

    def __init__(self):
        self.rounds = {}
        self.decode_rounds = {}

    def add(self, system, clients, point):
        self.rounds.setdefault((system, clients), []).append(point)

    def add_decode(self, system, clients, direct, ember):
        self.decode_rounds.setdefault((system, clients), []).append((direct, ember))

    @property
    def systems(self):
        return list(dict.fromkeys(system for system, _ in self.rounds))

    def median(self, system, clients, figure):
        return statistics.median(getattr(point, figure) for point in self.rounds[system, clients])

    def added(self, system, clients, figure):
        """The median of what each round has more than the same round's direct requests, in microseconds."""
        pairs = zip(self.rounds[system, clients], self.rounds[DIRECT, clients])
        return statistics.median(getattr(point, figure) - getattr(direct, figure) for point, direct in pairs)

    def decode(self, system, clients):
        """Median tokens per second of llama-server alone and through Ember; the mean of the rounds' ratios and its error."""
        rounds = self.decode_rounds[system, clients]
        ratios = [ember / direct for direct, ember in rounds]
        return (
            statistics.median(direct for direct, _ in rounds),
            statistics.median(ember for _, ember in rounds),
            statistics.mean(ratios),
            statistics.stdev(ratios) / len(ratios) ** 0.5 if len(ratios) > 1 else 0,
        )

    def aims(self):
        return [aim for system in EMBERS for aim in self._aims_of(system)]

    def _aims_of(self, system):
        for clients in CLIENTS:
            for figure, bound in (("p50", 1.3), ("p99", 1.5)):
                bare = self.added(BARE, clients, figure)
                # Nothing can be a multiple of less than nothing: a pass-through does not make requests faster.
                ratio = self.added(system, clients, figure) / bare if bare > 0 else None
                yield Aim(system, f"added {figure}, {_clients(clients)}, to the bare pass-through's", ratio, bound, True)
        rate = self.median(system, 16, "rate") / self.median(BARE, 16, "rate")
        yield Aim(system, "requests/s, 16 clients, to the bare pass-through's", rate, 0.85, False)
        for clients in DECODE_CLIENTS if self.decode_rounds else ():
            what = f"decode rate, {_clients(clients)}, to llama-server's own"
            _, _, ratio, error = self.decode(system, clients)
            yield Aim(system, what, ratio, 0.98, False, error)

    def as_json(self):
        return {
            "systems": [self._system(system) for system in self.systems],
            "decode": [
                dict(zip(("system", "clients", "direct_tokens_per_s", "ember_tokens_per_s", "ratio", "standard_error"),
                         (*key, *(round(value, 3) for value in self.decode(*key)))),
                     rounds=[[round(value, 2) for value in pair] for pair in rounds])
                for key, rounds in sorted(self.decode_rounds.items())
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
