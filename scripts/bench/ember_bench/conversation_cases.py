"""What is asked: conversations in which a follow-up comes after something has happened to the model or its server."""

import dataclasses
import time

#: What a user takes to read and think; by then a state may be saved.
PAUSE_SECONDS = 6.0
PLACES = ("the harbour", "the station", "the old mill", "the library", "the market")


@dataclasses.dataclass(frozen=True)
class Asked:
    """A request and what it cost."""

    seconds: float
    text: str
    prompt_tokens: int
    computed_tokens: int


def document(name, lines):
    """A text that no other name has; a line is about 17 tokens."""
    readings = (f"Line {line}: sensor {line * 3} at {PLACES[line % 5]} reads {line * 7 % 50} degrees." for line in range(lines))
    return f"Report {name}.\n" + "\n".join(readings)


class Conversation:
    """Turns of a user and a model."""

    def __init__(self, text, model=0, system=None):
        self.model = model
        self.messages = [{"role": "system", "content": system}] if system else []
        self.messages.append({"role": "user", "content": text})

    def ask(self, system, began=None):
        """The time counts from the request, or from an earlier moment."""
        before = 0.0 if began is None else time.monotonic() - began
        answer = system.ask(self.model, self.messages)
        self.messages.append({"role": "assistant", "content": answer.text})
        return Asked(
            before + answer.seconds, answer.text, answer.prompt_tokens, answer.prompt_tokens - answer.reused_tokens)

    def follow_up(self, text):
        self.messages.append({"role": "user", "content": text})
        return self


QUESTION = "\nHow many places are there?"
NEXT = "And which one is the first?"


def swapped(system, run, lines):
    talk = Conversation(document(run, lines) + QUESTION)
    talk.ask(system)
    time.sleep(PAUSE_SECONDS)
    if system.models > 1:
        system.ask(1, [{"role": "user", "content": "Hello"}])
    return [talk.follow_up(NEXT).ask(system)]


def restarted(system, run, end):
    """From the start of the server to the first token."""
    talk = Conversation(document(run, 170) + QUESTION)
    talk.ask(system)
    time.sleep(PAUSE_SECONDS)
    end()
    began = time.monotonic()
    system.start()
    return [talk.follow_up(NEXT).ask(system, began)]


def in_turn(system, run, count, models, lines):
    talks = [Conversation(document(f"{run} of {number}", lines) + QUESTION, number % models) for number in range(count)]
    for talk in talks:
        talk.ask(system)
    return [talk.follow_up(NEXT).ask(system) for talk in talks]


def users(system, run):
    shared = document(run, 85)
    talks = [Conversation(f"I am user {number}. Where is it cold?", system=shared) for number in range(8)]
    return [talk.ask(system) for talk in talks][1:]


@dataclasses.dataclass(frozen=True)
class Case:
    letter: str
    text: str
    #: The names of the systems that can play.
    systems: tuple
    play: object


EMBER, HEARTH, ROUTER, ALONE = "Ember", "hearth-llm", "router", "llama-server, resident"
CASES = (
    Case("a", "a document of 3,000 tokens, after a swap out and in", (ALONE, EMBER, ROUTER),
         lambda system, run: swapped(system, f"a{run}", 170)),
    Case("b", "the same after a restart of the server, from its start", (EMBER, HEARTH, ROUTER),
         lambda system, run: restarted(system, f"b{run}", system.stop)),
    Case("c", "eight conversations of 700 tokens on two models that do not fit together, in turn", (EMBER, ROUTER),
         lambda system, run: in_turn(system, f"c{run}", 8, 2, 38)),
    Case("d", "sixteen conversations of 700 tokens on one model with four slots (hearth-llm has one)", (ALONE, EMBER, HEARTH),
         lambda system, run: in_turn(system, f"d{run}", 16, 1, 38)),
    Case("e", "the second to eighth user of one system prompt of 1,500 tokens", (ALONE, EMBER, HEARTH),
         lambda system, run: users(system, f"e{run}")),
    Case("f", "as b, after kill -9", (EMBER, HEARTH, ROUTER), lambda system, run: restarted(system, f"f{run}", system.kill)),
    Case("g", "a prompt of 300 tokens, after a swap out and in", (ALONE, EMBER, ROUTER),
         lambda system, run: swapped(system, f"g{run}", 14)),
)
