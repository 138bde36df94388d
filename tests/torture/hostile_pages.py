"""Hostile text on every page of the menu, in a real browser: no script runs, no other host is asked, pages work."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pages.menu import FIRST, MENU
from tests.pages.browser import CHROMIUM, chromium
from tests.receive.served import Served
from tests.torture import hostile
from tests.torture.attack import OneRound, Place, Skipped
from tests.torture.cells import runs_as_a_formula

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

SETTLED_MS = 90_000
"""A page of 10,000 spans on a busy machine."""
_PARTS = ("Messages", "Documents", "Scores", "Attributes")
_QUERIES: dict[str, tuple[str, ...]] = {
    "traces/trace": (
        f"trace={hostile.HOSTILE_TRACE}", f"trace={hostile.HOSTILE_TRACE}&table=true", f"trace={hostile.LONG_TRACE}",
        f"trace={hostile.MANY_TRACE}", f"trace={hostile.DEEP_TRACE}", "trace=<script>window.harmed=1</script>",
    ),
    "traces/session": ("session=s-hostile", "session=![x](https://evil.example/q.png)"),
    "traces/compare": (f"left={hostile.HOSTILE_TRACE}&right={hostile.MANY_TRACE}",),
    "traces/traces": ("window=all", "window=all&search=%3Cscript%3Ewindow.harmed%3D1%3C/script%3E"),
    "traffic/latency": ("window=all&table=true&group=model", "window=all&app=![x](https://evil.example/f.png)"),
    "traffic/cost": ("window=all&table=true&group=prompt+version",),
    "traffic/outcomes": ("window=all&by=tenant",),
}  # fmt: skip
"""Others are opened with everything they have: `window=all&table=true`."""


@dataclass(slots=True)
class Seen:
    """What a visit did that it should not."""

    fetched: set[str] = field(default_factory=set)
    dialogs: int = 0
    forbidden: set[str] = field(default_factory=set)


def visits() -> list[str]:
    """Every page of the menu, by listing it, with the queries that show most."""
    found = []
    for entry in (entry for entries in MENU.values() for entry in entries):
        path = "" if entry.script == FIRST else entry.script.split("/")[1]
        found += [f"/{path}?{query}" for query in _QUERIES.get(entry.script, ("window=all&table=true",))]
    return found


@contextmanager
def pages(place: Place) -> Iterator[OneRound]:
    """Each round opens one page; the browser blocks what goes to other hosts and tells."""
    if not CHROMIUM.exists():
        raise Skipped("no Chromium at /usr/bin/chromium")
    shell, told = hostile.filled(place.folder, place.dice("home"), large=True)
    for words in told:
        place.found(f"filling the home: {words}")
    app = Served(shell.home).start()
    order = place.dice("order").sample(visits(), len(visits()))
    try:
        with chromium() as browser:
            context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
            context.set_default_timeout(SETTLED_MS)
            page = context.new_page()
            _choose_a_name(page, app.url)
            page.close()

            def one_round() -> None:
                path = order[place.round % len(order)]
                page = context.new_page()
                seen = _watch(page, urlsplit(app.url).netloc)
                try:
                    _visit(place, page, app.url, path)
                    _judge(place, page, seen, path)
                finally:
                    page.close()
                place.count("pages opened")

            yield one_round
            context.close()
        place.expect("unforeseen" not in app.said(), "an error that nobody foresaw is in the app's log")
        place.expect("Traceback" not in app.said(), "a traceback is in the app's log")
    finally:
        app.close()


def _choose_a_name(page: "Page", url: str) -> None:
    page.goto(f"{url}/record")
    page.get_by_label("Your name").first.fill("Ana")
    page.keyboard.press("Enter")
    page.get_by_text("Ana, admin").first.wait_for()
    page.wait_for_timeout(1_000)  # the name is kept in a cookie


def _watch(page: "Page", host: str) -> Seen:
    seen = Seen()

    def meet(route: "Route") -> None:
        if urlsplit(route.request.url).netloc == host:
            route.continue_()
            return
        seen.fetched.add(urlsplit(route.request.url).netloc)
        route.abort()

    def hear(dialog: Any) -> None:
        seen.dialogs += 1
        dialog.dismiss()

    page.route(lambda url: url.startswith(("http", "ws")), meet)
    page.on("dialog", hear)
    page.on("console", lambda said: _heard(seen, said.text))
    return seen


def _heard(seen: Seen, said: str) -> None:
    """The policy had to stop something: the page tried."""
    if "Content Security Policy" in said and hostile.EVIL in said:
        seen.forbidden.add(hostile.EVIL)


def _visit(place: Place, page: "Page", url: str, path: str) -> None:
    from playwright.sync_api import Error

    try:
        page.goto(url + path)
        _settle(page)
        for name in _PARTS if path.startswith("/trace?") else ():
            button = page.get_by_role("radio", name=name, exact=True)
            if button.count():
                button.click()
                _settle(page)
        _download(place, page, path)
    except Error as error:
        place.found(f"{path.partition('?')[0]} cannot be used: {str(error).splitlines()[0][:120]} ({path[:60]})")


def _settle(page: "Page") -> None:
    page.wait_for_selector("h1, .labelling")  # the panel that people label in has no title
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_timeout(500)


def _download(place: Place, page: "Page", path: str) -> None:
    """The first table's CSV: no cell of it may be one that a spreadsheet calculates."""
    button = page.get_by_role("button", name="Download as CSV", exact=True).first  # ours, not the toolbar of a table
    if not button.count():
        return
    with page.expect_download(timeout=SETTLED_MS) as waiting:
        button.click()
    content = waiting.value.path().read_text(encoding="utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(content)) for cell in row]
    place.count("cells of downloads", len(cells))
    bad = [cell for cell in cells if runs_as_a_formula(cell)]
    place.expect(
        not bad, f"{path.partition('?')[0]}: {len(bad)} cells of its CSV are formulas, one begins {bad[:1]!r:.40}"
    )


_HARM = """() => {
  const below = (one) => one.shadowRoot ? all(one.shadowRoot) : []
  const all = (root) => [...root.querySelectorAll('*')].flatMap((one) => [one, ...below(one)])
  const loading = ['href', 'src', 'action', 'srcset', 'formaction', 'xlink:href', 'data', 'poster', 'background']
  const bad = []
  for (const one of all(document)) {
    for (const name of loading) {
      const said = one.getAttribute(name) || ''
      if (said.includes('evil.example') && !said.startsWith(location.origin)) bad.push(one.tagName + ' ' + name)
      if (/^\\s*javascript:/i.test(said)) bad.push(one.tagName + ' javascript')
    }
    if ((one.getAttribute('style') || '').includes('evil.example')) bad.push(one.tagName + ' style')
    if (['IFRAME', 'OBJECT', 'EMBED'].includes(one.tagName)) bad.push(one.tagName)
    if (one.tagName === 'STYLE' && one.textContent.includes('evil.example')) bad.push('STYLE')
    for (const kind of one.getAttributeNames()) if (kind.startsWith('on')) bad.push(one.tagName + ' ' + kind)
  }
  return [...new Set(bad)]
}"""


def _judge(place: Place, page: "Page", seen: Seen, path: str) -> None:
    where = path.partition("?")[0]
    if page.evaluate("window.harmed") is not None or seen.dialogs:
        place.found(f"{where}: a script of a trace ran ({path[:80]})", zero="scripts run")
    if seen.fetched:
        place.found(f"{where}: {', '.join(sorted(seen.fetched))} was asked ({path[:80]})", zero="remote fetches")
    place.expect(not seen.forbidden, f"{where}: only the security policy stopped a fetch ({path[:80]})")
    active = page.evaluate(_HARM)
    place.expect(not active, f"{where}: text of a trace became {', '.join(active)[:200]} ({path[:80]})")
    broken = (
        page.locator("[data-testid=stException]").count() + page.get_by_text("This page could not be drawn").count()
    )
    place.expect(not broken, f"{where}: the page could not be drawn ({path[:80]})")
