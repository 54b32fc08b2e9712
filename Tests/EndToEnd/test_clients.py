"""The code of `make clients`, with those clients that need no environment of their own."""

import pathlib
import shutil
import sys
import tempfile

import pytest

from ember_process import BINARY, ROOT

sys.path.insert(0, str(ROOT / "scripts/clients"))

from ember_clients import catalogue, page, sessions, trial, verdicts  # noqa: E402
from ember_clients.cases import CASES  # noqa: E402


@pytest.fixture(scope="module")
def results():
    clients = [client for client in catalogue.CLIENTS if client.program or client.name == "openai"]
    # Short: Unix sockets are in it.
    with tempfile.TemporaryDirectory(prefix="ember-clients-", dir="/tmp") as folder:
        return trial.run(clients, {"clients": (sys.executable, None)}, BINARY, folder, print)


def test_what_clients_show_is_as_with_llama_server_or_explained(results):
    assert not list(verdicts.problems(results))
    assert all(result.version for result in results if not result.reason)
    tried = {result.client.name for result in results if not result.reason}
    assert tried == {"openai", "curl", *(["node's fetch"] if shutil.which("node") else [])}


def test_a_difference_without_a_reason_is_a_problem(results):
    result = next(result for result in results if result.client.name == "curl")
    other = result._replace(llama_server={**result.llama_server, "chat": {"text": "Rome"}})
    hides = result._replace(ember={**result.ember, "wrong key": result.ember["chat"]})
    same = result._replace(llama_server=result.ember)
    assert [len(list(verdicts.problems([one]))) for one in (other, hides)] == [1, 1]
    explained = [case for case in CASES if verdicts.reason("curl", case.name)]
    assert len(list(verdicts.problems([same]))) == len(explained) > 0


def turns(again, count=sessions.MESSAGES):
    """Each with 30 new tokens and an answer of 20; `again` more are computed."""
    return [sessions.Turn(200 + 50 * number, 30 + again if number else 200, 20) for number in range(count)]


def test_a_session_that_computes_more_than_its_client_makes_necessary_is_a_problem():
    good = {"questions": turns(20 + sessions.MARKS), "no reminder": turns(sessions.MARKS), "changes": turns(350)}
    assert not list(sessions.problems(good)) and not list(sessions.problems({}))
    for name, found in [("questions", turns(40)), ("no reminder", turns(20)), ("no reminder", turns(0, 9)), ("changes", turns(400))]:
        assert list(sessions.problems({**good, name: found})), name
    # The tokens of some answers' texts are others than the model chose.
    rewritten = [turn._replace(computed=60) if number in (3, 5) else turn for number, turn in enumerate(turns(2))]
    assert not list(sessions.problems({**good, "no reminder": rewritten}))


def test_the_page_has_the_turns_of_sessions(results, tmp_path):
    path = tmp_path / "clients.md"
    described = {"date": "today", "cpu": "a", "cores": 2, "kernel": "Linux", "load_before": 0}
    found = {session.name: turns(7, count) for session, count in zip(sessions.SESSIONS, (10, 10, 11))}
    page.write(path, results, found, described, "abc", "make clients")
    rows = [line.split(" | ") for line in path.read_text().splitlines() if " of 200 | " in line]
    assert len(rows) == 3 and {len(row) for row in rows} == {12} and rows[0][2] == "37 of 250"


def test_the_page_has_a_cell_for_every_client_and_case(results, tmp_path):
    missing = results[0]._replace(reason="no disk", version=None)
    path = tmp_path / "clients.md"
    described = {"date": "today", "cpu": "a", "cores": 2, "kernel": "Linux", "load_before": 0}
    page.write(path, [missing, *results[1:]], {}, described, "abc", "make clients")
    rows = [line for line in path.read_text().splitlines() if line.startswith(("| openai ", "| curl 7", "| curl 8"))]
    assert len(rows) == 2 and all(len(row.split("|")) == len(CASES) + 3 for row in rows), rows
    assert rows[0].count("not tried") == len(CASES) and "- openai: not tried: no disk" in path.read_text()


def test_the_page_in_the_documentation_has_all_clients():
    text = (pathlib.Path(ROOT) / "docs/clients.md").read_text()
    assert all(f"\n| {client.name} " in text and f"**{client.name}**" in text for client in catalogue.CLIENTS)
    assert "**wrong**" not in text
    assert all(f"\n| {session.title} | " in text for session in sessions.SESSIONS)
