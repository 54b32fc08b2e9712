"""Serving files and folders without a configuration."""

import os
import shutil
import subprocess

import pytest
from ember_process import BINARY, CACHE, MINILM, MODELS, SMOLLM2
from make_model import write_model
from make_projector import make_projector

QUESTION = "What is the capital of France? Answer in one word."


def name(file):
    return file.removesuffix(".gguf")


@pytest.fixture
def run(tmp_path):
    """A command in an empty folder of a user who has no configuration."""
    (tmp_path / "home").mkdir()
    environment = {**os.environ, "HOME": str(tmp_path / "home"), "EMBER_CACHE": str(CACHE)}
    environment = {key: value for key, value in environment.items() if key not in ("XDG_CONFIG_HOME", "EMBER_CONFIG")}

    def run(*arguments):
        return subprocess.run(
            [BINARY, *arguments], capture_output=True, text=True, timeout=60, env=environment, cwd=tmp_path / "home",
            stdin=subprocess.DEVNULL)

    return run


def test_files_are_served_by_their_names(ember):
    server = ember(None, arguments=[str(MODELS / SMOLLM2), MINILM])
    assert [model["name"] for model in server.state()["models"]] == [name(SMOLLM2), name(MINILM)]
    status, _, answer = server.chat(name(SMOLLM2), QUESTION, temperature=0)
    assert status == 200 and "Paris" in answer["choices"][0]["message"]["content"]
    status, _, answer = server.request("/v1/embeddings", {"model": name(MINILM), "input": "a text"})
    assert status == 200 and len(answer["data"][0]["embedding"]) == 384
    # An embedding model is known to be none for chats, before it is loaded.
    assert server.chat(name(MINILM))[0] == 400


def test_a_folder_is_served_with_its_projectors_and_without_its_broken_files(ember, tmp_path):
    folder = tmp_path / "models"
    (folder / "eye").mkdir(parents=True)
    shutil.copy(MODELS / SMOLLM2, folder / "eye")
    make_projector(folder / "eye" / "mmproj.gguf")
    (folder / MINILM).symlink_to(MODELS / MINILM)
    (folder / "broken.gguf").write_text("<html>")
    server = ember(None, arguments=["--models-dir", str(folder)])
    kinds = {model["name"]: model["kind"] for model in server.state()["models"]}
    assert kinds == {name(MINILM): "language", name(SMOLLM2): "multimodal"}
    log = "".join(server.log)
    assert "warning: not served" in log and "broken.gguf" in log and "a web page" in log
    assert server.chat(name(SMOLLM2))[0] == 200


def test_the_printed_configuration_serves_the_same(run, tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    write_model(folder / "odd name: 1.gguf")
    write_model(folder / "plain.gguf")
    printed = run("serve", "--models-dir", str(folder), "--print-config", "--policy", "lru", "--memory-budget", "3GiB")
    assert printed.returncode == 0, printed.stderr
    file = tmp_path / "home" / "ember.yaml"
    file.write_text(printed.stdout)
    checked = run("config", "check", "--strict")
    assert checked.returncode == 0, checked.stderr
    assert "good; 2 models" in checked.stdout and "policy lru" in checked.stdout
    listed = run("models", "list").stdout
    assert "odd-name-1" in listed and "plain" in listed and "memory budget 3221 MB" in listed
    # With a configuration in its usual place, --models-dir is again only where its paths begin.
    refused = run("serve", "--models-dir", str(folder), "--print-config")
    assert refused.returncode == 1 and "--print-config is for files" in refused.stderr


def test_what_cannot_be_served_is_an_error_with_its_fix(run, tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    text = tmp_path / "notes.gguf"
    text.write_text("not a model")
    (tmp_path / "sub").mkdir()
    shutil.copy(text, tmp_path / "sub" / "notes.gguf")
    for arguments, parts in [
        (["--models-dir", str(folder)], ["holds no model", "ember pull"]),
        (["--models-dir", str(tmp_path / "nowhere")], ["nowhere cannot be read"]),
        ([str(text)], ["notes.gguf", "GGUF"]),
        (["nowhere.gguf"], ["there is no file", "nowhere.gguf"]),
        ([str(folder)], ["is a folder", "--models-dir"]),
        ([str(MODELS / SMOLLM2), "--config", "x.yaml"], ["--config and files exclude each other"]),
        ([], ["ember serve FILE.gguf"]),
    ]:
        result = run("serve", *arguments)
        assert result.returncode == 1, (arguments, result)
        assert all(part in result.stderr for part in parts), (arguments, result.stderr)
        assert len(result.stderr.strip().splitlines()) == 1, result.stderr


def test_two_files_of_one_name_are_refused(run, tmp_path):
    (tmp_path / "a").mkdir()
    for file in ("m.gguf", "a/m.gguf"):
        write_model(tmp_path / file)
    result = run("serve", "--models-dir", str(tmp_path))
    assert result.returncode == 1 and "both be the model 'm'" in result.stderr
