"""Writes docs/clients.md."""

import textwrap

from . import catalogue, sessions, verdicts
from .cases import CASES

INTRODUCTION = """\
A client needs Ember's address and the name of a configured model. Where keys are configured, it needs one of them as its API
key; without keys, most clients still want some word. This page shows the two lines that each client takes, and compares what
it shows its user with Ember and with llama-server. [operating.md](operating.md#keys-and-exposure) explains keys,
[messages.md](messages.md) Anthropic's API, [ollama.md](ollama.md) Ollama's."""
METHOD = """\
Each client runs the same {count} cases, once with Ember and once with the bare llama-server: the same model files and
settings, on loopback. Compared is what the client shows its user: the text and the form of an answer, or the class and the
status of an error; the words of errors may differ. The model is SmolLM2-135M with a chat template that has tools,
embeddings are of all-MiniLM-L6-v2. All clients try once: their own retries are off."""
CELLS = """\
*As llama-server*: its user is shown the same. *Better* and *differs* link to the page that gives the reason, and are
[explained below](#what-differs). *No such call*: the client cannot do it."""
SESSIONS = """\
A client sends the whole conversation with each request. Ember [finds it by its content](context.md#conversations), and the
engine computes what comes behind the first difference. So a client that only adds to the end has only its new tokens computed.
The SDKs do that: they send what their program gives them (`Tests/EndToEnd/test_sessions.py` has ten turns with tools and in
streams)."""
AIDER = """\
**aider** changes messages that it has sent before. In each of these sessions it gets ten messages; the table has the tokens that
each of its requests computed, of all its tokens. The model is SmolLM2-135M."""
CAUSES = (
    "aider puts a reminder behind the newest message (with `whole` it is the format of changes, about 210 tokens; with questions the "
    "language, or two line breaks), and removes it from that message when the next one comes. So each request computes the "
    "reminder and the last answer again. `reminder: null` in aider's model settings turns this off.",
    "After a change, aider moves the messages about it before the file: both are computed again.",
    "Even with `reminder: null`, an answer is computed again where its text has other tokens than the model chose.",
    "aider also puts a map of a repository, and a summary of a long history, before the newest messages (not in the table). "
    "Where these change, all that stands behind them is computed again. A summary is asked for by a request of its own, which "
    "needs another slot: with `parallel: 4` the conversation kept its own.",
)


def write(path, results, found, described, commit, command):
    """`found` has the turns by session; none where they were not tried."""
    made = (
        f"{described['date']}; {described['cpu']}, {described['cores']} cores, {described['kernel']}, "
        f"load {described['load_before']} before; {commit}.\nMade by `{command}`.")
    path.write_text("\n\n".join([
        "# Clients", _wrapped(INTRODUCTION), "## How to point them at Ember", *_pointing(),
        "## What was tried", made, _wrapped(METHOD.format(count=len(CASES))), _wrapped(CELLS), _table(results),
        *_not_tried(results), "The cases:", _cases(), "## What differs", *_differences(results),
        "## Sessions", _wrapped(SESSIONS), *_sessions(found)]) + "\n")


def _wrapped(text, **options):
    return textwrap.fill(" ".join(text.split()), 120, break_long_words=False, break_on_hyphens=False, **options)


def _pointing():
    for client in catalogue.CLIENTS:
        yield f"**{client.name}**\n\n```{client.language}\n{client.pointing}\n```"


def _rows(*rows):
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|---" * len(rows[0]) + "|")
    return "\n".join(lines)


def _table(results):
    rows = [
        [f"{result.client.name} {result.version or ''}".strip(), *(_cell(result, case) for case in CASES)]
        for result in results]
    return _rows(["client", *(case.title for case in CASES)], *rows)


def _cell(result, case):
    found = verdicts.cell(result, case)
    if found.kind == "explained":
        return f"[{found.reason.verdict}]({found.reason.link})"
    return {"same": "as llama-server", "none": "no such call", "not tried": "not tried", "wrong": "**wrong**"}[found.kind]


def _not_tried(results):
    missing = [f"- {result.client.name}: not tried: {result.reason}" for result in results if result.reason]
    return ["\n".join(missing)] if missing else []


def _cases():
    return _rows(["case", ""], *([case.title, case.text] for case in CASES))


def _differences(results):
    """Each reason, and what every client shows where it holds."""
    for reason in verdicts.REASONS:
        rows = [
            [result.client.name, case.title, _shown(result.ember[case.name]), _shown(result.llama_server[case.name])]
            for case in CASES for result in results
            if verdicts.cell(result, case).kind == "explained" and verdicts.cell(result, case).reason is reason]
        if rows:
            yield _wrapped(f"[{reason.verdict.capitalize()}]({reason.link}): {reason.text}")
            yield _rows(["client", "case", "with Ember", "with llama-server"], *rows)


def _shown(outcome):
    if "error" not in outcome:
        return "an answer"
    return f"{outcome['error']}, {outcome['status']}" if outcome["status"] else outcome["error"]


def _sessions(found):
    if not found:
        return ["aider's sessions: not tried."]
    most = max(len(turns) for turns in found.values())
    rows = [
        [session.title, *(f"{turn.computed} of {turn.prompt}" for turn in found[session.name])]
        for session in sessions.SESSIONS]
    header = ["request", *map(str, range(1, most + 1))]
    causes = [_wrapped(f"- {cause}", subsequent_indent="  ") for cause in CAUSES]
    return [_wrapped(AIDER), _rows(header, *(row + [""] * (len(header) - len(row)) for row in rows)), "\n".join(causes)]
