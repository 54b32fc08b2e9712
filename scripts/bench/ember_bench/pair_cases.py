"""The cases in which two builds are compared: how Ember is configured, and which request it gets."""

import dataclasses

from . import ember_settings
from .null_requests import CHAT, EMBEDDING, SHORT_CHAT, Request
from .results import EMBER, EVERYTHING_ON
from .systems import NullEngine, NullLlamaServer


@dataclasses.dataclass(frozen=True)
class Case:
    title: str
    #: What the report says of it.
    text: str
    settings: object
    request: Request
    #: The class of the engine that direct requests go to.
    engine: type
    #: Ember gives each request a slot, and its answers say what was reused.
    has_slots: bool = False
    #: Two settings of the present build are compared, these with `settings`; none: the build before with the present one.
    settings_before: object = None


#: By the name that chooses them.
CASES = {
    "slots": Case(
        "chat of 50 tokens, with slots", "the engine is started as a llama-server (null_llama_server.sh) of 64 slots. Ember "
        "finds the conversation by its content, gives the request its slot, and notes what was reused. The aim: the interval "
        "ends below 1.03.",
        ember_settings.slots, SHORT_CHAT, NullLlamaServer, has_slots=True),
    "embeddings": Case(
        "embeddings", "384 numbers for a text of about 50 tokens; the same llama-server, but without slots that Ember gives.",
        ember_settings.embeddings, EMBEDDING, NullLlamaServer),
    "plain": Case(
        EMBER, "a chat completion of about 1 kB; the engine is a `command` (null_engine.sh) and has no slots.",
        ember_settings.bare, CHAT, NullEngine),
    "everything": Case(
        EVERYTHING_ON, "the same with keys, services, budgets, costs, a cloud, and logs of events and decisions.",
        ember_settings.everything_on, CHAT, NullEngine),
    "metrics": Case(
        "metrics, on to off", "the present build twice: \"before\" has `metrics: {enabled: false}`, \"after\" counts everything. "
        "Chats of 50 tokens, with slots. The aim: the interval ends below 1.05.",
        ember_settings.slots, SHORT_CHAT, NullLlamaServer, has_slots=True, settings_before=ember_settings.without_metrics),
}


def chosen(names):
    """Of a list with commas; all that compare two builds where it is empty. A `ValueError` names what is unknown."""
    wanted = [name for name in names.split(",") if name] or [
        name for name, case in CASES.items() if not case.settings_before]
    if unknown := sorted(set(wanted) - set(CASES)):
        raise ValueError(f"{', '.join(unknown)} is no case; there are {', '.join(CASES)}")
    return [CASES[name] for name in dict.fromkeys(wanted)]
