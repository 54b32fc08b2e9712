"""The tweets of the study of accuracy: out of an archive in an archive, or not at all."""

import contextlib
import hashlib
import io
import tarfile

import pytest
from ember_setup import environment, tweets
from ember_setup.pins import Package, Pins
from ember_setup.places import Places
from ember_setup.report import SetupError

ROWS = b"1\t2.7\tSo lucky\r\n"


def archive(member, content):
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as opened:
        information = tarfile.TarInfo(member)
        information.size = len(content)
        opened.addfile(information, io.BytesIO(content))
    return written.getvalue()


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path / "cache")


@pytest.fixture
def package(tmp_path, monkeypatch):
    """What pip is said to have downloaded."""

    class FakePip:
        @contextlib.contextmanager
        def downloaded(self, _):
            yield path

    path = tmp_path / "package.tar.gz"
    path.write_bytes(archive(f"p-1/more/{tweets.ARCHIVE}", archive(f"folder/{tweets.TWEETS}", ROWS)))
    monkeypatch.setattr(environment, "pip", lambda places: FakePip())
    return path


def pins(content=ROWS):
    found = {tweets.PACKAGE: Package(tweets.PACKAGE, "1", "")}
    return Pins(None, found, {}, {tweets.TWEETS: hashlib.sha256(content).hexdigest()})


def test_the_tweets_are_kept_and_not_fetched_again(places, package):
    tweets.ensure(places, pins())
    assert (places.data / tweets.TWEETS).read_bytes() == ROWS
    package.unlink()
    tweets.ensure(places, pins())


def test_damaged_tweets_are_fetched_again(places, package):
    places.data.mkdir(parents=True)
    (places.data / tweets.TWEETS).write_bytes(ROWS[:5])
    tweets.ensure(places, pins())
    assert (places.data / tweets.TWEETS).read_bytes() == ROWS


@pytest.mark.parametrize("content, message", [
    (archive(f"p-1/{tweets.ARCHIVE}", archive(tweets.TWEETS, b"others")), "instead of"),
    (archive(f"p-1/{tweets.ARCHIVE}", archive("other.txt", ROWS)), "does not hold"),
    (archive("p-1/other", b""), "does not hold"),
    (b"no archive", "does not hold"),
])
def test_others_are_not_kept(places, package, content, message):
    package.write_bytes(content)
    with pytest.raises(SetupError, match=message):
        tweets.ensure(places, pins())
    assert not list(places.data.iterdir())
