"""Measure the widget against its goals: `python tests/browser/bench_widget.py`. Needs `npm install` in tests/ for Lighthouse.

Sizes are those of the served bytes. Times are medians with the processor slowed four times, on a page that holds nothing
else; Lighthouse looks at that page with the widget and without it, three times in turn.
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
from typing import Any

import brotli
from playwright.sync_api import Browser, CDPSession, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from chat import PAGE, host_page  # noqa: E402
from conftest import program  # noqa: E402
from stub import ROOT, Stub  # noqa: E402

ROUNDS = 7
LIGHTHOUSE_ROUNDS = 3
SLOWER = 4
LIGHTHOUSE = ROOT / "tests" / "node_modules" / ".bin" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices")
# As it comes, Lighthouse leaves out scripts that take less than 50 ms.
CONFIG = "module.exports = {extends: 'lighthouse:default', audits: [{path: 'bootup-time', options: {thresholdInMs: 0}}]};"
# Marks the moment at which the launcher is first on the screen.
WATCH = """new MutationObserver(() => { const bot = document.querySelector("faq-bot");
  if (bot?.shadowRoot && !window.seen) requestAnimationFrame(() => (window.seen ||= performance.now())); }).observe(document, { childList: true, subtree: true });"""
LAUNCHER = """const root = document.querySelector("faq-bot").shadowRoot, launcher = root.querySelector(".launcher");"""
PLACE = f"(() => {{ {LAUNCHER} const {{ x, y }} = launcher.getBoundingClientRect(); return [x + 20, y + 20]; }})()"
# Asking for a size makes the browser lay the panel out at once; two frames later it is on the screen.
OPEN = f"""new Promise((done) => {{ {LAUNCHER} const start = performance.now();
  launcher.click(); root.querySelector(".panel").getBoundingClientRect(); const placed = root.activeElement?.localName === "textarea" && performance.now() - start;
  requestAnimationFrame(() => requestAnimationFrame(() => done([placed, performance.now() - start]))); }})"""
# A hand needs longer from reaching the launcher to pressing it than the browser needs to come to rest.
REST = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(() => done(1)))))"
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
SHIFTS = "new PerformanceObserver((list) => list.getEntries().forEach((each) => (window.shifts += each.hadRecentInput ? 0 : each.value))).observe({ type: 'layout-shift', buffered: true }); window.shifts = 0;"


def sizes(stub: Stub) -> Iterator[tuple[str, str, str]]:
    """The served script in three forms."""
    body = stub.script.body
    yield "script, brotli", f"{len(brotli.compress(body))} B", "<= 7000 B"
    yield "script, gzip", f"{len(gzip.compress(body, 9))} B", "<= 8000 B"
    yield "script, raw", f"{len(body)} B", "<= 28000 B"


def one_round(browser: Browser, stub: Stub) -> dict[str, float]:
    """A fresh visit with a slowed processor: first the page alone, then with the widget."""
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(WATCH + SHIFTS)
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    session.send("Performance.enable")
    values = {}
    page.goto(stub.origin + "/plain")
    values["plain heap"] = heap(session)
    values["painted"] = soon(session, PAINTED)
    page.goto(stub.origin + "/")
    values["seen"] = soon(session, "window.seen")
    page.mouse.move(*soon(session, PLACE))
    soon(session, REST)
    values["placed"], values["opened"] = soon(session, OPEN)
    assert values["placed"], "the focus is not in the panel"
    soon(session, """document.querySelector("faq-bot").shadowRoot.querySelector("summary") && 1""")
    values |= {"heap": heap(session), "shifts": soon(session, "[shifts]")[0]}
    context.close()
    return values


def soon(session: CDPSession, expression: str) -> Any:
    """The value of an expression once it has one; asked without the helpers that a test driver puts into a page."""
    wait = f"new Promise(async (done) => {{ let value; while (!(value = await ({expression}))) await new Promise(requestAnimationFrame); done(value); }})"
    answer = session.send("Runtime.evaluate", {"expression": wait, "awaitPromise": True, "returnByValue": True})
    return answer["result"]["value"]


def heap(session: CDPSession) -> float:
    """What scripts hold, in MB, with the garbage gone."""
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
    yield "... the same page without it, first paint", f"{middle['painted']:.0f} ms", ""
    yield f"click to panel with the focus placed, {SLOWER}x", f"{middle['placed']:.0f} ms", "<= 35 ms"
    yield "... to the second frame after it", f"{middle['opened']:.0f} ms", ""
    yield "heap with the panel open (page without it)", f"{middle['heap']:.2f} ({middle['plain heap']:.2f}) MB", "<= 1.6 MB"
    yield "layout shift", f"{max(each['shifts'] for each in rounds):.4f}", "0"


def lighthouse(address: str) -> dict[str, float]:
    """The scores of a page, and the script time of ours."""
    with tempfile.TemporaryDirectory() as folder:
        report, config = Path(folder) / "report.json", Path(folder) / "config.js"
        config.write_text(CONFIG, encoding="utf-8")
        command = [
            str(LIGHTHOUSE), address, "--quiet", f"--config-path={config}", "--output=json", f"--output-path={report}", f"--only-categories={','.join(CATEGORIES)}",
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
    rounds = [[lighthouse(stub.origin + path) for path in ("/without", "/with")] for _ in range(LIGHTHOUSE_ROUNDS)]
    plain, ours = ({name: statistics.median(each[name] for each in side) for name in side[0]} for side in zip(*rounds, strict=True))
    for name in CATEGORIES:
        yield f"Lighthouse {name}, change by the widget", f"{ours[name] - plain[name]:+.0f} (of {plain[name]:.0f})", "0"
    yield "script time by Lighthouse, processor 4x slower", f"{ours['boot']:.0f} ms", "<= 25 ms"


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
