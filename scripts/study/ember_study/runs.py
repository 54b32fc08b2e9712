"""Runs ember on scenarios and gives figures by policy and seed."""

import json
import pathlib
import statistics
import subprocess
import tempfile


class Ember:
    """The program, the traces that it finds, and how many seeds are run from which one on."""

    def __init__(self, binary, traces, seeds, first_seed=1):
        self.binary = pathlib.Path(binary)
        self.traces = ["--traces", str(traces)] if traces else []
        self.seeds, self.first_seed = seeds, first_seed

    def compare(self, scenario, policies, settings=()):
        """Runs without bounds: {policy: [figures of each seed]}."""
        points = self.sweep(scenario, policies, settings=settings)
        return points[0]

    def sweep(self, scenario, policies, vary=(), settings=()):
        """The same at each point of a grid, in its order."""
        with scenario_file(scenario) as file:
            command = [*(("sweep",) if vary else ("compare",)), "--scenario", file, "--policies", ",".join(policies)]
            for text in vary:
                command += ["--vary", text]
            raw = json.loads(self._run(*command, *self._common(settings), "--shard", "1/1"))
        names = raw["header"]["policies"]
        points = {}
        for run in raw["runs"]:
            at = run["id"]
            by_policy = points.setdefault(at["point"], {name: [] for name in names})
            by_policy[names[at["policy"]]].append(run["figures"])
        return [points[number] for number in sorted(points)]

    def ratios_to_bound(self, scenario, policies):
        """{policy: [ratio of each seed]}, the clairvoyant's among them."""
        ratios = {}
        for seed in range(self.first_seed, self.first_seed + self.seeds):
            answer = self._run(
                "compare", "--scenario", scenario, "--policies", ",".join(policies), "--seeds", 1, "--first-seed", seed,
                "--bounds", "--format", "json", *self.traces)
            for row in json.loads(answer)["rows"]:
                if row["policy"] != "lower-bound":
                    ratios.setdefault(row["policy"], []).append(row["bound_ratio"])
        return ratios

    def _common(self, settings):
        options = ["--seeds", self.seeds, "--first-seed", self.first_seed, *self.traces]
        for text in settings:
            options += ["--set", text]
        return options

    def _run(self, *arguments):
        done = subprocess.run([self.binary, *map(str, arguments)], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"study: ember {' '.join(map(str, arguments))}: {done.stderr.strip()}")
        return done.stdout


class scenario_file:
    """A scenario's name or path as it is; one given as a dictionary becomes a file for as long as it is needed."""

    def __init__(self, scenario):
        self.scenario, self.folder = scenario, None

    def __enter__(self):
        if not isinstance(self.scenario, dict):
            return self.scenario
        self.folder = tempfile.TemporaryDirectory()
        path = pathlib.Path(self.folder.name, "scenario.yaml")
        # JSON is YAML.
        path.write_text(json.dumps(self.scenario))
        return str(path)

    def __exit__(self, *_):
        if self.folder:
            self.folder.cleanup()


def mean(runs, key="total"):
    return statistics.fmean(run[key] for run in runs)


#: Student's t, two-sided, 95 %, for the usual numbers of seeds less one.
T95 = {1: 12.706, 2: 4.303, 4: 2.776, 9: 2.262, 19: 2.093, 39: 2.023, 99: 1.984}


def interval(values):
    """Mean and half of the 95 % interval."""
    if len(values) < 2:
        return values[0], float("nan")
    t = T95.get(len(values) - 1, 1.96)
    return statistics.fmean(values), t * statistics.stdev(values) / len(values) ** 0.5


def relative(runs, to, key="total"):
    """Percent more than the other policy, seed by seed: mean and half of the 95 % interval."""
    return interval([100 * (a[key] / b[key] - 1) for a, b in zip(runs, to)])
