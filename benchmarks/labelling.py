"""What a reviewer waits for: key to the next item and key to "saved", alone and while others label.

    python -m benchmarks.labelling --sessions 0 20 --items 60

A Chromium labels with real keys; from the event's own time stamp to the frame in which the next item, or "saved", is
painted. The other reviewers are websocket clients that send and read what a browser does: an item every 5 seconds with
a draft half-way. All of it runs on this machine, the browser included; the load average is printed beside the figures.
The home holds a week of the sample data, each trace of it to be labelled by two people.
"""

import argparse
import asyncio
import hashlib
import json
import os
import random
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from playwright.sync_api import Page, sync_playwright

from benchmarks.labelling_clients import Client
from benchmarks.processes import ROOT, Served, benchbook, percentile
from review.people import register_locally
from settings import read_settings
from storage.ledger_database import Database

ITEM_SECONDS = 5.0
PLAN = """
name = "bench"
rubric = "answer-quality"
unit = "trace"
size = 400
strata = ["model"]
allocation = "proportional"
overlap_share = 1.0
"""
CHROMIUM = "/usr/bin/chromium"
WATCH = """root => {
  window.took = [];
  let mark = null;
  const painted = (then) => requestAnimationFrame(() => {
    const line = new MessageChannel();
    line.port1.onmessage = then;
    line.port2.postMessage(0);
  });
  const note = (name) => {
    const one = mark;
    if (!one || one[name] !== undefined) return;
    one[name] = null;
    painted(() => { one[name] = performance.now() - one.key; });
  };
  window.addEventListener("keydown", (event) => {
    if (event.key === "Enter") window.took.push(mark = { was: root.dataset.item, key: event.timeStamp });
  }, true);
  new MutationObserver(() => {
    if (mark && root.dataset.item && root.dataset.item !== mark.was) note("next");
    if (mark && root.dataset.settled === mark.was) note("saved");
  }).observe(root, { attributes: true });
}"""


def fill(home: Path, *, people: int) -> None:
    """A week of the sample data, a sample with every trace of it twice, and people."""
    benchbook(home, "ingest", str(ROOT / "sample_data" / "traces-2026-W46.jsonl.gz"))
    plan = home / "bench.toml"
    plan.write_text(PLAN)
    benchbook(home, "sample", str(plan), "--week", "2026-W46")
    ledger = Database(read_settings(home).ledger_url)
    for number in range(people):
        register_locally(ledger, f"Reviewer {number}", now=datetime.now(UTC), as_reviewer=True)
    ledger.close()


def cookie(home: Path, person: int) -> tuple[str, str]:
    """What the browser of a person brings, in local mode."""
    return f"benchbook_{hashlib.sha256(str(home).encode()).hexdigest()[:12]}", quote(f"Reviewer {person}", safe="")


class Others:
    """Reviewers at work in the background; use as a context manager."""

    def __init__(self, app: Served, sessions: int) -> None:
        self._clients = [
            Client(f"ws://127.0.0.1:{app.port}", "=".join(cookie(app.home, 1 + number)), ITEM_SECONDS)
            for number in range(sessions)
        ]
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run)
        self.failures: list[BaseException] = []

    def __enter__(self) -> Self:
        self._thread.start()
        time.sleep(ITEM_SECONDS * 2 if self._clients else 0)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def saved_ms(self) -> list[float]:
        """How long the clients' own submits took, sorted."""
        return sorted(ms for client in self._clients for ms in client.saved_ms)

    def _run(self) -> None:
        async def all_of_them() -> None:
            ended = await asyncio.gather(*(one.work(self._stop) for one in self._clients), return_exceptions=True)
            self.failures = [error for error in ended if isinstance(error, BaseException)]

        self._loop.run_until_complete(all_of_them())


def measured(page: Page, app: Served, *, items: int) -> list[dict[str, float]]:
    """Label `items` items by keys; milliseconds to the next item and to "saved" of each."""
    page.goto(f"http://127.0.0.1:{app.port}/label")
    panel = page.locator(".labelling[data-item]:not([data-item=''])")
    panel.wait_for()
    page.wait_for_timeout(2000)
    panel.evaluate(WATCH)
    for _ in range(items):
        for key in "45y":
            page.keyboard.press(key)
            page.wait_for_timeout(150)
        was = page.locator(".labelling").get_attribute("data-item")
        page.keyboard.press("Enter")
        page.locator(f".labelling[data-settled='{was}']").wait_for()
        page.wait_for_timeout(700 + 800 * random.random())
    took: list[dict[str, Any]] = page.evaluate("window.took")
    return [one for one in took if one.get("next") and one.get("saved")]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, nargs="+", default=[0, 20], help="others who label meanwhile")
    parser.add_argument("--items", type=int, default=60)
    parser.add_argument("--json", type=Path, help="also append the figures to this file")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder) / "home"
        home.mkdir()
        fill(home, people=1 + max(said.sessions))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for sessions in said.sessions:
            with Served(home=home) as app, Others(app, sessions) as others:
                context = browser.new_context(viewport={"width": 1440, "height": 900})
                name, value = cookie(home, 0)
                context.add_cookies([{"name": name, "value": value, "url": f"http://127.0.0.1:{app.port}"}])
                took = measured(context.new_page(), app, items=said.items)
                context.close()
            told = figures(sessions, took, others.saved_ms)
            print(told, *map(repr, others.failures[:3]), flush=True)
            if said.json:
                with said.json.open("a") as out:
                    out.write(json.dumps(told) + "\n")
        browser.close()


def figures(sessions: int, took: list[dict[str, float]], others_ms: list[float]) -> dict[str, float]:
    """p50 and p95 in milliseconds; `load` is the machine's average over the last minute."""
    told: dict[str, float] = {"sessions": sessions, "items": len(took)}
    for what in ("next", "saved"):
        sorted_ms = sorted(one[what] for one in took)
        told |= {f"{what}_{name}_ms": round(percentile(sorted_ms, share), 1) for name, share in _SHARES}
    told |= {f"others_saved_{name}_ms": round(percentile(others_ms, share), 1) for name, share in _SHARES}
    return told | {"others_items": len(others_ms), "load": round(os.getloadavg()[0], 1)}


_SHARES = (("p50", 0.5), ("p95", 0.95))

if __name__ == "__main__":
    main()
