"""The comparison of two builds without the builds: what rounds come to."""

import os
import re
import subprocess
import sys

import pytest
from setup_helpers import PROJECT

sys.path[:0] = [str(PROJECT / "scripts" / part) for part in ("", "bench")]

import pairs  # noqa: E402
from ember_bench import pair_cases, pair_figures  # noqa: E402
from ember_bench.systems import NULL_LLAMA_SERVER  # noqa: E402


def test_the_ratio_is_that_of_the_added_times():
    ratio = pair_figures.Ratio.of(pair_figures.added([(100, 300, 310)] * 5))
    assert ratio.mean == pytest.approx(1.05) and ratio.low == pytest.approx(1.05) == ratio.high


def test_the_interval_is_wider_where_rounds_differ_more():
    calm = pair_figures.Ratio.of([(100, 101), (100, 103)] * 10)
    restless = pair_figures.Ratio.of([(100, 80), (100, 130)] * 10)
    assert calm.low < calm.mean < calm.high and restless.high - restless.low > 5 * (calm.high - calm.low)


def test_a_round_that_shows_no_added_time_is_left_out():
    assert pair_figures.added([(100, 90, 120), (100, 150, 160)]) == [(50, 60)]


def test_a_row_for_each_setting_and_number_of_clients():
    rows = pair_figures.table({("ember", 1): [(100, 300, 310)] * 3, ("ember", 16): [(100, 300, 290)] * 3})
    assert [row[0] for row in rows[1:]] == ["ember, 1 client", "ember, 16 clients"]
    assert rows[1][1:] == ["200 us", "210 us", "1.050", "1.050 to 1.050", "3"]


def test_one_round_is_no_pair(capsys):
    with pytest.raises(SystemExit):
        pairs.parse(["--before", "HEAD", "--rounds", "1"])
    assert "--rounds" in capsys.readouterr().err


def test_all_cases_are_measured_or_those_that_are_named(capsys):
    assert pairs.parse(["--before", "HEAD"]).cases == [
        case for name, case in pair_cases.CASES.items() if name != "metrics"]
    assert [case.title for case in pairs.parse(["--before", "HEAD", "--cases", "plain,slots"]).cases] == [
        "ember", "chat of 50 tokens, with slots"]
    with pytest.raises(SystemExit):
        pairs.parse(["--before", "HEAD", "--cases", "slots,slot"])
    assert "slot is no case; there are slots, embeddings, plain, everything, metrics" in capsys.readouterr().err


def test_two_settings_are_compared_without_a_build_before(capsys):
    case, = pairs.parse(["--cases", "metrics"]).cases
    assert case.settings_before()["metrics"] == {"enabled": False} and "metrics" not in case.settings()
    with pytest.raises(SystemExit):
        pairs.parse(["--cases", "metrics,slots"])
    assert "--before is missing" in capsys.readouterr().err


def test_the_report_names_the_cases_that_were_measured():
    chosen = pairs.parse(["--before", "HEAD", "--cases", "embeddings"])
    described = {"date": "today", "cpu": "a", "cores": 2, "memory_gib": 1, "kernel": "Linux", "load_before": 0}
    text = pairs.markdown([["added p50"], ["embeddings, 1 client"]], described, "abc", chosen)
    assert re.findall(r"^- \*\*(.*)\*\*: ", text, re.M) == ["embeddings"] and "Before: abc." in text


def null_llama_server(folder, *arguments):
    """What it would have nginx serve."""
    program = folder / "nginx"
    program.write_text('#!/bin/sh\nwhile [ "$1" != -c ]; do shift; done\ncat "$2" "${2%null.conf}"*locations.conf\n')
    program.chmod(0o755)
    path = f"{folder}:{os.environ['PATH']}"
    return subprocess.run([NULL_LLAMA_SERVER, *arguments], capture_output=True, text=True, env={**os.environ, "PATH": path})


def test_the_null_llama_server_takes_the_arguments_that_ember_gives(tmp_path):
    socket = tmp_path / "e.sock"
    done = null_llama_server(tmp_path, "--model", "a.gguf", "--host", str(socket), "--ctx-size", "512", "--embeddings")
    assert f"listen unix:{socket};" in done.stdout and "listen 127.0.0.1" not in done.stdout
    assert all(path in done.stdout for path in ("/health", "/slots/", "input_tokens", "embeddings"))
    assert len(re.findall(r"-?0\.\d{17}", done.stdout)) == 384
    assert "listen 127.0.0.1:81;" in null_llama_server(tmp_path, "--host", str(socket), "--port", "81").stdout
    assert null_llama_server(tmp_path, "--version").stdout.startswith("version: ")
    assert "--host is missing" in null_llama_server(tmp_path, "--model", "a.gguf").stderr
