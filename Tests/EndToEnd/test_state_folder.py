"""The state folder as a whole: stopped, backed up, restored, moved, upgraded; full disks at the start."""

import contextlib
import fcntl
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import threading

import pytest

from ember_process import BINARY, CACHE, played_engine
from small_disk import SmallDisk
from test_context import give, sums

CONFIG = f"""
services:
  given: {{context: given, selection: fixed, examples: 2}}
  learning: {{context: learn, selection: recent, examples: 4}}
models:
  near: {{{played_engine()}}}
"""


def kept(folder):
    return {"EMBER_STATE": str(folder)}


def state_command(folder, *arguments, **options):
    return subprocess.run(
        [BINARY, "state", *map(str, arguments)], capture_output=True, timeout=60,
        env={**os.environ, "EMBER_STATE": str(folder), "EMBER_CACHE": str(CACHE)}, **options)


def demonstrations(server):
    services = server.request("/ember/v1/services")[2]["services"]
    return next(service["demonstrations"] for service in services if service["name"] == "given")


def rows(database):
    with contextlib.closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return connection.execute("SELECT count(*) FROM demonstration").fetchone()[0]


def test_after_a_clean_stop_the_database_is_whole_by_itself(ember, tmp_path):
    server = ember(CONFIG, environment=kept(tmp_path / "kept"))
    give(server, "given", sums(200))
    for _ in range(5):
        assert demonstrations(server) == 200
        server.request("/ember/v1/services/given/demonstrations?limit=100")
    server.__exit__()
    names = {path.name for path in (tmp_path / "kept").iterdir()}
    assert "context.sqlite" in names and not {"context.sqlite-wal", "context.sqlite-shm"} & names
    shutil.copy(tmp_path / "kept/context.sqlite", tmp_path / "alone.sqlite")
    assert rows(tmp_path / "alone.sqlite") == 200
    # Nothing is left to be done at the next start.
    again = ember(CONFIG, environment=kept(tmp_path / "kept"))
    assert demonstrations(again) == 200


def test_a_backup_while_it_runs_and_a_restore(ember, tmp_path):
    server = ember(CONFIG, environment=kept(tmp_path / "kept"))
    give(server, "given", sums(100))
    is_over = threading.Event()

    def add():
        for number in range(1000, 3000):
            if is_over.is_set() or give(server, "given", sums(1, number))[0] != 201:
                break

    adding = threading.Thread(target=add)
    adding.start()
    for number in range(3):
        done = state_command(tmp_path / "kept", "backup", tmp_path / f"{number}.tar")
        assert done.returncode == 0, done.stderr
    is_over.set()
    adding.join()
    backup = tmp_path / "2.tar"
    assert backup.stat().st_mode & 0o077 == 0
    with tarfile.open(backup) as tar:
        names = tar.getnames()
    assert {"state.json", "context.sqlite", "SHA256SUMS"} <= set(names)
    assert any(name.startswith("events/events-") for name in names)
    assert not any("lock" in name or "kv" in name or "wal" in name for name in names)
    # It does not go over an Ember that runs, whatever that keeps there, nor over a backup.
    done = state_command(tmp_path / "kept", "restore", backup)
    assert done.returncode != 0 and b"Ember" in done.stderr and str(tmp_path / "kept").encode() in done.stderr
    done = state_command(tmp_path / "kept", "backup", backup)
    assert done.returncode != 0 and b"is there already" in done.stderr
    (tmp_path / "other").mkdir()
    with open(tmp_path / "other/ember.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert b"an Ember runs" in state_command(tmp_path / "other", "restore", backup).stderr
    count = demonstrations(server)
    server.__exit__()
    # Everything that it had then, and what came since is kept beside.
    done = state_command(tmp_path / "kept", "restore", backup)
    assert done.returncode == 0, done.stderr
    assert rows(tmp_path / "kept/before-restore/context.sqlite") == count
    again = ember(CONFIG, environment=kept(tmp_path / "kept"))
    assert 100 <= demonstrations(again) <= count
    assert give(again, "given", sums(1, 5000))[0] == 201
    left = {path.name for path in tmp_path.iterdir() if path.name.startswith(("ember-backup", "2.tar.part"))}
    assert not left


def test_a_move_to_another_machine_in_one_command(ember, tmp_path):
    server = ember(CONFIG, environment=kept(tmp_path / "here"))
    give(server, "given", sums(50))
    sent = state_command(tmp_path / "here", "backup", "-")
    assert sent.returncode == 0, sent.stderr
    came = state_command(tmp_path / "there", "restore", "-", input=sent.stdout)
    assert came.returncode == 0, came.stderr
    # There, nothing lies where it lay here; what belongs to a machine is found out again.
    (tmp_path / "cache").mkdir()
    moved = ember(CONFIG, environment={**kept(tmp_path / "there"), "EMBER_CACHE": str(tmp_path / "cache")})
    assert demonstrations(moved) == 50 and moved.chat("near")[0] == 200
    # A reader that goes away, as ssh does, leaves nothing of it on this disk.
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    subprocess.run(
        f"{BINARY} state backup - | head -c 10", shell=True, capture_output=True, timeout=60,
        env={**os.environ, **kept(tmp_path / "here"), "TMPDIR": str(scratch)})
    assert not list(scratch.iterdir())
    # Cut off on the way, it changes nothing.
    moved.__exit__()
    for length in (0, 700, len(sent.stdout) // 2, len(sent.stdout) - 3000):
        done = state_command(tmp_path / "there", "restore", "-", input=sent.stdout[:length])
        assert done.returncode != 0 and b"cut off" in done.stderr
    assert rows(tmp_path / "there/context.sqlite") == 50


def test_a_disk_too_small_for_a_backup_or_a_restore(ember, tmp_path):
    server = ember(CONFIG, environment=kept(tmp_path / "kept"))
    give(server, "given", [{"prompt": f"{number} " + "x" * 5000, "result": "y"} for number in range(200)])
    with SmallDisk(tmp_path / "disk", "512k") as disk:
        done = state_command(tmp_path / "kept", "backup", disk.path / "a.tar")
        assert done.returncode != 0 and b"full" in done.stderr.lower() or b"space" in done.stderr.lower(), done.stderr
        assert not list(disk.path.iterdir())
        assert state_command(tmp_path / "kept", "backup", tmp_path / "a.tar").returncode == 0
        done = state_command(disk.path / "state", "restore", tmp_path / "a.tar")
        assert done.returncode != 0 and b"space" in done.stderr.lower(), done.stderr
        assert not [path for path in (disk.path / "state").iterdir() if not path.name.endswith(".lock")]


@pytest.mark.parametrize("name", ["state.json", "spending.json", "footprints.json", "context.sqlite"])
def test_a_newer_folder_is_refused_in_words(ember, tmp_path, name):
    folder = tmp_path / "kept"
    server = ember(CONFIG, environment=kept(folder))
    give(server, "given", sums(5))
    server.__exit__()
    path = folder / name
    if name == "context.sqlite":
        with sqlite3.connect(path) as connection:
            connection.execute("INSERT INTO grdb_migrations VALUES ('v999')")
        connection.close()
    else:
        path.write_text(json.dumps({"version": 999}))
    before = path.read_bytes()
    config = tmp_path / "ember.yaml"
    config.write_text(CONFIG)
    done = subprocess.run(
        [BINARY, "serve", "--config", config, "--listen", "127.0.0.1:0"], capture_output=True, text=True, timeout=60,
        env={**os.environ, **kept(folder)})
    assert done.returncode != 0 and str(path) in done.stderr and "newer Ember" in done.stderr, done.stderr
    assert path.read_bytes() == before
    done = state_command(folder, "backup", tmp_path / "a.tar")
    assert done.returncode != 0 and b"newer Ember" in done.stderr


def test_an_older_folder_is_brought_up_with_a_copy_kept(ember, tmp_path):
    """As an Ember has left it that wrote no version, and whose clock is right."""
    folder = tmp_path / "kept"
    folder.mkdir(mode=0o700)
    old = {"now": {"day": 3, "month": 4, "secondsLeft": 1}, "total": {"day": 1, "month": 2}, "services": {}}
    (folder / "spending.json").write_text(json.dumps(old))
    with sqlite3.connect(folder / "context.sqlite") as connection:
        connection.executescript(VERSION_1)
    connection.close()
    server = ember(CONFIG, environment=kept(folder))
    assert demonstrations(server) == 1
    assert json.loads((folder / "before-version-2/spending.json").read_text()) == old
    assert rows(folder / "context.sqlite.version-1") == 1
    assert sum("brought up to version" in line for line in server.log) == 2
    server.__exit__()
    again = ember(CONFIG, environment=kept(folder))
    assert demonstrations(again) == 1 and not any("brought up" in line for line in again.log)


VERSION_1 = """
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES ('v1');
CREATE TABLE service (id INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, name TEXT NOT NULL,
    entries INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0, UNIQUE (tenant, name));
CREATE TABLE demonstration (id INTEGER PRIMARY KEY AUTOINCREMENT, service INTEGER NOT NULL REFERENCES service (id),
    model TEXT, request TEXT NOT NULL, origin TEXT NOT NULL, quality REAL, time REAL NOT NULL, bytes INTEGER NOT NULL,
    tokens TEXT, prompt TEXT NOT NULL, result TEXT NOT NULL,
    given INTEGER NOT NULL GENERATED ALWAYS AS (origin = 'given') VIRTUAL,
    worth REAL NOT NULL GENERATED ALWAYS AS (coalesce(quality, 0.5)) VIRTUAL);
CREATE INDEX demonstration_scope ON demonstration (service, id, model, bytes);
CREATE UNIQUE INDEX demonstration_request ON demonstration (service, request);
CREATE INDEX demonstration_worth ON demonstration (given, worth, time);
CREATE INDEX demonstration_service_worth ON demonstration (service, given, worth, time);
CREATE TABLE embedding (id INTEGER PRIMARY KEY REFERENCES demonstration (id) ON DELETE CASCADE,
    embedder TEXT NOT NULL, vector BLOB NOT NULL);
PRAGMA application_id = 1164796530;
INSERT INTO service (tenant, name, entries, bytes) VALUES ('', 'given', 1, 300);
INSERT INTO demonstration (service, request, origin, time, bytes, prompt, result)
    VALUES (1, 'r-7', 'given', 1795000000, 300, 'a prompt', 'a result');
"""


@pytest.mark.parametrize("spoil", ["full", "read-only"])
def test_a_disk_that_takes_nothing_does_not_prevent_the_start(ember, tmp_path, spoil):
    recorded = "events: {record: true}\n" + CONFIG
    with SmallDisk(tmp_path / "disk") as disk:
        state = kept(disk.path / "state")
        for known in (0, 5):
            disk.fill() if spoil == "full" else disk.set_read_only(True)
            server = ember(recorded, environment=state)
            assert server.chat("near", headers={"x-ember-service": "given"})[0] == 200
            assert any("is not recorded" in line for line in server.log)
            # The demonstrations are reported as they are, whether they can be read or not.
            status, _, answer = give(server, "given", sums(1))
            assert status in (503, 507) and answer["error"]["code"] in ("disk_full", "store_failed"), answer
            server.__exit__()
            disk.clear() if spoil == "full" else disk.set_read_only(False)
            again = ember(recorded, environment=state)
            assert demonstrations(again) == known and list((disk.path / "state/events").iterdir())
            give(again, "given", sums(5))
            again.__exit__()
