"""The page at `/` in a real browser: what it shows, and every act of it."""

import os
import signal
import time

import pytest

from browser import NARROW, PARTS, WIDE, Page, browser
from ember_process import MINILM, ROOT, SMOLLM2, Ember, resident_bytes
from waiting import eventually

ENGINE = ROOT / "Tests/EndToEnd/answering_engine.py"
SECONDS = float(os.environ.get("EMBER_TEST_PAGE_SECONDS", "6"))
PICTURE = ROOT / "examples/ocr/sample.png"


def played(seconds=0.0, more=""):
    return f'{{command: [python3, {ENGINE}, "${{socket}}", "{seconds}"], memory: 60MB{more}}}'


CONFIG = f"""
memory: {{budget: 130MB}}
services:
  default: {{}}
  sentiment: {{context: given}}
models:
  talker: {played(more=", parallel: 2, kind: multimodal")}
  sleeper: {played(1.5)}
  vectors: {played(more=", serves: [embeddings]")}
  broken: {{command: [/no/such/program, "${{socket}}"], memory: 60MB}}
"""


@pytest.fixture(scope="module")
def chromium():
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Four played models, of which two fit; some requests have been answered."""
    with Ember(CONFIG, tmp_path_factory.mktemp("page")) as ember:
        for model in ("talker", "sleeper", "talker"):
            assert ember.chat(model)[0] == 200
        assert ember.request("/v1/embeddings", {"model": "vectors", "input": ["a"]})[0] == 200
        yield ember


@pytest.fixture
def page(chromium, server):
    with Page(chromium, server.url) as shown:
        yield shown


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_part_keeps_the_rules(chromium, server, width, theme):
    """axe-core's rules, contrast among them; nothing is wider than the window; nothing in the console."""
    with Page(chromium, server.url, width, theme) as shown:
        for part in PARTS:
            page = shown.open(part)
            page.get_by_role("heading", level=1).wait_for()
            assert shown.rule_breaks() == [], part
            assert shown.overflow() <= 0, part


def test_now_shows_memory_and_engines(page, server):
    shown = page.open("now")
    bar = shown.get_by_role("img", name="Memory:")
    bar.wait_for()
    server.request("/ember/v1/models/load?wait=true", {"model": "talker"})
    shown.locator(".membar .m-rest", has_text="talker").wait_for()
    row = shown.locator("tr", has_text="talker").first
    row.get_by_text("loaded").wait_for()
    taken = server.model("talker")["footprint_bytes"] / 2**20
    assert f"{taken:.1f}\u202fMiB" in row.inner_text()
    broken = shown.locator("tr", has_text="broken").first
    assert "failed" in broken.inner_text() and "/no/such/program" in broken.inner_text()
    # A model that leaves is gone from the bar.
    server.request("/ember/v1/models/unload?wait=true", {"model": "talker"})
    shown.locator(".membar .m-rest", has_text="talker").wait_for(state="detached")
    assert "No model names an upstream" in shown.locator("main").inner_text()


def test_an_engines_log(page):
    shown = page.open("now")
    shown.get_by_role("button", name="Log of talker").click()
    shown.locator(".log", has_text="the played engine starts").wait_for()
    shown.get_by_role("button", name="Close", exact=True).click()
    assert not shown.locator(".logs").is_visible()


def test_requests_are_listed_as_they_come_and_explained(page, server):
    shown = page.open("requests")
    known = shown.locator("tbody tr").count()
    status, headers, _ = server.chat("talker", stream=False)
    assert status == 200
    identity = headers["x-ember-request-id"]
    link = shown.get_by_role("link", name=identity[:8])
    link.wait_for()
    row = shown.locator("tbody tr", has=link)
    row.get_by_text("answered").wait_for()
    assert "talker" in row.inner_text() and "edge" in row.inner_text()
    assert shown.locator("tbody tr").count() == known + 1
    shown.get_by_label("Filter").fill("vectors")
    link.wait_for(state="detached")
    assert all("vectors" in text for text in shown.locator("tbody tr").all_inner_texts())
    shown.get_by_label("Filter").fill("no such request")
    shown.get_by_text("No request matches").wait_for()
    shown.get_by_label("Filter").fill("")
    shown.get_by_label("State", exact=True).select_option("refused")
    link.wait_for(state="detached")
    shown.get_by_label("State", exact=True).select_option("")
    link.click()
    decision = shown.locator(".decision")
    decision.get_by_text("What each place was expected to cost").wait_for()
    assert decision.locator("svg rect").count() > 0 and decision.locator("tr[data-chosen=yes]").count() == 1
    assert "is answered" in decision.inner_text() and identity in decision.inner_text()


def test_a_decision_shows_who_had_to_go(chromium, ember):
    # A server of its own: what a model was measured to take would let more of them fit.
    server = ember(f"memory: {{budget: 100MB}}\nmodels: {{one: {played()}, two: {played()}}}\n")
    assert server.chat("one")[0] == 200
    status, headers, _ = server.chat("two")
    assert status == 200
    with Page(chromium, server.url) as shown:
        page = shown.open(f"requests/{headers['x-ember-request-id']}")
        decision = page.locator(".decision")
        decision.get_by_text("Who was weighed for its memory").wait_for()
        goes = decision.locator("tr[data-chosen=victim]").all_inner_texts()
        assert len(goes) == 1 and goes[0].startswith("one goes")
        page.get_by_role("link", name="Now").click()
        page.locator(".decisions li", has_text="two admitted, evicting one").wait_for()


def test_an_unknown_decision_says_so(chromium, server):
    shown = Page(chromium, server.url)
    page = shown.open("requests/" + "0" * 32)
    page.get_by_text("No request with the id").wait_for()
    # The browser itself notes the 404.
    assert all("404" in problem for problem in shown.problems)
    shown.context.close()


def test_costs_are_drawn(page, server):
    shown = page.open("cost")
    server.chat("sleeper")
    chart = shown.get_by_role("img", name="Cost a minute, by term")
    chart.wait_for(timeout=30_000)
    assert chart.locator("polygon").count() > 0
    shown.get_by_role("img", name="Age of Context of what was evicted").wait_for()
    shown.get_by_text("Cost since the start, as figures").click()
    shown.get_by_role("columnheader", name="Evictions").wait_for()


def test_loading_and_unloading(page, server):
    shown = page.open("act")
    server.request("/ember/v1/models/unload?wait=true", {"model": "talker"})
    shown.get_by_role("button", name="Load talker", exact=True).click()
    page.notice("talker")
    eventually(lambda: server.model("talker")["status"] == "loaded")
    unload = shown.get_by_role("button", name="Unload talker", exact=True)
    unload.click()
    eventually(lambda: server.model("talker")["status"] == "unloaded")
    # What cannot be done now cannot be pressed.
    eventually(lambda: unload.is_disabled())


def test_measured_memory_is_forgotten_once_it_is_asked_twice(page, server):
    shown = page.open("act")
    forget = shown.get_by_role("button", name="Forget the measured memory of talker")
    forget.click()
    assert forget.inner_text() == "Really forget?"
    forget.click()
    page.notice("is forgotten")
    assert forget.inner_text() == "Forget"


def test_the_policy_is_changed(page, server):
    before = server.state()["policy"]
    shown = page.open("act")
    select = shown.get_by_role("combobox", name="Policy")
    select.select_option("lfu")
    shown.get_by_text("Evict the resident asked for least often").wait_for()
    shown.get_by_role("button", name="Use this policy").click()
    page.notice("The policy is lfu now")
    assert server.state()["policy"] == "lfu"
    shown.get_by_text("Now: lfu").wait_for()
    select.select_option(before)
    shown.get_by_role("button", name="Use this policy").click()
    page.notice(f"The policy is {before} now")


def test_the_configuration_is_read_again(page, server):
    shown = page.open("act")
    shown.get_by_role("button", name="Show what would change").click()
    shown.get_by_text("It would change:").wait_for()
    again = shown.get_by_role("button", name="Read the file again")
    again.click()
    shown.get_by_role("button", name="Really read it?").click()
    page.notice("has been read again")


def test_demonstrations_are_added_seen_and_deleted(page, server):
    shown = page.open("context")
    assert shown.get_by_role("combobox", name="Service").input_value() == "sentiment"
    shown.get_by_role("textbox", name="Prompt").fill("The film was a joy.")
    shown.get_by_role("textbox", name="Result").fill("positive")
    shown.get_by_role("button", name="Add", exact=True).click()
    page.notice("The demonstration is stored")
    row = shown.locator("tbody tr", has_text="The film was a joy.")
    row.wait_for()
    assert "positive" in row.inner_text() and "given" in row.inner_text()
    stored = server.request("/ember/v1/services/sentiment/demonstrations")[2]["demonstrations"]
    assert [d["prompt"] for d in stored] == ["The film was a joy."]
    row.get_by_role("button").click()
    row.get_by_text("Really delete?").click()
    row.wait_for(state="detached")
    assert server.request("/ember/v1/services/sentiment/demonstrations")[2]["demonstrations"] == []
    shown.get_by_text("There is no demonstration yet").wait_for()
    shown.get_by_role("combobox", name="Service").select_option("default")
    shown.get_by_text("keeps no demonstrations").wait_for()


def test_what_cannot_be_judged_is_said(chromium, server):
    shown = Page(chromium, server.url)
    page = shown.open("context")
    page.get_by_label("Request").fill("0" * 32)
    page.get_by_role("button", name="Judge").click()
    shown.notice("has left anything to be judged")
    shown.context.close()


def test_chatting(page):
    shown = page.open("try")
    shown.get_by_label("Model", exact=True).select_option("talker")
    shown.get_by_label("Message").fill("What is the capital of France?")
    shown.get_by_role("button", name="Send").click()
    answer = shown.locator(".turn").nth(1)
    answer.get_by_text("The capital of France is Paris.").wait_for()
    answer.get_by_text("served by edge").wait_for()
    shown.get_by_label("Picture").set_input_files(PICTURE)
    shown.get_by_label("Message").fill("And this?")
    shown.get_by_role("button", name="Send").click()
    shown.locator(".turn").nth(3).get_by_text("picture The capital").wait_for()
    assert shown.locator(".turn img").count() == 1
    shown.locator(".turn").nth(3).get_by_role("link", name="Why there?").click()
    shown.get_by_text("What each place was expected to cost").wait_for()


def test_the_nearest_texts(page):
    shown = page.open("try")
    shown.get_by_label("Text to compare").fill("aaa")
    shown.get_by_label("With these, one a line").fill("bbb\naab\naaa")
    shown.get_by_role("button", name="Compare").click()
    shown.locator(".nearest li").first.wait_for()
    lines = shown.locator(".nearest li").all_inner_texts()
    assert [line.split()[-1] for line in lines] == ["aaa", "aab", "bbb"] and lines[0].startswith("1.000")


def test_what_if(page, server):
    shown = page.open("whatif")
    shown.get_by_role("textbox", name="Memory").fill("50, 100, 200")
    shown.get_by_label("Money for the cloud").fill("1")
    shown.get_by_role("button", name="Compute").click()
    shown.get_by_text("Done.").wait_for(timeout=90_000)
    table = shown.get_by_role("region", name="Conditions and what they cost")
    rows = table.locator("tbody tr").all_inner_texts()
    assert "(now)" in rows[0] and any("regret-forecast" in row for row in rows) and any("none" in row for row in rows)
    assert shown.get_by_role("img", name="Cost an hour, by memory").locator("polyline").count() == 3
    assert shown.locator(".advice li").count() > 0
    assert page.rule_breaks() == []
    # What is asked of it is checked.
    shown.get_by_role("textbox", name="Memory").fill("much")
    shown.get_by_role("button", name="Compute").click()
    page.notice("write numbers")


def test_the_keyboard_is_enough(page):
    shown = page.open("now")
    shown.locator("body").press("Tab")
    assert shown.evaluate("document.activeElement.textContent") == "Skip to the content"
    shown.keyboard.press("Tab")
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.textContent") == "Requests"
    assert shown.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    shown.keyboard.press("Enter")
    shown.get_by_role("heading", name="Requests", level=1).wait_for()
    assert shown.evaluate("document.activeElement.id") == "main"


def test_the_theme_is_chosen_and_kept(page):
    shown = page.open("now")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = shown.evaluate(ground)
    theme = shown.get_by_role("button", name="Theme")
    theme.click()
    assert theme.inner_text() == "Theme: light" and shown.evaluate(ground) == light
    theme.click()
    assert theme.inner_text() == "Theme: dark" and shown.evaluate(ground) != light
    shown.reload()
    shown.get_by_text("live", exact=True).wait_for()
    assert shown.get_by_role("button", name="Theme").inner_text() == "Theme: dark"


KEYS = """
keys:
  - {key: key-of-ann, name: ann}
  - {key: key-of-bob, name: bob}
"""


def test_a_key_is_needed_and_shows_its_tenant_alone(chromium, ember):
    server = ember(CONFIG + KEYS)
    theirs = server.chat("talker", headers={"authorization": "Bearer key-of-bob"})[1]["x-ember-request-id"]
    own = server.chat("talker", headers={"authorization": "Bearer key-of-ann"})[1]["x-ember-request-id"]
    shown = Page(chromium, server.url)
    page = shown.page
    page.goto(server.url)
    page.get_by_role("heading", name="Log in").wait_for()
    assert shown.rule_breaks() == []
    page.get_by_role("textbox", name="Key").fill("key-of-eve")
    page.get_by_role("button", name="Log in").click()
    page.get_by_text("This key is not known").wait_for()
    page.get_by_role("textbox", name="Key").fill("key-of-ann")
    page.get_by_role("button", name="Log in").click()
    page.get_by_text("live", exact=True).wait_for()
    # The browser itself notes the 401 of the wrong key.
    assert all("401" in problem for problem in shown.problems)
    shown.problems.clear()
    assert page.evaluate("document.cookie") == "" and "key-of-ann" not in page.content()
    page.get_by_role("link", name="Requests").click()
    page.get_by_role("link", name=own[:8]).wait_for()
    assert page.get_by_role("link", name=theirs[:8]).count() == 0
    page.get_by_role("link", name="Act").click()
    page.get_by_role("button", name="Load sleeper", exact=True).click()
    shown.notice("sleeper")
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("heading", name="Log in").wait_for()
    assert shown.problems == []
    shown.context.close()


def test_without_recorded_events_there_is_no_what_if(chromium, ember):
    server = ember(CONFIG + "events: {record: false}\n")
    with Page(chromium, server.url) as shown:
        page = shown.open("whatif")
        page.get_by_text("does not record its events").wait_for()
        assert not page.get_by_role("button", name="Compute").is_visible()


def test_an_open_page_does_not_keep_ember_from_ending(chromium, ember):
    server = ember("drain_timeout: 60s\n" + CONFIG)
    shown = Page(chromium, server.url)
    page = shown.open("now")
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(30) == 0 and time.monotonic() - began < 20
    page.get_by_text("not connected").wait_for()
    shown.context.close()


def test_an_open_page_grows_nothing(chromium, server):
    """Under load: neither the page's elements and heap, nor Ember's memory. EMBER_TEST_PAGE_SECONDS makes it longer."""
    with Page(chromium, server.url) as shown:
        page = shown.open("requests")
        debugger = shown.context.new_cdp_session(page)
        sizes = []
        for _ in range(3):
            end = time.monotonic() + SECONDS / 3
            asked = 0
            while time.monotonic() < end or asked < 250:
                assert server.chat("talker")[0] == 200
                asked += 1
            debugger.send("HeapProfiler.collectGarbage")
            measured = debugger.send("Runtime.getHeapUsage")["usedSize"], debugger.send("Memory.getDOMCounters")["nodes"]
            sizes.append((*measured, resident_bytes(server.process)))
        (heap, nodes, memory), (last_heap, last_nodes, last_memory) = sizes[-2:]
        assert page.locator("tbody tr").count() <= 200
        assert last_heap < heap * 1.2 + 2**20 and last_nodes < nodes * 1.2 + 500, sizes
        assert last_memory < memory * 1.1 + 8 * 2**20, sizes


def test_with_real_models(chromium, ember):
    """A conversation that the engine holds is listed and forgotten; a picture is read."""
    server = ember(f"""
memory: {{budget: 700MB}}
models:
  small: {{path: {SMOLLM2}, context: 1024, parallel: 1}}
  minilm: {{path: {MINILM}, embeddings: true, context: 512}}
  ocr:
    kind: vision
    command: ["${{cache_dir}}/python/bin/python", {ROOT}/examples/ocr/worker.py, --socket, "${{socket}}", --models, "${{models_dir}}/ocr"]
    memory: 260MB
""")
    with Page(chromium, server.url) as shown:
        page = shown.open("try")
        page.set_default_timeout(60_000)
        page.get_by_label("Model", exact=True).select_option("small")
        page.get_by_label("Temperature").fill("0")
        page.get_by_label("Most tokens").fill("16")
        page.get_by_label("Message").fill("What is the capital of France? Answer in one word.")
        page.get_by_role("button", name="Send").click()
        page.locator(".turn").nth(1).get_by_text("Paris").wait_for()
        page.locator(".turn").nth(1).get_by_text("first token").wait_for()
        page.get_by_role("link", name="Context").click()
        row = page.locator("tbody tr", has_text="small")
        row.get_by_text("idle").wait_for()
        assert "Paris" not in page.content() and "France" not in page.content()
        row.get_by_role("button").click()
        row.get_by_text("Really forget?").click()
        shown.notice("Forgotten: 1 in memory")
        page.get_by_role("link", name="Try").click()
        page.get_by_label("Model", exact=True).select_option("ocr")
        page.get_by_label("Picture").set_input_files(PICTURE)
        page.get_by_role("button", name="Send").click()
        page.locator(".turn").nth(1).get_by_text("served by edge").wait_for()
        assert len(page.locator(".turn .words").nth(1).inner_text().splitlines()) >= 3
        page.get_by_role("button", name="Compare").click()
        page.locator(".nearest li").first.wait_for()
        assert page.locator(".nearest li").first.inner_text().split("\n")[-1] != "The stock market fell."
