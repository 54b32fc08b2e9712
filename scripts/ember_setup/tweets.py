"""Tweets that people have rated, for the study of accuracy: taken from a Python source package that carries them.

An archive in an archive. Nothing of them is kept in the project.
"""

import shutil
import tarfile

from . import environment
from .files import BLOCK, expect_sha256, sha256_of, whole_file
from .report import SetupError, say

PACKAGE = "vadersentiment"
TWEETS = "tweets_GroundTruth.txt"
ARCHIVE = "hutto_ICWSM_2014.tar.gz"


def ensure(places, pins):
    """Makes sure that the file of tweets is there, whole."""
    target = places.data / TWEETS
    expected = pins.data[TWEETS]
    if target.exists() and sha256_of(target) == expected:
        return
    pinned = pins.packages[PACKAGE]
    say(f"tweets: downloading {pinned.name} {pinned.version}")
    with environment.pip(places).downloaded(pinned) as package, whole_file(target) as partial:
        _extract(package, partial)
        expect_sha256(partial, expected, TWEETS)


def _extract(package, target):
    try:
        with tarfile.open(package) as outer, _member(outer, ARCHIVE) as file:
            with tarfile.open(fileobj=file) as inner, _member(inner, TWEETS) as source, open(target, "wb") as sink:
                shutil.copyfileobj(source, sink, BLOCK)
    except (KeyError, tarfile.TarError) as error:
        raise SetupError(f"{package} does not hold {TWEETS} ({error}): run the set-up again")


def _member(archive, name):
    """A file of the archive, whatever folder it is in."""
    path = next((path for path in archive.getnames() if path.rsplit("/", 1)[-1] == name), name)
    return archive.extractfile(path)
