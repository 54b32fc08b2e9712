"""Two tenants on one engine: neither counts nor times tell what another has asked."""

import concurrent.futures
import http.client
import json
import math
import random
import shlex
import time

import pytest

from ember_process import CACHE, SMOLLM2, Ember
from make_projector import make_projector
from test_context import eventually

KEYS = """
memory: {budget: 900MB}
keys:
  - {key: key-of-ann, name: ann}
  - {key: key-of-bob, name: bob}
"""
# Engines of one thread: those of more are many times slower beside other work.
CONFIG = f"{KEYS}models: {{small: {{path: {SMOLLM2}, context: 2048, parallel: 2, pin: true, args: [-t, '1']}}}}\n"
ANN, BOB = ({"authorization": f"Bearer key-of-{name}"} for name in ("ann", "bob"))
PATHS = ("/v1/chat/completions", "/v1/completions", "/v1/messages", "/v1/responses")
# What a template puts before every prompt may be reused; a text of this test has many more tokens.
TEMPLATE = 32
WORDS = "red blue green tall small fast slow warm cold loud soft dark pale sweet dry new old rich poor wide".split()


def text_of(seed, words=40):
    lots = random.Random(seed)
    return " ".join(lots.choice(WORDS) for _ in range(words))


def body_of(path, text, tokens=1, **options):
    body = {"model": "small", "temperature": 0}
    if path == "/v1/completions":
        body.update(prompt=text, max_tokens=tokens)
    elif path == "/v1/responses":
        body.update(input=text, max_output_tokens=tokens)
    else:
        body.update(messages=[{"role": "user", "content": text}], max_tokens=tokens)
    return {**body, **options}


def reused(answer):
    """Tokens of the prompt that were not computed again, by every count that the answer has."""
    # Several responses at once come as a list.
    answer = answer[0] if isinstance(answer, list) else answer
    usage = answer["usage"]
    details = usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {}
    return max(
        details.get("cached_tokens", 0), usage.get("cache_read_input_tokens", 0),
        answer.get("timings", {}).get("cache_n", 0))


def ask(server, who, path, text, **options):
    status, _, answer = server.request(path, body_of(path, text, **options), who)
    assert status == 200, (path, options, answer)
    return reused(answer)


def ask_at_once(server, who, path, texts, **options):
    with concurrent.futures.ThreadPoolExecutor(len(texts)) as pool:
        return list(pool.map(lambda text: ask(server, who, path, text, **options), texts))


def begin(server, who, path, text, **options):
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=60)
    body = json.dumps(body_of(path, text, **options))
    connection.request("POST", path, body, {"content-type": "application/json", **who})
    return connection


def counters(server):
    return server.request("/ember/v1/state", headers=ANN)[2]["context"]["counters"]


def many_answers(server, path):
    ask(server, BOB, path, "Say something of your own.", n=2)


def many_answers_by_another_name(server, path):
    ask(server, BOB, path, "Say something of your own.", n_cmpl=2)


def many_prompts(server, _):
    body = {"model": "small", "prompt": ["One.", "Two.", "Three."], "max_tokens": 1}
    assert server.request("/v1/completions", body, BOB)[0] == 200


def given_up(server, path):
    for number in range(2):
        connection = begin(server, BOB, path, text_of(f"bob {number}"), tokens=300, stream=True)
        time.sleep(0.05 * number)
        connection.close()


def with_words_of_its_own(server, path):
    words = {"id_slot": 1, "cache_prompt": True, "n_cache_reuse": 1, "slot_id": 2, "lora": [], "timings_per_token": True}
    for slot in range(2):
        ask(server, BOB, path, "Say something of your own.", **{**words, "id_slot": slot})


def messages(server, _):
    ask(server, BOB, "/v1/messages", "Say something of your own.")


DISTURBANCES = [
    many_answers, many_answers_by_another_name, many_prompts, given_up, with_words_of_its_own, messages]


def probe(server, path, disturbance, name):
    """Ann's texts lie in all slots; what Bob reuses with the same ones, of which no two begin alike."""
    secrets = [text_of(f"{name} {path} {number}") for number in range(2)]
    ask_at_once(server, ANN, path, secrets)
    disturbance(server, "/v1/chat/completions" if path == "/v1/messages" else path)
    return ask_at_once(server, BOB, path, secrets, id_slot=0, cache_prompt=True)


@pytest.mark.parametrize("path", PATHS)
def test_counts_do_not_tell_what_another_tenant_has_asked(ember, path):
    server = ember(CONFIG)
    for disturbance in DISTURBANCES:
        counts = probe(server, path, disturbance, disturbance.__name__)
        assert max(counts) < TEMPLATE, (path, disturbance.__name__, counts)
    # What a tenant itself has asked is reused, and nothing had to be refused for that.
    own = text_of(f"own {path}")
    assert ask(server, BOB, path, own) < TEMPLATE < ask(server, BOB, path, own)
    assert counters(server)["refused_erasures"] == 0


def test_a_slot_that_another_leaves_in_a_moment_is_not_open(ember):
    """Slots in use while Bob's request comes, which cannot say where it runs, are Ann's a moment later."""
    server = ember(CONFIG)
    secret = text_of("in a moment")
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        anns = [
            pool.submit(ask, server, ANN, "/v1/chat/completions", f"{secret} {number}", tokens=20 + 20 * number)
            for number in range(2)]
        bobs = []
        while not all(one.done() for one in anns):
            bobs.append(pool.submit(ask, server, BOB, "/v1/messages", f"{secret} {len(bobs)}"))
            time.sleep(0.05)
    for one in anns:
        one.result()
    # The first ones meet nothing; later ones may meet the first ones' text.
    first = bobs[0].result()
    assert first < TEMPLATE, first
    assert max(one.result() for one in bobs) < 100


def rank_test(first, second):
    """The two-sided p of Mann and Whitney's test, by the normal approximation, with midranks for ties."""
    values = sorted((value, group) for group, one in enumerate((first, second)) for value in one)
    ranks, place = 0.0, 0
    while place < len(values):
        end = place
        while end < len(values) and values[end][0] == values[place][0]:
            end += 1
        ranks += sum(1 for at in range(place, end) if values[at][1] == 0) * (place + end + 1) / 2
        place = end
    n, m = len(first), len(second)
    distance = abs(ranks - n * (n + m + 1) / 2) / math.sqrt(n * m * (n + m + 1) / 12)
    return math.erfc(distance / math.sqrt(2))


def timed_probes(server, seed, count):
    """Seconds of Bob's right and wrong guesses of what Ann has asked, in random order and over all paths."""
    lots = random.Random(seed)
    seconds = {True: [], False: []}
    for number in range(count):
        path = lots.choice(PATHS)
        secret, is_right = text_of(f"{seed} {number}", words=12), lots.random() < 0.5
        ask(server, ANN, path, secret)
        guess = secret if is_right else text_of(f"wrong {seed} {number}", words=12)
        begun = time.perf_counter()
        ask(server, BOB, path, guess)
        seconds[is_right].append(time.perf_counter() - begun)
    return seconds


def test_times_do_not_tell_what_another_tenant_has_asked(ember):
    server = ember(CONFIG)
    probability = 0
    # By chance alone one try in a hundred is below; three in a row are a leak.
    for seed in range(3):
        seconds = timed_probes(server, seed, 200)
        probability = rank_test(seconds[True], seconds[False])
        if probability > 0.01:
            break
    middle = {guess: sorted(times)[len(times) // 2] for guess, times in seconds.items()}
    assert probability > 0.01, (probability, middle)


def test_the_rank_test_tells_distributions_apart():
    lots = random.Random(1)
    alike = [[lots.gauss(0, 1) for _ in range(100)] for _ in range(2)]
    assert rank_test(*alike) > 0.01 > rank_test(alike[0], [value + 1 for value in alike[1]])
    assert rank_test([1] * 50, [1] * 50) == 1


def test_a_multimodal_model_keeps_tenants_apart(ember, tmp_path):
    make_projector(tmp_path / "mmproj.gguf")
    server = ember(CONFIG.replace("context: 2048", f"mmproj: {tmp_path}/mmproj.gguf, context: 2048"))
    for path in ("/v1/chat/completions", "/v1/messages"):
        for disturbance in (many_answers, given_up):
            # Other texts each time: Bob's own come back.
            counts = probe(server, path, disturbance, f"mmproj {disturbance.__name__}")
            assert max(counts) < TEMPLATE, (path, disturbance.__name__, counts)


def refusing_engine(folder):
    """A llama-server that refuses to erase slots, as older ones do with a multimodal projector: it has no folder for them."""
    program = folder / "llama-server"
    program.write_text(f"""#!/bin/bash
arguments=()
while [ $# -gt 0 ]; do
    if [ "$1" = --slot-save-path ]; then shift 2; else arguments+=("$1"); shift; fi
done
exec {shlex.quote(str(CACHE / 'engine/llama-server'))} "${{arguments[@]}}"
""")
    program.chmod(0o755)
    return program


def test_where_slots_cannot_be_erased_nothing_of_others_is_reused(ember, tmp_path):
    server = ember(f"llama_server: {refusing_engine(tmp_path)}\n{CONFIG}")
    for path in PATHS:
        for disturbance in (many_answers, many_prompts, given_up):
            counts = probe(server, path, disturbance, disturbance.__name__)
            assert max(counts) < TEMPLATE, (path, disturbance.__name__, counts)
    assert counters(server)["refused_erasures"] > 0


def test_an_engine_whose_slots_ember_does_not_give_reuses_nothing(ember):
    program = CACHE / "engine/llama-server"
    command = f'[{program}, --model, "${{models_dir}}/{SMOLLM2}", --host, "${{socket}}", -c, "2048", -np, "2", -t, "1", --no-warmup]'
    config = f"{KEYS}models: {{small: {{command: {command}, memory: 300MB, pin: true}}}}\n"
    server = ember(config)
    for path in PATHS:
        secret = text_of(path)
        for who in (ANN, BOB, BOB):
            assert ask(server, who, path, secret, cache_prompt=True, id_slot=0) == 0, path


def test_tenants_wait_in_turn_and_not_for_ever(ember):
    server = ember(f"queue: {{max_wait: 2s}}\n{CONFIG.replace('pin: true', 'pin: true, preload: true')}")
    path = "/v1/chat/completions"
    eventually(lambda: server.request("/ember/v1/state", headers=ANN)[2]["models"][0]["status"] == "loaded")
    # Several answers at once run on several slots, and have the engine to their tenant.
    anns = begin(server, ANN, path, "hello", tokens=900, n=2, stream=True, ignore_eos=True)
    stream = anns.getresponse()
    assert stream.status == 200
    status, headers, answer = server.request(path, body_of(path, "hello"), BOB)
    assert status == 503 and answer["error"]["code"] == "no_clean_slot", answer
    assert "max_wait" in answer["error"]["message"] and headers["retry-after"] == "5"
    stream.close()
    anns.close()
    for path in PATHS:
        eventually(lambda: server.request(path, body_of(path, "hello"), BOB)[0] == 200)


@pytest.mark.parametrize("flag", [["--parallel", "8"], ["-cram", "100"], ["--cache_idle_slots"], ["--spec-type", "ngram-mod"]])
def test_flags_that_bring_tenants_together_are_refused(flag, tmp_path):
    words = ", ".join(f'"{word}"' for word in flag)
    with pytest.raises(AssertionError, match="did not start") as refused:
        Ember(CONFIG.replace("args: [-t, '1']", f"args: [{words}]"), tmp_path).__enter__()
    assert f"args: {flag[0].replace('_', '-')}" in str(refused.value) and "one tenant" in str(refused.value)


def test_one_tenant_loses_nothing(ember):
    """With one tenant nothing is erased: what it asks on one path is reused, after several answers too."""
    config = CONFIG.replace("name: bob}", "name: bob, tenant: ann}")
    server = ember(config)
    for path in PATHS:
        own = text_of(path)
        assert ask(server, ANN, path, own) < TEMPLATE < ask(server, BOB, path, own)
    ask(server, ANN, "/v1/chat/completions", own, n=2)
    assert ask(server, BOB, "/v1/chat/completions", own) > TEMPLATE
    assert server.request("/ember/v1/state", headers=ANN)[2]["context"]["counters"]["refused_erasures"] == 0
