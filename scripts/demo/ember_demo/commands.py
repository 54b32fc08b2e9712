"""What Ember's own commands make of the day's log."""

import json
import subprocess
import sys

from ember_setup.report import SetupError

BASELINES = ("regret-forecast", "value-of-residency", "least-context-gated", "lfu", "lru", "fifo", "random", "cloud")
#: Only policies that make random choices differ between seeds.
SEEDS = 5
USAGE_ERROR = 64


def replay(binary, log):
    """The costs of the day, decided again from its log to the same effects."""
    done = _run(binary, "replay", log, "--json")
    if done.returncode != 0:
        raise SetupError(f"ember replay {log}: {_why(done)}")
    return json.loads(done.stdout)


def compare(binary, log, policy):
    """{policy: figures} of the same day under other policies; None from an Ember that cannot do that."""
    done = _run(
        binary, "compare", "--events", log, "--policies", ",".join(policies(policy)), "--seeds", SEEDS, "--format", "json")
    if done.returncode == USAGE_ERROR:
        print("demo: this ember has no compare --events: other policies are left out", file=sys.stderr)
        return None
    if done.returncode != 0:
        raise SetupError(f"ember compare --events {log}: {_why(done)}")
    return {row["policy"]: row for row in json.loads(done.stdout)["rows"]}


def policies(policy):
    """The day's own first."""
    return [policy, *(name for name in BASELINES if name != policy)]


def _run(binary, *arguments):
    return subprocess.run([str(binary), *map(str, arguments)], capture_output=True, text=True)


def _why(done):
    """Its last words: an error stands at the end."""
    lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return lines[-1] if lines else f"ended with {done.returncode}, and said nothing"
