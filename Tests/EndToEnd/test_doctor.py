"""`ember doctor`: what is found of a machine, and what to do."""

import json
import os
import resource
import subprocess

import pytest
from ember_process import BINARY, CACHE, SMOLLM2
from loopback_server import LoopbackServer


@pytest.fixture
def doctor(tmp_path):
    def doctor(*arguments, limits=None, **variables):
        environment = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
        environment |= {"EMBER_CACHE": str(CACHE), "EMBER_STATE": str(tmp_path / "state"), "HOME": str(tmp_path), **variables}
        return subprocess.run(
            [BINARY, "doctor", *arguments], capture_output=True, text=True, timeout=60, env=environment, cwd=tmp_path,
            preexec_fn=(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limits)) if limits else None)

    return doctor


def findings(result):
    """By subject."""
    return {finding["subject"]: finding for finding in json.loads(result.stdout)["findings"]}


def test_a_good_machine(doctor, tmp_path):
    result = doctor("--listen", "127.0.0.1:1")
    assert result.returncode == 0, result
    lines = result.stdout.splitlines()
    assert all(line.split()[0] in ("ok", "warning") for line in lines), lines
    assert any(line.startswith("ok       engine: ") and "version" in line for line in lines), lines
    assert any("127.0.0.1:1 is free" in line for line in lines), lines
    found = findings(doctor("--listen", "127.0.0.1:1", "--json"))
    assert set(found) >= {
        "engine", "ember-guard", "memory", "GPU", "open files", "state folder", "cache folder", "models folder", "address",
        "clock", "proxies"}
    assert "models" not in found


def test_problems_have_a_fix_and_an_exit_code(doctor, tmp_path):
    (tmp_path / "file").write_text("")
    result = doctor(
        "--json", "--listen", "127.0.0.1:1", EMBER_LLAMA_SERVER="/nowhere/llama-server", EMBER_STATE=str(tmp_path / "file"),
        HTTPS_PROXY="ftp://me:secret@proxy")
    found = findings(result)
    assert result.returncode == 1
    for subject in ("engine", "state folder", "proxies"):
        assert found[subject]["grade"] == "problem" and found[subject]["fix"], found
    assert "secret" not in result.stdout
    few = findings(doctor("--json", "--listen", "127.0.0.1:1", limits=(256, 256)))["open files"]
    assert few["grade"] == "warning" and "ulimit" in few["fix"]


def test_what_answers_at_the_address(doctor, ember):
    server = ember(f"models: {{small: {{path: {SMOLLM2}}}}}\n")
    address = server.url.removeprefix("http://")
    found = findings(doctor("--json", "--listen", address))["address"]
    assert found["grade"] == "ok" and f"answers at {address}" in found["found"] and "an Ember 0." in found["found"]

    def handle(connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")

    for answer in (handle, lambda connection: connection.sendall(b"SSH-2.0-x\r\n")):
        with LoopbackServer(answer) as other:
            result = doctor("--json", "--listen", f"127.0.0.1:{other.port}")
            assert result.returncode == 1 and findings(result)["address"]["grade"] == "problem"


def test_the_models_of_a_configuration(doctor, tmp_path):
    file = tmp_path / "own.yaml"
    file.write_text(f"listen: 127.0.0.1:1\nmodels:\n  a: {{path: {SMOLLM2}}}\n  b: {{path: missing.gguf}}\n")
    result = doctor("--config", str(file), "--json")
    assert result.returncode == 0, result
    models = findings(result)["models"]
    assert models["grade"] == "warning" and "missing.gguf" in models["found"]
    file.write_text("models: {a: {pth: x}}\n")
    bad = doctor("--config", str(file))
    assert bad.returncode == 1 and "own.yaml:1" in bad.stderr
