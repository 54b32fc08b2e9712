"""`ember sweep`, `--set`, shards and `ember merge` as a user meets them."""

import csv
import io
import json
import shutil

import pytest

POLICIES = "least-context-gated,ski-rental,cloud"
SWEEP = [
    "sweep", "--scenario", "drift", "--set", "slots=40", "--vary", "memory.budget=100GB,300GB", "--vary", "workload.zipf=0.6,1",
    "--policies", POLICIES, "--seeds", 3,
]
COMPARE = ["compare", "--scenario", "paper", "--set", "slots=40", "--policies", POLICIES, "--seeds", 5]


def test_every_point_is_the_comparison_with_its_settings(ember):
    points = json.loads(ember(*SWEEP, "--format", "json"))
    assert [tuple(point["set"].values()) for point in points] == [
        ("100GB", "0.6"), ("100GB", "1"), ("300GB", "0.6"), ("300GB", "1")]
    for point in points:
        settings = [word for key, value in point.pop("set").items() for word in ("--set", f"{key}={value}")]
        alone = ember("compare", "--scenario", "drift", "--set", "slots=40", *settings, "--policies", POLICIES,
                      "--seeds", 3, "--format", "json")
        assert json.loads(alone) == point
    costs = {row["total"] for point in points for row in point["rows"]}
    assert len(costs) == 10, "the cloud costs the same whatever the memory"


def test_csv_is_the_same_in_long_form(ember):
    lines = list(csv.DictReader(io.StringIO(ember(*SWEEP, "--format", "csv"))))
    expected = [
        {**point["set"], **{key: str(value) if key == "policy" else float(value) for key, value in row.items()}}
        for point in json.loads(ember(*SWEEP, "--format", "json")) for row in point["rows"]
    ]
    texts = {"memory.budget", "workload.zipf", "policy"}
    assert [{k: v if k in texts else float(v) for k, v in line.items()} for line in lines] == expected


@pytest.mark.parametrize("format", ["table", "csv", "json", "html"])
@pytest.mark.parametrize("command", [SWEEP, COMPARE], ids=["sweep", "compare"])
def test_shards_merge_to_the_same_bytes(ember, tmp_path, command, format):
    files = []
    for number in (1, 2, 3, 4):
        files.append(tmp_path / f"{number}.json")
        ember(*command, "--format", format, "--shard", f"{number}/4", "--output", files[-1], "--jobs", number)
    merged = ember("merge", *reversed(files), "--format", format)
    assert merged == ember(*command, "--format", format)
    missing = ember("merge", files[0], files[3], "--format", format, fails=True)
    assert "of 4 shards 2 are missing: 2, 3" in missing


@pytest.mark.parametrize("format", ["table", "csv", "json", "html"])
def test_the_same_bytes_on_any_number_of_cores(ember, format):
    for command in (SWEEP, COMPARE):
        assert len({ember(*command, "--format", format, "--jobs", jobs) for jobs in (1, 2, 5)}) == 1


def test_foreign_shards_are_refused(ember, tmp_path):
    scenario = tmp_path / "mine.yaml"
    paths = [tmp_path / "1.json", tmp_path / "2.json"]
    for path, text in zip(paths, ["base: drift\nslots: 9\n", "base: drift\nslots: 9\ncontext: {retention: kept}\n"]):
        scenario.write_text(text)
        ember("compare", "--scenario", scenario, "--policies", "lru", "--shard", f"{path.stem}/2", "--output", path)
    told = ember("merge", *paths, fails=True)
    assert f"{paths[1]}: has another text or other requests of the scenario than {paths[0]}" in told
    assert f"{paths[0]}: is shard 1/2, as is {paths[0]}" in ember("merge", paths[0], paths[0], fails=True)
    assert f"{scenario}: is no result of a shard" in ember("merge", scenario, fails=True)
    assert "x.json: cannot be read" in ember("merge", "x.json", fails=True)


def test_other_requests_are_told_too(ember, traces, tmp_path):
    other = tmp_path / "traces"
    shutil.copytree(traces, other)
    with open(other / "azure-mooncake.csv", "a") as file:
        file.write("3600,a,,1,1\n")
    arguments = ["sweep", "--scenario", "csv-trace", "--vary", "slots=5,9", "--policies", "lru", "--seeds", 2]
    for number, folder in ((1, traces), (2, traces), (3, other)):
        ember(*arguments, "--traces", folder, "--shard", f"{number}/3", "--output", tmp_path / f"{number}.json")
    told = ember("merge", *(tmp_path / f"{number}.json" for number in (1, 2, 3)), fails=True)
    assert "3.json: has another text or other requests of the scenario than" in told
    ember(*arguments, "--traces", traces, "--shard", "3/3", "--output", tmp_path / "3.json")
    merged = ember("merge", *(tmp_path / f"{number}.json" for number in (1, 2, 3)))
    assert merged == ember(*arguments, "--traces", traces)


def test_a_page_about_time_needs_recordings(ember, tmp_path):
    ember(*COMPARE, "--shard", "1/1", "--output", tmp_path / "1.json")
    told = ember("merge", tmp_path / "1.json", "--format", "html", fails=True)
    assert "the shards have no recording for --format html; run them with --format html too" in told


def test_a_set_key_is_as_if_written_in_the_file(ember, tmp_path):
    copy = tmp_path / "paper.yaml"
    text = ember("scenario", "show", "paper").replace("budget: 324.25GB", "budget: 100GB").replace("zipf: 0.8", "zipf: 1")
    copy.write_text(text[: text.index("published:")])
    arguments = ["--policies", POLICIES, "--seeds", 2, "--format", "json"]
    written = ember("compare", "--scenario", copy, *arguments)
    assert written == ember(
        "compare", "--scenario", "paper", "--set", "memory.budget=100GB", "--set", "workload.zipf=1", *arguments)
    assert written != ember("compare", "--scenario", "paper", *arguments)


@pytest.mark.parametrize("arguments, message", [
    (["--set", "memory.budget=lots"], "flag --set: memory.budget: \"lots\""),
    (["--set", "memory"], 'flag --set: "memory" sets nothing; write a key, "=" and a value such as memory.budget=100GB'),
    (["--set", "models.p99.memory=1GB"], 'flag --set: models.p99.memory: "p99" is not among the models; did you mean'),
    (["--vary", "workload.zip=1,2"], "flag --vary: workload.zip: unknown key; did you mean zipf?"),
    (["--vary", "memory.budget=1GB..2GB"], 'flag --vary: "memory.budget=1GB..2GB" is no range; write first..last:count'),
    (["--vary", "memory.budget=1GB,1GB"], 'flag --vary: "memory.budget=1GB,1GB" has a value twice'),
    (["--vary", "slots=1,2", "--vary", "slots=3,4"], "flag --vary: slots: is varied twice"),
    (["--vary", "slots=1..9000:9000", "--vary", "memory.budget=1GB,2GB"], "flag --vary: makes more than 10000 points"),
    (["--vary", "slots=1,2", "--shard", "3/2"], 'flag --shard: "3/2" is no shard; write its number and how many'),
    (["--vary", "slots=1,2", "--policies", "lru,lru"], "--policies names a policy twice"),
])
def test_bad_arguments_are_told(ember, arguments, message):
    if "--vary" not in arguments:
        arguments = [*arguments, "--vary", "slots=5,6"]
    assert message in ember("sweep", "--scenario", "paper", *arguments, fails=True)
