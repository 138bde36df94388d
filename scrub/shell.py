"""`benchbook scrub`: what scrubbing would replace in a text, to tune a policy on samples of one's own."""

import json as standard
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from errors import UsageError
from printing import HomeOption, JsonOption, printable
from scrub.policy import Policy
from settings import read_scrub, read_settings
from settings.privacy import Scrub

if TYPE_CHECKING:
    from scrub.engine import Scrubber

_KEY_OF_SAMPLES = b"\0" * 32
"""Numbers are put in the place of all tags before anything is shown, so this key protects nothing."""

Surface = Literal["prose", "tool", "document", "json"]
LinesOption = Annotated[bool, typer.Option("--jsonl", help='An object with "text" a line; one comes out for each.')]


def scrub(  # noqa: PLR0913, PLR0917 - options of a command
    file: Annotated[str, typer.Argument(help="A file, or - for standard input.")] = "-",
    jsonl: LinesOption = False,  # noqa: FBT002
    surface: Annotated[Surface, typer.Option(help="What the text is: people's words are searched strictly.")] = "prose",
    policy: Annotated[
        Path | None, typer.Option(help="A file like benchbook.toml with a section [scrub] [the home's].")
    ] = None,
    app: Annotated[str | None, typer.Option(help="As texts of this application: [scrub.apps.NAME] counts too.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Show what scrubbing replaces in a text. Nothing is kept.

    Entities have places in code points of the input. With --jsonl each line is a text of its own, a blank one an empty
    text; with --json too, what comes out is one list.
    """
    from scrub.engine import Scrubber  # brings Presidio
    from scrub.model_cost import tell_cost
    from scrub.sample import shown

    said_policy = Policy.from_settings(_policy(policy, home))
    tell_cost(said_policy)
    _tell_app(said_policy, app)
    scrubber = Scrubber(said_policy, _KEY_OF_SAMPLES)
    of_app = scrubber.for_app(app)
    if jsonl:
        each = (shown(of_app, said, surface).as_json() for said in _lines(_chunks(file)))
        if json:
            sys.stdout.write(standard.dumps(list(each)) + "\n")
        else:
            sys.stdout.writelines(standard.dumps(one) + "\n" for one in each)
        return _tell_failures(scrubber)
    text = b"".join(_chunks(file)).decode("utf-8", "replace")
    done = shown(of_app, text, surface)
    if json:
        shown_whole = {**done.as_json(), "rules": scrubber.version, "failed": scrubber.failures,
                       "of_app": app if app in said_policy.apps else None}  # fmt: skip
        sys.stdout.write(standard.dumps(shown_whole) + "\n")
        return 0
    clean = done.text if not sys.stdout.isatty() else "\n".join(map(printable, done.text.split("\n")))
    sys.stdout.write(clean if clean.endswith("\n") else f"{clean}\n")
    counts = Counter(span.entity for span in done.found)
    said = ", ".join(f"{n} {entity}" for entity, n in counts.most_common()) or "nothing"
    sys.stderr.write(f"replaced: {said} (rules {scrubber.version})\n")
    if done.languages:
        codes = ", ".join(done.languages)
        sys.stderr.write(f"some of it is in a language that scrub.languages does not name ({codes}): look yourself\n")
    return _tell_failures(scrubber)


def _tell_failures(scrubber: "Scrubber") -> int:
    """The recognisers of the team's own that failed; what they failed on is masked, so it is done all the same."""
    for named in scrubber.failures:
        sys.stderr.write(f"{named} failed: the text is masked whole\n")
    return 0


def _tell_app(policy: Policy, app: str | None) -> None:
    """Say it when an application has no section of its own: a name that is spelt wrongly looks like one."""
    if app is not None and app not in policy.apps:
        there = ", ".join(map(printable, sorted(policy.apps))) or "none"
        told = (
            f"{printable(app)} has no section [scrub.apps] of its own, so the policy of all counts; with one: {there}"
        )
        sys.stderr.write(f"{told}\n")


def _policy(file: Path | None, home: Path | None) -> Scrub:
    """Of the file; else of the home, which is not made for this; else the default."""
    if file:
        return read_scrub(file)
    where = home or Path(os.environ.get("BENCHBOOK_HOME") or "home")
    return read_settings(where).scrub if where.is_dir() else Scrub()


def _chunks(file: str) -> Iterator[bytes]:
    """The lines of the input as they are, ends included."""
    if file == "-":
        yield from sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as opened:
            yield from opened
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error


def _lines(raw: Iterable[bytes]) -> Iterator[str]:
    """The text of each line; of a blank one none, so that what comes out stays beside what went in."""
    for number, line in enumerate(raw, start=1):
        if not line.strip():
            yield ""
            continue
        try:
            said = standard.loads(line)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict) or not isinstance(said.get("text"), str):
            raise UsageError(f'line {number} is no JSON object with a "text"')
        yield said["text"]
