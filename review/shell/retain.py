"""`benchbook retain`: delete now what is older than the rules keep, as the app does in its pauses."""

from typing import Annotated

import typer

from printing import HomeOption, JsonOption, show
from settings import read_settings


def retain(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and leave it.")] = False,  # noqa: FBT002
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Delete what is older than [retention] in benchbook.toml keeps; what a legal hold covers stays."""
    from review.rights.went import in_words
    from storage import desk

    done = desk.retain(read_settings(home), dry_run=dry_run)
    verb = "would go" if dry_run else "deleted"
    lines = [
        f"{one['rule']}: skipped, {one['skipped']}"
        if one.get("skipped")
        else f"{one['rule']}: {'texts of ' if one['what'] == 'texts' and (one['traces'] or one.get('scores')) else ''}"
        f"{in_words(one)} {verb}" + (f", {one['held']:,} held" if one["held"] else "")
        for one in done
    ]
    show(done, lines or ["No rule: nothing is deleted by age. See [retention] in docs/rights.md"], json=json)
    return 0
