"""`ember plan`: what a server's requests would cost otherwise, from stated rates and from its own log."""

import json
import subprocess

from ember_process import BINARY, SMOLLM2, played_engine

CONFIG = """
memory: {budget: 50MB}
upstreams: {sky: {url: "http://127.0.0.1:9/v1", prices: {input: 1, output: 2}}}
models:
  one: {command: [none, "${socket}"], memory: 30MB}
  two: {command: [none, "${socket}"], memory: 30MB, cloud: {upstream: sky, model: big}}
  huge: {command: [none, "${socket}"], memory: 900MB}
"""


def plan(*arguments, **options):
    return subprocess.run([BINARY, "plan", *arguments], capture_output=True, text=True, timeout=120, **options)


def outcome(*arguments):
    done = plan("--json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def with_rates(tmp_path, *arguments):
    config = tmp_path / "ember.yaml"
    config.write_text(CONFIG)
    return ["--config", str(config), "--hours", "4", "--seeds", "2", "--rate", "one=60:100+20", "--rate", "two=60", *arguments]


def test_rates_of_a_configuration(tmp_path):
    found = outcome(*with_rates(tmp_path, "--memories", "50,100,200", "--policies", "lru,gdsf", "--cloud-limit", "0.01"))
    assert found["source"] == "rates" and found["seconds"] == 4 * 3600 and 300 < found["requests"] < 700
    models = {model["name"]: model for model in found["models"]}
    assert models["one"]["fits"] and not models["huge"]["fits"]
    assert models["huge"]["requests_per_hour"] == 0 and models["one"]["requests_per_hour"] > 30
    now, twice = found["rows"][0], next(
        row for row in found["rows"] if row["policy"] == "lru" and row["memory_bytes"] == 2 * found["memory_bytes"])
    assert now["memory_bytes"] == found["memory_bytes"] and twice["loads_per_hour"] < now["loads_per_hour"]
    none = next(row for row in found["rows"] if row["cloud"] == "none")
    assert none["cloud_share"] == 0 and none["bill_per_day"] == 0
    assert any("too large: huge" in sentence for sentence in found["advice"])


def test_the_table_is_for_people(tmp_path):
    done = plan(*with_rates(tmp_path, "--memories", "100,200"))
    assert done.returncode == 0, done.stderr
    assert "(now)" in done.stdout and "COST/H" in done.stdout and "NEVER" in done.stdout and "huge" in done.stdout


def test_files_need_no_configuration(tmp_path):
    done = plan(SMOLLM2, "--memory-budget", "1GB", "--rate", "SmolLM2-135M-Instruct-Q4_1=30", "--hours", "1", "--seeds", "1",
                cwd=tmp_path)
    assert done.returncode == 0 and "SmolLM2-135M-Instruct-Q4_1" in done.stdout, done.stderr


def test_a_servers_own_log(ember):
    server = ember(f"memory: {{budget: 50MB}}\nmodels: {{a: {{{played_engine()}}}, b: {{{played_engine()}}}}}\n")
    for model in ("a", "b", "a", "b"):
        assert server.chat(model)[0] == 200
    loads = server.state()["cost"]["loads"]
    server.__exit__()
    logs = server.environment["EMBER_STATE"] + "/events"
    found = outcome("--log", logs, "--memories", "100,200", "--policies", "lru")
    assert found["source"] == "log" and found["requests"] == 4 and loads == 4
    now, wide = (next(row for row in found["rows"] if row["memory_bytes"] == share * found["memory_bytes"]) for share in (1, 2))
    hours = found["seconds"] / 3600
    # With room for one, requests that come while the other model still loads by the mean of all loads may share a load.
    assert 2 <= round(now["loads_per_hour"] * hours) <= 4 and round(wide["loads_per_hour"] * hours) == 2
    # Of the last seconds there is nothing.
    assert outcome("--log", logs, "--last", "0.01", "--memories", "100")["seconds"] <= 36.1


def test_mistakes_are_named(tmp_path):
    for arguments, texts in [
        ((), ("--log", "--rate")),
        (("--log", "/no/such/log"), ("/no/such/log", "cannot be read")),
        (("--log", "x", "--rate", "a=1"), ("leave out --rate",)),
        (with_rates(tmp_path, "--rate", "nine=1"), ("'nine'", "one, two, huge")),
        (with_rates(tmp_path, "--rate", "one=often"), ("'one=often'", "MODEL=REQUESTS")),
        (with_rates(tmp_path, "--speed", "one=9"), ("'one=9'", "READ/WRITE")),
        (with_rates(tmp_path, "--policies", "best"), ("--policies", "best")),
        (with_rates(tmp_path, "--memories", "much"), ("--memories", "'much'")),
        (with_rates(tmp_path, "--hours", "1000"), ("--hours", "168")),
    ]:
        done = plan(*arguments)
        assert done.returncode != 0 and all(text in done.stderr for text in texts), (arguments, done.stderr)
