"""`ember pull` and `ember rm`: files come into the models folder, and go."""

import functools
import http.server
import os
import subprocess
import threading

import pytest
from ember_process import BINARY, CACHE, MODELS, SMOLLM2
from make_model import write_model
from test_ask import Terminal


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    write_model(folder / "a.gguf")
    return folder


@pytest.fixture
def rm(folder, tmp_path):
    """`ember rm` of a user who has no configuration, where no Ember runs."""

    def rm(*arguments, listen="127.0.0.1:9"):
        environment = {**os.environ, "HOME": str(tmp_path), "EMBER_CACHE": str(CACHE), "XDG_CONFIG_HOME": str(tmp_path)}
        return subprocess.run(
            [BINARY, "rm", *arguments, "--listen", listen], capture_output=True, text=True, timeout=60, env=environment,
            cwd=tmp_path, stdin=subprocess.DEVNULL)

    return rm


def test_pull_is_a_short_name(folder, tmp_path):
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    result = subprocess.run(
        [BINARY, "pull", f"http://127.0.0.1:{site.server_port}/a.gguf", "--models-dir", str(tmp_path / "new")],
        capture_output=True, text=True, timeout=60)
    site.shutdown()
    site.server_close()
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "new" / "a.gguf").read_bytes() == (folder / "a.gguf").read_bytes()


def test_a_file_is_removed_by_its_models_name(rm, folder):
    asked = rm("a", "--models-dir", str(folder))
    assert asked.returncode == 1 and "--yes" in asked.stderr and (folder / "a.gguf").exists()
    done = rm("a", "--models-dir", str(folder), "--yes")
    assert done.returncode == 0 and str(folder / "a.gguf") in done.stdout, done
    assert not (folder / "a.gguf").exists()
    gone = rm("a", "--models-dir", str(folder), "--yes")
    assert gone.returncode == 1 and "no file or model 'a'" in gone.stderr


def test_what_a_configuration_or_a_running_ember_uses_stays(rm, folder, tmp_path, ember):
    file = tmp_path / "own.yaml"
    file.write_text(f"models_dir: {folder}\nmodels: {{m: {{path: a.gguf}}}}\n")
    used = rm("a.gguf", "--config", str(file), "--yes")
    assert used.returncode == 1 and "used by m of" in used.stderr, used
    file.write_text(f"models_dir: {folder}\nmodels: {{m: {{pth: a.gguf}}}}\n")
    unclear = rm("a.gguf", "--config", str(file), "--yes")
    assert unclear.returncode == 1 and "own.yaml:2" in unclear.stderr
    os.link(MODELS / SMOLLM2, folder / "small.gguf") if os.stat(MODELS).st_dev == os.stat(folder).st_dev else \
        (folder / "small.gguf").write_bytes((MODELS / SMOLLM2).read_bytes())
    server = ember(None, arguments=[str(folder / "small.gguf")])
    address = server.url.removeprefix("http://")
    running = rm("small", "--models-dir", str(folder), "--yes", listen=address)
    assert running.returncode == 1 and f"used by small of the Ember at {address}" in running.stderr
    assert (folder / "a.gguf").exists() and (folder / "small.gguf").exists()
    # Another file of the folder is nothing to that Ember.
    assert rm("a", "--models-dir", str(folder), "--yes", listen=address).returncode == 0


def test_nothing_outside_of_the_folder_is_removed(rm, folder, tmp_path):
    write_model(tmp_path / "b.gguf")
    for name in ("b.gguf", str(tmp_path / "b.gguf"), "../b.gguf"):
        refused = rm(name, "--models-dir", str(folder), "--yes")
        assert refused.returncode == 1, refused
    assert (tmp_path / "b.gguf").exists()


def test_it_asks_at_a_terminal(folder):
    for answer, is_there in (("n", True), ("y", False)):
        with Terminal("rm", "a", "--models-dir", str(folder), "--listen", "127.0.0.1:9") as terminal:
            terminal.until("[y/N] ")
            terminal.type(answer + "\n")
            assert terminal.process.wait(20) == 0
        assert (folder / "a.gguf").exists() == is_there
