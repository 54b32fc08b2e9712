"""What was measured on, and with which versions."""

import datetime
import os
import pathlib
import platform
import re
import shlex
import subprocess
import sys

from .systems import REQUIREMENTS


def describe():
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "kernel": f"{platform.system()} {platform.release().split('-')[0]}",
        "load_before": round(os.getloadavg()[0], 2),
    }


def versions(binaries, root):
    return {
        "ember": _first_line([binaries / "ember", "--version"]),
        "commit": commit(root),
        "swift": _match(r"Swift version (\S+)", _output(["swift", "--version"])),
        "hummingbird": _resolved(root, "hummingbird"),
        "async-http-client": _resolved(root, "async-http-client"),
        "nginx": _match(r"nginx/(\S+)", _output(["nginx", "-v"])),
        "wrk": _match(r"wrk (\S+)", _output(["wrk", "-v"])),
        "litellm": _match(r"^litellm(?:\[.*\])?==(\S+)", REQUIREMENTS.read_text()),
    }


def command(script, root):
    """How the script was called, for its report; without this machine's folders."""
    return shlex.join([script, *sys.argv[1:]]).replace(f"{root}/", "")


def commit(root):
    return _first_line(["git", "-C", root, "describe", "--always", "--dirty"])


def _cpu():
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    except OSError:
        return _first_line(["sysctl", "-n", "machdep.cpu.brand_string"])
    return found[1] if found else platform.machine()


def _resolved(root, package):
    text = pathlib.Path(root, "Package.resolved").read_text()
    return _match(rf'"identity" : "{package}".*?"version" : "([^"]+)"', text)


def _match(pattern, text):
    found = re.search(pattern, text, re.M | re.S)
    return found[1] if found else "unknown"


def _first_line(command):
    return (_output(command).splitlines() or ["unknown"])[0].strip()


def _output(command):
    try:
        done = subprocess.run(
            [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except OSError:
        return ""
    return done.stdout
