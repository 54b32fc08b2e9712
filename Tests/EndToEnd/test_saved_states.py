"""What lies on the disk of conversations, and how it goes, with real engines."""

import http.client
import random
import re
import threading
import urllib.request

import pytest

from test_context import CONFIG, ask, cached, counters, eventually, give, states, sums, text_of

# What swaps a model out, so that its slots are saved.
QUESTION = "What is 5 plus 6?"


def filled(ember, config=CONFIG, **options):
    """A server of which the small model's state is saved, and its folder of states."""
    server = ember(config, **options)
    give(server, "given", sums(20))
    for model in ("small", "large"):
        assert ask(server, model, QUESTION, "given")[0] == 200
    return server


def delete(server, path=""):
    request = urllib.request.Request(f"{server.url}/ember/v1/conversations{path}", method="DELETE")
    with urllib.request.urlopen(request) as answer:
        return answer.status


def files(folder):
    """Without what is being written: an engine is asked what it keeps once it is idle."""
    return sorted(file.name for file in folder.iterdir() if file.suffix != ".part")


@pytest.mark.parametrize("wish", [{"headers": {"x-ember-keep": "no"}}, {"store": False}])
def test_what_may_not_be_kept_is_not_saved(ember, wish):
    server = ember(CONFIG)
    give(server, "given", sums(20))
    for model in ("small", "large", "small"):
        assert ask(server, model, QUESTION, "given", **wish)[0] == 200
    assert not states(server) and counters(server)["failed_saves"] == 0
    # Another request may.
    ask(server, "small", QUESTION, "given")
    ask(server, "large", QUESTION, "given")
    assert len(states(server)) == 1


@pytest.mark.parametrize("place", ["context", "service"])
def test_none_saves_nothing(ember, place):
    config = (
        CONFIG.replace("embedding_model: minilm}", "embedding_model: minilm, keep: none}") if place == "context"
        else CONFIG.replace("examples: 8}", "examples: 8, keep: none}"))
    server = filled(ember, config)
    ask(server, "small", QUESTION, "given")
    assert not states(server)


def test_states_end_after_their_time(ember):
    server = filled(ember, CONFIG.replace("embedding_model: minilm}", "embedding_model: minilm, keep: 3s}"))
    eventually(lambda: counters(server)["expired_states"] > 0)
    eventually(lambda: not states(server))
    assert text_of(ask(server, "small", QUESTION, "given")[2])


def test_a_client_deletes_what_is_saved(ember):
    server = filled(ember)
    folder = server.folder / "state/kv"
    listed = server.command("context", "conversations").stdout
    assert re.search(r"^[0-9a-f]{32} +\d+ +\d+ +\d+ s +yes$", listed, re.M), listed
    assert "deleted 0 saved states" in server.command("context", "forget", "--service", "near").stdout
    assert len(files(folder)) == 2
    done = server.command("context", "forget", "--service", "given")
    assert done.stdout.startswith("deleted 1 saved states") and files(folder) == []
    # What slots held is gone as well.
    assert cached(ask(server, "large", QUESTION, "given")[2]) < 50
    ask(server, "small", QUESTION, "given")
    listed = server.request("/ember/v1/conversations")[2]["states"]
    assert len(listed) == 1 and delete(server, "/" + listed[0]["id"]) == 200
    assert files(folder) == []
    assert counters(server)["forgotten_states"] == 2
    wrong = server.command("context", "forget")
    assert wrong.returncode != 0 and "--all" in wrong.stderr


def test_states_do_not_outlive_their_key(ember, tmp_path):
    kept = {"EMBER_STATE": str(tmp_path / "kept")}
    server = filled(ember, environment=kept)
    key = tmp_path / "kept/states.key"
    assert key.stat().st_mode & 0o777 == 0o600
    server.__exit__()
    assert files(tmp_path / "kept/kv")
    key.write_bytes(key.read_bytes()[:20])
    again = ember(CONFIG, environment=kept)
    assert files(tmp_path / "kept/kv") == []
    log = "".join(again.log)
    assert "a new key of saved KV states is made" in log and "saved KV states are removed" in log
    assert ask(again, "small", QUESTION, "given")[0] == 200


def test_a_second_ember_leaves_the_folder_as_it_is(ember, tmp_path):
    config = CONFIG.replace("embedding_model: minilm}", f"embedding_model: minilm, state_dir: {tmp_path}/kv}}")
    first = filled(ember, config)
    found = files(tmp_path / "kv")
    assert len(found) == 2
    second = ember(config)
    assert "no KV states are kept in this run: another Ember" in "".join(second.log)
    assert files(tmp_path / "kv") == found
    for server in (second, first):
        assert ask(server, "small", QUESTION, "given")[0] == 200
    assert counters(first)["restores"] == 1


def test_kills_leave_whole_states_or_none(ember, tmp_path):
    kept, lots = {"EMBER_STATE": str(tmp_path / "kept")}, random.Random(7)
    server, expected = ember(CONFIG, environment=kept), {}
    give(server, "given", sums(20))
    for _ in range(3):
        for model in ("small", "large"):
            answer = ask(server, model, QUESTION, "given", max_tokens=16)[2]
            assert expected.setdefault(model, text_of(answer)) == text_of(answer)
        # In the middle of swaps, and of what they save.
        swapping = threading.Thread(target=swap, args=(server,), daemon=True)
        swapping.start()
        swapping.join(lots.uniform(0.1, 1.5))
        server.process.kill()
        server.process.wait()
        swapping.join(30)
        server = ember(CONFIG, environment=kept)
        names = files(tmp_path / "kept/kv")
        assert {name.split(".")[0] + ".kv" for name in names} | {name.split(".")[0] + ".meta" for name in names} == set(names)
        assert counters(server)["damaged_states"] == 0


def swap(server):
    try:
        for _ in range(10):
            for model in ("small", "large"):
                ask(server, model, QUESTION, "given")
    except (OSError, ValueError, http.client.HTTPException):
        # It was killed.
        pass
