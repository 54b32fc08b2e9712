"""Plays the day: requests go out at their times, whether or not earlier ones have been answered."""

import collections
import dataclasses
import sys
import threading
import time

from . import client, questions
from .day import Arrival

PROGRESS_SECONDS = 5


@dataclasses.dataclass(frozen=True)
class Played:
    """A request and what became of it."""

    arrival: Arrival
    outcome: client.Outcome


class Player:
    def __init__(self, address, upstream, seconds):
        self._address, self._upstream, self._seconds = address, upstream, seconds
        self._played = []
        self._threads = []
        self._phase = ""
        self._began = self._told = time.monotonic()

    def play(self, arrivals, changes):
        """All requests with their outcomes, in the order of arrival; returns when the last one has ended."""
        self._began = self._told = time.monotonic()
        # A change goes before a request of the same time.
        steps = sorted([*changes, *arrivals], key=lambda step: (step.time, isinstance(step, Arrival)))
        for step in steps:
            self._wait_until(step.time)
            if isinstance(step, Arrival):
                self._send(step)
            else:
                self._change(step)
        self._wait_until(self._seconds)
        self._await_answers()
        return sorted(self._played, key=lambda played: played.arrival.number)

    def _change(self, change):
        self._upstream.behaviour = change.behaviour
        if change.begins:
            self._phase = change.begins.name
            self._say(f"{change.begins.name}: {change.begins.story}")
        else:
            self._say(f"{self._phase}: the cloud is now \"{change.behaviour}\"")

    def _send(self, arrival):
        # A daemon: an interrupted day ends at once.
        thread = threading.Thread(target=self._ask, args=(arrival,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _ask(self, arrival):
        path, body = questions.request(arrival)
        outcome = client.ask(self._address, path, body, arrival.kind.service)
        self._played.append(Played(arrival, outcome))

    def _wait_until(self, moment):
        """Tells how far the day is, every few seconds."""
        while (left := self._began + moment - time.monotonic()) > 0:
            time.sleep(min(left, max(0.0, self._told + PROGRESS_SECONDS - time.monotonic())))
            self._tell()

    def _await_answers(self):
        for thread in self._threads:
            while thread.is_alive():
                thread.join(PROGRESS_SECONDS)
                self._tell()

    def _tell(self):
        now = time.monotonic()
        if now >= self._told + PROGRESS_SECONDS:
            self._told = now
            self._say(f"{self._phase}: {progress(len(self._threads), self._played)}")

    def _say(self, text):
        print(f"demo: {time.monotonic() - self._began:4.0f} s  {text}", file=sys.stderr, flush=True)


def progress(sent, played):
    places = collections.Counter(one.outcome.place for one in list(played))
    rare = "".join(f", {places[place]} {place}" for place in (client.BROKEN, client.LOST) if places[place])
    return f"{sent} sent; answered: {places['edge']} edge, {places['cloud']} cloud, {places['refused']} refused{rare}"
