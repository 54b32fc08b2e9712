"""aider, ten messages in one session: how many tokens each of its requests has, and how many of them were computed.

It reads from its input, by session, where to send the requests; it prints a line a session.
"""

import contextlib
import io
import json
import pathlib

import aider_client
import common
from aider import models
from aider.main import main as aider

PLACES = ("Paris", "Rome", "Oslo", "Lima", "Cairo", "Quito", "Delhi", "Tokyo", "Sofia", "Berlin")
QUESTIONS = [f"What is {place} known for, and what would you show a visitor of {place} who has a single day?" for place in PLACES]
CHANGES = [f"Let the program greet a visitor from {place}." for place in PLACES]
FILE = "greeting.py"
PROGRAM = """\
def greeting(name):
    return f'Hello {name}'


print(greeting('Eva from %s'))
"""
#: Answers of a sentence, which end by themselves: one that is cut ends aider's turn with an error.
SENTENCE = {"max_tokens": 512, "stop": [".", "\n"]}


def program(place):
    """The answer that changes the file, as a grammar: a model as small as this one writes no file by itself."""
    return {"max_tokens": 512, "extra_body": {"grammar": "root ::= " + json.dumps(f"{FILE}\n```\n{PROGRAM % place}```\n")}}


def talk(place, mode, messages, *files, **settings):
    """The tokens of each request: prompt, computed, answer. `messages` come with the parameters of their answers."""
    turns, send = [], models.Model.send_completion

    def recorded(*arguments, **named):
        found = send(*arguments, **named)
        usage = found[1].usage
        cached = usage.prompt_tokens_details.cached_tokens
        turns.append([usage.prompt_tokens, usage.prompt_tokens - cached, usage.completion_tokens])
        return found

    models.Model.send_completion = recorded
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            coder = aider([*aider_client.arguments(place, mode, {}, **settings), "--no-stream", *files], return_coder=True)
            for text, parameters in messages:
                coder.main_model.extra_params.update(parameters)
                coder.run(with_message=text)
    finally:
        models.Model.send_completion = send
    return {"turns": turns}


def ask(place, **settings):
    return talk(place, "ask", [(text, SENTENCE) for text in QUESTIONS], **settings)


def change(place):
    pathlib.Path(FILE).write_text(PROGRAM % "nowhere", encoding="utf-8")
    return talk(place, "whole", [(text, program(name)) for text, name in zip(CHANGES, PLACES)], FILE)


if __name__ == "__main__":
    common.main({"questions": ask, "no reminder": lambda place: ask(place, reminder=None), "changes": change})
