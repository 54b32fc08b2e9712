"""The configuration changes while Ember runs: models, services, keys and bounds come and go under load."""

import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import signal
import threading
import time
import urllib.error
import urllib.request

import pytest
from ember_process import MINILM, MODELS, SMOLLM2, played_engine, process_tree, resident_bytes
from test_faults import alive, eventually

RELOADS = int(os.environ.get("EMBER_TEST_RELOADS", "20"))
REQUESTS = int(os.environ.get("EMBER_TEST_RELOAD_REQUESTS", "200"))


def configuration(models, more=""):
    """A text of models by name; `played` stands for an engine that is only played."""
    lines = [f"  {name}: {{{keys}}}" for name, keys in models.items()]
    return more + "\nmodels:\n" + "\n".join(lines) + "\nevents: {record: true}\n"


def write(server, text):
    """Replaces the file as an editor does, at once."""
    new = server.config.with_suffix(".new")
    new.write_text(text)
    new.rename(server.config)


def reload(server, text=None, *arguments):
    if text is not None:
        write(server, text)
    return server.command("reload", *arguments)


def test_what_stays_runs_on_and_what_goes_drains(ember):
    first = {"keep": played_engine(), "goes": played_engine(seconds=2), "other": played_engine()}
    server = ember(configuration(first))
    for name in ("keep", "other"):
        assert server.chat(name)[0] == 200
    before = {name: server.model(name)["process"] for name in ("keep", "other")}
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        running = pool.submit(server.chat, "goes")
        assert eventually(lambda: server.model("goes")["in_flight"] == 1)
        goes = server.model("goes")["process"]
        plan = reload(
            server, configuration({"keep": played_engine(), "other": played_engine() + ", env: {A: b}", "new": played_engine()}),
            "--dry-run", "--json")
        assert plan.returncode == 0, plan.stderr
        fates = json.loads(plan.stdout)["models"]
        assert (fates["stays"], fates["restarts"], fates["appears"], fates["goes"]) == (
            ["keep"], ["other"], ["new"], ["goes"])
        assert server.model("other")["process"] == before["other"] and server.chat("new")[0] == 404
        done = reload(server)
        assert done.returncode == 0, done.stderr
        assert "models that stay: keep" in done.stdout and "models that go: goes" in done.stdout
        # It is no longer configured, and its request ends well.
        assert server.chat("goes")[0] == 404
        assert running.result()[0] == 200
    assert eventually(lambda: not alive(goes))
    assert server.chat("new")[0] == 200 and server.chat("other")[0] == 200
    assert server.model("keep")["process"] == before["keep"]
    assert server.model("other")["process"] != before["other"]
    assert "nothing has changed" in reload(server).stdout


def test_a_bad_file_changes_nothing(ember):
    server = ember(configuration({"a": played_engine()}))
    assert server.chat("a")[0] == 200
    process = server.model("a")["process"]
    for text, word in [
        ("models: {b: {path: 7, cmd: x}}", "cmd"), ("models: [", "ember.yaml"),
        (configuration({"b": played_engine()}, "max_body: 1MiB"), "max_body is read only at Ember's start"),
        (configuration({"b": played_engine() + ", cloud: {upstream: none, model: x}"}), "none"),
    ]:
        failed = reload(server, text)
        assert failed.returncode != 0 and word in failed.stderr, failed.stderr
        assert server.chat("b")[0] == 404
    assert server.model("a")["process"] == process and server.chat("a")[0] == 200
    # A request brings no configuration.
    assert server.request("/ember/v1/config")[2] == {"file": str(server.config)}
    for body in (b'{"models": {}}', b"models: {}", b'{"dry_run": "yes"}'):
        request = urllib.request.Request(server.url + "/ember/v1/config", body, method="PUT")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        assert refused.value.code == 400


@pytest.mark.parametrize("way", ["signal", "watch"])
def test_the_file_is_read_again_by_itself(ember, way):
    server = ember(configuration({"a": played_engine()}), arguments=["--watch"] if way == "watch" else [])
    write(server, configuration({"a": played_engine(), "b": played_engine()}))
    if way == "signal":
        server.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: server.chat("b")[0] == 200, 20)
    # What is written in pieces counts once it is whole.
    server.config.write_text("models:\n  c: {pa")
    if way == "watch":
        time.sleep(1)
        assert server.chat("a")[0] == 200
    write(server, configuration({"a": played_engine(), "c": played_engine()}))
    if way == "signal":
        server.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: server.chat("c")[0] == 200 and server.chat("b")[0] == 404, 20)


def test_keys_are_revoked(ember):
    def keys(*names):
        listed = ", ".join(f"{{key: {name}-secret, name: {name}}}" for name in names)
        return configuration({"a": played_engine()}, f"keys: [{listed}]")

    server = ember(keys("eva", "tom"))

    def ask(name):
        return server.chat("a", headers={"authorization": f"Bearer {name}-secret"})[0]

    assert [ask(name) for name in ("eva", "tom", "ada")] == [200, 200, 401]
    environment = {**server.environment, "EMBER_KEY": "eva-secret"}
    write(server, keys("eva", "ada"))
    assert server.command("reload", env=environment).returncode == 0
    assert [ask(name) for name in ("eva", "tom", "ada")] == [200, 401, 200]


def test_models_come_into_a_folder_and_leave_it(ember, tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    shutil.copy(MODELS / SMOLLM2, folder / "first.gguf")
    server = ember(None, arguments=["--models-dir", str(folder)])
    assert server.chat("first")[0] == 200
    process = server.model("first")["process"]
    # It comes in pieces, and is no model until it is whole.
    whole = (MODELS / MINILM).read_bytes()
    with open(folder / "second.gguf", "wb") as file:
        for part in (whole[: len(whole) // 2], whole[len(whole) // 2 :]):
            file.write(part)
            file.flush()
            time.sleep(3.5)
            if part is not whole and len(part) < len(whole) and file.tell() < len(whole):
                names = [model["name"] for model in server.state()["models"]]
                assert names == ["first"], names
    embed = {"model": "second", "input": "a text"}
    assert eventually(lambda: server.request("/v1/embeddings", embed)[0] == 200, 20)
    assert server.model("first")["process"] == process
    (folder / "second.gguf").unlink()
    assert eventually(lambda: server.request("/v1/embeddings", embed)[0] == 404, 20)
    assert server.chat("first")[0] == 200 and server.model("first")["process"] == process


def descriptors(process):
    return len(list(pathlib.Path(f"/proc/{process.pid}/fd").iterdir()))


def random_configuration(draw, number):
    """`fixed` and its key are in all of them; the others come, go, and are others."""
    models = {"fixed": played_engine(seconds=0.01) + ", parallel: 4, preload: true"}
    for name in ("one", "two", "three"):
        if draw.random() < 0.7:
            keys = played_engine(seconds=draw.choice([0.01, 0.05]))
            keys += draw.choice(["", "", f", env: {{N: '{number}'}}", ", aliases: [" + name + "-too]"])
            models[name] = keys.replace("30MB", draw.choice(["30MB", "30MB", "40MB"]))
    if draw.random() < 0.5:
        models[f"guest{number % 7}"] = played_engine()
    keys = ", ".join(f"{{key: {name}-secret, name: {name}}}" for name in ["eva", "tom"] + draw.choice([[], ["ada"]]))
    more = f"""
keys: [{keys}]
services: {{default: {{}}, steady: {{}}{", ".join([""] + draw.sample(["x: {}", "y: {deadline: 60s}"], draw.choice([0, 1, 2])))}}}
memory: {{budget: {draw.choice(["150MB", "200MB"])}}}
queue: {{min_residency: 0, limit: {draw.choice([128, 256])}}}
budget: {{day: {draw.choice([3, 7])}}}
policy: {draw.choice(["lru", "least-context-gated"])}
"""
    return models, configuration(models, more)


class Load:
    """Clients that ask while the configuration changes, and what they were answered."""

    def __init__(self, server, headers, first):
        self.server, self.headers = server, headers
        # Every configuration that has counted: its models, when it began to be taken, and when it was.
        self.history = [(set(first), 0.0, 0.0)]
        self.answers, self.stop = [], threading.Event()

    def client(self, seed):
        own = random.Random(seed)
        while not self.stop.is_set():
            time.sleep(own.uniform(0, 0.1))
            name = own.choice(["fixed", "fixed", "one", "two", "three"])
            began = time.monotonic()
            headers = {**self.headers, "x-ember-service": own.choice(["default", "steady"])}
            status, _, body = self.server.chat(name, headers=headers)
            self.answers.append((name, began, time.monotonic(), status, body))

    def allowed(self, name, began, ended):
        """Whether every configuration that may have counted meanwhile has the model."""
        for index, (names, taking, _) in enumerate(self.history):
            until = self.history[index + 1][2] if index + 1 < len(self.history) else float("inf")
            if taking <= ended and began <= until and name not in names:
                return False
        return True

    def wrong(self):
        """Requests that were not answered, but for those whose model was gone."""
        return [a for a in self.answers if a[3] != 200 and (a[3] != 404 or self.allowed(*a[:3]))]


def reload_idle(server, draw, count):
    """What Ember takes after each of some reloads that no request comes with, and the models of the last one."""
    sizes = []

    def taken():
        return sum("reloaded: models that stay" in line or "nothing has changed" in line for line in server.log)

    for number in range(1, count + 1):
        models, text = random_configuration(draw, number)
        write(server, text)
        before = taken()
        server.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: taken() > before)
        sizes.append(resident_bytes(server.process))
    return sizes, models


def reload_often(server, load, environment, draw):
    """What Ember has taken after each of the reloads, and the models of the last one."""
    fixed, sizes = server.model("fixed")["process"], []
    for number in range(1, RELOADS + 1):
        time.sleep(draw.uniform(0.0, 0.15))
        models, text = random_configuration(draw, number)
        write(server, text)
        began = time.monotonic()
        done = server.command("reload", env=environment)
        load.history.append((set(models), began, time.monotonic()))
        assert done.returncode == 0, done.stderr
        # Its engine runs on.
        assert server.model("fixed")["process"] == fixed
        sizes.append(descriptors(server.process))
    return sizes, models


def test_reloads_under_load(ember):
    """No request fails that the configurations before and after it allow; unchanged engines run on; nothing piles up."""
    draw = random.Random(19)
    models, text = random_configuration(draw, 0)
    server = ember(text)
    environment = {**server.environment, "EMBER_KEY": "eva-secret"}
    headers = {"authorization": "Bearer eva-secret"}
    server.request = _with_key(server.request, headers)
    assert eventually(lambda: server.model("fixed").get("process"))
    load = Load(server, headers, models)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        clients = [pool.submit(load.client, seed) for seed in range(8)]
        try:
            files, models = reload_often(server, load, environment, draw)
            while len(load.answers) < REQUESTS and not any(client.done() for client in clients):
                time.sleep(0.05)
        finally:
            load.stop.set()
        for future in clients:
            future.result()
    assert len(load.answers) >= REQUESTS
    assert not load.wrong(), load.wrong()[:5]
    assert sum(answer[3] == 200 for answer in load.answers) > REQUESTS / 2
    half = len(files) // 2
    assert max(files[half:]) <= max(files[: half + 1]) + 20, files
    # Requests leave what is remembered of the last ones; reloads leave nothing.
    idle, models = reload_idle(server, draw, max(10, RELOADS))
    assert idle[-1] <= idle[len(idle) // 3] + (4 << 20), idle
    assert eventually(lambda: all(m["in_flight"] == 0 for m in server.state()["models"]))
    # Only those that are configured, or still leave.
    assert eventually(lambda: {m["name"] for m in server.state()["models"]} == set(models))
    assert len(process_tree(server.process.pid)) < 20


def _with_key(request, headers):
    def asked(path, body=None, given=None, timeout=120):
        return request(path, body, {**headers, **(given or {})}, timeout)

    return asked


def test_a_model_is_added_to_a_running_server_and_removed_again(ember, tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    shutil.copy(MODELS / MINILM, folder / "mini.gguf")
    text = f"# my models\nmodels_dir: {folder}\nmodels: # all of them\n  a: {{{played_engine()}}}\n\n# the end\nevents: {{record: true}}\n"
    server = ember(text)
    assert server.chat("a")[0] == 200
    process = server.model("a")["process"]
    added = server.command("add", "mini.gguf")
    assert added.returncode == 0 and "added mini to" in added.stdout, added.stderr
    embed = {"model": "mini", "input": "a text"}
    assert server.request("/v1/embeddings", embed)[0] == 200
    edited = server.config.read_text()
    lines = [line for line in edited.splitlines() if line not in text.splitlines()]
    assert lines and all(line.startswith("  ") for line in lines) and "# the end" in edited
    # Twice is once too often, and what is no model is none.
    (folder / "bad.gguf").write_text("<html>")
    for model in ("mini", "bad.gguf", "none"):
        refused = server.command("add", model)
        assert refused.returncode != 0 and server.config.read_text() == edited, refused.stdout
    named = server.command("add", str(folder / "mini.gguf"), "--name", "other")
    assert named.returncode == 0 and server.request("/v1/embeddings", {**embed, "model": "other"})[0] == 200
    removed = server.command("rm", "mini.gguf", "--models-dir", str(folder), "--yes")
    assert removed.returncode == 0, removed.stderr
    assert server.config.read_text() == text and not (folder / "mini.gguf").exists()
    assert server.request("/v1/embeddings", embed)[0] == 404
    assert server.model("a")["process"] == process


def test_what_the_server_does_not_take_is_taken_back(ember, tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    shutil.copy(MODELS / MINILM, folder / "mini.gguf")
    server = ember(f"models_dir: {folder}\nmodels:\n  a: {{{played_engine()}}}\nevents: {{record: true}}\n")
    # The file has changed in a way that needs a restart.
    text = "ping_interval: 7s\n" + server.config.read_text()
    write(server, text)
    refused = server.command("add", "mini.gguf")
    assert refused.returncode != 0 and "ping_interval is read only at Ember's start" in refused.stderr
    assert server.config.read_text() == text
