"""The planner's benchmark works; what it measures is not tested."""

import json
import pathlib
import subprocess

from ember_binary import BINARY

BENCH = pathlib.Path(BINARY).resolve().parent / "planner-bench"


def run(*arguments):
    return subprocess.run([BENCH, *map(str, arguments)], capture_output=True, text=True, timeout=600)


def test_a_quick_run_reports_everything(tmp_path):
    done = run("--quick", "--json", tmp_path / "figures.json")
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "figures.json").read_text())
    rows = figures["throughput"]["rows"]
    assert {row["pairs"] for row in rows} == {16, 64, 256, 1024, 4096}
    assert all(0 < row["hitRatio"] <= 1 and row["nanoseconds"] > 0 for row in rows)
    assert all(row["p50Microseconds"] <= row["p99Microseconds"] for row in figures["decisions"])
    assert [row["requests"] for row in figures["memory"]] == [1000, 2000]
    for title in ("Requests on one core", "Memory", "Decision time"):
        assert f"## {title}" in done.stdout


def test_bad_options_are_told():
    assert run("--only", "lrru").stderr.startswith("--only: no policy is called 'lrru'; there are least-context,")
    assert run("--quik").stderr.startswith("usage: planner-bench")
    assert run("--quik").returncode != 0
