"""Downloads and installs Python packages by pip, each checked against its pinned hash."""

import contextlib
import os
import shutil

from .processes import run
from .report import SetupError

HASH_SIGNS = ("DO NOT MATCH THE HASHES", "do not match the hashes")
DISK_SIGNS = ("No space left on device", "Disk quota exceeded")
NETWORK_SIGNS = (
    "NewConnectionError", "Connection refused", "Temporary failure in name resolution", "ConnectTimeoutError",
    "Max retries exceeded", "Connection broken", "ReadTimeoutError", "Connection aborted", "SSLError",
    "ProxyError", "IncompleteRead",
)
NOT_FOUND_SIGNS = ("No matching distribution found", "Could not find a version")


class Pip:
    """The pip of one virtual environment; its temporary files stay in the given folder."""

    def __init__(self, python, scratch):
        self._python = python
        self._scratch = scratch

    def install(self, requirements, what):
        with self._temporary_files() as environment:
            self._call(
                ["install", "--require-hashes", "--only-binary", ":all:", "-r", requirements], what, environment
            )

    @contextlib.contextmanager
    def downloaded(self, package, extra_path=None):
        """Yields the checked file of a package; it is removed after the block."""
        with self._temporary_files() as environment:
            if extra_path:
                environment["PATH"] = f"{extra_path}{os.pathsep}{environment['PATH']}"
            yield self._download(package, environment)

    def _download(self, package, environment):
        listing = self._scratch / "requirement.txt"
        listing.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n", encoding="utf-8")
        target = self._scratch / "files"
        self._call(
            [
                "download", "--no-deps", "--no-cache-dir", "--no-build-isolation", "--require-hashes",
                "-d", target, "-r", listing,
            ],
            f"{package.name} {package.version}", environment,
        )
        return next(target.iterdir())

    @contextlib.contextmanager
    def _temporary_files(self):
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._scratch.mkdir(parents=True)
        try:
            yield dict(os.environ, TMPDIR=str(self._scratch))
        finally:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def _call(self, arguments, what, environment):
        command = [self._python, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
        code, output = run(command, env=environment)
        if code != 0:
            raise SetupError(explain(output, what))


def explain(output, what):
    """One line for what pip says in many."""

    def shows(signs):
        return any(sign in output for sign in signs)

    if shows(HASH_SIGNS):
        return (
            f"{what}: the download does not have the pinned sha256, nothing was kept; run the set-up again, "
            "and if this stays, do not trust the source (pip config list shows which one is used)"
        )
    if shows(DISK_SIGNS):
        return f"{what}: the disk is full; free some space or set EMBER_CACHE to a folder on another disk"
    if shows(NETWORK_SIGNS):
        return (
            f"{what}: the package index cannot be reached; check the network "
            "(and proxy or mirror: pip config list), then run the set-up again"
        )
    if shows(NOT_FOUND_SIGNS):
        return (
            f"{what}: the package index does not have it for this system and Python; "
            "check the index in use (pip config list)"
        )
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return f"{what}: pip failed: {(errors or lines or ['it said nothing'])[-1]}"
