"""aider, by its own command line: one message each, in a folder of its own. What it prints is what its user sees."""

import contextlib
import io
import json
import pathlib
import re

import common
from aider import models
from aider.coders import base_coder
from aider.main import main as aider

# It tries again for a minute where it expects that to help; its user sees the same error each time.
models.RETRY_TIMEOUT = base_coder.RETRY_TIMEOUT = 0
OPTIONS = (
    "--yes-always", "--no-git", "--no-pretty", "--no-check-update", "--analytics-disable", "--no-show-model-warnings",
    "--no-show-release-notes", "--map-tokens", "0", "--no-detect-urls", "--no-suggest-shell-commands", "--no-fancy-input",
    "--no-restore-chat-history")
PREAMBLE = re.compile(r"Aider v|Model: |Git repo: |Repo-map: |Tokens: |Analytics have|Detected dumb terminal")


def write(name, document):
    path = pathlib.Path(name).absolute()
    # JSON is YAML.
    path.write_text(json.dumps(document))
    return str(path)


def arguments(place, mode, parameters, **settings):
    """Those of a command that asks the place's model in a mode; `settings` are the model's."""
    model = f"openai/{place.model}"
    model_settings = {"name": model, "edit_format": mode, "extra_params": {"temperature": 0, "seed": 1, "timeout": 60, **parameters}}
    window = {"max_input_tokens": 100_000, "max_output_tokens": 4096, "litellm_provider": "openai", "mode": "chat",
              "input_cost_per_token": 0, "output_cost_per_token": 0}
    return [
        "--model", model, "--weak-model", model, "--openai-api-base", place.url + "/v1", "--openai-api-key", place.key,
        "--model-settings-file", write("settings.yml", [{**model_settings, **settings}]),
        "--model-metadata-file", write("metadata.json", {model: window}), "--edit-format", mode, *OPTIONS]


def ask(place, text, how, **more):
    """What aider prints for one message."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), contextlib.suppress(SystemExit):
        aider([*arguments(place, "ask", {"max_tokens": 512, **more}), how, "--message", text])
    return outcome(printed.getvalue())


def outcome(printed):
    if found := re.search(r"litellm\.(?:\w+\.)*(\w+(?:Error|Exception))", printed):
        return {"error": f"litellm.{found[1]}", "status": None, "message": printed[-600:]}
    if "has hit a token limit" in printed:
        return {"error": "the advice that a token limit was hit", "status": None, "message": printed[-600:]}
    return {"text": "\n".join(line for line in printed.splitlines() if line.strip() and not PREAMBLE.match(line))}


if __name__ == "__main__":
    common.main(common.cases(
        lambda place, text: ask(place, text, "--no-stream"), lambda place, text: ask(place, text, "--stream"),
        lambda place: ask(place, common.QUESTION, "--no-stream", extra_body=common.BAD)))
