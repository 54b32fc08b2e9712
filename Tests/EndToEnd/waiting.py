"""Waiting for what comes by itself."""

import time


def eventually(condition, seconds=20):
    """What the condition tells once it is true."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
    return found
