"""The systems of a live comparison, each started afresh, and the client that plays a script to them in real time."""

import contextlib
import dataclasses
import http.client
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import threading
import time
import urllib.request

from ember_setup.models import SMOLLM2, SMOLLM2_Q8
from ember_setup.report import SetupError

from .first_token import text_of
from .live_script import DEMONSTRATIONS, LONGEST_WAIT, Outcome, Run, budget, demonstrations, first_questions
from .processes import free_port, server
from .swapping import as_turns, engine_program, give
from .systems import CHAT_PATH

CONTEXT, PARALLEL = 4096, 2
ROUTER = "router"


@dataclasses.dataclass(frozen=True)
class Model:
    name: str
    path: pathlib.Path

    @property
    def service(self):
        return f"sensors-{self.name}"


@dataclasses.dataclass(frozen=True)
class Setting:
    """What all systems of a round share."""

    binary: pathlib.Path
    engine: str
    models: list
    fit: int
    threads: int
    budget: int
    #: Of a conversation; 1: every request is a question by itself, with demonstrations before it.
    turns: int = 1


def setting(binary, places, count, fit, threads, turns, folder):
    """Files that are each their own: a link to the same weights would share their memory, which Ember would see."""
    files = model_files(places)
    weights = pathlib.Path(folder, "models")
    weights.mkdir()
    models = []
    for number in range(count):
        copy, place = divmod(number, len(files))
        name = f"{files[place].stem}-copy-{copy}" if copy else files[place].stem
        models.append(Model(name, weights / f"{name}.gguf"))
        if copy:
            shutil.copyfile(files[place], models[-1].path)
        else:
            models[-1].path.symlink_to(files[place])
    bytes_of = [footprint(inspect(binary, model.path)) for model in models]
    return Setting(binary, engine_program(places), models, fit, threads, budget(bytes_of, fit), turns)


def model_files(places):
    """Real models, small enough to be measured on any machine."""
    files = [places.models / name for name in (SMOLLM2, SMOLLM2_Q8)]
    missing = [str(file) for file in files if not file.exists()]
    if missing:
        raise SetupError(f"{' and '.join(missing)} missing: run make setup")
    return files


def inspect(binary, path):
    command = [binary, "models", "inspect", path, "--context", str(CONTEXT), "--parallel", str(PARALLEL)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SetupError(f"{path} could not be inspected: {done.stderr.strip()}")
    return done.stdout


def footprint(inspected):
    """The bytes at the end of the line that ember models inspect says about memory."""
    found = re.search(r"^memory .*?([\d,.]+) (MB|GB)$", inspected, re.M)
    if not found:
        raise SetupError(f"ember models inspect says nothing about memory: {inspected!r}")
    return int(float(found[1].replace(",", "")) * {"MB": 10**6, "GB": 10**9}[found[2]])


# The systems

class System:
    """A server, what goes along with a question, and how its loads are counted once the script is through."""

    def __init__(self, address, models, count_loads, sends_demonstrations):
        self._address = address
        self._models = models
        self.count_loads = count_loads
        self._turns = [[] if not sends_demonstrations else as_turns(demonstrations(number)) for number in range(len(models))]

    def ask(self, request, due):
        model = self._models[request.model]
        body = json.dumps({
            "model": model.name, "temperature": 0, "max_tokens": request.tokens, "stream": True,
            "stream_options": {"include_usage": True},
            "messages": [
                *self._turns[request.model],
                *as_turns({"prompt": asked, "result": said} for asked, said in request.history),
                {"role": "user", "content": request.text},
            ],
        })
        headers = {"content-type": "application/json", "x-ember-service": model.service}
        connection = http.client.HTTPConnection(self._address, timeout=LONGEST_WAIT)
        try:
            connection.request("POST", CHAT_PATH, body, headers)
            response = connection.getresponse()
            if response.status != 200:
                return Outcome(request, problem=f"status {response.status}: {response.read()[:200].decode(errors='replace')}")
            return read(request, response, lambda: time.monotonic() - due)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Outcome(request, problem=f"{type(error).__name__}: {error}")
        finally:
            connection.close()


def read(request, lines, clock):
    """A stream of events as an outcome."""
    first = last = usage = None
    text = ""
    for line in lines:
        if clock() > LONGEST_WAIT:
            return Outcome(request, problem="the longest wait was over")
        if not line.startswith(b"data: {"):
            continue
        event = json.loads(line[len(b"data: "):])
        if "error" in event:
            return Outcome(request, problem=f"error in the stream: {str(event['error'])[:200]}")
        said = text_of(event)
        if said:
            last = clock()
            first = first or last
        text += said
        usage = event.get("usage") or usage
    if first is None or usage is None:
        return Outcome(request, problem="a stream ended without a token or without its usage")
    reused = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
    return Outcome(request, first, last, text, usage["prompt_tokens"], reused, usage["completion_tokens"])


@contextlib.contextmanager
def router(setting, folder):
    """llama-server as a router; the client sends the demonstrations along."""
    address = f"127.0.0.1:{free_port()}"
    command = [
        setting.engine, "--models-dir", setting.models[0].path.parent, "--models-max", setting.fit, "--host", "127.0.0.1",
        "--port", address.rsplit(":", 1)[1], "--ctx-size", CONTEXT, "--parallel", PARALLEL, "--threads", setting.threads,
        "--no-warmup", "--no-webui",
    ]
    with server("router", command, f"http://{address}/health", folder):
        log = pathlib.Path(folder, "router.log")
        yield System(address, setting.models, lambda: router_loads(log.read_text(errors="replace")), setting.turns == 1)


def router_loads(log):
    """How many servers the router started, and the seconds until each listened, by its own clock."""
    spawned = len(re.findall(r"spawning server instance with name=", log))
    ready = re.findall(r"^\[\d+\] (\d+)\.(\d+)\.(\d+)\.(\d+) \w srv +\S+ listening on ", log, re.M)
    seconds = sum(int(m) * 60 + int(s) + int(ms) / 1e3 + int(us) / 1e6 for m, s, ms, us in ready)
    return spawned, seconds if len(ready) == spawned else None


@contextlib.contextmanager
def ember(setting, folder, policy):
    """Ember with each model's demonstrations given to a service of its own; waiting and gates are the defaults."""
    address = f"127.0.0.1:{free_port()}"
    # JSON is YAML.
    config = pathlib.Path(folder, "ember.yaml")
    config.write_text(json.dumps({
        "memory": {"budget": setting.budget}, "policy": policy,
        "services": {
            model.service: {"context": "given", "selection": "fixed", "examples": DEMONSTRATIONS} if setting.turns == 1
            else {"context": "off"}
            for model in setting.models
        },
        "models": {
            model.name: {
                "path": str(model.path), "context": CONTEXT, "parallel": PARALLEL, "args": ["--threads", str(setting.threads)],
            }
            for model in setting.models
        },
    }))
    command = [setting.binary, "serve", "--config", config, "--listen", address]
    environment = {"EMBER_STATE": str(pathlib.Path(folder, "state")), "EMBER_LLAMA_SERVER": setting.engine}
    with server("ember", command, f"http://{address}/health", folder, environment):
        for number, model in enumerate(setting.models if setting.turns == 1 else []):
            give(address, model.service, demonstrations(number))
        yield System(address, setting.models, lambda: ember_loads(get(f"http://{address}/ember/v1/state")), False)


def get(request):
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def ember_loads(state):
    """Loads, and the seconds of them where this Ember tells them."""
    return state["cost"]["loads"], state["cost"].get("load_seconds")


# A run

def run(setting, folder, policy, requests):
    """A system from its start to its end; no policy: the router."""
    with measured_work() as others:
        with router(setting, folder) if policy is None else ember(setting, folder, policy) as system:
            warm_up = [system.ask(request, time.monotonic()) for request in first_questions(len(setting.models))]
            before = system.count_loads()
            outcomes = play(system, requests)
            loads, seconds = since(before, system.count_loads())
    return Run(warm_up, outcomes, loads, seconds, others())


def since(before, after):
    """What has been counted between two counts; None where one of them is not known."""
    return [None if None in pair else pair[1] - pair[0] for pair in zip(before, after)]


def play(system, requests):
    """Sends every request when it is due, whatever has become of the others."""
    outcomes = [None] * len(requests)

    def ask(place, request, due):
        outcomes[place] = system.ask(request, due)

    began = time.monotonic()
    threads = []
    for place, request in enumerate(requests):
        due = began + request.due
        time.sleep(max(0, due - time.monotonic()))
        # Daemons: an interruption does not wait for answers.
        threads.append(threading.Thread(target=ask, args=(place, request, due), daemon=True))
        threads[-1].start()
    for thread in threads:
        thread.join()
    return outcomes


@contextlib.contextmanager
def measured_work():
    """Yields a function that tells, afterwards, how many cores others had meanwhile; None where the machine does not say."""
    before, began, ended = busy_and_own(), time.monotonic(), []
    yield lambda: cores_of_others(before, ended[0], ended[1] - began)
    ended += [busy_and_own(), time.monotonic()]


def cores_of_others(before, after, seconds):
    if before is None or after is None:
        return None
    return max(0.0, ((after[0] - before[0]) - (after[1] - before[1])) / seconds)


def busy_and_own():
    """Seconds of CPU that the machine has spent, stolen ones included, and those of this process and its ended children."""
    try:
        stat = pathlib.Path("/proc/stat").read_text()
    except OSError:
        return None
    own = sum(
        used.ru_utime + used.ru_stime for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))
    return busy_seconds(stat, os.sysconf("SC_CLK_TCK")), own


def busy_seconds(stat, ticks):
    user, nice, system, _, _, irq, soft, steal = map(int, stat.split("\n", 1)[0].split()[1:9])
    return (user + nice + system + irq + soft + steal) / ticks
