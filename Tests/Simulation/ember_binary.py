"""The ember under test. A module of its own: conftest is the name of three files, and an import finds any of them."""

import os
import pathlib

BINARY = os.environ.get("EMBER_BINARY", str(pathlib.Path(__file__).parents[2] / ".build/debug/ember"))
