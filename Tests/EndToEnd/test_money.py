"""Money: what cannot be written down is not spent."""

import concurrent.futures
import contextlib
import shutil
import subprocess
import sys
import time

import pytest

from ember_process import ROOT, played_engine
from mock_upstream import MockUpstream
from small_disk import SmallDisk


@pytest.fixture
def disk(tmp_path):
    with SmallDisk(tmp_path / "disk") as disk:
        yield disk


def config(sky, free=None, near="", upstream=""):
    fallbacks = ", fallbacks: [{upstream: gift}]" if free else ""
    return f"""
events: {{record: false}}
policy: cloud
upstreams:
  sky: {{url: "{sky.url}", prices: {{output: 1000000, max_tokens: 10}}{upstream}}}
  gift: {{url: "{(free or sky).url}"}}
models:
  far: {{upstream: sky}}
  near: {{{played_engine()}, cloud: {{upstream: sky}}{fallbacks}{near}}}
"""


def start(ember, folder, sky, environment=None, **options):
    return ember(config(sky, **options), environment={"EMBER_STATE": str(folder), **(environment or {})})


def assert_nothing_is_sent(server, sky):
    before, spent = len(sky.requests), server.state()["cloud"]["spent_today"]
    for options in ({}, {"stream": True}):
        status, headers, answer = server.chat("far", **options)
        assert status == 503 and answer["error"]["code"] == "spending_not_recorded", answer
        assert headers["retry-after"] == "5" and "sky" in answer["error"]["message"]
    # What the edge can answer, it does.
    status, headers, _ = server.chat("near")
    assert status == 200 and headers["x-ember-served-by"] == "edge"
    cloud = server.state()["cloud"]
    assert len(sky.requests) == before and cloud["spent_today"] == spent and cloud["set_aside"] == 0
    # Nor is the upstream to blame.
    assert all(upstream["failures"] == 0 for upstream in cloud["upstreams"])


def assert_all_is_sent(server, sky):
    before = len(sky.requests)
    status, headers, _ = server.chat("far")
    assert status == 200 and headers["x-ember-served-by"] == "cloud:sky"
    assert len(sky.requests) == before + 1


def test_a_full_disk(ember, disk, sky):
    server = start(ember, disk.path, sky)
    assert_all_is_sent(server, sky)
    disk.fill()
    assert_nothing_is_sent(server, sky)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: server.chat("far")[0], range(16))) == {503}
    # Told once, not with every request.
    assert sum("what is spent cannot be written" in line for line in server.log) == 1
    disk.clear()
    assert_all_is_sent(server, sky)
    assert any("is written to" in line for line in server.log)
    # A restart knows of all that was sent.
    spent = server.state()["cloud"]["spent_today"]
    server.__exit__()
    assert start(ember, disk.path, sky).state()["cloud"]["spent_today"] == spent == 16


def test_a_disk_that_becomes_read_only(ember, disk, sky):
    server = start(ember, disk.path, sky)
    assert_all_is_sent(server, sky)
    with disk.read_only():
        assert_nothing_is_sent(server, sky)
    assert_all_is_sent(server, sky)


def test_a_start_with_a_disk_that_is_full_or_read_only(ember, disk, sky):
    for spoil, mend in ((disk.fill, disk.clear), (lambda: disk.set_read_only(True), lambda: disk.set_read_only(False))):
        spoil()
        server = start(ember, disk.path, sky)
        assert_nothing_is_sent(server, sky)
        mend()
        assert_all_is_sent(server, sky)
        server.__exit__()


def put_in_place_of(path):
    """A folder; what the answer before has cost may just be written there."""
    for _ in range(200):
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        try:
            return (path / "x").mkdir(parents=True)
        except (FileExistsError, NotADirectoryError):
            time.sleep(0.02)
    raise AssertionError(f"{path} is written all the time")


@pytest.mark.parametrize("name", ["spending.json", "spending.json.new"])
@pytest.mark.parametrize("when", ["before", "while"])
def test_something_else_stands_in_the_files_place(ember, tmp_path, sky, name, when):
    obstacle = tmp_path / "state" / name
    server = None if when == "before" else start(ember, tmp_path / "state", sky)
    if server:
        assert_all_is_sent(server, sky)
    put_in_place_of(obstacle)
    server = server or start(ember, tmp_path / "state", sky)
    assert_nothing_is_sent(server, sky)
    shutil.rmtree(obstacle)
    assert_all_is_sent(server, sky)


def test_a_disk_that_takes_bytes_and_does_not_keep_them(ember, tmp_path, sky):
    if not shutil.which("cc") or sys.platform == "darwin":
        pytest.skip("no C compiler, or no LD_PRELOAD")
    library, sign = tmp_path / "failing_fsync.so", tmp_path / "sign"
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-o", library, ROOT / "Tests/EndToEnd/failing_fsync.c"], check=True)
    server = start(
        ember, tmp_path / "state", sky, environment={"LD_PRELOAD": str(library), "FAILING_FSYNC": str(sign)})
    assert_all_is_sent(server, sky)
    sign.touch()
    assert_nothing_is_sent(server, sky)
    sign.unlink()
    assert_all_is_sent(server, sky)


def test_an_upstream_that_costs_nothing_is_asked_all_the_same(ember, disk, sky):
    with MockUpstream(answer_tokens=10) as gift:
        server = start(ember, disk.path, sky, free=gift)
        disk.fill()
        status, headers, _ = server.chat("near")
        assert status == 200 and headers["x-ember-served-by"] == "cloud:gift"
        assert len(gift.requests) == 1 and not sky.requests
        # Where that fails as well, the edge is left.
        gift.behaviour = "reset"
        assert server.chat("near")[1]["x-ember-served-by"] == "edge" and not sky.requests


def test_a_hedge_does_not_wait_for_what_is_not_sent(ember, disk, sky):
    server = start(ember, disk.path, sky, upstream=", hedge: 20s", near=", preload: true")
    disk.fill()
    status, headers, _ = server.request(
        "/v1/chat/completions", {"model": "near", "messages": [{"role": "user", "content": "x"}]}, timeout=10)
    assert status == 200 and headers["x-ember-served-by"] == "edge" and not sky.requests


def test_money_is_set_aside_again_where_another_try_follows(ember, disk, sky):
    """An upstream that fails costs nothing; what its retry at another upstream may cost is written before that is asked."""
    with MockUpstream(answer_tokens=10) as other:
        free = f'gift: {{url: "{other.url}"}}'
        text = config(sky, free=other).replace(free, free[:-1] + ", prices: {output: 2000000, max_tokens: 10}}")
        server = ember(text, environment={"EMBER_STATE": str(disk.path)})
        sky.behaviour = "reset"
        assert server.chat("near")[1]["x-ember-served-by"] == "cloud:gift"
        disk.fill()
        assert server.chat("near")[1]["x-ember-served-by"] == "edge" and len(other.requests) == 1
        assert server.state()["cloud"]["set_aside"] == 0
