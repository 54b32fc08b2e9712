"""Conversations survive evictions, restarts and kills, with real engines: only what is new is computed."""

import contextlib
import http.client
import os
import pathlib
import random
import re
import threading

import pytest

from ember_process import SMOLLM2, SMOLLM2_Q8
from small_disk import SmallDisk
from test_conversations import MARKS, Talk, long
from test_kept_states import QUESTIONS, Asker
from waiting import eventually

# One of the two fits; every request of the other one swaps. An engine of more threads than one is many times slower beside
# other work.
MODELS = f"""
memory: {{budget: 420MB}}
policy: least-context
queue: {{gate_wait: 0s, min_residency: 0}}
models:
  small: {{path: {SMOLLM2}, context: 2048, parallel: 4, pool: 8192, args: [--threads, '1']}}
  large: {{path: {SMOLLM2_Q8}, context: 2048, parallel: 2, args: [--threads, '1']}}
"""
KILLS = int(os.environ.get("EMBER_TEST_CONVERSATION_KILLS", "20"))


def counters(server, headers=None):
    status, _, state = server.request("/ember/v1/state", headers=headers)
    assert status == 200, state
    return state["context"]["counters"]


def swap(server, headers=None):
    """The small model leaves."""
    status, _, answer = server.chat("large", "Hello", headers=headers)
    assert status == 200, answer


def wait_until_saved(server, count, headers=None):
    """The conversations in slots are quiet for longer than usual, and saved."""

    def saved():
        status, _, answer = server.request("/ember/v1/conversations", headers=headers)
        assert status == 200, answer
        return sum(one["saved"] for one in answer["conversations"]) >= count

    eventually(saved, 120)


def kept(tmp_path, name="kept"):
    return {"environment": {"EMBER_STATE": str(tmp_path / name)}}


def test_a_conversation_survives_evictions(ember):
    server = ember(MODELS)
    talk = Talk(server, system=long("Be brief"))
    assert talk.ask("Hello")[0] > 100
    for turn in range(3):
        swap(server)
        computed, cached = talk.take().ask(f"Question {turn}")
        assert computed < MARKS and cached > 100, (turn, computed, cached)
    seen = counters(server)
    assert seen["restores"] == 3 and seen["restores_without_reuse"] == seen["failed_restores"] == 0
    assert seen["written_bytes"] > 0 and seen["failed_saves"] == seen["shortfalls"] == 0
    folder = pathlib.Path(server.environment["EMBER_STATE"]) / "kv"
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())
    # What was restored is explained.
    body = {"model": "small", "messages": talk.take().messages + [{"role": "user", "content": "And?"}], "max_tokens": 4}
    swap(server)
    name = server.request("/v1/chat/completions", body)[1]["x-ember-request-id"]
    assert re.search(r"\d+ tokens restored, \d+ tokens reused", server.command("explain", name).stdout)


def test_the_answers_are_those_of_an_engine_that_never_left(ember):
    server = ember(MODELS)
    stays, leaves = Asker(server, model="small"), Asker(server, model="small")
    expected = [stays.ask(question, cache_prompt=False) for question in QUESTIONS[:5]]
    for question, answer in zip(QUESTIONS, expected):
        swap(server)
        leaves.ask(question, answer)
    assert counters(server)["restores"] > 0


def test_many_conversations_on_few_slots(ember):
    server = ember(MODELS)
    talks = [Talk(server) for _ in range(10)]
    for number, talk in enumerate(talks):
        assert talk.ask(long(f"{number}th talk"))[0] > 100
    computed = [talk.take().ask(f"Round {round}")[0] for round in range(2) for talk in talks]
    # On a machine that is busy with other work, some saves would take longer than a request may wait for them.
    assert sum(tokens < MARKS for tokens in computed) > len(computed) / 2, computed
    assert counters(server)["restores"] > len(computed) / 2


def test_conversations_survive_a_restart(ember, tmp_path):
    first = ember(MODELS, **kept(tmp_path))
    talks = [Talk(first, system=long(f"Be {word}")) for word in ("brief", "kind")]
    for talk in talks:
        talk.ask("Hello")
    wait_until_saved(first, 2)
    first.__exit__()
    second = ember(MODELS, **kept(tmp_path))
    for talk in talks:
        talk.server = second
        computed, cached = talk.take().ask("And then?")
        assert computed < MARKS and cached > 100
    listed = second.command("context", "conversations").stdout
    assert re.search(r"^SAVED ", listed, re.M) and re.search(r" idle +no +(yes|no)", listed), listed


def test_what_was_quiet_survives_a_kill(ember, tmp_path):
    first = ember(MODELS, **kept(tmp_path))
    talk = Talk(first, system=long("Be brief"))
    talk.ask("Hello")
    wait_until_saved(first, 1)
    first.process.kill()
    first.process.wait()
    talk.server = ember(MODELS, **kept(tmp_path))
    computed, cached = talk.take().ask("And then?")
    assert computed < MARKS and cached > 100
    assert counters(talk.server)["restores"] == 1 and counters(talk.server)["damaged_states"] == 0


def test_kills_at_any_moment(ember, tmp_path):
    """Every answer is right, nothing wrong is restored, and files are whole states or none."""
    lots, folder = random.Random(11), tmp_path / "kept/kv"
    server, expected, restored = ember(MODELS, **kept(tmp_path)), {}, 0

    def play(server, number):
        """A conversation from its beginning, which each earlier life may have saved."""
        asker = Asker(server, model="small")
        for turn, question in enumerate([long(f"Talk {number}", 60), *QUESTIONS[:4]]):
            key = (number, turn)
            given = asker.ask(question, expected.get(key))
            expected.setdefault(key, given)
            yield asker.cached

    def work(server, number):
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
            for _ in play(server, number):
                if lots.random() < 0.3:
                    swap(server)

    for number in range(3):
        for _ in play(server, number):
            pass
    for kill in range(KILLS):
        working = threading.Thread(target=work, args=(server, kill % 3), daemon=True)
        working.start()
        working.join(lots.uniform(0, 3))
        server.process.kill()
        server.process.wait()
        working.join(60)
        assert not working.is_alive()
        server = ember(MODELS, **kept(tmp_path))
        names = {file.name for file in folder.iterdir() if file.suffix != ".part"}
        stems = {name.split(".")[0] for name in names}
        assert names == {stem + ending for stem in stems for ending in (".kv", ".meta")}
        assert counters(server)["damaged_states"] == 0
        for _ in play(server, kill % 3):
            pass
        seen = counters(server)
        assert seen["failed_restores"] == seen["restores_without_reuse"] == 0
        restored += seen["restores"]
    assert restored > 0


@pytest.mark.parametrize("wish", [{"headers": {"x-ember-keep": "no"}}, {"store": False}])
def test_what_may_not_be_kept_is_not_saved(ember, wish):
    server = ember(MODELS)
    talk = Talk(server, system=long("Be brief"), **wish)
    talk.ask("Hello")
    swap(server)
    assert talk.take().ask("And then?")[0] > 100
    # What swapped it out may be saved, and is short.
    assert all(state["tokens"] < 100 for state in server.request("/ember/v1/conversations")[2]["states"])


@pytest.mark.parametrize("more", ["context: {keep: none}", "services: {default: {keep: none}}", "context: {state_limit: 0}"])
def test_none_saves_nothing(ember, more):
    server = ember(MODELS + more + "\n")
    talk = Talk(server, system=long("Be brief"))
    talk.ask("Hello")
    swap(server)
    assert talk.take().ask("And then?")[0] > 100
    assert counters(server)["saves"] == 0


def test_keys_have_their_own_terms_and_tenants_share_nothing(ember):
    keys = "keys: [{key: a, name: ann}, {key: b, name: bob, keep: none}, {key: e, name: eve}]\n"
    server = ember(keys + MODELS)
    talks = {key: Talk(server, long("Be brief"), {"authorization": f"Bearer {key}"}) for key in "abe"}
    for key in "ab":
        talks[key].ask("Hello")
    swap(server, talks["a"].headers)
    # The same words by another tenant: nothing of it is restored.
    assert talks["e"].ask("Hello")[1] < 4
    assert talks["b"].take().ask("And then?")[1] < 4
    computed, cached = talks["a"].take().ask("And then?")
    assert computed < MARKS and cached > 100
    assert counters(server, talks["a"].headers)["restores"] == 1


def test_a_deleted_conversation_does_not_come_back(ember):
    server = ember(MODELS)
    talk = Talk(server, system=long("Be brief"))
    talk.ask("Hello")
    wait_until_saved(server, 1)
    listed = server.request("/ember/v1/conversations")[2]["conversations"]
    assert "deleted 1 saved states, and what 1 slots held" in server.command("context", "forget", listed[0]["id"]).stdout
    swap(server)
    assert talk.take().ask("And then?")[1] < 4
    assert not counters(server)["restores"]


def test_users_of_one_system_prompt_share_its_state(ember, tmp_path):
    first = ember(MODELS, **kept(tmp_path))
    for user in ("one", "two"):
        talk = Talk(first, system=long("Be brief", 400))
        talk.ask(long(f"I am user {user}", 20))
    first.__exit__()
    newcomer = Talk(ember(MODELS, **kept(tmp_path)), system=long("Be brief", 400))
    computed, cached = newcomer.ask(long("I am user three", 20))
    assert cached > 400 and computed < 20 + 2 * MARKS


@pytest.mark.parametrize("fault", ["full", "read_only"])
def test_a_disk_that_takes_nothing_costs_only_time(ember, tmp_path, fault):
    with SmallDisk(tmp_path / "disk", "64m") as disk:
        # Such a disk is memory, and counts in the budget.
        config = MODELS.replace("420MB", "460MB") + f"context: {{state_dir: {disk.path}/kv, state_limit: 40MB}}\n"
        server = ember(config)
        talk = Talk(server, system=long("Be brief"))
        talk.ask("Hello")
        with contextlib.ExitStack() as stack:
            if fault == "full":
                disk.fill()
            else:
                stack.enter_context(disk.frozen())
            swap(server)
            assert talk.take().ask("And then?")[0] > 100
        assert counters(server)["saves"] == 0 and counters(server)["failed_saves"] > 0
        assert counters(server)["failed_restores"] == 0


def test_a_changed_state_is_not_restored(ember, tmp_path):
    first = ember(MODELS, **kept(tmp_path))
    talk = Talk(first, system=long("Be brief"))
    talk.ask("Hello")
    first.__exit__()
    [state] = (tmp_path / "kept/kv").glob("*.kv")
    with open(state, "r+b") as file:
        file.seek(state.stat().st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))
    talk.server = ember(MODELS, **kept(tmp_path))
    assert talk.take().ask("And then?")[0] > 100
    seen = counters(talk.server)
    assert seen["damaged_states"] == seen["failed_restores"] == 1 and seen["restores"] == 0
    # Healed by the prefill.
    swap(talk.server)
    assert talk.take().ask("And now?")[0] < MARKS
