"""The commands beside `serve`."""

import functools
import hashlib
import http.server
import json
import os
import subprocess
import threading

from ember_process import BINARY, MODELS, ROOT, SMOLLM2, SMOLLM2_Q8
from make_model import write_model


def run(*arguments, **options):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=60, **options)


def test_version_and_help():
    assert run("version").stdout.startswith("ember ")
    for command in ([], ["serve"], ["ps"], ["models"], ["models", "pull"], ["config"], ["config", "check"], ["state"], ["state", "backup"], ["state", "restore"]):
        result = run(*command, "--help")
        assert result.returncode == 0 and "USAGE" in result.stdout


def test_completions():
    for shell in ("bash", "zsh", "fish"):
        assert "ember" in run("completions", shell).stdout


def test_example_configurations_are_good(tmp_path):
    for flags in ([], ["--minimal"]):
        text = run("config", "example", *flags).stdout
        file = tmp_path / "example.yaml"
        file.write_text(text)
        result = run("config", "check", "--config", str(file), env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "EMBER_KEY": "k", "CLOUD_KEY": "k"})
        assert result.returncode == 0, result.stderr


def test_the_shipped_schema_is_the_programs():
    assert run("config", "schema").stdout == (ROOT / "config/ember.schema.json").read_text()


def test_a_bad_configuration_is_told_line_by_line(tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text("models:\n  a:\n    path: x.gguf\n    contxt: 12\npolicy: best\n")
    result = run("config", "check", "--config", str(file))
    assert result.returncode != 0
    assert "bad.yaml:4" in result.stderr and "context" in result.stderr
    assert "bad.yaml:5" in result.stderr and "least-context" in result.stderr


def test_inspect_and_list(tmp_path):
    shown = run("models", "inspect", str(MODELS / SMOLLM2)).stdout
    assert "llama" in shown and "Q4_1" in shown and "KV cache" in shown
    file = tmp_path / "ember.yaml"
    file.write_text(f"memory: {{budget: 300MB}}\nmodels:\n  a: {{path: {SMOLLM2}}}\n  b: {{path: {SMOLLM2_Q8}, context: 65536}}\n")
    listed = run("models", "list", "--config", str(file)).stdout
    assert "NEVER" in listed and "yes" in listed


def test_pull_from_a_server(tmp_path):
    """Whole, with its hash; then a wrong hash, of which nothing is left."""
    source = tmp_path / "site"
    source.mkdir()
    content = b"GGUF\3" + bytes(100_000)
    (source / "tiny.gguf").write_bytes(content)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(source))
    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{site.server_port}/tiny.gguf"
    folder = tmp_path / "models"
    good = run("models", "pull", url, "--models-dir", str(folder), "--sha256", hashlib.sha256(content).hexdigest())
    assert good.returncode == 0, good.stderr
    assert (folder / "tiny.gguf").read_bytes() == content and str(folder / "tiny.gguf") in good.stdout
    bad = run("models", "pull", url, "--models-dir", str(folder), "--name", "other.gguf", "--sha256", "0" * 64)
    site.shutdown()
    assert bad.returncode != 0 and "sha" in bad.stderr.lower()
    assert not (folder / "other.gguf").exists()


def test_config_check_names_a_missing_model_file(tmp_path):
    """Ember would serve the others, so it is a warning; a script can ask for more."""
    file = tmp_path / "ember.yaml"
    file.write_text(f"models:\n  a: {{path: nothing.gguf}}\n  b: {{path: {SMOLLM2}}}\n")
    environment = {**os.environ, "EMBER_CACHE": str(MODELS.parent)}
    result = run("config", "check", "--config", str(file), env=environment)
    assert result.returncode == 0 and "1 cannot be loaded now" in result.stdout
    assert "models.a" in result.stderr and "nothing.gguf" in result.stderr and "models.b" not in result.stderr
    assert run("config", "check", "--strict", "--config", str(file), env=environment).returncode != 0


def test_inspect_counts_as_serve_does(tmp_path):
    """For a model that keeps checkpoints, most of all."""
    model = str(tmp_path / "swa.gguf")
    write_model(model, "gemma3", sliding_window=512)
    file = tmp_path / "ember.yaml"
    cases = [
        ("context: 8192, pool: 9216, parallel: 2", ["--context", "8192", "--pool", "9216", "--parallel", "2"]),
        ("embeddings: true, parallel: 1", ["--embeddings", "--parallel", "1"]),
        ("pool: 4096, prompt_cache: 64MiB", ["--prompt-cache", "64"]),
        ("pool: 4096, args: [-ctk, q8_0, --swa-full]", ["--args=-ctk q8_0 --swa-full"]),
    ]
    for keys, flags in cases:
        file.write_text(f"models: {{m: {{path: {model}, {keys}}}}}\n")
        listed = run("models", "list", "--config", str(file)).stdout.splitlines()[1]
        shown = run("models", "inspect", model, *flags)
        assert shown.returncode == 0, shown.stderr
        total = shown.stdout.rsplit("= ", 1)[1].split()[0]
        assert f" {total} MB" in listed, (keys, listed, shown.stdout)
    assert "4 x 4 slots" in run("models", "inspect", model).stdout


def test_ps(ember, tmp_path):
    server = ember(f"models: {{small: {{path: {SMOLLM2}, context: 1024}}}}\n")
    assert server.chat("small", max_tokens=1)[0] == 200
    address = server.url.removeprefix("http://")
    shown = run("ps", "--listen", address).stdout
    assert "small" in shown and "loaded" in shown
    assert json.loads(run("ps", "--listen", address, "--json").stdout)["models"][0]["name"] == "small"
    gone = run("ps", "--listen", "127.0.0.1:9")
    assert gone.returncode != 0 and "no Ember answers" in gone.stderr


def test_a_taken_address_is_told(ember, tmp_path):
    server = ember(f"models: {{small: {{path: {SMOLLM2}}}}}\n")
    result = run("serve", "--config", str(server.config), "--listen", server.url.removeprefix("http://"))
    assert result.returncode != 0 and "in use" in result.stderr
