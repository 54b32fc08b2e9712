"""The load of an overload benchmark: who asks what and when, and the closed loop that finds out how much is too much."""

import dataclasses
import itertools
import random
import threading
import time

from .swapping import question

GREEDY, MODEST = "greedy", "modest"
TENANTS = (GREEDY, MODEST)
SERVICES = ("assistant", "reports")
#: Of the capacity, at every load: less than the third that turns of three flows would leave it.
MODEST_SHARE = 0.2
ANSWER_TOKENS = (16, 32)


@dataclasses.dataclass(frozen=True)
class Flow:
    """A tenant's requests of one service to one model, by its place among the models; `rate` is a second's."""

    tenant: str
    service: str
    model: int
    rate: float


@dataclasses.dataclass(frozen=True)
class Request:
    """`due` counts in seconds from the beginning of the load."""

    due: float
    flow: Flow
    text: str
    tokens: int


def flows(capacities, factor):
    """`factor` times the capacity of each model: the modest tenant's share of one service, the rest of the greedy one's."""
    asked = []
    for model, capacity in enumerate(capacities):
        asked.append(Flow(MODEST, SERVICES[0], model, MODEST_SHARE * capacity))
        rest = (factor - MODEST_SHARE) * capacity
        asked += [Flow(GREEDY, service, model, rest / len(SERVICES)) for service in SERVICES]
    return asked


def arrivals(seed, seconds, asked):
    """A Poisson process of each flow, with chances of its own: the modest tenant asks the same at every load."""
    requests = []
    for place, flow in enumerate(asked):
        chance = random.Random(f"{seed} {place}")
        due = chance.expovariate(flow.rate)
        while due < seconds:
            requests.append(Request(due, flow, question(len(requests)), chance.randint(*ANSWER_TOKENS)))
            due += chance.expovariate(flow.rate)
    return sorted(requests, key=lambda request: request.due)


def closed(system, models, clients, seconds):
    """Each model's clients ask again as soon as they have been answered, until the time is over.

    Whose requests they are is drawn as at the capacity itself: engines share nothing between tenants, which costs time.
    """
    asked = flows([1.0] * models, 1)
    outcomes, numbers = [], itertools.count()
    began = time.monotonic()

    def client(model):
        chance = random.Random(next(numbers))
        of_model = [flow for flow in asked if flow.model == model]
        while (due := time.monotonic() - began) < seconds:
            flow, = chance.choices(of_model, [flow.rate for flow in of_model])
            request = Request(due, flow, question(next(numbers)), chance.randint(*ANSWER_TOKENS))
            outcomes.append(system.ask(request, began + due))

    threads = [
        threading.Thread(target=client, args=(model,), daemon=True) for model in range(models) for _ in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
