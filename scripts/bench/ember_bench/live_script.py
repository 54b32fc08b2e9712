"""The script of a live comparison, which nothing but its settings decides, and what is made of the answers to it."""

import dataclasses
import itertools
import random
import statistics

from .quantiles import percentile

LONGEST_WAIT = 120.0
DEMONSTRATIONS = 4
ANSWER_TOKENS = (2, 4)
ZIPF_EXPONENT = 1.0
# The burst: this share of the requests, for the rarest model, in this span of the script.
BURST_SHARE, BURST_BEGIN, BURST_END = 0.08, 0.70, 0.73
WARM_UP, FIRST, DRIFTED, BURST = "first questions", "until the drift", "after it", "the burst"
PHASES = (FIRST, DRIFTED, BURST)
# A smaller difference, as a share, counts as a tie.
LEVEL = 0.02


@dataclasses.dataclass(frozen=True)
class Request:
    """`due` counts in seconds from the script's beginning, `model` in the order of the models."""

    number: int
    due: float
    model: int
    text: str
    tokens: int
    phase: str
    #: Of a conversation: the questions before it, each with its answer.
    history: tuple = ()


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Seconds since the request was due, whenever it was sent; `problem` says why there is no answer."""

    request: Request
    first: float = LONGEST_WAIT
    last: float = LONGEST_WAIT
    text: str = ""
    prompt_tokens: int = 0
    reused_tokens: int = 0
    answer_tokens: int = 0
    problem: str = ""


@dataclasses.dataclass(frozen=True)
class Run:
    """One system's answers to the first questions and to one script; what is not known is None.

    Loads and outcomes are the script's alone.
    """

    warm_up: list
    outcomes: list
    loads: int
    loading_seconds: float | None
    others: float | None


@dataclasses.dataclass(frozen=True)
class Column:
    name: str
    digits: int
    higher_is_better: bool
    figure: object


def demonstrations(model):
    """Other ones for each model, about 160 tokens with SmolLM2's tokenizer and template, with results as long as answers."""
    places = ("the harbour", "the station", "the old mill", "the library", "the market")
    readings = [(number, places[(number + model) % 5], (number * 7 + model * 11) % 50) for number in range(DEMONSTRATIONS)]
    return [
        {
            "prompt": f"Sensor {number} at {place} reads {reading} degrees.",
            "result": f"It is {'hot' if reading > 25 else 'cold'} at {place}: {reading} degrees, says sensor {number}.",
        }
        for number, place, reading in readings
    ]


def question(number):
    return f"Sensor {100 + number} at the lighthouse reads {number * 13 % 50} degrees."


def zipf(count, exponent=ZIPF_EXPONENT):
    weights = [1 / rank**exponent for rank in range(1, count + 1)]
    return [weight / sum(weights) for weight in weights]


def ranking(models, drifted):
    """Models from the favourite to the rarest; in the middle the favourite becomes the rarest."""
    order = list(range(models))
    return order[1:] + order[:1] if drifted else order


def first_questions(models):
    """One to each model, the favourite last, each to be sent when the one before has been answered."""
    return [
        Request(number, 0, model, question(-1 - number), ANSWER_TOKENS[0], WARM_UP)
        for number, model in enumerate(reversed(range(models)))
    ]


def script(seed, count, seconds, models):
    """A Poisson process of `count` requests: Zipf, a drift in the middle, a burst of the model that is rarest then."""
    chance = random.Random(seed)
    burst = round(count * BURST_SHARE)
    shares = zipf(models)
    times = [(chance.uniform(0, seconds), False) for _ in range(count - burst)]
    times += [(chance.uniform(BURST_BEGIN, BURST_END) * seconds, True) for _ in range(burst)]
    requests = []
    for number, (due, is_burst) in enumerate(sorted(times)):
        order = ranking(models, drifted=due >= seconds / 2)
        model = order[-1] if is_burst else chance.choices(order, shares)[0]
        phase = BURST if is_burst else FIRST if due < seconds / 2 else DRIFTED
        requests.append(Request(number, due, model, question(number), chance.randint(*ANSWER_TOKENS), phase))
    return requests


def as_conversations(requests, turns):
    """The same requests as turns of conversations, of each model one after the other, each begun with a text of its own.

    What a model has said before is fixed: so all systems get the same prompts, and none has to wait for an answer.
    """
    running, asked = {}, []
    for request in requests:
        history = running.get(request.model, ())
        if len(history) == turns:
            history = ()
        text = request.text if history else "\n".join([*opening(request.number), request.text])
        running[request.model] = (*history, (text, "It is cold at the lighthouse."))
        asked.append(dataclasses.replace(request, text=text, history=history))
    return asked


def opening(number):
    """As long as the demonstrations, and another text for each number."""
    return [f"{line['prompt']} {line['result']} It is report {number}." for line in demonstrations(number)]


def budget(footprints, fit):
    """Bytes that any `fit` of the models take at most, and no more of them; halfway, as footprints are corrected later."""
    ordered = sorted(footprints)
    largest, smallest = sum(ordered[-fit:]), sum(ordered[:fit + 1])
    if fit >= len(ordered) or largest >= smallest:
        raise ValueError(f"no budget holds any {fit} of the models with {ordered} bytes and never {fit + 1}")
    return (largest + smallest) // 2


def rotated(systems, number):
    """Who goes when in a round."""
    turn = number % len(systems)
    return systems[turn:] + systems[:turn]


def cost(outcomes):
    """The mean seconds that a client waits for a whole answer; None without requests."""
    return statistics.fmean(outcome.last for outcome in outcomes) if outcomes else None


def _answered(run):
    return [outcome for outcome in run.outcomes if not outcome.problem]


def _span(run):
    return max(outcome.request.due + outcome.last for outcome in run.outcomes) - run.outcomes[0].request.due


def _computed(run):
    answered = _answered(run)
    return sum(outcome.prompt_tokens - outcome.reused_tokens for outcome in answered) / max(1, len(answered))


COLUMNS = (
    Column("mean cost, s", 3, False, lambda run: cost(run.outcomes)),
    Column("first token, s: mean", 3, False, lambda run: statistics.fmean(outcome.first for outcome in run.outcomes)),
    Column("median", 3, False, lambda run: statistics.median(outcome.first for outcome in run.outcomes)),
    Column("p95", 3, False, lambda run: percentile([outcome.first for outcome in run.outcomes], 0.95)),
    Column("answers/s", 3, True, lambda run: len(_answered(run)) / _span(run)),
    Column("tokens/s", 2, True, lambda run: sum(outcome.answer_tokens for outcome in run.outcomes) / _span(run)),
    Column("failures", 1, False, lambda run: sum(1 for outcome in run.outcomes if outcome.problem)),
    Column("loads", 1, False, lambda run: run.loads),
    Column("loading, s", 1, False, lambda run: run.loading_seconds),
    Column("prompt tokens computed, a request", 0, False, _computed),
    Column("first questions, s: mean", 3, False, lambda run: cost(run.warm_up)),
)


def mean(values):
    """None where one of them is not known."""
    return None if any(value is None for value in values) else statistics.fmean(values)


def shown(value, digits):
    return "unknown" if value is None else f"{value:.{digits}f}"


def figures(runs):
    """The means of the columns over a system's rounds."""
    return [mean([column.figure(run) for run in runs]) for column in COLUMNS]


def standing(column, ours, theirs):
    """1 where ours is ahead, -1 where it is behind, 0 where they are level or one is unknown."""
    if ours is None or theirs is None or abs(ours - theirs) <= LEVEL * max(abs(ours), abs(theirs)):
        return 0
    return 1 if (ours > theirs) == column.higher_is_better else -1


def verdicts(runs, ours, other):
    """Column by column: who is ahead, by how much, and in how many rounds ours was."""
    lines, behind = [], []
    for column, mine, its in zip(COLUMNS, figures(runs[ours]), figures(runs[other])):
        place = standing(column, mine, its)
        won = sum(
            standing(column, column.figure(a), column.figure(b)) == 1 for a, b in zip(runs[ours], runs[other]))
        who = {1: ours, 0: "neither", -1: other}[place] if None not in (mine, its) else "unknown"
        ratio = f"{its / mine:.2f}" if mine and its is not None else "-"
        lines.append([column.name, who, ratio, f"{won} of {len(runs[ours])}"])
        if place < 0:
            behind.append(f"{column.name} ({shown(mine, column.digits)}, {other} {shown(its, column.digits)})")
    return lines, behind


def agreement(runs):
    """Requests with the same words from all systems, those with equally long prompts, and all that everybody answered."""
    together = [
        outcomes for of_round in zip(*runs.values()) for outcomes in zip(*(run.outcomes for run in of_round))
        if not any(outcome.problem for outcome in outcomes)
    ]
    same = sum(len({outcome.text for outcome in outcomes}) == 1 for outcomes in together)
    as_long = sum(len({outcome.prompt_tokens for outcome in outcomes}) == 1 for outcomes in together)
    return same, as_long, len(together)


def problems(runs):
    """Why requests failed, and how often."""
    told = sorted(
        (name, outcome.problem) for name, of in runs.items() for run in of for outcome in [*run.warm_up, *run.outcomes]
        if outcome.problem)
    return [f"{name}: {problem} ({len(list(same))} times)" for (name, problem), same in itertools.groupby(told)]
