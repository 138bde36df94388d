"""`benchbook rubric add | list | show`: the questions that reviewers answer, as TOML files."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from printing import HomeOption, JsonOption, columns, show
from review.shell.user import opened_database
from settings import read_settings

app = typer.Typer(help="Rubrics: what reviewers are asked.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="A rubric in TOML; `benchbook rubric show answer-quality` is one.")],
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Keep a rubric as the next version of its name; the same again changes nothing."""
    from errors import UsageError
    from review.people import SHELL
    from review.rubric.personal import in_words, without_personal
    from review.rubric.rubrics import parse_rubric, save_rubric
    from review.shell.queue import words_of

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read") from error
    wanted, replaced = without_personal(parse_rubric(text), words_of(read_settings(home)))
    with opened_database(home) as database:
        kept = save_rubric(database, wanted, by=SHELL, now=dt.datetime.now(dt.UTC))
    criteria = [one.name for one in kept.criteria]
    said = {"name": kept.name, "version": kept.version, "criteria": criteria, "replaced": replaced}
    lines = [f"{kept.name} version {kept.version}: {', '.join(criteria)}", in_words(replaced)]
    show(said, filter(None, lines), json=json)
    return 0


@app.command("list")
def list_(home: HomeOption = None, json: JsonOption = False) -> int:  # noqa: FBT002
    """All versions of all rubrics, and whether they are frozen because somebody labelled with them."""
    from review.rubric.rubrics import ensure_builtin, rubrics

    with opened_database(home) as database:
        ensure_builtin(database, dt.datetime.now(dt.UTC))
        kept = rubrics(database)[["name", "version", "unit", "criteria", "samples", "submissions", "frozen"]]
    rows = kept.to_dict("records")
    head = ("NAME", "VERSION", "UNIT", "CRITERIA", "SAMPLES", "LABELLED", "")
    lines = columns(head, [(*list(row.values())[:-1], "frozen" if row["frozen"] else "") for row in rows])
    show(rows, lines, json=json)
    return 0


@app.command("show")
def show_(
    name: Annotated[str, typer.Argument(help="A rubric's name.")],
    version: Annotated[int | None, typer.Option(min=1, help="The newest when not said.")] = None,
    home: HomeOption = None,
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """A rubric as TOML, to read, copy and change."""
    from review.rubric.files import definition
    from review.rubric.rubrics import ensure_builtin, rubric, toml_of

    with opened_database(home) as database:
        ensure_builtin(database, dt.datetime.now(dt.UTC))
        found = rubric(database, name, version)
    show({"version": found.version, **definition(found)}, toml_of(found).splitlines(), json=json)
    return 0
