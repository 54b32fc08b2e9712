"""The paper's published results, compared with ours."""

import statistics

from .runs import interval, mean, relative
from .tables import percent, table

LC, LFU = "least-context-gated", "lfu-gated"
#: GPT-3's accuracies (zero-, one-, few-shot; Brown et al., arXiv 2005.14165).
GPT3 = {
    "TriviaQA": (0.643, 0.680, 0.712), "NaturalQS": (0.146, 0.230, 0.299), "WebQS": (0.144, 0.253, 0.415),
    "StoryCloze": (0.832, 0.847, 0.877), "CoQA": (0.815, 0.840, 0.850), "DROP": (0.236, 0.343, 0.365),
    "3-digit addition": (0.342, 0.655, 0.804),
}
#: Demonstrations that stand for "few": as many as the window of `paper` holds.
FEW = 20


def figure_2(ember):
    """Accuracy of edge requests when a cached model may hold no, one or many demonstrations."""
    rows = []
    for task, (zero, one, few) in GPT3.items():
        cells = []
        for window in (0, 1, FEW):
            runs = ember.compare(_one_task(zero, one, few, window), ["least-context-gated"])["least-context-gated"]
            cells.append(100 * (1 - mean(runs, "accuracy_per_request")))
        rows.append([task, f"{100 * zero:.1f}", f"{100 * one:.1f}", f"{100 * few:.1f}"] + [f"{c:.1f}" for c in cells])
    columns = list(zip(*[[float(cell) for cell in row[1:]] for row in rows]))
    rows.append(["*mean*"] + [f"{statistics.fmean(column):.1f}" for column in columns])
    return table(
        ["task", "zero-shot, %", "one-shot", "few-shot", "cached, no context", "cached, one example", f"cached, {FEW}"],
        rows)


def _one_task(zero, one, few, window):
    return {
        "slots": 200, "memory": {"budget": "180GB"}, "services": {"task": {"vanishing": 0.6, "demonstration": 100}},
        "models": {"gpt3": {
            "memory": "175GB", "context": 100 * window, "costs": {"cloud": 1},
            "accuracy": {"weight": 1, "table": [[0, zero], [1, one], [FEW, few]]}}},
        "workload": {"kind": "stationary", "requests": 6},
    }


def table_2(ember):
    """The order of the published columns, and the ratios that the paper states."""
    names = ["random-set", "cloud", "fifo", "lru", "lfu", LFU, "least-context", LC]
    runs = ember.compare("paper", names)
    rows = [[
        name, f"{mean(runs[name]):.2f}", f"{mean(runs[name], 'switching'):.2f}",
        f"{mean(runs[name], 'accuracy_per_request'):.4f}", f"{100 * mean(runs[name], 'edge_ratio'):.1f} %",
    ] for name in names]
    return table(["policy", "system cost", "switching", "average accuracy cost", "edge ratio"], rows)


def grid(ember):
    """LC against LFU, both gated, over 48 settings; and the robust order in each."""
    vary = [
        "memory.budget=162GB,324GB,486GB", "defaults.costs.load_per_gigabyte=0.0231,0.0925", "services.sparks.vanishing=0.3,0.6,1.2,2.4",
        "defaults.accuracy.weight=0.025,0.125",
    ]
    names = ["random-set", "cloud", "fifo", LFU, LC]
    points = ember.sweep("paper", names, vary=vary)
    differences = [relative(runs[LC], runs[LFU]) for runs in points]
    better = sum(mean + half < 0 for mean, half in differences)
    worse = sum(mean - half > 0 for mean, half in differences)
    robust = exact = 0
    for runs in points:
        cost = {name: mean(runs[name]) for name in names}
        robust += max(cost[LC], cost[LFU]) < cost["cloud"] < min(cost["random-set"], cost["fifo"])
        exact += cost[LC] < cost[LFU] < cost["cloud"] < cost["random-set"] < cost["fifo"]
    all_seeds = [100 * (a["total"] / b["total"] - 1) for runs in points for a, b in zip(runs[LC], runs[LFU])]
    lines = [
        f"- settings: {len(points)}; seeds in each: {ember.seeds}",
        f"- LC cheaper than LFU, the 95 % interval of the paired difference below 0: {better}",
        f"- LC dearer, the interval above 0: {worse}; undecided: {len(points) - better - worse}",
        f"- LC against LFU over all settings and seeds: {percent(*interval(all_seeds))} %",
        f"- {{LC, LFU}} < Cloud < {{Random, FIFO}} in the means: {robust}",
        f"- the exact published order LC < LFU < Cloud < Random < FIFO: {exact}",
    ]
    cells = iter(differences)
    rows = []
    for memory in ("162 GB", "324 GB", "486 GB"):
        for load in ("1", "4"):
            for delta in ("0.3", "0.6", "1.2", "2.4"):
                rows.append([memory, load, delta, percent(*next(cells)), percent(*next(cells))])
    return "\n".join(lines) + "\n\n" + table(
        ["memory", "mean load price", "Delta", "LC to LFU, %, accuracy weight 0.025", "0.125"], rows)


def trends(ember):
    """The trends of the paper and its extensions, on the setting of arXiv 2403.05826."""
    names = ["cloud", "lru", LFU, LC, "regret-forecast"]
    base = {"base": "space-air-ground"}
    text = []
    for what, points in (
        ("services", [(str(n), base | {
            "services": {f"s{i:02}": {"vanishing": 0.6, "demonstration": 200} for i in range(n)},
            "workload": {"kind": "stationary", "requests": n, "zipf": 0.8}}) for n in (2, 5, 10, 20)]),
        ("requests a slot (users)", [(str(n), base | {
            "workload": {"kind": "stationary", "requests": n, "zipf": 0.8}}) for n in (5, 10, 20, 40)]),
        ("GPUs of 80 GB", [(str(n), base | {"memory": {"budget": f"{80 * n}GB"}}) for n in (5, 8, 16, 32, 64)]),
        ("vanishing factor Delta", [(str(d), base | {
            "services": {f"s{i:02}": {"vanishing": d, "demonstration": 200} for i in range(10)}})
            for d in (0.3, 0.6, 1, 2, 4)]),
    ):
        rows = []
        for label, scenario in points:
            runs = ember.compare(scenario, names)
            rows.append([label] + [f"{mean(runs[name]):.4f}" for name in names])
        text += [f"System cost by {what}:", table([what, *names], rows)]
    return "\n\n".join(text)
