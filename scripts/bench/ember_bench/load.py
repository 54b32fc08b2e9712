"""Latency and rate of a server under closed-loop load, by wrk."""

import dataclasses
import json
import pathlib
import subprocess
import urllib.request

from ember_setup.report import SetupError

from .null_requests import CHAT
from .systems import AUTHORIZATION, HERE, KEY


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
    """Posts the same request again and again."""

    def __init__(self, folder, request=CHAT):
        self._request = request
        self._body = pathlib.Path(folder, "request.json")
        self._body.write_text(json.dumps(request.body))

    def check(self, name, url):
        """The headers of an answer that is the engine's, before its speed is of interest."""
        request = urllib.request.Request(
            url + self._request.path, data=self._body.read_bytes(),
            headers={"content-type": "application/json", **AUTHORIZATION})
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                headers, found = response.headers, self._request.find(json.load(response))
        except (OSError, ValueError, LookupError) as error:
            raise SetupError(f"{name} gives no answer to {self._request.path}: {error}")
        if found != self._request.answer:
            raise SetupError(f"{name} answers something else than the engine: {found!r}")
        return headers

    def run(self, name, url, clients, seconds):
        command = [
            "wrk", "--threads", "1", "--connections", clients, "--duration", f"{seconds}s", "--timeout", "10s",
            "--script", HERE / "post.lua", url + self._request.path, "--", self._body, KEY,
        ]
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        line = next((line for line in done.stdout.splitlines() if line.startswith("FIGURES ")), None)
        if done.returncode != 0 or line is None:
            raise SetupError(f"wrk failed on {name}: {(done.stderr or done.stdout).strip()}")
        figures = json.loads(line.removeprefix("FIGURES "))
        if figures["errors"] or not figures["requests"]:
            raise SetupError(f"{name}: {figures['errors']} of {figures['requests']} requests failed")
        return Point.read(figures)
