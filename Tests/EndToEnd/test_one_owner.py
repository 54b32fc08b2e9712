"""One Ember owns its state folder, its address and its folders; a second one says so and leaves them alone."""

import os
import pathlib
import socket
import subprocess

import pytest

from ember_process import BINARY, CACHE, Ember, played_engine
from waiting import eventually

CONFIG = f"models: {{m: {{{played_engine()}}}}}\n"


def launch(folder, listen, state, config=CONFIG):
    folder.mkdir(exist_ok=True)
    (folder / "ember.yaml").write_text(config)
    return subprocess.Popen(
        [BINARY, "serve", "--config", str(folder / "ember.yaml"), "--listen", listen], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "EMBER_STATE": str(state), "EMBER_CACHE": str(CACHE)})


def start(folder, listen, state, config=CONFIG):
    """Runs an ember that is not to start: its exit code and what it said."""
    process = launch(folder, listen, state, config)
    try:
        out, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert "listens on" not in out, out
    return process.returncode, said


@pytest.mark.parametrize("config", [CONFIG, CONFIG + "events: {record: false}\n"])
def test_a_second_ember_with_the_same_state_says_whose_it_is(ember, tmp_path, config):
    first = ember(config)
    state = first.environment["EMBER_STATE"]
    code, said = start(tmp_path / "second", "127.0.0.1:0", state)
    assert code == 1
    assert str(first.process.pid) in said and first.url in said and state in said and "EMBER_STATE" in said
    assert first.chat("m")[0] == 200


def test_a_killed_embers_state_is_free_at_once(tmp_path):
    state = {"EMBER_STATE": str(tmp_path / "kept")}
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        with Ember(CONFIG, folder, environment=state) as server:
            assert server.chat("m")[0] == 200
            server.process.kill()
            server.process.wait()


@pytest.mark.parametrize("shares", ["state", "socket"])
def test_of_many_that_start_at_once_one_serves(tmp_path, shares):
    path = tmp_path / "ember.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    if shares == "state":
        many = [launch(tmp_path / str(number), "127.0.0.1:0", tmp_path / "state") for number in range(4)]
    else:
        many = [launch(tmp_path / str(number), f"unix:{path}", tmp_path / f"state{number}") for number in range(4)]
    try:
        eventually(lambda: sum(process.poll() is not None for process in many) == 3, 60)
        serves = next(process for process in many if process.poll() is None)
        assert "listens on" in serves.stdout.readline()
        assert all(process.returncode == 1 for process in many if process is not serves)
        assert shares == "state" or ask(path).startswith(b"HTTP/1.1 200")
    finally:
        for process in many:
            process.kill()
            process.communicate()


def test_a_live_socket_is_not_stolen(ember, tmp_path):
    path = tmp_path / "ember.sock"
    first = ember(CONFIG, listen=f"unix:{path}")
    inode = path.stat().st_ino
    code, said = start(tmp_path / "second", f"unix:{path}", tmp_path / "state")
    assert code == 1 and str(path) in said and str(first.process.pid) in said
    assert path.stat().st_ino == inode and ask(path).startswith(b"HTTP/1.1 200")


def ask(path):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        connection.sendall(b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        return connection.recv(4096)


def test_another_programs_live_socket_is_not_stolen(tmp_path):
    path = tmp_path / "other.sock"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen(1)
        # Also one whose queue is full.
        waiting = [socket.socket(socket.AF_UNIX) for _ in range(4)]
        for connection in waiting:
            connection.setblocking(False)
            try:
                connection.connect(str(path))
            except BlockingIOError:
                pass
        code, said = start(tmp_path / "second", f"unix:{path}", tmp_path / "state")
        assert code == 1 and str(path) in said and path.is_socket()
        for connection in waiting:
            connection.close()


def test_a_stale_socket_is_replaced(ember, tmp_path):
    path = tmp_path / "ember.sock"
    for _ in range(2):
        server = ember(CONFIG, listen=f"unix:{path}")
        assert ask(path).startswith(b"HTTP/1.1 200")
        server.process.kill()
        server.process.wait()
        assert path.is_socket()


@pytest.mark.parametrize("what", ["file", "folder", "link", "pipe"])
def test_something_else_in_the_sockets_place_is_told_and_left_alone(tmp_path, what):
    path = tmp_path / "ember.sock"
    if what == "file":
        path.write_text("precious")
    elif what == "folder":
        path.mkdir()
    elif what == "link":
        path.symlink_to(tmp_path / "nothing")
    else:
        os.mkfifo(path)
    code, said = start(tmp_path / "second", f"unix:{path}", tmp_path / "state")
    assert code == 1 and str(path) in said and "does not remove it" in said and "--listen" in said
    assert os.path.lexists(path)
    if what == "file":
        assert path.read_text() == "precious"


def test_a_missing_folder_of_the_socket_is_told(tmp_path):
    code, said = start(tmp_path / "second", f"unix:{tmp_path}/none/ember.sock", tmp_path / "state")
    assert code == 1 and "none/ember.sock" in said and "Make the folder" in said


def test_nothing_is_loaded_by_an_ember_that_cannot_listen(tmp_path):
    started = tmp_path / "started"
    config = f"""
models: {{m: {{command: [sh, -c, "touch {started}; sleep 100; : ${{socket}}"], memory: 30MB, preload: true}}}}
"""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        code, said = start(tmp_path / "second", address, tmp_path / "state", config)
    assert code == 1 and f"{address} is in use" in said
    assert not started.exists()


def test_folders_of_a_killed_embers_engines_are_removed_at_the_next_start(tmp_path):
    # Sockets have short paths.
    runtime = pathlib.Path(subprocess.run(["mktemp", "-d"], capture_output=True, text=True).stdout.strip())
    folders, environment = [], {"XDG_RUNTIME_DIR": str(runtime)}
    foreign = [runtime / "ember-abcdef", runtime / "ember-engine-abcdefg"]
    for folder in foreign:
        folder.mkdir(mode=0o700)
        (folder / "file").write_text("precious")

    def serve(number):
        folders.append(tmp_path / str(number))
        folders[-1].mkdir()
        return Ember(CONFIG, folders[-1], environment=environment)

    def engines():
        return sorted(folder for folder in runtime.iterdir() if folder not in foreign)

    try:
        with serve(0) as living:
            assert living.chat("m")[0] == 200
            kept = engines()
            with serve(1) as killed:
                assert killed.chat("m")[0] == 200
                assert len(engines()) == 2
                killed.process.kill()
                killed.process.wait()
            with serve(2) as next_one:
                assert engines() == kept
                assert next_one.chat("m")[0] == 200
            assert living.chat("m")[0] == 200
        assert engines() == []
        assert all((folder / "file").read_text() == "precious" for folder in foreign)
    finally:
        subprocess.run(["rm", "-r", str(runtime)])
