"""One client sends the worst requests that are known; another one's ordinary requests stay as quick as they were."""

import itertools
import os
import threading
import time

from ember_process import MINILM, SMOLLM2, SMOLLM2_Q8
from odd_bodies import worst_requests

SECONDS = float(os.environ.get("EMBER_TEST_SECONDS", "60"))
# By itself, before and after: what the machine does meanwhile counts for both.
ALONE_SECONDS = 10

CONFIG = f"""
memory: {{budget: 700MB}}
models:
  smollm2: {{path: {SMOLLM2}, context: 4096}}
  smollm2-q8: {{path: {SMOLLM2_Q8}, context: 4096}}
  minilm: {{path: {MINILM}, embeddings: true, context: 2048}}
"""


def chats(server, seconds):
    """How long each of one client's chats takes, one after the other."""
    times, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        status, _, answer = server.chat("smollm2", "What is the capital of France?", max_tokens=8)
        times.append(time.monotonic() - began)
        assert status == 200, answer
    return times


def p95(times):
    return sorted(times)[int(0.95 * len(times))]


class BadNeighbour(threading.Thread):
    """Sends the worst requests in turn until it is stopped, and keeps what it hears."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.answers, self.stopping = server, [], threading.Event()

    def run(self):
        for name, path, body in itertools.cycle(list(worst_requests())):
            if self.stopping.is_set():
                return
            self.answers.append((name, self.server.request(path, body)[0]))


def test_another_clients_requests_stay_quick(ember):
    server = ember(CONFIG)
    chats(server, 1)
    alone = chats(server, ALONE_SECONDS)
    bad = BadNeighbour(server)
    bad.start()
    beside = chats(server, SECONDS)
    bad.stopping.set()
    bad.join(60)
    alone += chats(server, ALONE_SECONDS)
    assert len({name for name, _ in bad.answers}) == 20, "each of them was sent"
    assert {status for _, status in bad.answers} <= {400, 413}, bad.answers
    assert server.state()["cost"]["loads"] == 1
    assert p95(beside) < 3 * p95(alone), (p95(beside), p95(alone), len(bad.answers))
    print(f"p95 {p95(alone):.3f} s alone, {p95(beside):.3f} s beside {len(bad.answers)} of the worst")
