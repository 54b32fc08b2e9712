"""What these tests share: running the set-up, packages, an index and servers made on the spot."""

import contextlib
import hashlib
import http.server
import importlib.util
import os
import pathlib
import subprocess
import sys
import threading
import zipfile

PROJECT = pathlib.Path(__file__).resolve().parents[2]


def start_setup(*steps, **variables):
    command = [sys.executable, str(PROJECT / "scripts" / "setup.py"), *steps]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **variables}
    )


def run_setup(*steps, **variables):
    process = start_setup(*steps, **variables)
    output, errors = process.communicate(timeout=60)
    return process.returncode, output, errors


def only_line(errors):
    """The one line that a failure may write."""
    lines = errors.splitlines()
    assert len(lines) == 1, errors
    assert lines[0].startswith("set-up: ")
    return lines[0]


def make_wheel(folder, name, version, files):
    """A package that pip takes; returns it as the set-up pins it."""
    from ember_setup.pins import Package

    module = name.replace("-", "_")
    path = folder / f"{module}-{version}-py3-none-any.whl"
    information = f"{module}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{information}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        for member, content in files.items():
            wheel.writestr(member, content)
        wheel.writestr(f"{information}/RECORD", "")
    return Package(name, version, hashlib.sha256(path.read_bytes()).hexdigest())


class Index:
    """A package index on this machine; `serve_file(handler, bytes)` decides how a file is sent."""

    def __init__(self, folder, serve_file):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path.startswith("/simple/"):
                    links = "".join(f'<a href="/files/{path.name}">{path.name}</a>' for path in folder.iterdir())
                    send_whole(self, links.encode(), "text/html")
                else:
                    serve_file(self, (folder / pathlib.Path(self.path).name).read_bytes())

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/simple"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def send_whole(handler, body, kind="application/octet-stream"):
    handler.send_response(200)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def send_half(handler, body):
    handler.send_response(200)
    handler.send_header("Content-Type", "application/octet-stream")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.close_connection = True


def load_setup():
    description = importlib.util.spec_from_file_location("setup_program", PROJECT / "scripts" / "setup.py")
    module = importlib.util.module_from_spec(description)
    description.loader.exec_module(module)
    return module


def fake_tool(path, does="exit 0"):
    path.write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@contextlib.contextmanager
def answering(answer):
    """The address of a server where, whatever is asked, `answer(handler)` says."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            answer(self)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
