"""The weekly report as PDF: typst sets it, in a folder that holds nothing but this report.

Texts reach typst as JSON, so that they are letters and never markup.
"""

import shutil
import tempfile
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import orjson
import typst

from charts.printed import FONTS
from errors import StoreFailed
from metrics.week.report import Report, evidence_of

_TEMPLATE = Path(__file__).parent / "report.typ"


def as_pdf(report: Report, *, now: datetime) -> bytes:
    """The document; `now` (UTC) is the date in it. Raises `StoreFailed` when it cannot be set."""
    with tempfile.TemporaryDirectory(prefix="benchbook-report-") as name:
        folder = Path(name)
        shutil.copy(_TEMPLATE, folder / "report.typ")
        (folder / "report.json").write_bytes(orjson.dumps(_data(report, folder)))
        try:
            made = typst.compile(
                folder / "report.typ", root=folder, font_paths=[FONTS],
                ignore_system_fonts=True, package_path=folder, package_cache_path=folder,
                timestamp=int(now.timestamp()),
            )  # fmt: skip
        except (RuntimeError, OSError) as error:
            raise StoreFailed(
                "report", "being set", "typst could not make the PDF; the HTML page has the same"
            ) from error
    return bytes(made)


def _data(report: Report, folder: Path) -> dict[str, object]:
    """What the template reads, with the pictures as files beside it."""
    pictures = []
    for place, one in enumerate(report.pictures):
        (folder / f"picture-{place}.svg").write_text(one.svg)
        pictures.append({"title": one.title, "alt": one.alt, "file": f"picture-{place}.svg"})
    tiles = [
        {"title": tile.title, "value": tile.value, "verdict": tile.verdict, "mood": tile.mood.value,
         "notes": list(tile.notes), "where": where}
        for tile, where in zip(report.told.tiles, evidence_of(report.told), strict=True)
    ]  # fmt: skip
    return {
        "title": report.title, "scope": report.scope, "headline": report.told.headline, "tiles": tiles,
        "pictures": pictures, "marks": list(report.marks), "marks_left_out": report.marks_left_out,
        "live": list(report.told.went_live), "alerts": [asdict(one) for one in report.alerts],
        "method": list(report.method), "made": report.made,
    }  # fmt: skip
