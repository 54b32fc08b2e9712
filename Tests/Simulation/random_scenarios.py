"""Random small scenarios: as files for ember, and as pairs and a matrix for the oracle."""

import csv
import json
import math
import random

from oracle import Pair


def write(seed, folder):
    """Writes scenario.yaml and requests.csv; returns (pairs, memory, kept, matrix, energy) of the same scenario."""
    lots = random.Random(seed)
    services = {
        f"s{i}": {"vanishing": lots.choice([0, 0.6, lots.uniform(0, 3)]), "demonstration": lots.randint(20, 200)}
        for i in range(lots.randint(1, 3))
    }
    models = {f"m{i}": model(lots) for i in range(lots.randint(1, 4))}
    slots, kept = lots.randint(1, 40), lots.random() < 0.3
    scenario = {
        "slots": slots, "memory": {"budget": 100}, "sharing": "pairs", "context": {"retention": "kept" if kept else "lost"},
        "services": services, "models": models, "workload": {"kind": "file", "file": "requests.csv"},
    }
    energy = lots.choice([None, lots.uniform(0, 400)])
    if energy is not None:
        scenario["energy"] = {"budget": energy}
    # JSON is YAML too.
    (folder / "scenario.yaml").write_text(json.dumps(scenario))

    names = [(service, name) for service in services for name in models]
    matrix = [{} for _ in range(slots)]
    density = lots.uniform(0.1, 1)
    with open(folder / "requests.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["slot", "service", "model", "requests"])
        for slot, requests in enumerate(matrix):
            for p, (service, name) in enumerate(names):
                if lots.random() < density:
                    requests[p] = lots.randint(0, 8)
                    rows.writerow([slot, service, name, requests[p]])
    pairs = [pair(services[service], models[name]) for service, name in names]
    return pairs, 100, kept, matrix, math.inf if energy is None else energy


def model(lots):
    costs = {
        "joule_price": lots.choice([0, lots.uniform(0, 0.01)]), "cloud": lots.uniform(0, 1), "transmission": lots.uniform(0, 0.2), "token": lots.uniform(0, 1e-3),
        **({"load": lots.uniform(0, 5)} if lots.random() < 0.5 else {"load_per_gigabyte": lots.uniform(0, 1e8)}),
    }
    accuracy = {"weight": lots.uniform(0, 2)} | lots.choice([bounded, bounded, exponential, table])(lots)
    return {
        "memory": 120 if lots.random() < 0.1 else lots.randint(5, 70), "context": lots.randint(0, 2000),
        "tokens": lots.randint(0, 500), "costs": costs | {"joules": lots.choice([0.01, lots.uniform(0, 0.3)])}, "accuracy": accuracy,
    }


def bounded(lots):
    alpha = lots.choice([1, lots.uniform(0.2, 2)])
    return {"zero_shot": lots.random(), "gain": lots.uniform(-0.1, 0.3), "alpha": alpha}


def exponential(lots):
    return {"alpha": lots.uniform(0.1, 2), "beta": lots.uniform(0.3, 1)}


def table(lots):
    examples = sorted({lots.randint(0, 12) for _ in range(lots.randint(1, 5))})
    return {"table": [[count, lots.random()] for count in examples]}


def pair(service, model):
    costs, accuracy = model["costs"], model["accuracy"]
    load = costs["load"] if "load" in costs else costs["load_per_gigabyte"] / 1e9 * model["memory"]
    return Pair(
        bytes=model["memory"], window=model["context"] / service["demonstration"], vanishing=service["vanishing"],
        tokens=model["tokens"], load=load, cloud=costs["cloud"], transmission=costs["transmission"],
        token=costs["token"], energy=costs["joules"], joule=costs["joule_price"], **accuracy,
    )
