"""What the drivers share. A driver uses one client as its users do, and prints what the client has shown: a line a case.

It reads from its input, by case, where to send the request: the server's URL, the model and the key.
"""

import json
import pathlib
import sys
import types

TEXTS_FILE = json.loads(pathlib.Path(__file__).with_name("texts.json").read_text(encoding="utf-8"))
QUESTION, WEATHER, TEXTS, TOOL = (TEXTS_FILE[name] for name in ("question", "weather", "inputs", "tool"))
PARAMETERS = TOOL["function"]["parameters"]
#: More tokens than the window of a request has.
LONG = f"{TEXTS_FILE['long']} " * TEXTS_FILE["long_times"]
#: A parameter that no server can take.
BAD = TEXTS_FILE["bad"]


def said(text):
    return [{"role": "user", "content": text}]


def cases(chat, stream, bad, tools=None, embeddings=None):
    """By case what is done at a place. `chat` and `stream` take the place and a text, `bad` makes a chat with `BAD`."""
    found = {
        "chat": lambda place: chat(place, QUESTION), "stream": lambda place: stream(place, QUESTION), "tools": tools,
        "embeddings": embeddings, "bad parameter": bad, "too long": lambda place: chat(place, LONG),
        "broken stream": lambda place: stream(place, QUESTION)}
    for refused in ("wrong key", "unknown model", "budget spent", "not loadable"):
        found[refused] = found["chat"]
    return {name: do for name, do in found.items() if do}


def vectors(lists):
    """What is compared of embeddings: how many and how long they are, and their beginnings."""
    return {"vectors": [[len(one), *(round(number, 2) for number in one[:4])] for one in lists]}


def shown(error):
    """An exception as its user sees it."""
    kind = type(error)
    status = getattr(error, "status_code", None)
    outcome = {"error": f"{kind.__module__.split('.')[0]}.{kind.__name__}", "status": status if status != -1 else None}
    # A path that is missing and a model that is missing have the same status, and are not the same to the user.
    return {**outcome, "error": f"{outcome['error']}: no such path"} if "File Not Found" in str(error) else outcome


def main(found):
    """Runs the cases that the input names; those that the client has no call for are left out."""
    places = json.load(sys.stdin)
    for name, place in places.items():
        if name not in found:
            continue
        try:
            outcome = found[name](types.SimpleNamespace(**place))
        except Exception as error:  # noqa: BLE001: each client has its own
            outcome = {**shown(error), "message": str(error)[:300]}
        print(json.dumps({"case": name, "outcome": outcome}), file=sys.__stdout__, flush=True)
