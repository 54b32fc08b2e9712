"""Where each case is sent: Ember, and the bare llama-server with the same models and settings."""

import contextlib
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "Tests/EndToEnd"))

from bare_server import Bare  # noqa: E402
from ember_process import MINILM, SMOLLM2, Ember  # noqa: E402

from . import broken_engine  # noqa: E402

KEY, WRONG_KEY = "the-key-of-the-trial", "another-key"
WINDOW = 4096
#: A name that `llm` has for an embedding model.
EMBEDDING_ALIAS = "text-embedding-3-small"
#: With it SmolLM2 calls a tool.
TEMPLATE = str(pathlib.Path(__file__).with_name("tools.jinja"))
ENGINE = [sys.executable, str(pathlib.Path(broken_engine.__file__)), "${socket}"]
SETTINGS = f"""
keys: [{{key: {KEY}, name: tester}}]
budget: {{day: 0.000001}}
upstreams: {{sky: {{url: "http://127.0.0.1:9/v1", prices: {{input: 1000, output: 1000}}}}}}
models:
  m: {{path: {SMOLLM2}, context: {WINDOW}, parallel: 1, args: [--threads, "1", --chat-template-file, {TEMPLATE}]}}
  e: {{path: {MINILM}, embeddings: true, context: 512, parallel: 1, args: [--threads, "1"], aliases: [{EMBEDDING_ALIAS}]}}
  great: {{path: {SMOLLM2}, memory: 1000TB}}
  breaks: {{command: {ENGINE}, memory: 30MB}}
  spent: {{upstream: sky}}
"""

SESSIONS = f"""
models:
  m: {{path: {SMOLLM2}, context: 8192, parallel: 4, pool: 16384, args: [--threads, "1"]}}
"""


def place(url, model, key=KEY):
    return {"url": url, "model": model, "key": key}


def by_case(chats, embeddings, great, breaks, *, spent):
    """Where each case is sent, by the addresses of what serves it; `spent` is the model whose budget is spent."""
    return {
        **dict.fromkeys(("chat", "stream", "tools", "bad parameter", "too long"), place(chats, "m")),
        "embeddings": place(embeddings, "e"),
        "wrong key": place(chats, "m", WRONG_KEY), "unknown model": place(chats, "zzz"),
        "budget spent": place(chats, spent), "not loadable": place(great, "great"),
        "broken stream": place(breaks, "breaks"),
    }


@contextlib.contextmanager
def of_ember(binary, folder):
    folder = pathlib.Path(folder, "ember")
    folder.mkdir()
    with Ember(SETTINGS, folder, program=(str(binary),)) as ember:
        yield by_case(ember.url, ember.url, ember.url, ember.url, spent="spent")


@contextlib.contextmanager
def of_sessions(binary, folder):
    """Where sessions are sent: an Ember with slots for several conversations."""
    folder = pathlib.Path(folder, "ember-sessions")
    folder.mkdir()
    with Ember(SESSIONS, folder, program=(str(binary),)) as ember:
        yield place(ember.url, "m")


@contextlib.contextmanager
def of_llama_server(folder):
    # A pipe without a writer cannot be opened for reading, so the server that has it as its model loads for ever.
    never = pathlib.Path(folder, "never.gguf")
    os.mkfifo(never)
    shared = ("--parallel", "1", "--threads", "1", "--api-key", KEY)
    with (
        Bare(SMOLLM2, "--ctx-size", str(WINDOW), "--alias", "m", "--chat-template-file", TEMPLATE, *shared) as m,
        Bare(MINILM, "--embeddings", "--ctx-size", "512", "--alias", f"e,{EMBEDDING_ALIAS}", *shared) as e,
        Bare(never, "--api-key", KEY, ready=503) as great,
        broken_engine.serve() as breaks,
    ):
        yield by_case(m.url, e.url, great.url, breaks.url, spent="m")
