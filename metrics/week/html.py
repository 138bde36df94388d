"""The weekly report as one HTML page: no script, nothing from elsewhere, every text escaped."""

import base64
from html import escape
from pathlib import Path

from metrics.week.report import AlertRow, Picture, Report, evidence_of
from metrics.week.tiles import Mood, Tile

_CSS = Path(__file__).parent / "report.css"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What a browser lets the page do: show itself."""
_SIGNS = {Mood.GOOD: "✓", Mood.BAD: "!", Mood.NEUTRAL: "="}
_COLUMNS = ("what", "since", "level", "owner", "who", "action")
_HEADS = ("Alert", "Since", "Level", "For", "Who has it", "What to do")


def as_html(report: Report) -> str:
    """The whole page."""
    tiles = "".join(_tile(tile, where) for tile, where in zip(report.told.tiles, evidence_of(report.told), strict=True))
    pictures = "".join(_picture(one) for one in report.pictures)
    live = "".join(f"<li>{escape(one)}</li>" for one in report.told.went_live) or "<li>nothing new</li>"
    method = "".join(f"<p>{escape(one)}</p>" for one in report.method)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width">
<title>{escape(report.title)}</title>
<style>{_CSS.read_text()}</style>
</head>
<body>
<main>
<h1>{escape(report.title)}</h1>
<p class="scope">{escape(report.scope)}</p>
<p class="headline">{escape(report.told.headline)}</p>
<section class="tiles" aria-label="Figures of the week">{tiles}</section>
<h2>The weeks before</h2>
<section class="pictures" aria-label="The weeks before">{pictures}</section>
{_marks(report)}
<h2>Went live in these two weeks</h2>
<ul>{live}</ul>
<h2>Alerts that are open</h2>
{_alerts(report.alerts)}
<h2>How to read this</h2>
{method}
<p class="made">{escape(report.made)}</p>
</main>
</body>
</html>
"""


def _marks(report: Report) -> str:
    """Which version each numbered line of the pictures is."""
    if not report.marks:
        return ""
    listed = "".join(f"<li>{escape(one)}</li>" for one in report.marks)
    said = f"Upright lines: a version went live; dotted, nobody registered it. {report.marks_left_out}"
    return f'<p class="made">{escape(said)}</p><ol class="marks">{listed}</ol>'


def _tile(tile: Tile, where: str) -> str:
    notes = "".join(f"<p>{escape(note)}</p>" for note in tile.notes)
    return (
        f'<article class="{tile.mood.value}"><h3>{escape(tile.title)}</h3><p class="value">{escape(tile.value)}</p>'
        f'<p class="verdict">{_SIGNS[tile.mood]} {escape(tile.verdict)}</p>{notes}'
        f'<p class="where">Evidence: {escape(where)}</p></article>'
    )


def _picture(one: Picture) -> str:
    """As an image, in which no browser runs or loads anything."""
    data = base64.b64encode(one.svg.encode()).decode()
    return (
        f"<figure><figcaption>{escape(one.title)}</figcaption>"
        f'<img src="data:image/svg+xml;base64,{data}" alt="{escape(one.alt)}"></figure>'
    )


def _alerts(rows: tuple[AlertRow, ...]) -> str:
    if not rows:
        return "<p>None.</p>"
    head = "".join(f'<th scope="col">{name}</th>' for name in _HEADS)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(getattr(row, name))}</td>" for name in _COLUMNS) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
