"""The simulator and the oracle, which was written from the laws alone, agree on every term."""

import pytest
from oracle import run
from oracle_policies import POLICIES
from random_scenarios import write


def expected(costs, slots):
    terms = {
        "switching": costs.switching / slots,
        "accuracy": costs.accuracy / slots,
        "inference": costs.inference / slots,
        "transmission": costs.transmission / slots,
        "cloud": costs.cloud / slots,
        "energy": costs.energy / slots,
    }
    requests = costs.edge_requests + costs.cloud_requests
    return terms | {
        "total": sum(terms.values()),
        "accuracy_per_request": costs.accuracy / costs.edge_requests if costs.edge_requests else 0,
        "edge_ratio": costs.edge_requests / requests if requests else 0,
        "joules": costs.joules / slots,
        "requests": requests,
        "loads": costs.loads,
    }


def check(row, costs, slots, what):
    for term, value in expected(costs, slots).items():
        # Told only where energy has a price.
        if term == "energy" and value == 0:
            continue
        assert row[term] == pytest.approx(value, rel=1e-9, abs=1e-9), f"{what}: {term}"


@pytest.mark.parametrize("number", range(100))
def test_every_term_agrees(number, rows, tmp_path):
    pairs, memory, kept, matrix, energy = write(number, tmp_path)
    scenario = ["--scenario", tmp_path / "scenario.yaml"]
    simulated = rows("compare", *scenario, "--policies", ",".join(POLICIES), "--seeds", 1)
    for name, policy in POLICIES.items():
        costs = run(pairs, memory, kept, matrix, policy, seed=1, energy=energy)
        check(simulated[name], costs, len(matrix), f"scenario {number}, {name}")
    # One policy each by `simulate`, on another order of requests.
    name = list(POLICIES)[number % len(POLICIES)]
    row = rows("simulate", *scenario, "--policy", name, "--seed", 1000 + number)[name]
    costs = run(pairs, memory, kept, matrix, POLICIES[name], seed=1000 + number, energy=energy)
    check(row, costs, len(matrix), f"scenario {number}, {name}, by simulate")


def test_the_scenarios_tell_policies_apart(tmp_path):
    """A check of the check: equal costs everywhere would prove little."""
    apart = set()
    for number in range(30):
        pairs, memory, kept, matrix, energy = write(number, tmp_path)
        totals = {name: repr(run(pairs, memory, kept, matrix, policy, 1, energy)) for name, policy in POLICIES.items()}
        apart |= {(a, b) for a in totals for b in totals if totals[a] != totals[b]}
    assert len(apart) == len(POLICIES) * (len(POLICIES) - 1)
