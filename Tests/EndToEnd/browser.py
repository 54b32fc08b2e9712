"""A real browser on Ember's page: Debian's Chromium without a window, driven by Playwright."""

import contextlib
import os
import pathlib
import shutil

import axe_playwright_python
from playwright.sync_api import sync_playwright

AXE = (pathlib.Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
PARTS = ("now", "requests", "cost", "act", "context", "try", "whatif")
WIDE, NARROW = 1440, 390


def program():
    named = os.environ.get("EMBER_CHROMIUM")
    found = named or shutil.which("chromium") or shutil.which("google-chrome")
    assert found, "chromium is missing: run make setup-test, or name one in EMBER_CHROMIUM"
    return found


@contextlib.contextmanager
def browser():
    with sync_playwright() as playwright:
        # Its own sandbox needs rights that a test's user may lack; it opens nothing but Ember's page.
        chromium = playwright.chromium.launch(executable_path=program(), args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


class Page:
    """One open page, with what it has complained about."""

    def __init__(self, chromium, url, width=WIDE, theme="light"):
        self.url = url
        self.context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.problems = []
        self.page.on("console", lambda message: self.problems.append(message.text) if message.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.context.close()
        if kind is None:
            assert self.problems == []

    def open(self, part="now"):
        self.page.goto(f"{self.url}/#{part}")
        self.page.get_by_role("navigation").get_by_role("link").first.wait_for()
        self.page.get_by_text("live", exact=True).wait_for()
        return self.page

    def notice(self, text):
        """Waits for a message, and closes it."""
        note = self.page.locator(".notice", has_text=text)
        note.first.wait_for()
        note.first.get_by_role("button").click()

    def overflow(self):
        """By how many pixels it is wider than the window."""
        return self.page.evaluate("document.documentElement.scrollWidth - innerWidth")

    def rule_breaks(self):
        """What axe-core finds, as lines."""
        # Through the debugger: the page's own rules let no script in.
        self.page.evaluate(AXE)
        found = self.page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        return [f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]
