"""A sweep on a Ray cluster: each task runs one shard with `ember`, the driver merges them.

    pip install ray
    python sweep.py --shards 16 --output report.html -- --scenario paper --vary memory.budget=100GB,200GB,400GB --seeds 100

What stands after `--` goes to `ember sweep` as it is. Without a cluster Ray starts one on this machine; RAY_ADDRESS
names another one, such as RAY_ADDRESS=auto on its head node. `ember` (or --ember) must be there on every node. The
report is the one that a single `ember sweep` would write, to the last byte.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

import ray


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shards", type=int, default=16, help="tasks that the work is cut into")
    parser.add_argument("--cpus", type=int, default=1, help="processor cores for each task")
    parser.add_argument("--format", choices=["table", "csv", "json", "html"], default="html")
    parser.add_argument("--output", type=pathlib.Path, help="the report's file; by default it is printed")
    parser.add_argument("--ember", default="ember", help="the program, on every node")
    parser.add_argument("sweep", nargs="+", help="after --: the options of ember sweep")
    return parser.parse_args()


@ray.remote
def run_shard(command):
    """The shard's `ember`, ended: its code, what it wrote, what it complained of."""
    return subprocess.run(command, capture_output=True, text=True)


def main():
    options = arguments()
    ray.init(log_to_driver=False)
    sweep = [options.ember, "sweep", *options.sweep, "--jobs", str(options.cpus)]
    tasks = {
        run_shard.options(num_cpus=options.cpus).remote([*sweep, "--shard", f"{number}/{options.shards}"]): number
        for number in range(1, options.shards + 1)
    }
    with tempfile.TemporaryDirectory() as folder:
        files, waiting = [], list(tasks)
        while waiting:
            (task,), waiting = ray.wait(waiting)
            done = ray.get(task)
            if done.returncode != 0:
                sys.exit(f"shard {tasks[task]} of {options.shards} failed: {done.stderr.strip()}")
            file = pathlib.Path(folder, f"shard-{tasks[task]}.json")
            file.write_text(done.stdout)
            files.append(str(file))
            print(f"{len(files)} of {options.shards} shards", file=sys.stderr)
        merge = [options.ember, "merge", *files, "--format", options.format]
        if options.output:
            merge += ["--output", str(options.output)]
        sys.exit(subprocess.run(merge).returncode)


if __name__ == "__main__":
    main()
