"""Demonstrations, and KV states that survive evictions, with real engines."""

import concurrent.futures
import functools
import http.client
import json
import os
import pathlib
import random
import threading
import time
import urllib.request

import pytest

import waiting
from ember_process import MINILM, SMOLLM2, SMOLLM2_Q8, Ember, process_tree
from test_cloud import Cloud, cloud  # noqa: F401 (a fixture)

eventually = functools.partial(waiting.eventually, seconds=30)

# One of the two chat models fits beside the embedding model; no gate, so that every request of the other one swaps.
CONFIG = f"""
memory: {{budget: 490MB}}
policy: least-context
queue: {{gate_wait: 0s, min_residency: 0}}
context: {{embedding_model: minilm}}
services:
  given: {{context: given, selection: fixed, examples: 8}}
  near: {{context: given, selection: nearest, examples: 2}}
  learning: {{context: learn, selection: recent, examples: 4}}
models:
  small: {{path: {SMOLLM2}, context: 4096, parallel: 2}}
  large: {{path: {SMOLLM2_Q8}, context: 4096, parallel: 2}}
  minilm: {{path: {MINILM}, embeddings: true, context: 1024, parallel: 2, pin: true, preload: true}}
"""


def sums(count, first=0):
    return [
        {"prompt": f"What is {n} plus {n + 3}?", "result": f"The sum of {n} and {n + 3} is {2 * n + 3}."}
        for n in range(first, first + count)
    ]


def give(server, service, demonstrations, headers=None):
    lines = "\n".join(json.dumps(line) for line in demonstrations).encode()
    return server.request(f"/ember/v1/services/{service}/demonstrations", lines, headers)


def ask(server, model, text, service, **options):
    headers = {"x-ember-service": service, **options.pop("headers", {})}
    return server.chat(model, text, headers=headers, **{"temperature": 0, **options})


def text_of(answer):
    return answer["choices"][0]["message"]["content"]


def cached(answer):
    return answer["usage"]["prompt_tokens_details"]["cached_tokens"]


def counters(server):
    return server.state()["context"]["counters"]


def states(server):
    return list((server.folder / "state/kv").glob("*.kv"))


def remove_all(server, service, headers=None):
    request = urllib.request.Request(
        f"{server.url}/ember/v1/services/{service}/demonstrations", headers=headers or {}, method="DELETE")
    return json.loads(urllib.request.urlopen(request).read())


def test_demonstrations_go_into_the_prompt_and_their_kv_state_survives_evictions(ember):
    server = ember(CONFIG)
    assert give(server, "given", sums(20))[0] == 201
    answers = {"small": [], "large": []}
    for _ in range(4):
        for model in answers:
            status, headers, answer = ask(server, model, "What is 5 plus 6?", "given", max_tokens=16)
            assert status == 200 and headers["x-ember-demonstrations"] == "8"
            answers[model].append(answer)
    assert server.state()["cost"]["loads"] >= 8
    for model, got in answers.items():
        prompt = got[0]["usage"]["prompt_tokens"]
        assert prompt > 250 and cached(got[0]) < 50
        # Every later one came after a swap, and needed only the question computed.
        assert all(cached(answer) >= prompt - 30 for answer in got[1:]), [cached(answer) for answer in got]
        assert len({text_of(answer) for answer in got}) == 1
    counts = counters(server)
    assert counts["restores"] == 6 and counts["restores_without_reuse"] == counts["failed_restores"] == 0
    assert counts["failed_saves"] == 0 and len(states(server)) == 2
    assert all(file.stat().st_mode & 0o077 == 0 for file in states(server))
    # With the demonstrations the model answers as they do.
    assert "sum" in text_of(answers["small"][0])


def test_a_request_can_ask_for_none_or_fewer(ember):
    server = ember(CONFIG)
    give(server, "given", sums(20))
    for headers, count in (
        ({}, "8"), ({"x-ember-examples": "0"}, "0"), ({"x-ember-examples": "3"}, "3"),
        ({"x-ember-selection": "none"}, "0"), ({"x-ember-selection": "recent", "x-ember-examples": "20"}, "20"),
    ):
        assert ask(server, "small", "What is 5 plus 6?", "given", headers=headers)[1]["x-ember-demonstrations"] == count
    for headers in ({"x-ember-selection": "best"}, {"x-ember-examples": "-1"}, {"x-ember-examples": "many"}):
        status, _, answer = ask(server, "small", "x", "given", headers=headers)
        assert status == 400 and answer["error"]["param"] in headers
    # Another service has nothing to do with it.
    assert "x-ember-demonstrations" not in ask(server, "small", "x", "default")[1]


def test_what_does_not_fit_the_window_is_left_out(ember):
    server = ember(CONFIG.replace("examples: 8", "examples: 200"))
    give(server, "given", sums(200))
    status, headers, answer = ask(server, "small", "What is 5 plus 6?", "given")
    assert status == 200 and 40 <= int(headers["x-ember-demonstrations"]) < 200
    assert answer["usage"]["prompt_tokens"] < 4096
    long = ask(server, "small", "word " * 2800, "given")
    assert long[0] == 200 and int(long[1]["x-ember-demonstrations"]) < int(headers["x-ember-demonstrations"])


def test_the_nearest_are_found(ember):
    server = ember(CONFIG)
    near = [{"prompt": "What is the code of the moon?", "result": "The code is 4711."},
            {"prompt": "Which planet is red?", "result": "Mars."}]
    give(server, "near", sums(10) + near)
    eventually(lambda: server.request("/ember/v1/services/near")[2]["embedded"] == 12)
    status, _, answer = ask(
        server, "small", "What is the code of the moon?", "near", max_tokens=8, headers={"x-ember-examples": "1"})
    assert status == 200 and "4711" in text_of(answer)
    assert counters(server)["missed_embeddings"] == 0


def test_completions_messages_and_responses_take_demonstrations_too(ember):
    server = ember(CONFIG)
    give(server, "given", [{"prompt": f"Q: {n}\nA:", "result": " yes"} for n in range(8)])
    headers = {"x-ember-service": "given"}
    for path, body in (
        ("/v1/completions", {"prompt": "Q: 9\nA:", "max_tokens": 2}),
        ("/v1/messages", {"messages": [{"role": "user", "content": "Q: 9\nA:"}], "max_tokens": 4}),
        ("/v1/responses", {"input": "Q: 9\nA:", "max_output_tokens": 4}),
    ):
        for _ in range(2):
            status, got, answer = server.request(path, {"model": "small", "temperature": 0, **body}, headers)
            assert status == 200 and got["x-ember-demonstrations"] == "8", (path, answer)
            assert "yes" in json.dumps(answer), (path, answer)


def test_answers_become_demonstrations_and_feedback_finds_them(ember):
    server = ember(CONFIG)
    ids = []
    for word in ["one", "two", "three", "four", "five", "six"]:
        status, headers, answer = ask(server, "small", f"Repeat the word {word}.", "learning", max_tokens=60)
        assert status == 200
        if answer["choices"][0]["finish_reason"] == "stop":
            ids.append(headers["x-ember-request-id"])
    assert ids, "the model stopped by itself too rarely to learn from"
    learned = server.request("/ember/v1/services/learning/demonstrations")[2]["demonstrations"]
    assert {one["request"] for one in learned} == set(ids)
    assert all(one["origin"] == "edge" and one["quality"] is None for one in learned if "quality" in one)
    assert server.request("/ember/v1/feedback", {"request": ids[0], "score": 0.25})[0] == 200
    rated = next(
        one for one in server.request("/ember/v1/services/learning/demonstrations")[2]["demonstrations"]
        if one["request"] == ids[0])
    assert rated["quality"] == 0.25
    assert server.request("/ember/v1/feedback", {"request": "0" * 32, "score": 1})[0] == 404
    assert server.request("/ember/v1/feedback", {"request": ids[0], "score": 3})[0] == 400
    # The prompt of the next one begins as the last one ended: hardly anything is computed again.
    status, headers, answer = ask(server, "small", "Repeat the word seven.", "learning", max_tokens=4)
    assert int(headers["x-ember-demonstrations"]) >= 1
    contexts = {one["service"]: one for one in server.model("small")["contexts"]}
    assert contexts["learning"]["held_examples"] == int(headers["x-ember-demonstrations"])
    assert 0 < contexts["learning"]["age_of_context"] <= contexts["learning"]["held_examples"]


def test_the_clouds_answers_teach_the_edge(ember, cloud):  # noqa: F811
    server = ember(f"""
upstreams: {{sky: {{url: "{cloud}"}}}}
services: {{taught: {{context: learn, selection: recent, learn_from: [cloud]}}}}
models:
  far: {{upstream: sky}}
  small: {{path: {SMOLLM2}, context: 2048, parallel: 1}}
""")
    status, headers, _ = ask(server, "far", "What is the capital of Atlantis?", "taught")
    assert status == 200 and headers["x-ember-served-by"] == "cloud:sky"
    eventually(lambda: server.request("/ember/v1/services/taught/demonstrations")[2]["demonstrations"])
    learned = server.request("/ember/v1/services/taught/demonstrations")[2]["demonstrations"]
    assert learned[0]["origin"] == "cloud" and learned[0]["result"] == "from the cloud"
    # Nothing but the question went to the cloud.
    assert b"Atlantis" in Cloud.requests[0][2] and b"id_slot" not in Cloud.requests[0][2]
    assert ask(server, "small", "What is the capital of Atlantis?", "taught")[1]["x-ember-demonstrations"] == "1"


def test_a_damaged_state_is_refused_and_the_prompt_computed_anew(ember):
    server = ember(CONFIG)
    give(server, "given", sums(20))
    first = ask(server, "small", "What is 5 plus 6?", "given", max_tokens=16)[2]

    def half(content):
        return content[: len(content) // 2]

    def another_bit(content):
        place = len(content) * 2 // 3
        return content[:place] + bytes([content[place] ^ 1]) + content[place + 1:]

    for count, damage in enumerate((half, another_bit), 1):
        ask(server, "large", "What is 5 plus 6?", "given")
        saved = max(states(server), key=lambda file: file.stat().st_mtime_ns)
        saved.write_bytes(damage(saved.read_bytes()))
        again = ask(server, "small", "What is 5 plus 6?", "given", max_tokens=16)[2]
        assert text_of(again) == text_of(first) and cached(again) < 50
        assert counters(server)["failed_restores"] == count
        assert sum("checksum" in line for line in server.log) == count
    # Healed: the next swap brings it back.
    ask(server, "large", "What is 5 plus 6?", "given")
    assert cached(ask(server, "small", "What is 5 plus 6?", "given")[2]) > 200


def test_states_survive_a_restart_and_those_that_fit_no_more_go(ember, tmp_path):
    state = {"EMBER_STATE": str(tmp_path / "kept")}
    server = ember(CONFIG, environment=state)
    give(server, "given", sums(20))
    first = ask(server, "small", "What is 5 plus 6?", "given", max_tokens=16)[2]
    server.__exit__()
    again = ember(CONFIG, environment=state)
    answer = ask(again, "small", "What is 5 plus 6?", "given", max_tokens=16)[2]
    assert cached(answer) > 200 and text_of(answer) == text_of(first)
    again.__exit__()
    other = ember(CONFIG.replace("context: 4096", "context: 3072"), environment=state)
    assert not list((tmp_path / "kept/kv").glob("*.kv"))
    assert cached(ask(other, "small", "What is 5 plus 6?", "given")[2]) < 50


def test_removed_demonstrations_leave_nothing_behind(ember):
    server = ember(CONFIG)
    give(server, "given", sums(8) + [{"prompt": "What is the password?", "result": "xyzzy"}])
    for model in ("small", "large", "small"):
        ask(server, model, "What is 5 plus 6?", "given")
    assert states(server)
    assert remove_all(server, "given") == {"removed": 9}
    assert not states(server)
    status, headers, answer = ask(server, "small", "What is 5 plus 6?", "given")
    assert headers["x-ember-demonstrations"] == "0" and cached(answer) < 50
    folder = server.folder / "state"
    server.__exit__()
    assert not [file for file in folder.rglob("*") if file.is_file() and b"xyzzy" in file.read_bytes()]


def test_the_commands(ember, tmp_path):
    server = ember(CONFIG)

    def context(*arguments, ok=True, **options):
        result = server.command("context", *arguments, **options)
        assert (result.returncode == 0) == ok, result.stderr
        return result.stdout if ok else result.stderr

    assert context("add", "given", "--prompt", "1+1?", "--result", "2") == "added 1\n"
    assert context("add", "given", "--prompt", "1+1?", "--result", "2") == "added 0, 1 were there already\n"
    file = tmp_path / "sums.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in sums(3)))
    assert context("import", "given", str(file)) == "added 3\n"
    listed = context("ls", "given")
    assert "1+1?" in listed and "given" in listed
    assert "given" in context("ls") and "learning" in context("ls")
    number = listed.splitlines()[1].split()[0]
    assert json.loads(context("show", "given", number))["prompt"] == "What is 2 plus 5?"
    exported = context("export", "given")
    assert len(exported.splitlines()) == 4
    assert context("rm", "given", number) == "removed 1\n"
    assert "no demonstration" in context("show", "given", number, ok=False)
    assert context("rm", "given", "--all") == "removed 3\n"
    assert context("import", "given", "-", input=exported) == "added 4\n"
    assert "context: off" in context("ls", "default", ok=False)
    assert "not configured" in context("ls", "nowhere", ok=False)
    assert "line 2" in context("import", "given", "-", input='{"prompt":"a","result":"b"}\n{"promt":1}\n', ok=False)
    assert len(context("export", "given").splitlines()) == 4


def test_prefixes_that_changed_are_computed_ahead_and_give_way(ember):
    server = ember(CONFIG.replace("selection: fixed", "selection: recent"))
    give(server, "given", sums(8))
    ask(server, "small", "What is 5 plus 6?", "given")
    before = counters(server)["prefills"]
    # The list is full: with one more its older half goes, and the prompt begins otherwise.
    give(server, "given", sums(1, first=50))
    eventually(lambda: counters(server)["prefills"] > before)
    answer = ask(server, "small", "What is 7 plus 6?", "given")[2]
    assert cached(answer) > 0.6 * answer["usage"]["prompt_tokens"]
    # A request that comes in the middle of it does not wait for its end, and is answered as ever.
    remove_all(server, "given")
    give(server, "given", sums(8, first=100))
    time.sleep(0.4)
    status, headers, answer = ask(server, "small", "What is 5 plus 6?", "given", max_tokens=16)
    assert status == 200 and headers["x-ember-demonstrations"] == "8"
    again = ask(server, "small", "What is 5 plus 6?", "given", max_tokens=16)[2]
    assert text_of(again) == text_of(answer)


def test_only_files_under_their_final_name_count(ember, tmp_path):
    folder = tmp_path / "kept/kv"
    folder.mkdir(parents=True)
    (folder / "1-1.part").write_bytes(b"half a state")
    (folder / "notes.txt").write_text("not Ember's")
    ember(CONFIG, environment={"EMBER_STATE": str(tmp_path / "kept")})
    assert [file.name for file in folder.iterdir()] == ["notes.txt"]


def test_the_quota_of_states_is_kept(ember):
    server = ember(CONFIG.replace("embedding_model: minilm", "embedding_model: minilm, state_limit: 9MB"))
    give(server, "given", sums(20))
    for _ in range(2):
        for model in ("small", "large"):
            assert ask(server, model, "What is 5 plus 6?", "given")[0] == 200
    assert sum(file.stat().st_size for file in states(server)) <= 9_000_000 and len(states(server)) == 1


TENANTS = f"""
memory: {{budget: 490MB}}
policy: least-context
queue: {{gate_wait: 0s, min_residency: 0}}
context: {{embedding_model: minilm}}
services:
  both: {{context: learn, selection: recent, examples: 6}}
  plain: {{}}
keys:
  - {{key: key-of-ann, name: ann}}
  - {{key: key-of-bob, name: bob}}
  - {{key: key-of-anns-robot, name: robot, tenant: ann}}
models:
  small: {{path: {SMOLLM2}, context: 4096, parallel: 2}}
  large: {{path: {SMOLLM2_Q8}, context: 4096, parallel: 2}}
  minilm: {{path: {MINILM}, embeddings: true, context: 1024, parallel: 2, pin: true}}
"""
ANN, BOB, ROBOT = ({"authorization": f"Bearer key-of-{name}"} for name in ("ann", "bob", "anns-robot"))


def test_nothing_of_a_tenants_demonstrations_reaches_another(ember):
    server = ember(TENANTS)
    secret = [{"prompt": f"What is the password {n}?", "result": f"It is xyzzy {n}."} for n in range(6)]
    assert give(server, "both", secret, ANN)[0] == 201
    # Cut off after two tokens, an answer is not learned, and changes no one's number.
    question = "What is the password 3?"
    assert ask(server, "small", question, "both", headers=ANN, max_tokens=2)[1]["x-ember-demonstrations"] == "6"
    assert ask(server, "small", question, "both", headers=ROBOT, max_tokens=2)[1]["x-ember-demonstrations"] == "6"
    for mode in ("recent", "fixed", "diverse", "nearest", "clustered", "auto"):
        status, headers, answer = ask(
            server, "small", "What is the password 3?", "both", headers={**BOB, "x-ember-selection": mode})
        assert status == 200 and headers["x-ember-demonstrations"] in ("0", None) or mode != "recent"
        assert "xyzzy" not in text_of(answer), mode
    mine = server.request("/ember/v1/services/both/demonstrations", headers=ANN)[2]["demonstrations"]
    theirs = server.request("/ember/v1/services/both/demonstrations", headers=BOB)[2]["demonstrations"]
    assert len(mine) >= 6 and not [one for one in theirs if "xyzzy" in one["result"]]
    number = mine[0]["id"]
    assert server.request(f"/ember/v1/services/both/demonstrations/{number}", headers=BOB)[0] == 404
    assert remove_all(server, "both", BOB)["removed"] == len(theirs)
    assert len(server.request("/ember/v1/services/both/demonstrations", headers=ANN)[2]["demonstrations"]) == len(mine)
    learned = ask(server, "small", "Say yes.", "both", headers=ANN, max_tokens=40)[1]["x-ember-request-id"]
    assert server.request("/ember/v1/feedback", {"request": learned, "score": 0}, BOB)[0] == 404
    # Bob's saved states are files of their own.
    for model in ("large", "small"):
        for who in (ANN, BOB):
            ask(server, model, "What is the password 3?", "both", headers=who)
    assert server.request("/ember/v1/state", headers=ANN)[2]["context"]["counters"]["restores_without_reuse"] == 0


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/completions", "/v1/messages"])
def test_no_tenant_finds_in_the_cache_what_another_has_asked(ember, path):
    """The count of reused tokens would show that another tenant has asked the same."""
    server = ember(TENANTS.replace("parallel: 2}\n  large", "parallel: 3}\n  large"))
    lots = random.Random(7)
    asked = {}

    def question(number):
        words = random.Random(number)
        return " ".join(words.choice("red blue green tall small fast slow warm cold".split()) for _ in range(60))

    def turn(_):
        number, who = lots.randrange(12), lots.choice("AB")
        headers = {**(ANN if who == "A" else BOB), "x-ember-service": "plain"}
        text = question(number)
        body = {"model": "small", "max_tokens": 1, "temperature": 0}
        # Trying to name another's slot does not help.
        if path == "/v1/completions":
            body.update(prompt=text, id_slot=lots.randrange(3))
        else:
            body.update(messages=[{"role": "user", "content": text}], id_slot=lots.randrange(3))
        status, _, answer = server.request(path, body, headers)
        assert status == 200, answer
        return who, number, answer

    for first in range(40):
        who, number, answer = turn(first)
        usage = answer["usage"]
        reused = usage.get("cache_read_input_tokens", (usage.get("prompt_tokens_details") or {}).get("cached_tokens", 0))
        if number not in asked.setdefault(who, set()):
            # What a template puts before every prompt may be reused; the text may not.
            assert reused < 40, (first, who, number, usage)
        asked[who].add(number)
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        list(pool.map(turn, range(24)))


KILLS = int(os.environ.get("EMBER_TEST_CONTEXT_KILLS", "20"))


def test_no_acknowledged_demonstration_is_lost_to_kills_and_no_half_state_is_restored(tmp_path):
    """Killed at random moments under load, again and again, on one state folder."""
    seed = int(os.environ.get("EMBER_TEST_SEED", "1"))
    lots = random.Random(seed)
    acknowledged, totals = set(), {"restores": 0, "saves": 0}
    plain = CONFIG.replace("context: {embedding_model: minilm}\n", "")
    for round in range(KILLS):
        folder = tmp_path / str(round)
        folder.mkdir()
        server = Ember(plain, folder, environment={"EMBER_STATE": str(tmp_path / "kept")})
        server.__enter__()
        tree = process_tree(server.process.pid)
        try:
            kept = exported(server)
            assert acknowledged <= kept, f"seed {seed}, round {round}: {len(acknowledged - kept)} are lost"
            load_until_killed(server, lots, round, acknowledged, totals)
        finally:
            server.process.kill()
            server.process.wait()
        log = "".join(server.log)
        assert "damaged" not in log and "refused" not in log and "of no use" not in log and "was not used" not in log, log[-2000:]
        eventually(lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in tree))
    assert acknowledged and totals["saves"] and totals["restores"], totals


def exported(server):
    """The prompts of all demonstrations."""
    with urllib.request.urlopen(server.url + "/ember/v1/services/given/export") as answer:
        return {json.loads(line)["prompt"] for line in answer.read().splitlines()}


def load_until_killed(server, lots, round, acknowledged, totals):
    """Adds demonstrations and swaps models until the server is killed."""
    is_over, latest = threading.Event(), {}

    def work(task):
        for number in range(10_000):
            if is_over.is_set():
                return
            try:
                task(number)
            except (OSError, http.client.HTTPException, ValueError):
                return

    def add(number):
        prompt = f"What is {round} times {number}?"
        if give(server, "given", [{"prompt": prompt, "result": str(round * number)}])[0] == 201:
            acknowledged.add(prompt)
        time.sleep(0.1)

    def swap(number):
        # Of the newest, so that there is something new to save at every swap.
        headers = {"x-ember-selection": "recent"}
        ask(server, ("small", "large")[number % 2], "What is 5 plus 6?", "given", max_tokens=1, headers=headers)
        counts = counters(server)
        assert counts["failed_restores"] == counts["restores_without_reuse"] == 0, counts
        latest.update(counts)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        running = [pool.submit(work, task) for task in (add, swap)]
        # Each fourth round lives long enough for several swaps, on slow machines too.
        if round % 4 == 0:
            eventually(lambda: latest.get("restores"), seconds=60)
        time.sleep(lots.uniform(0.1, 1.5))
        server.process.kill()
        is_over.set()
        for one in running:
            one.result()
    for name in totals:
        totals[name] += latest.get(name, 0)
