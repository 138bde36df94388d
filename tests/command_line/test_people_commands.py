"""People and rubrics from a shell: the first admin, roles, versions; refusals with a reason and exit code 2."""

from pathlib import Path

import pytest

from tests.command_line.test_commands import Shell

RUBRIC = 'name = "tone"\n[[criteria]]\nname = "polite"\nquestion = "Is it polite?"\nscale = "yes_no"\n'


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_the_shell_makes_the_first_admin_changes_roles_and_lists_everybody(shell: Shell) -> None:
    assert shell.json("user", "add", "Ana", "--role", "admin", "--login", "Ana@Example.org") == {
        "name": "Ana", "role": "admin", "login": "ana@example.org",
    }  # fmt: skip
    shell.json("user", "add", "Ben")
    assert shell.json("user", "role", "Ben", "product owner")["role"] == "product_owner"
    assert shell.json("user", "remove", "Ben")["role"] == "none"

    assert shell.json("user", "list") == [
        {"name": "Ana", "role": "admin", "login": "ana@example.org"}, {"name": "Ben", "role": "none", "login": None},
    ]  # fmt: skip
    assert shell.run("user", "list").stdout.splitlines()[1].split() == ["Ana", "admin", "ana@example.org"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("user", "remove", "Ana"), "only admin"),
        (("user", "role", "Ben", "engineer"), "no person of that name"),
        (("user", "role", "Ana", "boss"), "a role is"),
        (("user", "add", "shell"), "nobody's name"),
        (("rubric", "show", "nothing"), "no such rubric"),
        (("rubric", "add", "nothing.toml"), "cannot be read"),
    ],
    ids=["last admin", "unknown person", "unknown role", "reserved name", "unknown rubric", "no file"],
)
def test_what_cannot_be_is_refused_with_a_reason(shell: Shell, words: tuple[str, ...], said: str) -> None:
    shell.json("user", "add", "Ana", "--role", "admin")

    assert said in shell.json(*words, expect=2)["error"]


def test_a_rubric_is_added_listed_and_shown_as_toml_that_adds_the_same(shell: Shell) -> None:
    path = shell.folder / "tone.toml"
    path.write_text(RUBRIC)
    assert shell.json("rubric", "add", str(path)) == {
        "name": "tone",
        "version": 1,
        "criteria": ["polite"],
        "replaced": {},
    }

    listed = shell.json("rubric", "list")
    assert [(row["name"], row["version"], row["frozen"]) for row in listed] == [
        ("answer-quality", 1, False), ("tone", 1, False),
    ]  # fmt: skip
    path.write_text(shell.run("rubric", "show", "tone").stdout)
    assert shell.json("rubric", "add", str(path))["version"] == 1


@pytest.mark.parametrize("toml", ["", '[access]\nmode = "proxy"\n'], ids=["local", "proxy"])
def test_it_is_not_served_to_others_while_nothing_proves_who_they_are(shell: Shell, toml: str) -> None:
    shell.home.mkdir()
    (shell.home / "benchbook.toml").write_text(toml)

    done = shell.run("serve", "--host", "0.0.0.0", "--port", "0")  # noqa: S104 - it must be refused

    assert done.returncode == 2
    assert "could be anybody" in done.stderr
    assert "--trust-network" in done.stderr


def test_a_sign_in_that_is_half_set_up_is_refused(shell: Shell) -> None:
    shell.home.mkdir()
    (shell.home / "benchbook.toml").write_text('[access]\nmode = "oidc"\nclient_id = "benchbook"\n')

    done = shell.run("user", "list")

    assert done.returncode == 2
    assert "needs server_metadata_url, client_secret, redirect_uri" in done.stderr


def test_the_state_is_said_in_words(shell: Shell) -> None:
    said = shell.run("status").stdout

    assert said.startswith("The app does not run on ")
    assert "0 spans" in said
    assert "none yet" in said
