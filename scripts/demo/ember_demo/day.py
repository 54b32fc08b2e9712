"""The script of the day: who asks what, when, and how the cloud does. All of it follows from the seed alone."""

import dataclasses
import random

FEWEST_TOKENS, MOST_TOKENS = 6, 14
#: Seconds over which the requests of a burst come.
BURST_SECONDS = 0.3


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of work: a service's requests of a model."""

    service: str
    model: str


SMALL = Kind("assistant", "smollm2")
LARGE = Kind("assistant", "smollm2-q8")
FAR = Kind("assistant", "far")
ROBOT = Kind("robot", "smollm2")
SEARCH = Kind("search", "minilm")
CAPTION = Kind("captions", "ocr")


@dataclasses.dataclass(frozen=True)
class Phase:
    """A part of the day. Places in it, and its share of the day, are between 0 and 1."""

    name: str
    story: str
    share: float
    #: Requests a second, bursts aside.
    rate: float
    #: Kinds of work, by weight.
    mix: dict
    #: (place in the phase, requests that come at once).
    bursts: tuple = ()
    burst_mix: dict = dataclasses.field(default_factory=dict)
    #: (place in the phase, how the cloud does from then on).
    cloud: tuple = ((0, "well"),)


PHASES = (
    Phase("morning", "calm, mostly smollm2", 0.2, 1.2, {SMALL: 6, ROBOT: 1.5, SEARCH: 1.5, CAPTION: 0.5}),
    Phase(
        "noon", "bursts of assistants on both language models", 0.15, 1.4, {SMALL: 3, LARGE: 3, ROBOT: 1, FAR: 1},
        bursts=((0.1, 8), (0.4, 8), (0.7, 8)), burst_mix={SMALL: 1, LARGE: 1}),
    # Requests that only the cloud can answer come when each of its faults can meet them, whatever the seed, and once more when it
    # is well again: else Ember would leave it alone for most of the outage.
    Phase(
        "afternoon", "the cloud has no capacity (429), then cuts its streams in the middle", 0.2, 1.2,
        {SMALL: 3, LARGE: 2, FAR: 1, ROBOT: 1}, bursts=((0.15, 2), (0.5, 2), (0.9, 2)), burst_mix={FAR: 1},
        cloud=((0, "429"), (0.35, "cut"), (0.6, "well"))),
    Phase(
        "outage", "the cloud answers 500, then breaks its connections", 0.15, 1.2, {SMALL: 3, LARGE: 2, FAR: 2, ROBOT: 1},
        cloud=((0, "500"), (0.5, "reset"))),
    Phase(
        "evening", "captions and searches, and smollm2-q8 takes over", 0.2, 1.5,
        {CAPTION: 2, SEARCH: 2, LARGE: 4, SMALL: 1, FAR: 0.5}),
    Phase(
        "night", "calm, but the cloud wants money (402) and is disabled for a time", 0.1, 0.6, {LARGE: 2, SMALL: 1, ROBOT: 1},
        bursts=((0.25, 2),), burst_mix={FAR: 1}, cloud=((0, "402"),)),
)


@dataclasses.dataclass(frozen=True)
class Arrival:
    """A request: when it comes, in seconds from the day's beginning, and what it asks for."""

    time: float
    phase: str
    kind: Kind
    tokens: int
    #: Distinguishes the texts of requests.
    number: int


@dataclasses.dataclass(frozen=True)
class Change:
    """From `time` on, a phase has begun, the cloud does otherwise, or both."""

    time: float
    behaviour: str
    #: None where the phase goes on.
    begins: Phase | None


def starts(seconds, phases=PHASES):
    """When each phase begins; after them the end of the day."""
    times = [0.0]
    for phase in phases:
        times.append(times[-1] + phase.share * seconds)
    return times


def changes(seconds, phases=PHASES):
    return [
        Change(start + place * phase.share * seconds, behaviour, phase if place == 0 else None)
        for phase, start in zip(phases, starts(seconds, phases)) for place, behaviour in phase.cloud
    ]


def arrivals(seed, seconds, phases=PHASES):
    """All requests in the order of time."""
    drawn = []
    for phase, start in zip(phases, starts(seconds, phases)):
        # Each phase has lots of its own: a change of one leaves the others as they are.
        lots = random.Random(f"{seed} {phase.name}")
        for time, mix in _times(phase, start, phase.share * seconds, lots):
            kind = lots.choices(list(mix), list(mix.values()))[0]
            drawn.append((time, phase.name, kind, lots.randint(FEWEST_TOKENS, MOST_TOKENS)))
    drawn.sort(key=lambda arrival: arrival[0])
    return [Arrival(*arrival, number) for number, arrival in enumerate(drawn)]


def _times(phase, start, length, lots):
    """Calm work comes independently of each other; a burst all at once."""
    time = start + lots.expovariate(phase.rate)
    while time < start + length:
        yield time, phase.mix
        time += lots.expovariate(phase.rate)
    for place, count in phase.bursts:
        for _ in range(count):
            yield start + place * length + lots.uniform(0, BURST_SECONDS), phase.burst_mix
