import os
import sys

import pytest
from setup_helpers import PROJECT, fake_tool

sys.path.insert(0, str(PROJECT / "scripts"))


@pytest.fixture(autouse=True)
def no_outside_world(monkeypatch):
    """No test may reach a network, nor see this machine's pip configuration or engine."""
    for name in list(os.environ):
        if name.startswith(("PIP_", "EMBER_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("PIP_RESUME_RETRIES", "0")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("EMBER_CACHE", str(folder))
    return folder


@pytest.fixture
def places(cache, monkeypatch):
    """A cache folder whose pip is the one that runs these tests, which saves making an environment."""
    from ember_setup import environment
    from ember_setup.packages import Pip
    from ember_setup.places import Places

    cache.mkdir()
    monkeypatch.setattr(environment, "pip", lambda places: Pip(sys.executable, places.downloads))
    return Places(cache)


@pytest.fixture
def bare_environment(cache, tmp_path, monkeypatch):
    """A cache whose Python environment lacks only its packages: the pip that runs these tests stands in."""
    from ember_setup import environment
    from ember_setup.places import Places

    # Should a test ever succeed where it must fail, nothing is installed beside the tests' own packages.
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "installed"))
    places = Places(cache)
    places.venv_python.parent.mkdir(parents=True)
    fake_tool(places.venv_python, f'exec "{sys.executable}" "$@"')
    environment.write_stamp(places, {})
    return places


@pytest.fixture
def wheel_folder(tmp_path, monkeypatch):
    """The only source of packages of a test: what it puts there."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder
