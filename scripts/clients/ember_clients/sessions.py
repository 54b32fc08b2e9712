"""Ten messages to aider in one session: which tokens of each request are new, and which are computed."""

import itertools
import pathlib
from collections import namedtuple

from . import catalogue, places, trial

MESSAGES = 10
CLIENT = next(client for client in catalogue.CLIENTS if client.name == "aider")
DRIVER = catalogue.DRIVERS / "aider_session.py"
#: What a template puts around messages, and the last token of a prompt.
MARKS = 16
#: In this many turns of a session the engine's tokens of an answer may be others than the model chose.
REWRITTEN = 3

#: `again`: tokens before the new ones that each turn computes, beside the last answer if `repeats_answer`.
Session = namedtuple("Session", "name title again repeats_answer")
#: Tokens of a request: all of its prompt, the computed ones, its answer.
Turn = namedtuple("Turn", "prompt computed answer")

SESSIONS = (
    Session("questions", "questions (`--chat-mode ask`)", 0, True),
    Session("no reminder", "the same with `reminder: null`", 0, False),
    # The file, the last message and the reminder.
    Session("changes", "changes of a file (`--edit-format whole`)", 340, True),
)


def run(pythons, binary, folder, say):
    """The turns by session; none where the client cannot be run. `folder` is short, as it holds Unix sockets."""
    python, reason = pythons[CLIENT.packages]
    if reason:
        return {}
    say(f"aider: {len(SESSIONS)} sessions of {MESSAGES} messages")
    home = pathlib.Path(folder, "sessions")
    with places.of_sessions(binary, folder) as place:
        asked = dict.fromkeys((session.name for session in SESSIONS), place)
        shown = trial.drive("aider's sessions", [str(python), str(DRIVER)], asked, home)
    assert all("turns" in outcome for outcome in shown.values()), shown
    return {name: [Turn(*turn) for turn in outcome["turns"]] for name, outcome in shown.items()}


def new(before, now):
    """Tokens of a prompt that neither the prompt before had nor the answer to it."""
    return now.prompt - before.prompt - before.answer


def problems(found):
    """A line for each turn that computes more than its client makes necessary."""
    for session in SESSIONS if found else ():
        turns = found[session.name]
        if len(turns) < MESSAGES:
            yield f"aider, {session.title}: {len(turns)} requests for {MESSAGES} messages"
        yield from _excesses(session, turns)


def _excesses(session, turns):
    rewritten = 0
    for number, (before, now) in enumerate(itertools.pairwise(turns), 2):
        excess = now.computed - new(before, now) - session.again - MARKS
        if not session.repeats_answer and 0 < excess <= before.answer:
            rewritten += 1
        if excess > before.answer or rewritten > REWRITTEN:
            yield f"aider, {session.title}, request {number}: {now.computed} tokens computed: {before}, {now}"
