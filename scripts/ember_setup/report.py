"""What the set-up says to its user, and how it fails."""

import sys


class SetupError(Exception):
    """A failure that its user can mend: one line that says what is wrong and what to do."""


def say(message):
    print(message, flush=True)


class Progress:
    """One line of progress: rewritten in place on a terminal, every tenth part in a log."""

    def __init__(self, title, stream=None):
        self._title = title
        self._stream = stream or sys.stdout
        self._in_place = self._stream.isatty()
        self._last_tenth = -1

    def show(self, done, total):
        line = f"{self._title}: {done}/{total}"
        if self._in_place:
            end = "\n" if done == total else ""
            self._stream.write(f"\r{line}{end}")
            self._stream.flush()
            return
        tenth = done * 10 // total
        if tenth != self._last_tenth:
            self._last_tenth = tenth
            self._stream.write(f"{line}\n")
            self._stream.flush()
