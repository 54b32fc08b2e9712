"""GET /metrics with the programs that read it: Prometheus itself, its promtool, the alert rules and the dashboard."""

import contextlib
import json
import re
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

from ember_process import ROOT, SMOLLM2, played_engine
from played_upstream import PlayedUpstream
from waiting import eventually

ALERTS = ROOT / "config/prometheus/alerts.yml"
DASHBOARD = ROOT / "config/grafana/ember.json"
OPEN_METRICS = "application/openmetrics-text;version=1.0.0"

CONFIG = """
budget: {{day: 10}}
keys: [{{key: k1, name: reader, tenant: library}}]
metrics: {{tenants: true, keys: true}}
upstreams: {{sky: {{url: "{url}", prices: {{input: 1, output: 2}}}}}}
models:
  m: {{{engine}}}
  broken: {{{broken}}}
  huge: {{command: [none, "${{socket}}"], memory: 900TB}}
  far: {{upstream: sky}}
"""
KEY = {"authorization": "Bearer k1"}


def text(server, accept="text/plain"):
    request = urllib.request.Request(server.url + "/metrics", headers={"accept": accept, **KEY})
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.read().decode()


def promtool(*arguments, **options):
    return subprocess.run(["promtool", *arguments], capture_output=True, text=True, timeout=60, **options)


@pytest.fixture
def busy(ember):
    """An Ember that has answered, failed and refused requests, at the edge and in the cloud."""
    with PlayedUpstream() as sky:
        server = ember(CONFIG.format(
            url=sky.url, engine=played_engine(), broken=played_engine(status=400)))
        for model in ("m", "m", "broken", "huge", "far", "unknown"):
            for options in ({}, {"stream": True}):
                body = {"model": model, "messages": [{"role": "user", "content": "Say hello."}], **options}
                request = urllib.request.Request(
                    server.url + "/v1/chat/completions", json.dumps(body).encode(),
                    {"content-type": "application/json", **KEY})
                with contextlib.suppress(urllib.error.HTTPError), urllib.request.urlopen(request, timeout=60) as response:
                    response.read()
        yield server


def test_promtool_finds_nothing_wrong(busy):
    checked = promtool("check", "metrics", input=text(busy))
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_promtool_takes_the_alert_rules():
    checked = promtool("check", "rules", str(ALERTS))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_both_formats_have_the_same_series(busy):
    def series(found):
        return {line.rsplit(" ", 1)[0] for line in found.splitlines() if not line.startswith("#")}
    # The first scrape counts as an answer in those after it.
    _, plain, opened = text(busy), text(busy), text(busy, OPEN_METRICS)
    assert opened.endswith("# EOF\n") and series(plain) == series(opened)
    assert all(line in plain for line in [
        'ember_requests_total{model="far",service="default",place="cloud",outcome="answered"} 2',
        'ember_tenant_requests_total{tenant="library",outcome="answered"}', 'ember_cloud_budget_left{period="day"}'])


@contextlib.contextmanager
def prometheus(folder, server):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "prometheus.yml").write_text(json.dumps({
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(ALERTS)],
        "scrape_configs": [{
            "job_name": "ember", "static_configs": [{"targets": [server.url.removeprefix("http://")]}],
            "authorization": {"credentials": "k1"}}],
    }))
    log = open(folder / "prometheus.log", "w")
    process = subprocess.Popen(
        ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
         f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
    try:
        yield lambda path, **query: ask(port, path, query)
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def ask(port, path, query):
    try:
        with urllib.request.urlopen(
                f"http://127.0.0.1:{port}/api/v1/{path}?{urllib.parse.urlencode(query)}", timeout=10) as response:
            return json.loads(response.read())
    except urllib.error.HTTPError as error:
        # 503: it is not ready.
        return {"status": "not up yet"} if error.code == 503 else json.loads(error.read())
    except OSError:
        return {"status": "not up yet"}


def panels():
    """Title and expression of each of the dashboard's, with its variables replaced."""
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"].replace("$instance", ".*").replace("$__rate_interval", "1m")


def test_prometheus_scrapes_ember_and_evaluates_rules_and_dashboard(busy, tmp_path):
    with prometheus(tmp_path, busy) as query:
        def value(expression):
            result = query("query", query=expression).get("data", {}).get("result", [])
            return float(result[0]["value"][1]) if result else None
        assert eventually(lambda: value('up{job="ember"}') == 1, 60), (tmp_path / "prometheus.log").read_text()
        assert value('sum(ember_requests_total{outcome="answered"})') >= 4
        target = query("targets")["data"]["activeTargets"][0]
        assert target["lastError"] == "" and target["health"] == "up"
        def rules():
            return [rule for group in query("rules").get("data", {}).get("groups", []) for rule in group["rules"]]
        assert eventually(lambda: rules() and all(rule["health"] == "ok" for rule in rules()), 60), rules()
        for title, expression in panels():
            answer = query("query", query=expression)
            assert answer["status"] == "success", (title, expression, answer)


def used_names():
    rules = re.findall(r"expr: (?:>-\n)?((?:.|\n)*?)\n        (?:for|labels):", ALERTS.read_text())
    expressions = "\n".join([*rules, *(expression for _, expression in panels())])
    found = set(re.findall(r"\b((?:ember|gen_ai|process)_[a-z0-9_]+)\b", expressions))
    assert len(rules) > 10 and len(found) > 30
    return found


def test_every_name_in_dashboard_and_rules_is_exported(ember):
    """With a real engine, which brings its own series."""
    server = ember(f"keys: [{{key: k1}}]\nmodels: {{small: {{path: {SMOLLM2}, context: 512}}}}\n")
    assert server.chat("small", headers=KEY)[0] == 200
    assert eventually(lambda: "ember_engine_tokens_predicted_total{" in text(server), 60)
    exported = text(server)
    families = set(re.findall(r"^# TYPE (\S+)", exported, re.M))
    families |= {name + part for name in families for part in ("_bucket", "_sum", "_count")}
    labels = set(re.findall(r'[{,]([a-z_]+)="', exported))
    cloud = {"ember_cloud_spent", "ember_cloud_budget_left", "ember_upstream_disabled"}
    assert used_names() - families - labels - cloud == set()
    checked = promtool("check", "metrics", input=exported)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_an_engine_that_does_not_work_is_not_read(ember):
    """What engines count is as old as the last time that they worked."""
    server = ember(f"keys: [{{key: k1}}]\nmodels: {{small: {{path: {SMOLLM2}, context: 512}}}}\n")
    assert server.chat("small", headers=KEY)[0] == 200
    age = r'ember_engine_reading_age_seconds{model="small"} (\S+)'
    assert eventually(lambda: re.search(age, text(server)), 60)
    first = float(re.search(age, text(server))[1])
    time.sleep(0.1)
    assert eventually(lambda: float(re.search(age, text(server))[1]) > max(11, first), 60)
