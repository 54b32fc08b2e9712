"""One bad model file takes nothing else down, and is seen when it comes back; files that are replaced are read again."""

import concurrent.futures
import os
import pathlib
import shutil
import subprocess

from ember_process import BINARY, MODELS, ROOT, SMOLLM2, SMOLLM2_Q8, played_engine
from make_adapter import make_adapter
from make_model import write_model
from test_context import counters, eventually, give, sums

SLOW = ROOT / "Tests/EndToEnd/slow_engine.py"


def put(source, target):
    """In the place of what is there, as downloads do: a new file, renamed."""
    new = pathlib.Path(f"{target}.new")
    shutil.copy(source, new)
    os.replace(new, target)


def status(server, name):
    return server.model(name)["status"]


def bad_files(folder):
    """Models that cannot be loaded, by name, with a word of the reason."""
    whole = (MODELS / SMOLLM2).read_bytes()
    (folder / "cut.gguf").write_bytes(whole[: len(whole) // 2])
    (folder / "page.gguf").write_text("<!DOCTYPE html><html><body>Sign in</body></html>")
    (folder / "empty.gguf").write_bytes(b"")
    (folder / "folder.gguf").mkdir()
    (folder / "link.gguf").symlink_to("/nowhere/at/all.gguf")
    write_model(folder / "arch.gguf", "brandnew")
    unknown = bytearray((MODELS / SMOLLM2).read_bytes()[: 4 << 20])
    name = b"token_embd.weight"
    place = unknown.index(name) + len(name) + 4 + 2 * 8
    unknown[place : place + 4] = (999).to_bytes(4, "little")
    (folder / "type.gguf").write_bytes(unknown)
    shutil.copy(MODELS / SMOLLM2, folder / "part-00001-of-00002.gguf")
    return {
        "cut": "is the download complete?", "page": "a web page", "empty": "is empty", "folder": "a folder",
        "link": "a link to /nowhere/at/all.gguf", "arch": "brandnew", "type": "999", "lost": "lost.gguf",
    }


def test_bad_files_fail_their_models_alone(ember, tmp_path):
    reasons = bad_files(tmp_path)
    models = "".join(f"  {name}: {{path: {tmp_path}/{name}.gguf}}\n" for name in reasons)
    models += f"  eye: {{path: {SMOLLM2}, mmproj: {tmp_path}/page.gguf}}\n  program: {{command: [/no/such/program, '${{socket}}'], memory: 1MB}}\n"
    reasons |= {"eye": "a web page", "program": "/no/such/program"}
    config = f"""
models:
{models}  good: {{path: {SMOLLM2}, context: 1024, parallel: 1}}
  pinned: {{path: {tmp_path}/lost.gguf, pin: true, preload: true}}
services:
  frugal: {{stand_ins: [lost, good]}}
"""
    server = ember(config)
    for name, reason in reasons.items():
        shown = server.model(name)
        assert shown["status"] == "failed" and reason in shown["failure"], (name, shown)
        code, headers, body = server.chat(name)
        assert code == 503 and body["error"]["code"] == "model_failed" and reason in body["error"]["message"], (name, body)
        assert int(headers["retry-after"]) > 0
    listed = {entry["id"]: entry["status"] for entry in server.request("/v1/models")[2]["data"]}
    assert listed["cut"]["value"] == "failed" and "download" in listed["cut"]["reason"]
    assert server.chat("good", headers={"x-ember-service": "frugal"})[0] == 200
    assert listed["good"]["value"] == "unloaded" and status(server, "pinned") == "failed"
    check = subprocess.run(
        [BINARY, "config", "check", "--config", server.config], capture_output=True, text=True, env=server.environment)
    assert check.returncode == 0 and f"{len(reasons) + 1} cannot be loaded now" in check.stdout
    for name, reason in reasons.items():
        assert f"models.{name} cannot be loaded" in check.stderr and reason in check.stderr


def test_where_all_are_bad_ember_starts_and_they_come_back(ember, tmp_path):
    file = tmp_path / "late.gguf"
    script = tmp_path / "late.sh"
    server = ember(f"""
models:
  late: {{path: {file}, context: 1024, parallel: 1, preload: true}}
  script: {{command: ["{script}", "${{socket}}"], memory: 1MB}}
""")
    assert any("no configured model can be served now" in line for line in server.log)
    assert server.chat("late")[0] == 503 and server.request("/health")[0] == 200
    # Half of it at first, as downloads go.
    whole = (MODELS / SMOLLM2).read_bytes()
    file.write_bytes(whole[: len(whole) // 3])
    assert eventually(lambda: "is the download complete?" in server.model("late")["failure"])
    file.write_bytes(whole)
    assert eventually(lambda: status(server, "late") == "loaded")
    assert server.chat("late")[0] == 200
    script.write_text(f"#!/bin/sh\nexec python3 {SLOW} $1 0\n")
    script.chmod(0o755)
    assert eventually(lambda: status(server, "script") == "unloaded")
    assert server.chat("script")[0] == 200


def test_a_declared_memory_needs_no_estimate(ember, tmp_path):
    """An engine may know what Ember does not: here it does not either, and says so."""
    write_model(tmp_path / "new.gguf", "brandnew")
    server = ember(f"""
models:
  new: {{path: {tmp_path}/new.gguf, memory: 50MB}}
  good: {{path: {SMOLLM2}, memory: 250MB, context: 512, parallel: 1}}
""")
    assert status(server, "new") == "unloaded" and server.model("good")["footprint_bytes"] == 250_000_000
    assert server.chat("good")[0] == 200
    code, _, body = server.chat("new")
    assert code == 503 and "unknown model architecture" in body["error"]["message"], body
    # Its engine has failed too often; another file is another chance.
    put(MODELS / SMOLLM2, tmp_path / "new.gguf")
    assert eventually(lambda: status(server, "new") == "unloaded")
    assert server.chat("new")[0] == 200


def test_what_has_grown_beyond_the_budget_is_not_loaded(ember, tmp_path):
    file = tmp_path / "m.gguf"
    put(MODELS / SMOLLM2, file)
    server = ember(f"memory: {{budget: 200MB}}\nmodels: {{m: {{path: {file}, context: 512, parallel: 1}}}}\n")
    assert server.chat("m")[0] == 200
    put(MODELS / SMOLLM2_Q8, file)
    # What is in memory is not concerned.
    assert eventually(lambda: any("read at its next load" in line for line in server.log))
    assert server.chat("m")[0] == 200 and status(server, "m") == "loaded"
    server.request("/ember/v1/models/unload", {"model": "m"})
    assert eventually(lambda: status(server, "m") == "unloaded")
    code, _, body = server.chat("m")
    assert code == 503 and body["error"]["code"] == "model_does_not_fit", body
    put(MODELS / SMOLLM2, file)
    assert eventually(lambda: server.chat("m")[0] == 200)


def test_a_smaller_window_counts_once_it_is_read(ember, tmp_path):
    file = tmp_path / "m.gguf"
    put(MODELS / SMOLLM2, file)
    server = ember(f"models: {{m: {{path: {file}, context: 4096, parallel: 1}}}}\n")
    write_model(tmp_path / "small.gguf", "llama", context=256)
    put(tmp_path / "small.gguf", file)
    # The header alone decides: nothing is loaded for it. Its vocabulary is none, so messages are counted, one token each.
    many = {"model": "m", "messages": [{"role": "user", "content": "x"}] * 300}
    assert eventually(lambda: any("files were read again" in line for line in server.log))
    code, _, body = server.request("/v1/chat/completions", many)
    assert code == 400 and body["error"]["code"] == "context_length_exceeded" and "256" in body["error"]["message"], body
    assert status(server, "m") == "unloaded"


def test_an_engine_whose_file_is_written_to_is_ended(ember, tmp_path):
    file = tmp_path / "m.gguf"
    shutil.copy(MODELS / SMOLLM2, file)
    server = ember(f"models: {{m: {{path: {file}, context: 512, parallel: 1, preload: true}}}}\n")
    assert server.chat("m")[0] == 200
    first = server.model("m")["process"]

    def is_another():
        model = server.model("m")
        return model["status"] == "loaded" and model["process"] != first

    with open(file, "r+b") as weights:
        weights.seek(-4096, os.SEEK_END)
        weights.write(bytes(4096))
    assert eventually(is_another)
    assert any("written to while it was loaded" in line for line in server.log)
    assert server.chat("m")[0] == 200


def test_saved_states_of_other_weights_are_not_used(ember, tmp_path):
    """Of the same size and the same time: only that it is another file tells."""
    file = tmp_path / "m.gguf"
    put(MODELS / SMOLLM2, file)
    os.utime(file, (1_000_000_000, 1_000_000_000))
    server = ember(f"""
models: {{m: {{path: {file}, context: 2048, parallel: 1}}}}
services: {{work: {{context: given, selection: fixed, examples: 4}}}}
default_service: work
""")
    assert give(server, "work", sums(4))[0] == 201

    def evict():
        server.request("/ember/v1/models/unload", {"model": "m"})
        assert eventually(lambda: status(server, "m") == "unloaded")

    assert server.chat("m")[0] == 200
    evict()
    assert counters(server)["saves"] == 1
    assert server.chat("m")[0] == 200 and counters(server)["restores"] == 1
    evict()
    weights = bytearray((MODELS / SMOLLM2).read_bytes())
    weights[-4096:] = bytes(4096)
    (tmp_path / "other").write_bytes(weights)
    put(tmp_path / "other", file)
    os.utime(file, (1_000_000_000, 1_000_000_000))
    assert server.chat("m")[0] == 200
    assert counters(server)["restores"] == 1 and counters(server)["failed_restores"] == 0


def test_a_bad_adapter_fails_its_variant_alone(ember, tmp_path):
    make_adapter(tmp_path / "good.gguf")
    late = tmp_path / "late.gguf"
    late.write_text("<html>")
    server = ember(f"""
models:
  base: {{path: {SMOLLM2}, context: 1024, parallel: 1, preload: true}}
  late: {{lora: {late}, base: base}}
  good: {{lora: {tmp_path}/good.gguf, base: base}}
""")
    assert eventually(lambda: status(server, "base") == "loaded")
    assert server.chat("base")[0] == 200 and server.chat("good")[0] == 200
    code, _, body = server.chat("late")
    assert code == 503 and "a web page" in body["error"]["message"] and status(server, "late") == "failed"
    # Once it is there, the base is loaded again with it; which adapter is whose is asked of the engine as it was started.
    make_adapter(tmp_path / "new.gguf", seed=2, strength=30.0)
    put(tmp_path / "new.gguf", late)
    assert eventually(lambda: status(server, "late") != "failed" and status(server, "base") == "loaded")
    answers = {name: server.chat(name, temperature=0)[2]["choices"][0]["message"]["content"] for name in ("base", "late", "good")}
    assert answers["late"] != answers["base"], answers


def test_an_engine_may_take_its_time_to_be_ready(ember):
    server = ember(f"""
models:
  slow: {{command: [python3, {SLOW}, "${{socket}}", "3"], memory: 30MB, start_timeout: 40s}}
  late: {{command: [python3, {SLOW}, "${{socket}}", "60"], memory: 30MB, start_timeout: 1500ms}}
""")
    with concurrent.futures.ThreadPoolExecutor() as pool:
        late = pool.submit(server.chat, "late")
        code, _, body = server.chat("slow")
        assert code == 200 and body["choices"][0]["message"]["content"] == "at last"
        assert late.result()[0] == 503
    assert "not ready within start_timeout" in server.model("late")["failure"]


def test_a_load_that_goes_on_is_told(ember):
    server = ember(f"queue: {{max_wait: 1s}}\nmodels: {{m: {{{played_engine(starts=6)}}}}}\n")
    code, headers, body = server.chat("m")
    assert code == 503 and body["error"]["code"] == "waited_too_long" and "is still loading" in body["error"]["message"], body
    assert headers["retry-after"]


def test_settings_that_bound_nothing_are_told(tmp_path):
    def check(text):
        file = tmp_path / "ember.yaml"
        file.write_text(text)
        return subprocess.run(
            [BINARY, "config", "check", "--config", file], capture_output=True, text=True, timeout=60)

    model = "{command: [python3, x.py, '${socket}'], memory: 100MB"
    far = 'upstreams: {u: {url: "https://u.example.com/v1"}}\n'
    assert "this machine has" in check(f"memory: {{budget: 900TB}}\nmodels: {{m: {model}}}}}\n").stderr
    pins = check(f"memory: {{budget: 150MB}}\nmodels:\n  a: {model}, pin: true}}\n  b: {model}, pin: true}}\n")
    assert pins.returncode == 0 and "pinned models a, b take 200 MB" in pins.stderr
    for budget in ("budget: {day: 1}\n", "services: {s: {budget: {month: 3}}}\n"):
        done = check(f"{far}{budget}models: {{m: {{upstream: u}}}}\n")
        assert done.returncode != 0 and "budget" in done.stderr and "upstreams.u.prices" in done.stderr, done.stderr
    free = far.replace('/v1"', '/v1", prices: {input: 0, output: 0}')
    assert check(f"{free}budget: {{day: 1}}\nmodels: {{m: {{upstream: u}}}}\n").returncode == 0
    for flags in ("--port, '9'", "--host, '0.0.0.0'", "-md, d.gguf", "-cram, '-1'"):
        done = check(f"models: {{m: {{path: {MODELS}/{SMOLLM2}, args: [{flags}]}}}}\n")
        assert done.returncode != 0 and f"args: {flags.split(',')[0]}" in done.stderr, done.stderr
