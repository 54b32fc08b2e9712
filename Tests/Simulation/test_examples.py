"""The examples for clusters, as far as they go without one."""

import json
import os
import pathlib
import subprocess

import pytest
from ember_binary import BINARY

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"


@pytest.fixture
def programs(tmp_path):
    """A folder for PATH with ember and an sbatch that writes down its arguments."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "ember").symlink_to(BINARY)
    (folder / "sbatch").write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {tmp_path}/queued\n')
    (folder / "sbatch").chmod(0o755)
    return folder


def test_a_task_of_the_slurm_array_writes_its_shard(ember, programs, tmp_path):
    """With as many shards as make a task short."""
    for number in (1, 7):
        slurm = {
            "SLURM_ARRAY_TASK_ID": str(number), "SLURM_ARRAY_TASK_COUNT": "450", "SLURM_ARRAY_JOB_ID": "99",
            "SLURM_CPUS_PER_TASK": "2",
        }
        subprocess.run(
            ["bash", EXAMPLES / "slurm/sweep.sbatch"], cwd=tmp_path, check=True, capture_output=True, timeout=300,
            env=os.environ | slurm | {"PATH": f"{programs}:{os.environ['PATH']}"})
    shards = [tmp_path / f"sweep-results/shard-{number}.json" for number in (1, 7)]
    assert [json.loads(shard.read_text())["shard"] for shard in shards] == [
        {"count": 450, "number": 1}, {"count": 450, "number": 7}]
    assert "of 450 shards 448 are missing: 2, 3, 4, 5, 6, 8" in ember("merge", *shards, fails=True)
    queued = (tmp_path / "queued").read_text().splitlines()
    assert "--dependency=afterok:99" in queued, "the merge is queued once, by the first task"
    merges = [line for line in queued if line.startswith("--wrap=")]
    assert merges == ["--wrap=ember merge sweep-results/shard-*.json --format html --output sweep-results/report.html"]


# What the example uses of Ray, done at once and in this process.
RAY = """
def init(**settings): pass
def get(task): return task()
def wait(tasks): return tasks[-1:], tasks[:-1]
class remote:
    def __init__(self, function): self.function = function
    def options(self, num_cpus): return self
    def remote(self, command): return lambda: self.function(command)
"""


@pytest.mark.parametrize("vary, fails", [("memory.budget=100GB,300GB", False), ("memori=1,2", True)])
def test_the_ray_example_merges_to_the_same_bytes(ember, tmp_path, vary, fails):
    (tmp_path / "ray.py").write_text(RAY)
    sweep = ["--scenario", "paper", "--set", "slots=20", "--vary", vary, "--policies", "lru,cloud", "--seeds", "3"]
    done = subprocess.run(
        ["python3", EXAMPLES / "ray/sweep.py", "--shards", "4", "--ember", BINARY, "--format", "json", "--", *sweep],
        capture_output=True, text=True, timeout=300, env=os.environ | {"PYTHONPATH": str(tmp_path)})
    assert (done.returncode != 0) == fails, done.stderr
    if fails:
        assert "shard 4 of 4 failed: Error: flag --vary: memori: unknown key; did you mean memory?" in done.stderr
    else:
        assert done.stdout == ember("sweep", *sweep, "--format", "json")
