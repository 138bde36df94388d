"""The labelling panel in a bare page with a host that the test plays: what it is fed, what it sends."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from components.labelling import rubric_payload
from review.rubric.rubrics import Rubric, parse_rubric

HERE = Path(__file__).parents[2] / "components"
SCRIPT = (HERE / "labelling.js").read_text() + (HERE / "labelling_view.js").read_text()
STYLE = (HERE / "labelling.css").read_text()
_THEME = "--st-text-color:#31333f;--st-background-color:#fff;--st-primary-color:#2468a8"

RUBRIC = """
name = "r"
[[criteria]]
name = "help"
question = "Does it help?"
scale = "integer"
low = 1
high = 5
[[criteria]]
name = "why"
question = "What went wrong?"
scale = "category"
categories = ["facts", "tone"]
required = false
shown_if = { criterion = "help", values = [1, 2] }
[[criteria]]
name = "solved"
question = "Is it solved?"
scale = "yes_no"
"""


def criterion(scale: str) -> str:
    """A rubric of one question."""
    return f'name = "r"\n[[criteria]]\nname = "c"\nquestion = "Q?"\n{scale}\n'


def item(assignment: str, **said: Any) -> dict[str, Any]:
    """An open item; `said` replaces parts of what is shown."""
    shown = {
        "unit": "trace", "target": assignment, "before": [], "question": f"Question {assignment}",
        "answer": f"Answer {assignment}", "documents": [], "tool_calls": [], "turn": 1, "earlier_left_out": 0,
    } | said  # fmt: skip
    return {"assignment": assignment, "item": shown, "draft": None}


class Panel:
    """Feeds the panel and reads what it sent."""

    def __init__(self, page: Page, *items: dict[str, Any], rubric: str | Rubric = RUBRIC) -> None:
        self.page = page
        asked = parse_rubric(rubric) if isinstance(rubric, str) else rubric
        self.data: dict[str, Any] = {
            "sitting": "s", "rubric": rubric_payload(asked), "items": list(items), "acks": [], "more": False,
            "newcomer": False, "nothing": "All done.", "may_correct": True,
            "progress": {"done": 0, "of": 10, "today": 0, "per_hour": None},
        }  # fmt: skip
        page.set_content(_page())
        page.wait_for_function("window.ready")
        self.feed()

    def feed(self, **changes: Any) -> None:
        self.data |= changes
        self.page.evaluate("data => window.feed(data)", self.data)

    def ack(self, message: Mapping[str, Any], *, ok: bool = True, **said: Any) -> None:
        """Answer a message, beside what else is fed in `self.data`."""
        self.feed(acks=[*self.data["acks"], {"id": message["id"], "ok": ok, **said}])

    def sent(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Messages of a kind, each once, as it was sent last."""
        latest = {one["id"]: one for batch in self.page.evaluate("window.sent") for one in batch}
        return [one for one in latest.values() if kind in (None, one["kind"])]

    def type(self, keys: str, *, pause_ms: float = 0) -> None:
        """Press keys one by one; `>` is Enter."""
        for key in keys:
            self.page.keyboard.press("Enter" if key == ">" else key, delay=0)
            if pause_ms:
                self.page.wait_for_timeout(pause_ms)

    def pause(self) -> None:
        """Long enough for a burst of keys to be over."""
        self.page.wait_for_timeout(550)

    @property
    def shown(self) -> str | None:
        return self.page.locator(".labelling").get_attribute("data-item")

    @property
    def note(self) -> str:
        return self.page.locator(".note").inner_text()

    @property
    def status(self) -> str:
        return self.page.locator(".status").inner_text()

    @property
    def chosen(self) -> list[str]:
        """Words of the answers that are pressed."""
        return self.page.locator(".criterion:not([hidden]) button[aria-pressed=true] span").all_text_contents()


def _quoted(text: str) -> str:
    """A text as JavaScript that may stand within a script element."""
    return json.dumps(text).replace("</", "<\\/")


def _page() -> str:
    return f"""<!doctype html><html lang="en"><title>panel</title><body style="margin:0;{_THEME}">
    <main style="padding:16px"><div id="host"></div></main><input id="elsewhere"><script type="module">
    const source = {_quoted(SCRIPT)};
    const panel = await import(URL.createObjectURL(new Blob([source], {{ type: "text/javascript" }})));
    const shadow = document.getElementById("host").attachShadow({{ mode: "open" }});
    const style = document.createElement("style");
    style.textContent = {_quoted(STYLE)};
    const mount = document.createElement("div");
    mount.className = "mount";
    shadow.append(style, mount);
    window.sent = [];
    const setTriggerValue = (name, value) => window.sent.push(structuredClone(value.messages));
    window.feed = (data) => panel.default({{ data, parentElement: shadow, setTriggerValue }});
    window.ready = true;
    </script></body></html>"""
