#!/usr/bin/env python3
"""Writes the requirements files again, all or those named: run it after changing "python" in ember_setup/pins.json.

Asks the package index which versions fit together on every supported system and Python, downloads nothing,
and writes each package's version with the hashes of its files. Needs pip 25 or newer.
"""

import collections
import json
import subprocess
import sys

from ember_setup.pins import FOLDER, requirements

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
#: Aider cannot be installed on newer ones.
PYTHONS_OF = {"aider": PYTHONS[:2]}
SYSTEMS = (
    *((*(f"manylinux_2_{minor}_{cpu}" for minor in range(28, 16, -1)), f"manylinux2014_{cpu}")
      for cpu in ("x86_64", "aarch64")),
    (*(f"macosx_{major}_0_{kind}" for major in (15, 14, 13, 12, 11) for kind in ("arm64", "universal2")),
     *(f"macosx_10_{minor}_universal2" for minor in range(15, 8, -1))),
)


def resolve(packages, python, tags):
    """(name, version, sha256) of every package that these ones need."""
    command = [
        sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-",
        "--only-binary", ":all:", "--target", "unused", "--python-version", python,
    ]
    for tag in tags:
        command += ["--platform", tag]
    answer = subprocess.run([*command, *packages], check=True, stdout=subprocess.PIPE)
    for item in json.loads(answer.stdout)["install"]:
        name = item["metadata"]["name"].lower().replace("_", "-")
        yield name, item["metadata"]["version"], item["download_info"]["archive_info"]["hashes"]["sha256"]


def write(name, packages):
    hashes = collections.defaultdict(set)
    for python in PYTHONS_OF.get(name, PYTHONS):
        for tags in SYSTEMS:
            for package, version, sha256 in resolve(packages, python, tags):
                hashes[package, version].add(sha256)
    lines = [f"# Written by scripts/{__file__.rsplit('/', 1)[-1]}: change pins.json instead."]
    for (package, version), found in sorted(hashes.items()):
        lines.append(" \\\n".join([f"{package}=={version}", *(f"    --hash=sha256:{one}" for one in sorted(found))]))
    requirements(name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    pins = json.loads((FOLDER / "pins.json").read_text(encoding="utf-8"))["python"]
    for name in sys.argv[1:] or pins:
        # These two are installed into the environment of the runtime.
        shared = pins["runtime"] if name in ("test", "accuracy") else []
        write(name, shared + pins[name])


if __name__ == "__main__":
    main()
