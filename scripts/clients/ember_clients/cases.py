"""What every client is asked to do, and what must come of it with Ember."""

from collections import namedtuple

#: `status` is that of the error that must come; 0: an error without one; none: an answer must come.
Case = namedtuple("Case", "name title status text")

CASES = (
    Case("chat", "chat", None, "a question, and its whole answer"),
    Case("stream", "stream", None, "the same in pieces"),
    Case("tools", "tools", None, "a tool is called, its result sent, and the answer read"),
    Case("embeddings", "embeddings", None, "of two texts; `llm` with OPENAI_BASE_URL, and its own model's name as an alias"),
    Case("bad parameter", "400", 400, "a temperature that is a word; `llm`, which lets none through: a schema of no type"),
    Case("too long", "too long", 400, "a prompt longer than the window of a request"),
    Case("wrong key", "401", 401, "a key that is not configured"),
    Case("unknown model", "404", 404, "a model that is not configured"),
    Case("budget spent", "429", 429, "to Ember a model of the cloud whose budget is spent; to llama-server the chat"),
    Case("not loadable", "503", 503, "to Ember a model that can never fit; a llama-server that is still loading its model"),
    Case("broken stream", "broken stream", 0,
         "a stream whose engine ends after its first token: a played one behind Ember, and in llama-server's place"),
)


def is_met(case, outcome):
    """Whether a client that asked Ember has shown its user what it should."""
    if case.status is None:
        return "error" not in outcome
    # Some clients show no status.
    return "error" in outcome and (not case.status or outcome["status"] in (case.status, None))
