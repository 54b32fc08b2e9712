"""Runs clients against Ember and the bare llama-server, and compares what they have shown."""

import json
import os
import pathlib
import subprocess
from collections import namedtuple

from . import catalogue, places
from .cases import CASES

SECONDS = 900
#: Clients send no telemetry, and ask no other server for prices of models or new versions. Where one tries nevertheless,
#: its request fails: there is no proxy at this address.
QUIET = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9"),
    **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
    "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LANGSMITH_TRACING": "false", "LANGCHAIN_TRACING_V2": "false",
    "HF_HUB_OFFLINE": "1", "AIDER_ANALYTICS": "false", "AIDER_CHECK_UPDATE": "false", "NODE_NO_WARNINGS": "1",
    "TERM": "dumb", "PYTHONDONTWRITEBYTECODE": "1",
}
#: By case what was shown of each server, if the client could be tried; else why not.
Result = namedtuple("Result", "client version reason ember llama_server")


def run(clients, pythons, binary, folder, say):
    """A result a client. `folder` is empty and short, as it holds Unix sockets."""
    results = []
    with places.of_llama_server(folder) as bare, places.of_ember(binary, folder) as ember:
        for client in clients:
            command, reason = catalogue.command(client, pythons)
            if reason:
                say(f"{client.name}: not tried: {reason}")
                results.append(Result(client, None, reason, {}, {}))
                continue
            say(f"{client.name}: {len(CASES)} cases to each server")
            shown = [_drive(client, command, server, folder) for server in (ember, bare)]
            results.append(Result(client, catalogue.version(client, pythons), None, *shown))
    return results


def _drive(client, command, server, folder):
    """What the client shows, by case; what it has no call for is missing."""
    return drive(client.name, command, {case.name: server[case.name] for case in CASES}, pathlib.Path(folder, client.driver.split(".")[0]))


def drive(name, command, places, home):
    """What a driver prints, by case, of what is asked at each place."""
    (home / ".aider/caches").mkdir(parents=True, exist_ok=True)
    # Aider's list of prices, which it would fetch once a day.
    (home / ".aider/caches/model_prices_and_context_window.json").write_text("{}")
    environment = {
        "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(home), "LLM_USER_PATH": str(home), **QUIET}
    done = subprocess.run(
        command, input=json.dumps(places), capture_output=True, text=True, timeout=SECONDS, cwd=home, env=environment)
    assert done.returncode == 0, f"the driver of {name} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"case":')]
    return {line["case"]: line["outcome"] for line in lines}
