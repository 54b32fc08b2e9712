"""The exact versions and hashes of everything that the set-up downloads or makes."""

import json
import pathlib
from collections import namedtuple

FOLDER = pathlib.Path(__file__).parent

Package = namedtuple("Package", "name version sha256")


class Pins:
    def __init__(self, engine, packages, models, data=None):
        self.engine = engine
        self.packages = packages
        self.models = models
        self.data = data or {}

    @classmethod
    def load(cls, path=FOLDER / "pins.json"):
        read = json.loads(path.read_text(encoding="utf-8"))
        engine = read["engine"]
        return cls(
            engine=Package(engine["package"], engine["version"], engine["sha256"]),
            packages={
                name: Package(name, entry["version"], entry["sha256"])
                for name, entry in read["packages"].items()
            },
            models=read["models"],
            data=read["data"],
        )


def requirements(name):
    """The file of a set of Python packages: every one of an exact version, with the hashes of its files."""
    return FOLDER / f"requirements-{name}.txt"
