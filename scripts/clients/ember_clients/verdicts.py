"""What a cell of the table says: as llama-server, or what differs and why."""

from collections import namedtuple

from .cases import CASES, is_met

OTHERS = ("openai", "anthropic", "litellm", "langchain-openai", "llm", "aider", "node's fetch", "curl")

#: `verdict` is "better" or "differs"; `cells` has clients by case.
Reason = namedtuple("Reason", "verdict link text cells")
#: `kind` is "same", "none", "not tried", "explained" (by a reason) or "wrong".
Cell = namedtuple("Cell", "kind reason")

REASONS = (
    Reason("better", "ollama.md", "Ember has Ollama's API; llama-server has none of its paths.", dict.fromkeys((
        "chat", "stream", "tools", "embeddings", "bad parameter", "too long", "unknown model", "budget spent",
        "broken stream"), ("ollama",))),
    Reason("better", "operating.md#http", "A model's name must be configured; llama-server answers every name by its one "
           "model.", {"unknown model": OTHERS}),
    Reason("better", "operating.md#errors", "A stream that breaks off ends with an error that says what has happened; of "
           "llama-server's, clients see that their connection has gone.",
           {"broken stream": ("openai", "anthropic", "langchain-openai", "llm")}),
    Reason("differs", "operating.md#errors", "These two hand the stream's bytes to their user. With Ember its last event "
           "is an error, and `[DONE]` is missing; llama-server breaks off the HTTP message.",
           {"broken stream": ("node's fetch", "curl")}),
    Reason("better", "operating.md#requests-that-cannot-be-served", "Ember's error has OpenAI's code and words. This client "
           "knows them, and advises its user what to leave out.", {"too long": ("aider",)}),
    Reason("differs", "limits.md", "llama-server has no budgets, and no bound for what waits: it has no such error.",
           {"budget spent": OTHERS}),
)


def reason(client, case):
    return next((found for found in REASONS if client in found.cells.get(case, ())), None)


def cell(result, case):
    if result.reason:
        return Cell("not tried", None)
    own, its = result.ember.get(case.name), result.llama_server.get(case.name)
    if case.name in result.client.lacks:
        return Cell("none", None)
    if own is None or its is None or not is_met(case, own):
        return Cell("wrong", None)
    explained = reason(result.client.name, case.name)
    if same(own, its):
        return Cell("wrong" if explained else "same", explained)
    return Cell("explained" if explained else "wrong", explained)


def same(own, its):
    """Whether a user is shown the same; the words of errors may differ."""
    return {**own, "message": None} == {**its, "message": None}


def problems(results):
    """What must be mended: in Ember, in the list of reasons or in a driver. A line each."""
    for result in results:
        for case in CASES:
            found = cell(result, case)
            if found.kind == "wrong":
                own, its = result.ember.get(case.name), result.llama_server.get(case.name)
                is_stale = found.reason and own and its and same(own, its)
                stale = "; they are the same, and a reason says that they differ" if is_stale else ""
                yield f"{result.client.name}, {case.title}{stale}:\n  Ember: {own}\n  llama-server: {its}"
