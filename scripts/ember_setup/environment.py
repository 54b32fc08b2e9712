"""Virtual environments: of the OCR worker, the solver for bounds, the Python tests and the study of accuracy; of the clients
that are tried (two more), and of a server that Ember is compared with."""

import hashlib
import shutil
import sys

from . import system
from .files import MIB, read_json, require_space, write_json
from .packages import Pip
from .pins import requirements
from .processes import run
from .report import SetupError, say

SPACE = {
    "runtime": 400 * MIB, "test": 450 * MIB, "accuracy": 120 * MIB, "clients": 500 * MIB, "aider": 800 * MIB, "hearth": 60 * MIB,
}


def ensure(places, *sets):
    """Makes the environment hold these sets of packages (those of `SPACE`); quick when it does already."""
    wanted = {name: _fingerprint(name) for name in sets}
    installed = installed_sets(places)
    if installed is None or any(installed.get(name, wanted[name]) != wanted[name] for name in wanted):
        _create(places, sets[0])
        installed = {}
    for name in sets:
        if name not in installed:
            _install(places, name)
            installed[name] = wanted[name]
            write_stamp(places, installed)


def pip(places):
    return Pip(places.venv_python, places.downloads)


def create_bare(folder):
    """A fresh environment with pip and nothing else."""
    system.require_python()
    system.require(system.VENV)
    shutil.rmtree(folder, ignore_errors=True)
    code, output = run([sys.executable, "-m", "venv", folder])
    if code != 0:
        shutil.rmtree(folder, ignore_errors=True)
        last = output.strip().splitlines()[-1:] or ["it said nothing"]
        raise SetupError(f"{sys.executable} -m venv {folder} failed: {last[0]}")


def _create(places, first):
    require_space(places.cache, SPACE[first], "the Python environment")
    say(f"python: making the environment in {places.python}")
    places.cache.mkdir(parents=True, exist_ok=True)
    create_bare(places.python)


def _install(places, name):
    require_space(places.cache, SPACE[name], f"the Python packages ({name})")
    say(f"python: installing the {name} packages")
    pip(places).install(requirements(name), f"the Python packages ({name})")


def installed_sets(places):
    """The sets installed, by their fingerprints; None when there is no usable environment."""
    stamp = read_json(_stamp(places))
    if stamp.get("python") != _python_version() or not places.venv_python.exists():
        return None
    return stamp["sets"]


def write_stamp(places, sets):
    """Done after pip has ended well: an environment without its stamp was left half-made and is made again."""
    write_json(_stamp(places), {"python": _python_version(), "sets": sets})


def _stamp(places):
    return places.python / "ember-setup.json"


def _fingerprint(name):
    return hashlib.sha256(requirements(name).read_bytes()).hexdigest()


def _python_version():
    return "{}.{}".format(*sys.version_info)
