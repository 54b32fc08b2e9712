"""The Ember of an overload benchmark, started afresh for every load, and the cloud that is played for it."""

import contextlib
import dataclasses
import json
import os
import pathlib
import re
import urllib.request

from mock_upstream import MockUpstream

from . import overload_load
from .live_systems import CONTEXT, PARALLEL, Model, footprint, get, inspect, measured_work, model_files, play
from .overload_client import Client
from .overload_load import MODEST, SERVICES, TENANTS
from .processes import free_port, server
from .swapping import engine_program

DEADLINE = 5.0
#: Without a deadline these bound the waiting; the default ones would take longer to fill than the load lasts.
QUEUE = {"limit": 32, "limit_per_model": 20}
#: An Ember that has answered nothing yet knows neither how long an answer takes nor, therefore, how long one would wait.
WARM_SECONDS = 2.0
UPSTREAM, CLOUD_SECONDS, CLOUD_TOKENS = "sky", 0.5, 16
#: Tokens, as the played cloud counts them.
TYPICAL_PROMPT = 14
#: Money for a million tokens, as of a large model.
PRICES = {"input": 15, "output": 60}
#: The budget pays for this multiple of the requests that the edge can answer in the same time.
BUDGET_SHARE = 1.5


@dataclasses.dataclass(frozen=True)
class Case:
    title: str
    has_deadline: bool
    has_cloud: bool


WITH_DEADLINE = Case(f"A deadline of {DEADLINE:.0f} s", True, False)
LIMITS_ONLY = Case("No deadline, only the limits of the queue", False, False)
WITH_CLOUD = Case(f"A deadline of {DEADLINE:.0f} s, and a cloud within a budget", True, True)
CASES = (WITH_DEADLINE, LIMITS_ONLY, WITH_CLOUD)


@dataclasses.dataclass(frozen=True)
class Setting:
    binary: pathlib.Path
    engine: str
    models: list
    threads: int
    memory: int


@dataclasses.dataclass(frozen=True)
class Cloud:
    """What the played cloud has billed, by its own count."""

    budget: float
    spent: float
    requests: int


@dataclasses.dataclass(frozen=True)
class Run:
    """What became of a load; what is not known is None."""

    outcomes: list
    seconds: float
    peak_bytes: int | None
    #: Loads that were needed after those at the start: an engine that ended, or was evicted.
    reloads: int
    others: float | None
    cloud: Cloud | None = None


def setting(binary, places):
    """Two models with memory for both and for every service's context: what is scarce is the time of the cores."""
    models = [Model(file.stem, file) for file in model_files(places)]
    memory = 2 * sum(footprint(inspect(binary, model.path)) for model in models)
    # Engines that work side by side with more threads than cores would spin for each other's turns.
    threads = max(1, os.cpu_count() // len(models))
    return Setting(binary, engine_program(places), models, threads, memory)


def configuration(setting, case, cloud=None):
    """`cloud`: the upstream's URL and the budget. Whatever is not what is measured is as an operator finds it."""
    service = {"deadline": f"{DEADLINE}s"} if case.has_deadline else {}
    settings = {
        "memory": {"budget": setting.memory},
        "queue": {} if case.has_deadline else QUEUE,
        "services": {name: service for name in SERVICES},
        "default_service": SERVICES[0],
        "keys": [{"key": tenant, "tenant": tenant} for tenant in TENANTS],
        "models": {
            model.name: {
                "path": str(model.path), "context": CONTEXT, "parallel": PARALLEL, "preload": True,
                "args": ["--threads", str(setting.threads)], **({"cloud": {"upstream": UPSTREAM}} if cloud else {}),
            }
            for model in setting.models
        },
    }
    if cloud:
        url, budget = cloud
        # Of a month: a day may end meanwhile.
        settings |= {"upstreams": {UPSTREAM: {"url": url, "prices": PRICES}}, "budget": {"month": budget}}
    return settings


@contextlib.contextmanager
def ember(setting, folder, settings):
    """Yields Ember's process and a client; all models have answered, with all their slots."""
    address = f"127.0.0.1:{free_port()}"
    config = pathlib.Path(folder, "ember.yaml")
    # JSON is YAML.
    config.write_text(json.dumps(settings))
    command = [setting.binary, "serve", "--config", config, "--listen", address]
    environment = {"EMBER_STATE": str(pathlib.Path(folder, "state")), "EMBER_LLAMA_SERVER": setting.engine}
    with server("ember", command, f"http://{address}/health", folder, environment) as process:
        client = Client(address, [model.name for model in setting.models])
        overload_load.closed(client, len(setting.models), PARALLEL, WARM_SECONDS)
        yield process, address, client


def capacity(setting, folder, seconds):
    """A run of as many clients as there are slots, none of which ever waits for one."""
    return run(
        setting, folder, configuration(setting, LIMITS_ONLY), seconds,
        lambda client: overload_load.closed(client, len(setting.models), PARALLEL, seconds))


def overload(setting, folder, case, requests, seconds, budget):
    """A run of requests that are sent when they are due."""
    if not case.has_cloud:
        return run(setting, folder, configuration(setting, case), seconds, lambda client: play(client, requests))
    with MockUpstream(CLOUD_SECONDS, CLOUD_TOKENS) as upstream:
        settings = configuration(setting, case, (upstream.url, budget))
        done = run(setting, folder, settings, seconds, lambda client: play(client, requests))
        billed = list(upstream.tokens_billed)
    return dataclasses.replace(done, cloud=Cloud(budget, sum(bill(*tokens) for tokens in billed), len(billed)))


def run(setting, folder, settings, seconds, load):
    """An Ember from its start to its end."""
    with measured_work() as others, ember(setting, folder, settings) as (process, address, client):
        outcomes = load(client)
        asked = urllib.request.Request(
            f"http://{address}/ember/v1/state", headers={"authorization": f"Bearer {MODEST}"})
        loads = get(asked)["cost"]["loads"]
        peak = peak_bytes(process.pid)
    return Run(outcomes, seconds, peak, loads - len(setting.models), others())


def peak_bytes(process):
    """The most memory that a process has had; None where the machine does not tell."""
    try:
        status = pathlib.Path(f"/proc/{process}/status").read_text()
    except OSError:
        return None
    return int(re.search(r"^VmHWM:\s+(\d+) kB$", status, re.M)[1]) * 1024


def bill(prompt, answer):
    return (prompt * PRICES["input"] + answer * PRICES["output"]) / 1e6


def budget(capacity, seconds):
    """Enough for what is too much at twice the capacity, too little for what is at five times."""
    return BUDGET_SHARE * capacity * seconds * bill(TYPICAL_PROMPT, CLOUD_TOKENS)
