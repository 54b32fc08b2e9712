"""How the policies compare: families, what ingredients are worth, load prices, memory, context, shared weights, event time."""

import statistics

from .runs import mean, relative
from .tables import percent, table

FAMILIES = ("stationary", "drift", "bursty", "adversarial", "servegen", "csv-trace", "diurnal")
TUNED = FAMILIES[:4]
OURS = "regret-forecast"
BASELINES = ("gdsf-gated", "lfu-gated", "least-context-gated", "value-of-residency", "ski-rental")
#: What `paper` has, for a mean load price of 4.
LOAD_PER_GIGABYTE_AT_4 = 0.09252120277563608


def families(ember, available):
    rows, worst = [], {}
    for family in available:
        ratios = ember.ratios_to_bound(family, ["cloud", *BASELINES, OURS])
        rows.append([family] + [
            f"{statistics.fmean(ratios[p]):.3f} ± {statistics.stdev(ratios[p]):.3f}" for p in ("cloud", *BASELINES, OURS)
        ] + [f"{max(ratios['ski-rental']):.3f}", f"{max(ratios[OURS]):.3f}"])
        worst[family] = ratios
    six = [family for family in available if family != "diurnal"]
    rows.append(["*mean without diurnal*"] + [
        f"{statistics.fmean(statistics.fmean(worst[f][p]) for f in six):.3f}" for p in ("cloud", *BASELINES, OURS)
    ] + ["", ""])
    header = ["family", "cloud", *BASELINES, OURS, "ski rental's worst seed", "ours"]
    return table(header, rows)


def ingredients(ember, available):
    """What leaving something out adds to the cost of the whole policy, in percent."""
    variants = {
        "without context": ":context=0", "without sizes": ":sizes=0", "without own rates": ":rates=0",
        "requests of this slot not counted": ":present=0", "without regret": ":regret=0",
        "regret alone, no forecast": ":horizon=0:regret=2", "one memory, 0.04": ":memories=1:long=0.04",
        "two memories, 0.02 and 0.54": ":memories=2",
    }
    names = [OURS] + [OURS + suffix for suffix in variants.values()]
    columns = [ember.compare(family, names) for family in available]
    rows = [
        [what] + [percent(*relative(runs[OURS + suffix], runs[OURS])) for runs in columns]
        for what, suffix in variants.items()
    ]
    return table(["left out", *available], rows)


def load_prices(ember):
    """Percent above ours, at load prices from nearly nothing to twice that of `paper`."""
    prices = (0.05, 0.2, 0.5, 1, 2, 4, 8)
    policies = ("lru", "gdsf-gated", "lfu-gated", "least-context-gated", "value-of-residency", "ski-rental", OURS)
    text = []
    for family in TUNED:
        points = ember.sweep(family, policies, vary=[
            "defaults.costs.load_per_gigabyte="
            + ",".join(repr(price / 4 * LOAD_PER_GIGABYTE_AT_4) for price in prices)])
        rows = [
            [str(price), f"{mean(runs[OURS]):.2f}"]
            + [percent(*relative(runs[policy], runs[OURS])) for policy in policies[:-1]]
            for price, runs in zip(prices, points)
        ]
        text += [f"`{family}`:", table(["mean load price", "our cost", *policies[:-1]], rows)]
    return "\n\n".join(text)


def memory(ember):
    shares = {"10 %": "64.85GB", "25 %": "162.1GB", "50 %": "324.25GB", "75 %": "486.4GB", "95 %": "616GB"}
    policies = ("lru", *BASELINES, OURS)
    points = ember.sweep("drift", policies, vary=["memory.budget=" + ",".join(shares.values())])
    rows = [
        [share, f"{mean(runs[OURS]):.2f}"] + [percent(*relative(runs[policy], runs[OURS])) for policy in policies[:-1]]
        for share, runs in zip(shares, points)
    ]
    return table(["memory, of all pairs'", "our cost", *policies[:-1]], rows)


def context(ember):
    """Where accuracy is dear and context lives long, and where an eviction does not lose it."""
    policies = ("lfu-gated", "least-context", "least-context-gated", "ski-rental", OURS + ":context=0", OURS)
    rows = []
    for family in TUNED:
        for what, settings in (
            ("as it is", ()),
            ("accuracy x 5, Delta 0.06", ("defaults.accuracy.weight=0.125", "services.sparks.vanishing=0.06")),
            ("the same, context kept",
             ("defaults.accuracy.weight=0.125", "services.sparks.vanishing=0.06", "context=kept")),
            ("as it is, context kept", ("context=kept",)),
        ):
            runs = ember.compare(family, policies, settings)
            rows.append([family, what, f"{mean(runs[OURS]):.2f}"] + [
                percent(*relative(runs[policy], runs[OURS])) for policy in policies[:-1]])
    return table(["family", "setting", "our cost", *policies[:-1]], rows)


def other_worlds(ember):
    """Weights shared between services, and event time."""
    policies = ("lru", *BASELINES, OURS)
    rows = []
    for what, scenario, settings in (
        ("space-air-ground, pairs", "space-air-ground", ()),
        ("space-air-ground, instances", "space-air-ground", ("sharing=instances",)),
        ("long-context, pairs", "long-context", ()),
        ("long-context, instances", "long-context", ("sharing=instances",)),
        ("vr-session, event time", "vr-session", ()),
        ("vr-session, context kept", "vr-session", ("context=kept",)),
        ("vr-session, no cloud", "vr-session", ("events.offload=false",)),
        ("edge-box, costs measured", "edge-box", ()),
        ("edge-box, no loads ahead", "edge-box", ("memory.prefetch=never",)),
        ("edge-box, no cloud", "edge-box", ("events.offload=false",)),
        ("edge-box, neither", "edge-box", ("events.offload=false", "memory.prefetch=never")),
    ):
        runs = ember.compare(scenario, policies, settings)
        rows.append([what, f"{mean(runs[OURS]):.4g}"] + [
            percent(*relative(runs[policy], runs[OURS])) for policy in policies[:-1]])
    return table(["scenario", "our cost", *policies[:-1]], rows)
