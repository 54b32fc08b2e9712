"""The system packages that building and running Ember needs."""

import importlib.util
import os
import pathlib
import shutil
import sys
import tempfile

from .processes import run
from .report import SetupError, say

OLDEST_PYTHON = (3, 11)


class Need:
    """One thing that must be on the machine: how to see it, and which package brings it."""

    def __init__(self, name, is_met, debian, macos):
        self.name = name
        self.is_met = is_met
        self.debian = debian
        self.macos = macos


def has_tool(*names):
    return any(shutil.which(name) for name in names)


def has_venv():
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def has_header(name):
    """Whether the C compiler will find a header; Xcode brings those that are needed."""
    if sys.platform == "darwin":
        return True
    return any(pathlib.Path(folder, name).exists() for folder in ("/usr/include", "/usr/local/include"))


def has_faketime():
    """Whether tests can let a program see another time; on macOS they are skipped."""
    return sys.platform == "darwin" or any(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


XCODE = "xcode-select --install"
COMPILER = Need("a C++ compiler", lambda: has_tool("c++", "g++", "clang++"), "g++", XCODE)
MAKE = Need("make", lambda: has_tool("make"), "make", XCODE)
GIT = Need("git", lambda: has_tool("git"), "git", XCODE)
ZLIB = Need("the zlib headers", lambda: has_header("zlib.h"), "zlib1g-dev", XCODE)
SQLITE = Need("the SQLite headers", lambda: has_header("sqlite3.h"), "libsqlite3-dev", XCODE)
FAKETIME = Need("faketime", has_faketime, "faketime", "brew install libfaketime")
PROMETHEUS = Need("Prometheus", lambda: has_tool("promtool"), "prometheus", "brew install prometheus")
CHROMIUM = Need("chromium", lambda: has_tool("chromium", "google-chrome"), "chromium", "brew install --cask chromium")
VENV = Need("Python's venv module", has_venv, "python3-venv", "brew install python")


def require_python():
    if sys.version_info < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        raise SetupError(
            f"Python {wanted} or newer is needed, this one is {sys.version.split()[0]}: install it "
            "(macOS: brew install python) and name it: make PYTHON=/path/to/python3"
        )


def require_swift():
    if not has_tool("swift"):
        raise SetupError(
            "swift was not found: install Swift 6.1 or newer (https://www.swift.org/install), "
            "put its usr/bin on PATH and run this again"
        )


def require(*needs):
    """Installs what is missing where that is customary (Debian, as root); else says the exact command."""
    missing = [need for need in needs if not need.is_met()]
    if not missing:
        return
    names = ", ".join(need.name for need in missing)
    if sys.platform == "darwin":
        commands = " && ".join(dict.fromkeys(need.macos for need in missing))
        raise SetupError(f"missing: {names}; install with: {commands}")
    packages = [need.debian for need in missing]
    if not has_tool("apt-get"):
        raise SetupError(f"missing: {names}; install your system's packages for: {' '.join(packages)}")
    if os.geteuid() != 0:
        raise SetupError(
            f"missing: {names}; install with: sudo apt-get update && sudo apt-get install -y {' '.join(packages)}"
        )
    _install_by_apt(packages)
    importlib.invalidate_caches()
    still = [need.name for need in missing if not need.is_met()]
    if still:
        raise SetupError(
            f"missing after apt-get install {' '.join(packages)}: {', '.join(still)}; "
            f"the Python in use is {sys.executable}: with another one than Debian's, install these for it"
        )


def _install_by_apt(packages):
    say(f"installing system packages: {' '.join(packages)}")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    written = []
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *packages]):
        code, output = run(command, env=environment)
        written.append(output)
        if code != 0:
            with tempfile.NamedTemporaryFile("w", prefix="ember-apt-", suffix=".log", delete=False) as log:
                log.write("".join(written))
            raise SetupError(f"{' '.join(command)} failed: see {log.name}, mend it and run this again")
