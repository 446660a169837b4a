"""Measure the widget against its goals: `python tests/browser/bench_widget.py`. Needs `npm install` in tests/ for Lighthouse.

Sizes are those of the served bytes. Times are medians with the processor slowed four times, on a page that holds nothing
else; Lighthouse looks at that page with the widget and without it.
"""

from __future__ import annotations

import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import brotli
from playwright.sync_api import Browser, CDPSession, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from chat import PAGE, Chat, host_page  # noqa: E402
from conftest import program  # noqa: E402
from stub import ROOT, Stub  # noqa: E402

ROUNDS = 7
SLOWER = 4
LIGHTHOUSE = ROOT / "tests" / "node_modules" / ".bin" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices")
# Marks the moment at which the launcher is first on the screen.
WATCH = """new MutationObserver(() => { const bot = document.querySelector("faq-bot");
  if (bot?.shadowRoot && !window.seen) requestAnimationFrame(() => (window.seen ||= performance.now())); }).observe(document, { childList: true, subtree: true });"""
OPEN = """() => new Promise((done) => { const start = performance.now();
  document.querySelector("faq-bot").shadowRoot.querySelector(".launcher").click();
  requestAnimationFrame(() => requestAnimationFrame(() => done([performance.now() - start, document.querySelector("faq-bot").shadowRoot.activeElement?.localName]))); })"""
SHIFTS = "new PerformanceObserver((list) => list.getEntries().forEach((each) => (window.shifts += each.hadRecentInput ? 0 : each.value))).observe({ type: 'layout-shift', buffered: true }); window.shifts = 0;"


def sizes(stub: Stub) -> Iterator[tuple[str, str, str]]:
    """The served script in three forms."""
    body = stub.script.body
    yield "script, brotli", f"{len(brotli.compress(body))} B", "<= 7000 B"
    yield "script, gzip", f"{len(gzip.compress(body, 9))} B", "<= 8000 B"
    yield "script, raw", f"{len(body)} B", "<= 28000 B"


def one_round(browser: Browser, stub: Stub) -> dict[str, float]:
    """A fresh visit with a slowed processor."""
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(WATCH + SHIFTS)
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    session.send("Performance.enable")
    chat = Chat(page, stub)
    page.goto(stub.origin + "/")
    page.wait_for_function("window.seen")
    opened, focused = page.evaluate(OPEN)
    assert focused == "textarea"
    chat.panel.locator("summary").wait_for()
    values = {"seen": page.evaluate("seen"), "opened": opened, "heap": heap(session), "shifts": page.evaluate("shifts")}
    page.goto(stub.origin + "/plain")
    page.locator("h1").wait_for()
    values["plain"] = heap(session)
    context.close()
    return values


def heap(session: CDPSession) -> float:
    """What scripts hold, in MB, with the garbage gone; the test driver's own part is in it."""
    session.send("HeapProfiler.collectGarbage")
    metrics = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
    return metrics["JSHeapUsedSize"] / 1e6


def times(browser: Browser, stub: Stub) -> Iterator[tuple[str, str, str]]:
    """What a visitor waits for, and what it takes."""
    stub.pages["/"] = (host_page(stub.origin), {})
    stub.pages["/plain"] = (PAGE.format(lang="en", head="", script="", tail=""), {})
    rounds = [one_round(browser, stub) for _ in range(ROUNDS)]
    middle = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
    yield f"launcher visible, processor {SLOWER}x slower", f"{middle['seen']:.0f} ms", "<= 420 ms"
    yield f"click to panel with the focus placed, {SLOWER}x", f"{middle['opened']:.0f} ms", "<= 35 ms"
    yield "heap with the panel open (page without it)", f"{middle['heap']:.1f} ({middle['plain']:.1f}) MB", "<= 1.6 MB"
    yield "layout shift", f"{max(each['shifts'] for each in rounds):.4f}", "0"


def lighthouse(address: str) -> dict[str, float]:
    """The scores of a page, and the script time of ours."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [
            str(LIGHTHOUSE), address, "--quiet", "--output=json", f"--output-path={report}", f"--only-categories={','.join(CATEGORIES)}",
            "--chrome-flags=--headless=new --no-sandbox",
        ]  # fmt: skip
        subprocess.run(command, check=True, env={**os.environ, "CHROME_PATH": program() or ""}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        data = json.loads(report.read_text(encoding="utf-8"))
    items = data["audits"]["bootup-time"]["details"]["items"]
    boot = sum(each["scripting"] + each["scriptParseCompile"] for each in items if each["url"].endswith("widget.js"))
    return {name: data["categories"][name]["score"] * 100 for name in CATEGORIES} | {"boot": boot}


def scores(stub: Stub) -> Iterator[tuple[str, str, str]]:
    """What the widget costs its host in Lighthouse's eyes."""
    stub.pages["/with"] = (host_page(stub.origin), {})
    stub.pages["/without"] = (PAGE.format(lang="en", head="", script="", tail=""), {})
    plain, ours = (lighthouse(stub.origin + path) for path in ("/without", "/with"))
    for name in CATEGORIES:
        yield f"Lighthouse {name}, change by the widget", f"{ours[name] - plain[name]:+.0f} (of {plain[name]:.0f})", "0"
    yield "script time by Lighthouse (0: below what it lists)", f"{ours['boot']:.0f} ms", "<= 25 ms"


def main() -> None:
    """Print the table."""
    stub = Stub()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=["--no-sandbox"])
        rows = [*sizes(stub), *times(browser, stub)]
        browser.close()
    if LIGHTHOUSE.exists():
        rows += scores(stub)
    stub.close()
    for name, value, goal in (("measure", "here", "goal"), *rows):
        print(f"{name:55} {value:>18}  {goal}")


if __name__ == "__main__":
    main()
