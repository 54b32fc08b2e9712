"""Runs the tools that the set-up needs."""

import contextlib
import subprocess

from .report import SetupError


@contextlib.contextmanager
def started(command, **options):
    """Starts a tool and makes sure that it does not outlive the block."""
    try:
        process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", **options,
        )
    except FileNotFoundError:
        raise SetupError(f"{command[0]} was not found: install it and run the set-up again")
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.stdout.close()
        process.wait()


def run(command, **options):
    """Runs a tool to its end: (exit code, all it wrote)."""
    with started(command, **options) as process:
        output = process.stdout.read()
        return process.wait(), output
