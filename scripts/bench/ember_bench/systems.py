"""The systems that are compared: how each is started, and where it takes requests."""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import urllib.parse

from ember_setup import environment
from ember_setup.report import SetupError, say

from .processes import free_port, server

HERE = pathlib.Path(__file__).resolve().parents[1]
REQUIREMENTS = HERE / "litellm-requirements.txt"
NULL_ENGINE = HERE / "null_engine.sh"
NULL_LLAMA_SERVER = HERE / "null_llama_server.sh"
CHAT_PATH = "/v1/chat/completions"
MODEL = "null-engine"
#: Every client sends it to every system, so that all get the same bytes; only the Ember with everything on asks for it.
KEY = "bench-key"
AUTHORIZATION = {"authorization": f"Bearer {KEY}"}

NGINX_CONFIG = """\
{user}
daemon off;
worker_processes auto;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    keepalive_timeout 1h;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream engine {{
        server unix:{socket};
        keepalive 64;
        keepalive_requests 1000000000;
    }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://engine;
            proxy_http_version 1.1;
            proxy_set_header connection "";
        }}
    }}
}}
"""

LITELLM_CONFIG = {
    "model_list": [{
        "model_name": MODEL,
        "litellm_params": {"model": f"openai/{MODEL}", "api_key": "none"},
    }],
    "litellm_settings": {"telemetry": False},
    # The other systems check no key either, and all of them listen on loopback only.
    "general_settings": {"dangerously_permit_weak_or_unset_master_key": True},
}


class NullEngine:
    """Where the null engine listens."""

    def __init__(self, folder):
        self.socket = pathlib.Path(folder, "null.sock")
        self.port = free_port()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def command(self):
        return [NULL_ENGINE, self.socket, self.port]

    def running(self, folder):
        return server("null-engine", self.command, f"{self.url}/health", folder)


class NullLlamaServer(NullEngine):
    """The same with llama-server's arguments and answers."""

    @property
    def command(self):
        return [NULL_LLAMA_SERVER, "--host", self.socket, "--port", self.port]


@contextlib.contextmanager
def ember(binaries, name, settings, folder):
    """Ember with engines of its own; yields its URL."""
    port = free_port()
    config = pathlib.Path(folder, f"{name}.yaml")
    # JSON is YAML.
    config.write_text(json.dumps(settings))
    command = [binaries / "ember", "serve", "--config", config, "--listen", f"127.0.0.1:{port}"]
    state = {"EMBER_STATE": str(pathlib.Path(folder, f"{name}-state"))}
    with server(name, command, f"http://127.0.0.1:{port}/health", folder, state):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def bare_pass_through(binaries, engine, folder):
    port = free_port()
    upstream = f"http+unix://{urllib.parse.quote(str(engine.socket), safe='')}"
    command = [binaries / "bare-pass-through", port, upstream]
    with server("bare-pass-through", command, f"http://127.0.0.1:{port}/", folder):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def nginx_proxy(engine, folder):
    port = free_port()
    config = pathlib.Path(folder, "proxy.conf")
    # As root, a worker would become another user, who may not open the socket's folder.
    user = "user root;" if os.geteuid() == 0 else ""
    config.write_text(NGINX_CONFIG.format(user=user, folder=folder, socket=engine.socket, port=port))
    command = ["nginx", "-e", "stderr", "-p", folder, "-c", config]
    with server("nginx-proxy", command, f"http://127.0.0.1:{port}/health", folder):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def litellm(places, engine, folder):
    program = _installed_litellm(places)
    port = free_port()
    config = pathlib.Path(folder, "litellm.json")
    LITELLM_CONFIG["model_list"][0]["litellm_params"]["api_base"] = f"{engine.url}/v1"
    # JSON is YAML.
    config.write_text(json.dumps(LITELLM_CONFIG))
    command = [program, "--config", config, "--host", "127.0.0.1", "--port", port, "--num_workers", os.cpu_count()]
    settings = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR", "NO_DOCS": "True"}
    with server("litellm", command, f"http://127.0.0.1:{port}/health/liveliness", folder, settings):
        yield f"http://127.0.0.1:{port}"


def _installed_litellm(places):
    """The proxy's program, in an environment of its own that is made where it is missing or of other versions."""
    folder = places.cache / "bench" / "litellm"
    stamp = folder / "installed.txt"
    wanted = REQUIREMENTS.read_text()
    program = folder / "bin" / "litellm"
    if stamp.exists() and stamp.read_text() == wanted:
        return program
    say(f"installing LiteLLM's proxy in {folder}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    environment.create_bare(folder)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--only-binary", ":all:"]
    done = subprocess.run([*pip, "-r", REQUIREMENTS], stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise SetupError(f"installing LiteLLM for {sys.executable} failed: {last}; to leave it out: --no-litellm")
    stamp.write_text(wanted)
    return program
