#!/usr/bin/env python3
"""Saved KV states, compressed: bytes, and seconds beside those of the restore. Needs the programs zstd and lz4.

For each model file: a prompt of documentation is computed by llama-server, saved, restored, and the file compressed.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "scripts/study")]

from ember_bench import script  # noqa: E402
from ember_bench.processes import free_port, server  # noqa: E402
from ember_bench.swapping import engine_program  # noqa: E402
from ember_setup.places import Places  # noqa: E402
from ember_setup.report import SetupError  # noqa: E402
from ember_study.tables import table  # noqa: E402

CONTEXT = 4096
TEXT = ROOT / "docs/operating.md"
# Of English text, about four a token.
CHARACTERS = 8000
METHODS = (("zstd -1", ("zstd", "-1")), ("zstd -3", ("zstd", "-3")), ("lz4 -1", ("lz4", "-1")))
TRIES = 5


def post(address, path, body):
    request = urllib.request.Request(
        f"http://{address}{path}", json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=600) as response:
        return json.load(response)


def save(places, model, folder):
    """The file of a saved state, its tokens, and the seconds that its restore takes."""
    address = f"127.0.0.1:{free_port()}"
    command = [
        engine_program(places), "--model", model, "--host", "127.0.0.1", "--port", address.rsplit(":", 1)[1], "--ctx-size",
        CONTEXT, "--parallel", 1, "--slot-save-path", folder, "--no-webui",
    ]
    with server("engine", command, f"http://{address}/health", folder, until_ok=True):
        post(address, "/completion", {"prompt": TEXT.read_text()[:CHARACTERS], "n_predict": 1, "id_slot": 0})
        tokens = post(address, "/slots/0?action=save", {"filename": "state.kv"})["n_saved"]
        seconds = min(
            post(address, "/slots/0?action=restore", {"filename": "state.kv"})["timings"]["restore_ms"] / 1000
            for _ in range(TRIES))
    return pathlib.Path(folder, "state.kv"), tokens, seconds


def compress(file, program):
    """The bytes, and the seconds of compressing and of the way back: the fastest of several."""
    small = file.with_suffix(".small")
    there = fastest([*program, "-c", file], small)
    back = fastest([program[0], "-d", "-c", small], file.with_suffix(".back"))
    if file.read_bytes() != file.with_suffix(".back").read_bytes():
        raise SetupError(f"{program[0]} did not give {file} back as it was")
    return small.stat().st_size, there, back


def fastest(command, result):
    times = []
    for _ in range(TRIES):
        with result.open("wb") as output:
            began = time.monotonic()
            subprocess.run([str(part) for part in command], stdout=output, check=True)
            times.append(time.monotonic() - began)
    return min(times)


def rows(places, model):
    with script.folder("compression") as folder:
        file, tokens, restore = save(places, model, folder)
        size = file.stat().st_size
        for name, program in METHODS:
            small, there, back = compress(file, program)
            yield [
                model.stem, str(tokens), f"{size / 1e6:.1f}", f"{restore:.3f}", name, f"{1 - small / size:.1%}", f"{there:.3f}",
                f"{back:.3f}", f"{back / restore:.1f}",
            ]


def work():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+", type=pathlib.Path, help="GGUF files")
    chosen = parser.parse_args()
    for name in ("zstd", "lz4"):
        if not shutil.which(name):
            raise SetupError(f"{name} is missing: install the system package of that name")
    places = Places.from_environment()
    found = [row for model in chosen.models for row in rows(places, model.resolve())]
    print(table(
        ["model", "tokens", "MB", "restore, s", "method", "fewer bytes", "compress, s", "decompress, s", "of the restore"], found))
    return 0


if __name__ == "__main__":
    sys.exit(script.run("compression", work))
