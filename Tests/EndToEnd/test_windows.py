"""What one request may have of a real engine's context, and what requests and idle conversations have together."""

import concurrent.futures
import subprocess

from ember_process import BINARY, MINILM, SMOLLM2

# To the bound, and without one of their own.
GREEDY = {"temperature": 0, "ignore_eos": True, "max_tokens": None}


def words(tokens):
    """A text of about as many tokens."""
    return "word " * tokens


def config(window, pool, parallel=4, more=""):
    return f"models: {{small: {{path: {SMOLLM2}, context: {window}, pool: {pool}, parallel: {parallel}}}}}\n{more}"


def test_one_request_may_have_all_of_its_context(ember):
    server = ember(config(2048, 2048))
    status, _, answer = server.chat("small", words(1700), max_tokens=8)
    assert status == 200 and 1700 < answer["usage"]["prompt_tokens"] < 2000
    # What is certain to be longer is refused before it runs, what only its tokens show by the engine: in the same words.
    for body in (words(9000), words(2300)):
        status, _, answer = server.chat("small", body, max_tokens=8)
        assert status == 400 and answer["error"]["code"] == "context_length_exceeded", answer
        assert "maximum context length is 2048 tokens" in answer["error"]["message"]


def test_a_larger_pool_does_not_widen_the_window(ember):
    server = ember(config(1024, 3072))
    status, _, answer = server.chat("small", words(1100), max_tokens=8)
    assert status == 400 and "maximum context length is 1024 tokens" in answer["error"]["message"]


def test_no_request_fails_for_what_others_come_to_have(ember):
    """Together they would fill the pool, and llama-server would then fail all four."""
    server = ember(config(1024, 1024))

    def ask(number):
        status, _, answer = server.chat("small", f"{number}: {words(40)}", **GREEDY)
        assert status == 200, answer
        return answer["choices"][0], answer["usage"]

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for choice, usage in pool.map(ask, range(4)):
            # Each has the answer that was reserved for it, to the last token.
            assert choice["finish_reason"] == "length" and usage["completion_tokens"] == 256


def test_requests_that_fit_together_run_together(ember):
    """Their prompts are counted: by their bytes alone no two would fit."""
    server = ember(config(1024, 1024))
    assert server.chat("small", "Hello", max_tokens=1)[0] == 200

    def ask(number):
        return server.chat("small", f"{number}: {words(100)}", **{**GREEDY, "max_tokens": 100})

    most = 0
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(ask, number) for number in range(3)]
        while not all(one.done() for one in asked):
            most = max(most, server.model("small")["in_flight"])
    assert all(one.result()[0] == 200 for one in asked)
    assert most >= 2


def test_an_answer_is_bounded_only_where_the_pool_is_scarce(ember):
    bounded = ember(config(1024, 1024, more="context: {answer_reserve: 20}"))
    assert bounded.chat("small", "Hello", **GREEDY)[2]["usage"]["completion_tokens"] == 20
    assert bounded.chat("small", "Hello", **{**GREEDY, "max_tokens": 30})[2]["usage"]["completion_tokens"] == 30
    free = ember(config(512, 512, parallel=1, more="context: {answer_reserve: 20}"))
    answer = free.chat("small", "Hello", **GREEDY)[2]
    assert answer["usage"]["total_tokens"] >= 511


def test_idle_conversations_leave_before_the_engine_empties_them(ember):
    """Three conversations on a pool for two: the longest unused leaves, and the others are still there."""
    keys = "keys: [{key: k1, name: ann}, {key: k2, name: bob}]\n"
    server = ember(config(1024, 1024, more=keys))

    def ask(key, *texts):
        turns = [{"role": "assistant" if index % 2 else "user", "content": text} for index, text in enumerate(texts)]
        body = {"model": "small", "messages": turns, "max_tokens": 4}
        status, _, answer = server.request(
            "/v1/chat/completions", body, {"authorization": f"Bearer {key}"})
        assert status == 200, answer
        return answer["usage"]["prompt_tokens_details"]["cached_tokens"]

    def counters():
        state = server.request("/ember/v1/state", headers={"authorization": "Bearer k1"})[2]
        assert state["context"]["counters"]["failed_saves"] == 0
        return state["context"]["counters"]

    ask("k1", words(300))
    ask("k2", words(300))
    assert ask("k1", words(300), "Yes.", "And then?") > 250
    before = counters()["emptied_for_room"]
    ask("k1", "Other " + words(500))
    assert counters()["emptied_for_room"] > before


def test_embeddings_have_a_window_each(ember):
    server = ember(f"models: {{e: {{path: {MINILM}, embeddings: true, context: 512, parallel: 3}}}}\n")

    def embed(number):
        return server.request("/v1/embeddings", {"model": "e", "input": f"{number} {words(440)}"}, timeout=300)

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        for status, _, answer in pool.map(embed, range(6)):
            assert status == 200 and answer["usage"]["prompt_tokens"] > 400, answer


def test_the_commands_tell_window_and_pool(ember):
    server = ember(config(1024, 2048))
    def command(*arguments):
        return subprocess.run(
            [BINARY, *arguments], capture_output=True, text=True, timeout=60, env=server.environment)

    listed = command("models", "list", "--config", server.config).stdout
    assert "1024" in listed and "2048" in listed
    shown = command("models", "inspect", SMOLLM2, "--context", "1024", "--pool", "2048").stdout
    assert "1024 tokens a request" in shown and "2048 tokens, all requests together" in shown
    wrong = command("models", "inspect", SMOLLM2, "--context", "4096", "--pool", "2048")
    assert wrong.returncode != 0 and "--pool 2048" in wrong.stderr
