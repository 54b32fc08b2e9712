"""Where the set-up puts its files."""

import os
import pathlib
import sys


class Places:
    """The cache folder and its parts; nothing outside the cache is ever written."""

    def __init__(self, cache, python="python"):
        self.cache = pathlib.Path(cache)
        self.engine = self.cache / "engine"
        self.models = self.cache / "models"
        self.data = self.cache / "data"
        self.python = self.cache / python
        self.downloads = self.cache / "downloads"
        self.lock = self.cache / "setup.lock"

    @classmethod
    def from_environment(cls, environment=os.environ):
        return cls(cache_folder(environment))

    def with_python(self, name):
        """The same places with another Python environment, whose packages do not go with the usual one's."""
        return Places(self.cache, f"python-{name}")

    @property
    def venv_python(self):
        return self.python / "bin" / "python"


def cache_folder(environment):
    """The same order as the server's: EMBER_CACHE, XDG_CACHE_HOME, then the system's custom."""
    if environment.get("EMBER_CACHE"):
        return pathlib.Path(environment["EMBER_CACHE"]).expanduser().absolute()
    if environment.get("XDG_CACHE_HOME"):
        return pathlib.Path(environment["XDG_CACHE_HOME"]).absolute() / "ember"
    custom = "Library/Caches/ember" if sys.platform == "darwin" else ".cache/ember"
    return pathlib.Path.home() / custom
