"""One client sends the worst requests that are known; another one's ordinary requests stay as quick as they were."""

import itertools
import os
import threading
import time

from ember_process import MINILM, SMOLLM2, SMOLLM2_Q8
from odd_bodies import worst_requests

# EMBER_TEST_SECONDS=60 is the full count, of a release build on an idle machine: there the bad client makes no pauses. In a debug
# build Ember computes several times as long on each of its requests, and a busy machine has no core to spare for that.
IS_FULL = "EMBER_TEST_SECONDS" in os.environ
SECONDS = float(os.environ.get("EMBER_TEST_SECONDS", "15"))
REST_SECONDS = 0 if IS_FULL else 0.25
# By itself, before and after: what the machine does meanwhile counts for both.
ALONE_SECONDS = 5
# How much longer than that a slow machine may need until each of the worst requests was sent.
PATIENCE_SECONDS = 120
WORST = list(worst_requests())

CONFIG = f"""
memory: {{budget: 700MB}}
models:
  smollm2: {{path: {SMOLLM2}, context: 4096}}
  smollm2-q8: {{path: {SMOLLM2_Q8}, context: 4096}}
  minilm: {{path: {MINILM}, embeddings: true, context: 2048}}
"""


def chats(server, seconds, is_enough=lambda: True):
    """How long each of one client's chats takes, one after the other, for this long and until it is enough."""
    times, end, latest = [], time.monotonic() + seconds, time.monotonic() + seconds + PATIENCE_SECONDS
    while time.monotonic() < end or not is_enough() and time.monotonic() < latest:
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

    def has_sent_all(self):
        return len(self.answers) >= len(WORST)

    def run(self):
        for name, path, body in itertools.cycle(WORST):
            if self.stopping.is_set():
                return
            self.answers.append((name, self.server.request(path, body)[0]))
            time.sleep(REST_SECONDS)


def compare(server):
    """The quiet client's p95 alone and beside the bad neighbour, and the answers that this one got."""
    alone = chats(server, ALONE_SECONDS)
    bad = BadNeighbour(server)
    bad.start()
    beside = chats(server, SECONDS, is_enough=bad.has_sent_all)
    bad.stopping.set()
    bad.join(60)
    return p95(alone + chats(server, ALONE_SECONDS)), p95(beside), bad.answers


def test_another_clients_requests_stay_quick(ember):
    server = ember(CONFIG)
    chats(server, 1)
    # What else the machine does may spoil a comparison, but not three of them.
    for _ in range(3):
        alone, beside, answers = compare(server)
        print(f"p95 {alone:.3f} s alone, {beside:.3f} s beside {len(answers)} of the worst")
        assert len({name for name, _ in answers}) == len(WORST) == 20, "each of them was sent"
        assert {status for _, status in answers} <= {400, 413}, answers
        assert server.state()["cost"]["loads"] == 1
        if beside < 3 * alone:
            return
    assert beside < 3 * alone
