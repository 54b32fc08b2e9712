"""The HTML report: well-formed, self-contained, with the numbers of the JSON, and quiet in a browser."""

import html.parser
import json
import re
import shutil
import subprocess

import pytest

VOID = {"meta", "link", "br", "img", "input", "hr"}
COMPARE = ["compare", "--scenario", "paper", "--seeds", 3]
SWEEP = [
    "sweep", "--scenario", "paper", "--set", "slots=30", "--vary", "memory.budget=100GB,200GB,400GB",
    "--vary", "workload.zipf=0.6,1", "--policies", "least-context-gated,cloud,lru", "--seeds", 3,
]


class Page(html.parser.HTMLParser):
    """Checks that tags are closed in order, and gathers what tests ask for."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.references, self.data, self.rows = [], [], [], [], {}
        self.row = None
        self.feed(text)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.handle_startendtag(tag, attributes.items())
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append((tag, attributes))
        self.references += [attributes[key] for key in ("href", "src", "xlink:href", "srcset") if key in attributes]
        if tag == "tr":
            self.row = self.rows.setdefault(attributes.get("data-policy"), [])
        if tag == "data":
            self.data.append(float(attributes["value"]))
            self.row.append(self.data[-1])

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> at {self.getpos()}"


@pytest.fixture(scope="module")
def page(ember):
    return Page(ember(*COMPARE, "--format", "html"))


def measures(row):
    return [(row[key], row[key + ".sd"]) for key in row if key != "policy" and not key.endswith(".sd")]


def test_the_numbers_are_those_of_the_json(ember, page):
    for row in json.loads(ember(*COMPARE, "--format", "json"))["rows"]:
        assert page.rows[row["policy"]] == [figure for pair in measures(row) for figure in pair]


def test_published_figures_are_there(page):
    assert 25.67 in page.rows[None] and 0.0076 in page.rows[None]


def test_a_sweeps_numbers_are_those_of_the_json(ember):
    page = Page(ember(*SWEEP, "--format", "html"))
    points = json.loads(ember(*SWEEP, "--format", "json"))
    # Student's t of 95 % for two degrees of freedom.
    expected = [
        figure for point in points for row in point["rows"]
        for figure in (row["total"], 4.302652729911275 * row["total.sd"] / 3**0.5)
    ]
    assert page.data == pytest.approx(expected, rel=1e-9)
    assert [tag for tag, _ in page.tags].count("svg") == 2


@pytest.mark.parametrize("arguments", [COMPARE, SWEEP, ["simulate", "--scenario", "drift", "--policy", "lru"]])
def test_nothing_comes_from_elsewhere(ember, arguments):
    text = ember(*arguments, "--format", "html")
    page = Page(text)
    assert not re.search(r"https?://|//[a-z]|@import|url\(", text.replace("http://www.w3.org/", ""))
    assert page.references == ["data:,"]
    assert not {"script", "iframe", "object", "embed", "img"} & {tag for tag, _ in page.tags}


def test_it_can_be_read_aloud(page):
    for tag, attributes in page.tags:
        if tag == "svg":
            assert attributes["role"] == "img" and attributes["aria-label"]
        if tag == "th":
            assert attributes["scope"] in ("row", "col")
    names = [tag for tag, _ in page.tags]
    assert names.count("table") == names.count("caption") == 1
    assert ("html", {"lang": "en"}) in page.tags
    # Cost, edge ratio, cost over time, and a timeline for each policy.
    assert names.count("svg") == 3 + len(page.rows.keys() - {None})


def test_names_are_escaped(ember, tmp_path):
    scenario = tmp_path / "a&b<i>.yaml"
    scenario.write_text('base: paper\nslots: 5\nsummary: "<script>alert(1)</script> & \\"more\\""\n')
    text = ember("compare", "--scenario", scenario, "--policies", "lru", "--seeds", 1, "--format", "html")
    assert "<script" not in text and "<i>.yaml" not in text
    Page(text)


@pytest.mark.parametrize("settings", [
    ["slots=1"], ["slots=1", "workload.requests=0"], ["workload.requests=0"], ["memory.budget=1"], ["slots=1001"],
    ["defaults.costs.cloud=1000000000", "defaults.costs.transmission=1000000000"], ["defaults.costs.cloud=1e-300"],
])
def test_odd_scenarios_make_pages_too(ember, settings):
    settings = [word for setting in settings for word in ("--set", setting)]
    text = ember("compare", "--scenario", "paper", *settings, "--seeds", 1, "--format", "html")
    Page(text)
    assert not re.search(r'="[^"]*\b(nan|inf)\b', text)


@pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed")
@pytest.mark.parametrize("arguments", [COMPARE, SWEEP], ids=["compare", "sweep"])
def test_a_browser_has_no_complaints(ember, tmp_path, arguments):
    ember(*arguments, "--format", "html", "--output", tmp_path / "report.html")
    done = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0", "--dump-dom",
         f"--user-data-dir={tmp_path}/profile", (tmp_path / "report.html").as_uri()],
        capture_output=True, text=True, timeout=120)
    assert done.returncode == 0
    assert "CONSOLE" not in done.stderr
    assert "<h1>paper</h1>" in done.stdout
