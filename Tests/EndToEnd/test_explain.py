"""Why a request ran where it ran, and runs decided again from their logs."""

import json
import subprocess

from ember_process import BINARY, SMOLLM2, SMOLLM2_Q8

CONFIG = f"""
memory: {{budget: 300MB}}
policy: least-context
queue: {{gate_wait: 0s, min_residency: 0}}
models:
  small: {{path: {SMOLLM2}, context: 1024, costs: {{load: 3, token: 0.01, transmission: 0.5}}}}
  large: {{path: {SMOLLM2_Q8}, context: 1024}}
"""


def test_a_requests_way_is_told_with_its_alternatives_and_whom_it_cost_the_memory(ember):
    server = ember(CONFIG)
    assert server.chat("large")[0] == 200
    first = server.chat("small")[1]["x-ember-request-id"]
    told = server.request(f"/ember/v1/decisions/{first}")[2]
    assert told["model"] == "small" and told["service"] == "default"
    place = told["alternatives"][0]
    assert (place["place"], place["switching"], place["transmission"]) == ("load", 3, 0.5)
    assert place["total"] == sum(place[term] for term in ("switching", "accuracy", "inference", "energy", "transmission", "cloud"))
    assert [place["is_chosen"] for place in told["alternatives"]] == [True]
    assert [step["what"] for step in told["steps"]] == ["waits", "edge", "answered"]
    assert told["steps"][-1]["tokens"] > 0
    admission = told["admissions"][0]
    assert admission["outcome"] == "admitted" and admission["victims"] == ["large"]
    assert {one["model"] for one in admission["candidates"]} == {"large"}
    again = server.chat("small")[1]["x-ember-request-id"]
    told = server.request(f"/ember/v1/decisions/{again}")[2]
    assert told["alternatives"][0]["place"] == "resident" and told["alternatives"][0]["switching"] == 0
    assert [step["what"] for step in told["steps"]] == ["edge", "answered"] and not told["admissions"]
    text = server.command("explain", first).stdout
    assert "large evicted" in text and "answered" in text
    assert json.loads(server.command("explain", again, "--json").stdout)["id"] == again
    unknown = server.command("explain", "0" * 32)
    assert unknown.returncode != 0 and "No request" in unknown.stderr


def test_decisions_go_into_the_log_where_the_operator_wants_them(ember):
    server = ember(CONFIG + "events: {record: true, decisions: true}\n")
    name = server.chat("small")[1]["x-ember-request-id"]
    assert server.chat("small", grammar="root ::= (")[0] == 400, "the engine knows better than Ember"
    server.__exit__()
    said = [json.loads(line[line.index("{"):line.rindex("}") + 1]) for line in server.log if " decided" in line]
    assert [one["model"] for one in said] == ["small", "small"] and said[0]["id"] == name
    assert [step["what"] for step in said[0]["steps"]] == ["waits", "edge", "answered"]


def test_a_run_is_decided_again_from_its_log(ember, tmp_path):
    server = ember(CONFIG, environment={"EMBER_STATE": str(tmp_path / "kept")})
    for model in ("small", "large", "small", "small"):
        assert server.chat(model)[0] == 200
    cost = server.state()["cost"]
    server.__exit__()
    log, = (tmp_path / "kept/events").glob("*.log")
    assert log.stat().st_mode & 0o077 == 0
    assert "hello" not in log.read_text().lower()
    done = subprocess.run(
        [BINARY, "replay", log, "--json", "--requests", tmp_path / "requests.csv"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    replayed = json.loads(done.stdout)
    assert replayed["same_effects"] and replayed["loads"] == cost["loads"] == 3
    assert replayed["total"] == cost["total"]
    rows = (tmp_path / "requests.csv").read_text().splitlines()
    assert rows[0] == "time,service,model,input_tokens,output_tokens" and len(rows) == 5
    # Without the end of the first load the rest does not follow. A tick before it, on a busy machine, could be left out.
    lines = log.read_text().splitlines(keepends=True)
    loaded = next(index for index, line in enumerate(lines) if line.split()[1:2] == ["L"])
    log = tmp_path / "damaged.log"
    log.write_text("".join(lines[:loaded] + lines[loaded + 1:]))
    assert subprocess.run([BINARY, "replay", log], capture_output=True).returncode == 1
    # What a kill cuts off is passed over; what was never an event is reported.
    log.write_text("".join(lines)[:-5])
    assert subprocess.run([BINARY, "replay", log], capture_output=True).returncode == 0
    log.write_text(lines[0] + "nonsense\n")
    done = subprocess.run([BINARY, "replay", log], capture_output=True, text=True)
    assert done.returncode == 1 and "damaged.log:2:" in done.stderr


def test_a_long_run_is_written_in_parts(ember, tmp_path):
    server = ember(
        CONFIG + f"  vast: {{path: {SMOLLM2_Q8}, context: 1024, memory: 10GB}}\nevents: {{record: true, limit: 96KiB}}\n",
        environment={"EMBER_STATE": str(tmp_path / "kept")})
    assert server.chat("small")[0] == 200
    # A line each, and no work.
    for _ in range(2000):
        assert server.chat("vast")[0] == 503
    assert server.chat("large")[0] == 200
    cost = server.state()["cost"]
    server.__exit__()
    folder = tmp_path / "kept/events"
    logs = sorted(folder.glob("events-*.log"))
    assert len(logs) > 1 and sum(log.stat().st_size for log in logs) <= 96 * 1024 + 100
    for log in (logs[-1], folder):
        done = subprocess.run([BINARY, "replay", log, "--json"], capture_output=True, text=True)
        assert done.returncode == 0, (done.stdout, done.stderr)
        replayed = json.loads(done.stdout)
        assert replayed["same_effects"] and replayed["total"] == cost["total"] and replayed["loads"] == 2
    # The first parts are gone.
    assert replayed["part"] == int(logs[0].stem.split("-")[-1]) > 1
    # A kill while a part is begun.
    torn = tmp_path / "torn.log"
    torn.write_text("".join(logs[-1].read_text().splitlines(keepends=True)[:2])[:-5])
    done = subprocess.run([BINARY, "replay", torn], capture_output=True, text=True)
    assert done.returncode != 0 and "torn.log:2:" in done.stderr and "cut off" in done.stderr
    done = subprocess.run(
        [BINARY, "compare", "--events", logs[-1], "--policies", "lru", "--seeds", "1", "--format", "json"],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
