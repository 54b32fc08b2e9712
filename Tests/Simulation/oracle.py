"""A plain model of the papers' slots, written from the laws of the system model, not from the simulator's code.

One server with `memory` bytes; pairs (service, model), each with weights of its own. In every slot the pairs that have
requests come in an order drawn by the seed. Resident: run at the edge. Not resident: the policy may load it, evicting
residents that have not served in this slot. Else the cloud runs the requests. At the end of a slot

    K <- min(w / k, K + delta),  kappa <- min(K, max(0, kappa + delta - Delta))

with delta the pair's requests run at the edge; accuracy is that of kappa from before the slot.
"""

import math
from dataclasses import dataclass, field

from lots import ORDER, RESIDENTS, Lots


@dataclass
class Pair:
    bytes: int
    window: float  # examples
    vanishing: float  # examples per slot
    tokens: int
    load: float
    cloud: float
    transmission: float
    token: float
    weight: float
    zero_shot: float = 0.4
    gain: float = 0.07
    alpha: float = 1.0
    beta: float = None
    table: list = None  # [examples, accuracy]
    energy: float = 0.0  # joules per token
    joule: float = 0.0  # cost

    def accuracy(self, kappa):
        if self.table:
            return interpolated(self.table, kappa)
        if self.beta:
            return min(1.0, max(0.0, self.alpha * math.log(1 / self.beta) * kappa))
        return min(1.0, self.zero_shot + self.gain * math.log2(1 + kappa**self.alpha))

    def saving(self, kappa):
        # In the order of the law's terms: services of one model may tie, and then the last bit decides.
        wrong = self.weight * (1 - self.accuracy(kappa))
        price = self.joule * (self.energy * self.tokens) if self.joule else 0.0
        return self.cloud - self.transmission - self.token * self.tokens - wrong - price


def interpolated(table, kappa):
    """Linear between the points, constant outside."""
    if kappa <= table[0][0]:
        return table[0][1]
    for (x0, y0), (x1, y1) in zip(table, table[1:]):
        if kappa <= x1:
            return y0 + (kappa - x0) / (x1 - x0) * (y1 - y0)
    return table[-1][1]


@dataclass
class Costs:
    switching: float = 0.0
    accuracy: float = 0.0
    inference: float = 0.0
    transmission: float = 0.0
    cloud: float = 0.0
    joules: float = 0.0
    energy: float = 0.0
    edge_requests: int = 0
    cloud_requests: int = 0
    loads: int = 0


@dataclass
class Server:
    pairs: list
    memory: int
    kept: bool
    energy: float = math.inf  # joules per slot
    spent: float = 0.0
    slot: int = 0
    resident: set = field(default_factory=set)
    served: dict = field(default_factory=dict)
    held: list = None
    kappa: list = None

    def __post_init__(self):
        self.held = [0.0] * len(self.pairs)
        self.kappa = [0.0] * len(self.pairs)

    def free(self):
        return self.memory - sum(self.pairs[p].bytes for p in self.resident)

    def evict(self, p):
        self.resident.remove(p)
        if not self.kept:
            self.held[p] = self.kappa[p] = 0.0

    def end_slot(self):
        for p, pair in enumerate(self.pairs):
            delta = self.served.get(p, 0)
            self.held[p] = min(pair.window, self.held[p] + delta)
            self.kappa[p] = min(self.held[p], max(0.0, self.kappa[p] + delta - pair.vanishing))
        self.served = {}
        self.spent = 0.0
        self.slot += 1


def victims(server, policy, newcomer):
    """The lowest scores that make room, less those that the policy can spare; None when too little can go."""
    missing = server.pairs[newcomer].bytes - server.free()
    chosen = []
    candidates = sorted((p for p in server.resident if p not in server.served), key=lambda p: (policy.score(p), p))
    while missing > 0:
        if not candidates:
            return None
        chosen.append(candidates.pop(0))
        missing -= server.pairs[chosen[-1]].bytes
    spared = policy.spared(chosen, -missing)
    return policy.cheapest(spared, server.pairs[newcomer].bytes - server.free(), candidates)


def run(pairs, memory, kept, matrix, policy_class, seed, energy=math.inf):
    """The costs of a run; matrix[slot] maps pairs to requests."""
    server = Server(pairs, memory, kept, energy)
    policy = policy_class(server)
    costs = Costs()
    order = Lots(seed, ORDER)
    residents = Lots(seed, RESIDENTS)

    def load(p):
        server.resident.add(p)
        costs.switching += pairs[p].load
        costs.loads += 1
        policy.loaded(p)

    for requests in matrix:
        chosen = policy.residents(residents)
        if chosen is not None:
            for p in sorted(server.resident - chosen):
                server.evict(p)
            for p in sorted(chosen - server.resident):
                load(p)
        for p in order.shuffled(p for p in range(len(pairs)) if requests.get(p, 0) > 0):
            count = requests[p]
            policy.asked(p, count)
            joules = pairs[p].energy * (pairs[p].tokens * count)
            has_energy = server.spent + joules <= server.energy
            if p not in server.resident and pairs[p].bytes <= memory and has_energy:
                going = victims(server, policy, p) if policy.may_admit(p, count) else None
                if going is not None and policy.admits(p, count, going):
                    for q in going:
                        policy.evicted(q)
                        server.evict(q)
                    load(p)
            if p in server.resident and has_energy:
                pair = pairs[p]
                server.spent += joules
                costs.joules += joules
                costs.energy += pair.joule * joules
                server.served[p] = count
                costs.accuracy += count * pair.weight * (1 - pair.accuracy(server.kappa[p]))
                costs.inference += count * pair.tokens * pair.token
                costs.transmission += count * pair.transmission
                costs.edge_requests += count
            else:
                costs.cloud += count * pairs[p].cloud
                costs.cloud_requests += count
        server.end_slot()
        policy.slot_ended(requests)
    return costs
