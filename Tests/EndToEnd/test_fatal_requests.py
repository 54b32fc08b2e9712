"""Requests that engines die of: they are refused, and nothing else is."""

import concurrent.futures
import http.client
import itertools
import json
import threading
import time
import urllib.parse

import pytest

import raw_http
from ember_process import ROOT
from mock_upstream import MockUpstream
from scripted_engine import BEGINNINGS, EVENTS
from waiting import eventually

GOOD = 52
CHAT = "/v1/chat/completions"


def scripted(parallel=4, more=""):
    engine = ROOT / "Tests/EndToEnd/scripted_engine.py"
    return f'{{command: [python3, {engine}, "${{socket}}"], memory: 30MB, parallel: {parallel}{more}}}'


def script(*steps):
    return json.dumps(steps)


def poison(number=0):
    """What an engine dies of while others run beside it."""
    return script(["wait", 0.05], ["wait", number * 1e-6], ["die"])


class Client(threading.Thread):
    """Sends requests of which engines die, one after the other, until it is stopped."""

    def __init__(self, server, texts):
        super().__init__(daemon=True)
        self.server, self.texts, self.answers, self.stopping = server, texts, [], threading.Event()
        self.start()

    def run(self):
        for text in self.texts:
            if self.stopping.is_set():
                return
            self.answers.append(self.server.chat("m", text))
            # As a client does that tries again and again.
            self.stopping.wait(0.02)

    def stop(self):
        self.stopping.set()
        self.join(60)
        assert not self.is_alive()


def ask_well(server, count, threads=8):
    """A number of different requests, some at once; each of them slow enough to meet others."""
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        texts = [f"{number} of the good ones" for number in range(count)]
        answers = list(pool.map(lambda text: server.chat("m", text), texts))
    assert [answer[0] for answer in answers] == [200] * count, [answer for answer in answers if answer[0] != 200]


@pytest.mark.parametrize("parallel", [1, 4])
def test_all_good_requests_beside_a_poisonous_client_are_answered(ember, parallel):
    server = ember(f"models: {{m: {scripted(parallel)}}}\n")
    ask_well(server, 1)
    client = Client(server, itertools.repeat(poison()))
    time.sleep(0.1)
    ask_well(server, GOOD)
    client.stop()
    assert client.answers and all(
        status == 502 and answer["error"]["code"] == "engine_failed" for status, _, answer in client.answers)
    status, headers, answer = server.chat("m", poison())
    assert status == 502 and "this very request" in answer["error"]["message"]
    assert 400 < int(headers["retry-after"]) <= 600
    # Two deaths, and no more for all that were sent.
    assert server.state()["cost"]["loads"] == 3
    model = server.model("m")
    assert (model["status"], model["failures"], model["deaths"]) == ("loaded", 0, 0)


def test_good_requests_are_answered_beside_clients_that_change_their_poison(ember):
    server = ember(f"models: {{m: {scripted()}}}\n")
    ask_well(server, 1)
    clients = [Client(server, (poison(1000 * client + number) for number in itertools.count(1))) for client in range(2)]
    time.sleep(0.1)
    ask_well(server, 12)
    for client in clients:
        client.stop()
    assert all(answer["error"]["code"] == "engine_failed" for client in clients for _, _, answer in client.answers)


def test_a_stream_that_kills_its_engine_in_the_middle_is_refused_at_its_third_time(ember):
    server = ember(f"models: {{m: {scripted()}}}\n")
    text = script(["head", EVENTS], ["send", BEGINNINGS[CHAT]], ["wait", 0.05], ["die"])
    for _ in range(2):
        assert "code 7" not in stream(server, text)
        ask_well(server, 1)
    status, _, answer = server.chat("m", text, stream=True)
    assert status == 502 and answer["error"]["code"] == "engine_failed"
    assert server.state()["cost"]["loads"] == 3


def stream(server, text):
    """A streamed answer, as it came."""
    address = urllib.parse.urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    body = {"model": "m", "messages": [{"role": "user", "content": text}], "max_tokens": 8, "stream": True}
    connection.request("POST", CHAT, json.dumps(body), {"content-type": "application/json"})
    response = connection.getresponse()
    assert response.status == 200, response.read()
    answer = response.read().decode()
    connection.close()
    assert "engine_failed" in answer and "[DONE]" not in answer
    return answer


KINDS = [
    ("/v1/embeddings", {"input": poison(1)}), ("/v1/completions", {"prompt": poison(2)}),
    ("/v1/messages", {"max_tokens": 8, "messages": [{"role": "user", "content": poison(3)}]}),
    ("/v1/responses", {"input": poison(4)}), (CHAT, {"stream": True, "messages": [{"role": "user", "content": poison(5)}]}),
]


def test_every_kind_of_request_is_known_again(ember):
    serves = ", serves: [chat, completions, messages, responses, embeddings]"
    server = ember(f"ping_interval: 60s\nmodels: {{m: {scripted(more=serves)}}}\n")
    for number, (path, body) in enumerate(KINDS, 1):
        for _ in range(2):
            status, _, answer = server.request(path, {"model": "m", **body})
            assert status == 502, (path, answer)
            assert "engine" in answer["error"]["message"]
            ask_well(server, 1)
        assert server.state()["cost"]["loads"] == 1 + 2 * number, path


def test_a_client_that_goes_before_the_engine_dies_of_its_request(ember):
    server = ember(f"models: {{m: {scripted()}}}\n")
    ask_well(server, 1)
    text = script(["wait", 0.4], ["die"])
    for number in range(2):
        body = json.dumps({"model": "m", "messages": [{"role": "user", "content": text}], "max_tokens": 8}).encode()
        with raw_http.connect(server) as connection:
            connection.sendall(raw_http.head("POST", CHAT, {"content-type": "application/json"}, len(body)) + body)
            time.sleep(0.2)
            raw_http.reset(connection)
        eventually(lambda: server.model("m")["deaths"] > 0)
        ask_well(server, 1)
    status, _, answer = server.chat("m", text)
    assert status == 502 and "this very request" in answer["error"]["message"]


def test_copies_that_wait_are_refused_with_the_first(ember):
    server = ember(f"models: {{m: {scripted(parallel=2)}}}\n")
    ask_well(server, 1)
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = [pool.submit(server.chat, "m", poison()) for _ in range(12)]
        assert {answer.result()[2]["error"]["code"] for answer in answers} == {"engine_failed"}
    assert server.state()["cost"]["loads"] <= 4
    ask_well(server, 4)


def test_what_engines_die_of_goes_to_the_upstream_at_once(ember):
    with MockUpstream(answer_tokens=10) as sky:
        server = ember(f"""
services: {{default: {{}}, private: {{local_only: true}}}}
upstreams: {{sky: {{url: "{sky.url}", prices: {{output: 1, max_tokens: 40}}}}}}
models: {{m: {scripted(more=", cloud: {upstream: sky}")}}}
""")
        reasons = []
        for _ in range(3):
            server.request("/ember/v1/models/load", {"model": "m"})
            eventually(lambda: server.model("m")["status"] == "loaded")
            status, headers, _ = server.chat("m", poison())
            assert status == 200
            reasons.append(headers["x-ember-offload-reason"])
        assert server.model("m")["status"] == "loaded"
        assert reasons == ["engine_failed", "engine_failed", "unfit"]
        # Where it may not leave, it is refused.
        status, _, answer = server.chat("m", poison(), headers={"x-ember-service": "private"})
        assert status == 502 and answer["error"]["code"] == "engine_failed"


def test_a_request_that_survives_alone_is_no_suspect_any_more(ember):
    """It ran beside what the engine has died of."""
    server = ember(f"models: {{m: {scripted(parallel=2)}}}\n")
    ask_well(server, 1)
    innocent = script(["wait", 0.4], ["answer", 200, "application/json", "{}"])
    for _ in range(3):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            answer = pool.submit(server.chat, "m", innocent)
            time.sleep(0.1)
            server.chat("m", script(["wait", 0.05], ["once", str(time.monotonic()), []], ["die"]))
            assert answer.result()[0] == 200


def test_an_engine_that_cannot_start_is_refused_after_three_tries_as_ever(ember):
    server = ember('models: {m: {command: [sh, -c, "exit 3; : ${socket}"], memory: 30MB}}\n')
    status, _, answer = server.chat("m")
    assert status == 503 and answer["error"]["code"] == "model_failed"
    model = server.model("m")
    assert (model["failures"], model["deaths"]) == (3, 0)
