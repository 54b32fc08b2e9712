"""The least cost of a tiny scenario, by trying every schedule: an oracle for bounds that needs no solver.

Context is the true one, by the laws in oracle.py. Where a resident's requests would cost more at the edge than in the
cloud, they are charged as if the cloud had run them, so that the cost is no more than with any choice of b.
"""

import itertools


def least_cost(pairs, owners, memory, kept, matrix):
    """Per slot. owners[p] is the instance of pair p; one instance's pairs have equal bytes and load prices."""
    members = {i: [p for p, owner in enumerate(owners) if owner == i] for i in sorted(set(owners))}
    sizes = {i: pairs[of[0]].bytes for i, of in members.items()}
    fitting = [
        frozenset(chosen)
        for count in range(len(members) + 1)
        for chosen in itertools.combinations(members, count)
        if sum(sizes[i] for i in chosen) <= memory
    ]
    nothing = (0.0,) * len(pairs)
    costs = {(frozenset(), nothing, nothing): 0.0}
    for requests in matrix:
        reached = {}
        for (resident, held, kappa), cost in costs.items():
            for chosen in fitting:
                state, added = _after(pairs, owners, members, kept, requests, resident, chosen, held, kappa)
                reached[state] = min(reached.get(state, float("inf")), cost + added)
        costs = reached
    return min(costs.values()) / len(matrix)


def _after(pairs, owners, members, kept, requests, resident, chosen, held, kappa):
    held, kappa = list(held), list(kappa)
    cost = sum(pairs[members[i][0]].load for i in chosen - resident)
    if not kept:
        for i in resident - chosen:
            for p in members[i]:
                held[p] = kappa[p] = 0.0
    for p, pair in enumerate(pairs):
        count = requests.get(p, 0)
        served = count if owners[p] in chosen else 0
        saving = max(0.0, pair.saving(kappa[p])) if served else 0.0
        cost += count * (pair.cloud - saving)
        held[p] = min(pair.window, held[p] + served)
        kappa[p] = min(held[p], max(0.0, kappa[p] + served - pair.vanishing))
    return (chosen, tuple(held), tuple(kappa)), cost
