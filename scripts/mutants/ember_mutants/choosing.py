"""Draws faults: which kind, then where, one a line at most."""

import random

from . import modules, sites
from .building import Mutant

# How often each kind is drawn. Constants are many and seldom matter.
WEIGHTS = {"comparison": 5, "arithmetic": 4, "logic": 2, "condition": 4, "constant": 2, "call": 3}


# Where what a plot looks like is worked out: there is nothing to hold it against.
LEFT_OUT = "Sources/EmberSim/Report/HTML/"


def all_sites(root, chosen):
    """By kind, in the order of their paths."""
    found = {kind: [] for kind in sites.KINDS}
    for module in chosen:
        for path in sorted((root / module.folder).rglob("*.swift")):
            name = str(path.relative_to(root))
            if name.startswith(LEFT_OUT):
                continue
            for site in sites.of(name, path.read_text()):
                found[site.kind].append((module, site))
    return found


def draw(root, chosen, seed, count):
    """`count` faults, the same ones for the same seed and sources, in the order they were drawn."""
    lots = random.Random(seed)
    left = all_sites(root, chosen)
    for places in left.values():
        lots.shuffle(places)
    drawn, lines = [], set()
    while len(drawn) < count and any(left.values()):
        kinds = [kind for kind in sites.KINDS if left[kind]]
        kind = lots.choices(kinds, [WEIGHTS[kind] for kind in kinds])[0]
        module, site = left[kind].pop()
        # A fault that does not compile is found by its line.
        if (site.path, site.line) in lines or (site.path, site.line - 1) in lines or (site.path, site.line + 1) in lines:
            continue
        lines.add((site.path, site.line))
        drawn.append(Mutant(len(drawn) + 1, site, module))
    return drawn


# From here on faults are numbered that were not drawn.
FIRST_GIVEN = 5001


def given(root, places):
    """The faults that are asked for by name."""
    found = []
    for number, place in enumerate(places, FIRST_GIVEN):
        path, line, before, after = place.split(":", 3)
        module = modules.named(path.split("/")[1])
        site = next(
            (site for site in sites.of(path, (root / path).read_text())
             if (site.line + 1, site.before, site.after) == (int(line), before, after)), None)
        if site is None:
            raise SystemExit(f"mutants: there is no such change at {path}:{line}: '{before}' to '{after}'; see --list")
        found.append(Mutant(number, site, module))
    return found


def named(names):
    return modules.ALL if not names else [modules.named(name) for name in names.split(",")]
