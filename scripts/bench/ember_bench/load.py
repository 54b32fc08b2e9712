"""Latency and rate of a server under closed-loop load, by wrk."""

import dataclasses
import json
import pathlib
import subprocess
import urllib.request

from ember_setup.report import SetupError

from .systems import AUTHORIZATION, CHAT_PATH, HERE, KEY, MODEL

# About 1 kB, as a short conversation is.
BODY = {
    "model": MODEL,
    "messages": [
        {"role": "system", "content": "You are the assistant of a small museum. Answer in two or three sentences, "
         "name the room where a thing is shown, and say so when you do not know."},
        {"role": "user", "content": "Good morning! We have about an hour, two children of seven and nine, and we like "
         "ships. Where should we begin?"},
        {"role": "assistant", "content": "Begin in room 4 on the ground floor, where the fishing boats hang from the "
         "ceiling, and then go up to the harbour model in room 11. Children may steer the crane there."},
        {"role": "user", "content": "Thank you. Is there also something about how people found their way at sea before "
         "there were satellites? And can one touch the instruments, or are they behind glass?"},
    ],
    "temperature": 0.7, "top_p": 0.95, "max_tokens": 160, "seed": 7, "stream": False, "user": "visitor-118",
}


@dataclasses.dataclass(frozen=True)
class Point:
    """What one run of wrk has shown."""

    p50: float
    p99: float
    rate: float

    @classmethod
    def read(cls, figures):
        return cls(figures["p50_us"], figures["p99_us"], figures["requests"] / figures["duration_us"] * 1e6)


class Load:
    """Posts the same chat request again and again."""

    def __init__(self, folder):
        self._body = pathlib.Path(folder, "request.json")
        self._body.write_text(json.dumps(BODY))

    def check(self, name, url):
        """That the answer is the engine's, before its speed is of interest."""
        request = urllib.request.Request(
            url + CHAT_PATH, data=self._body.read_bytes(), headers={"content-type": "application/json", **AUTHORIZATION})
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                said = json.load(response)["choices"][0]["message"]["content"]
        except (OSError, ValueError, LookupError) as error:
            raise SetupError(f"{name} gives no chat completion: {error}")
        if said != "Nothing, and at once.":
            raise SetupError(f"{name} answers something else than the engine: {said!r}")

    def run(self, name, url, clients, seconds):
        command = [
            "wrk", "--threads", "1", "--connections", clients, "--duration", f"{seconds}s", "--timeout", "10s",
            "--script", HERE / "post.lua", url + CHAT_PATH, "--", self._body, KEY,
        ]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        line = next((line for line in done.stdout.splitlines() if line.startswith("FIGURES ")), None)
        if done.returncode != 0 or line is None:
            raise SetupError(f"wrk failed on {name}: {(done.stderr or done.stdout).strip()}")
        figures = json.loads(line.removeprefix("FIGURES "))
        if figures["errors"] or not figures["requests"]:
            raise SetupError(f"{name}: {figures['errors']} of {figures['requests']} requests failed")
        return Point.read(figures)
