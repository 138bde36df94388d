"""What a team looks for itself: expressions, lists of words, classes; and what happens when one of them is wrong."""

import base64
import logging
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from errors import UsageError
from scrub import Policy, Scrubber, TextKind, classes
from scrub.detection import CHUNK
from scrub.recogniser import FailedError
from scrub.team import BREAK_OFFS, REST_SECONDS, ClassRules
from settings.privacy import Scrub
from tests.scrub.scrubbing import KEY, kept
from tests.scrub.team_classes import LEAKED

HERE = "tests.scrub.team_classes"


def _with(**said: object) -> Scrubber:
    return Scrubber(Policy.from_settings(Scrub.model_validate(said)), KEY)


@pytest.mark.parametrize("kind", list(TextKind))
def test_listed_words_are_found_whole_in_any_case_and_spacing(kind: TextKind) -> None:
    scrubber = _with(deny={"PROJECT": ["Blue Heron", "heron-2", "C++ core", "#42x", "Straße"]})
    text = "blue  HERON, xblue heron, blue herons, Heron-2, heron-21, c++ CORE, #42x, 42x, STRAßE"
    clean = "<PROJECT_1>, xblue heron, blue herons, <PROJECT_2>, heron-21, <PROJECT_3>, <PROJECT_4>, 42x, <PROJECT_5>"
    assert kept(text, kind, scrubber) == clean


def test_listed_words_are_found_disguised_in_json_and_across_seams() -> None:
    scrubber = _with(deny={"PROJECT": ["Blue Heron"]})
    assert kept('{"a": ["blue heron", {"b": "x Blue\\nHeron"}]}', TextKind.DATA, scrubber).count("<PROJECT_1>") == 2
    assert kept("Ｂｌｕｅ Heron and blu\u200be heron", scrubber=scrubber) == "<PROJECT_1> and <PROJECT_1>"
    for shift in range(0, 40, 3):
        text = "y " * ((CHUNK - 20 + shift) // 2) + "Blue Heron " + "z " * 800
        assert scrubber.text(text).counts == {"PROJECT": 1}


def test_a_list_of_ten_thousand_words_finds_each() -> None:
    scrubber = _with(deny={"STAFF": [f"Crew {number}x" for number in range(10_000)]})
    assert kept("crew 7x, crew 9999x, crew 10000x", scrubber=scrubber) == "<STAFF_1>, <STAFF_2>, crew 10000x"


@pytest.mark.parametrize("kind", list(TextKind))
def test_a_class_of_presidios_kind_and_one_of_its_own_find_their_entities(kind: TextKind) -> None:
    scrubber = _with(classes=[f"{HERE}:Badges", f"{HERE}:Plain"])
    assert kept("B-1234, heron, maybe", kind, scrubber) == "<BADGE_1>, <PROJECT_1>, maybe"
    assert kept("<BADGE_1> heron", kind, scrubber) == "<BADGE_1> <PROJECT_1>"
    assert scrubber.failures == {}


def test_an_application_may_add_classes_and_words() -> None:
    own = {"bank": {"classes": [f"{HERE}:Badges"], "deny": {"PROJECT": ["osprey"]}}}
    scrubber = _with(deny={"PROJECT": ["heron"]}, apps=own)
    assert kept("heron osprey B-1234", scrubber=scrubber) == "<PROJECT_1> osprey B-1234"
    assert kept("heron osprey B-1234", scrubber=scrubber.for_app("bank")) == "<PROJECT_1> <PROJECT_2> <BADGE_1>"


@pytest.mark.parametrize("name", ["Raises", "Exits", "Outside", "Other"])
def test_a_class_that_fails_masks_the_text_whole_is_counted_and_tells_nothing(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    scrubber = _with(classes=[f"{HERE}:{name}"])
    with caplog.at_level(logging.WARNING):
        done = scrubber.data({"a": f"about {LEAKED}", "b": "nothing", "c": f"again {LEAKED} x"})
    assert done == ({"a": "<MASKED>", "b": "nothing", "c": "<MASKED>"}, {"MASKED": 2})
    assert scrubber.failures == {f"{HERE}:{name}": 2}
    assert len(caplog.records) == 1
    assert name in caplog.text
    assert LEAKED not in caplog.text


@pytest.mark.parametrize("name", ["Spins", "Waits", "Swallows", "Renames", "Backtracks"])
def test_a_class_that_never_returns_is_broken_off_and_the_text_is_masked_whole(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(classes, "CLASS_PATIENCE_SECONDS", 0.2)
    before = signal.getsignal(signal.SIGALRM)
    scrubber = _with(classes=[f"{HERE}:{name}"])
    done = scrubber.data({"a": f"about {LEAKED}", "b": "nothing"})
    assert done == ({"a": "<MASKED>", "b": "nothing"}, {"MASKED": 1})
    assert scrubber.failures == {f"{HERE}:{name}": 1}
    assert "TimeoutError" in caplog.text
    assert signal.getsignal(signal.SIGALRM) is before


@pytest.mark.parametrize("name", ["HangsWhenMade", "HangsWhenTried"])
def test_a_class_that_does_not_return_at_start_is_refused_by_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classes, "CLASS_PATIENCE_SECONDS", 0.2)
    with pytest.raises(UsageError, match=rf"{HERE}:{name} did not return within 0\.2 s"):
        _with(classes=[f"{HERE}:{name}"])


def test_a_class_that_is_broken_off_again_and_again_is_left_alone_for_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classes, "CLASS_PATIENCE_SECONDS", 0.2)
    now = 0.0
    one, another = (ClassRules(f"{HERE}:Waits", clock=lambda: now) for _ in range(2))
    for _ in range(BREAK_OFFS - 1):
        with pytest.raises(FailedError):
            list(one.find(LEAKED))
    assert list(one.find("asked, and answers")) == []
    for _ in range(BREAK_OFFS):
        with pytest.raises(FailedError):
            list(one.find(LEAKED))
    with pytest.raises(FailedError):
        list(another.find("not asked, for it would answer"))
    now = REST_SECONDS
    with pytest.raises(FailedError):
        list(one.find(LEAKED))
    with pytest.raises(FailedError):
        list(one.find("not asked, for it hung once more"))
    now = 2 * REST_SECONDS
    assert list(another.find("asked again, and answers")) == []
    assert list(one.find("asked again, and answers")) == []


def test_a_text_that_is_masked_whole_is_not_searched_for_encoded_words() -> None:
    scrubber = _with(classes=[f"{HERE}:Raises"])
    encoded = base64.b64encode(f"something about {LEAKED}".encode()).decode()
    assert kept(f"see {encoded}", scrubber=scrubber) == "see <MASKED>"
    assert kept(f"{LEAKED}: {encoded} again", scrubber=scrubber) == "<MASKED>"
    assert scrubber.failures == {f"{HERE}:Raises": 2}


def test_a_class_is_asked_in_other_threads_too() -> None:
    scrubber = _with(classes=[f"{HERE}:Plain"])
    with ThreadPoolExecutor(1) as beside:
        assert beside.submit(scrubber.text, "a heron").result().counts == {"PROJECT": 1}


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (
            {"classes": ["nowhere.at.all:Badges"]},
            r"scrub\.classes: nowhere\.at\.all:Badges: there is no module nowhere",
        ),
        ({"classes": [f"{HERE}:Nobody"]}, "Nobody cannot be used: AttributeError"),
        ({"classes": [f"{HERE}:NeedsWords"]}, "NeedsWords cannot be used: AttributeError"),
        ({"classes": [f"{HERE}:NeedsAnArgument"]}, "NeedsAnArgument cannot be used: TypeError"),
        ({"classes": [f"{HERE}:BadlyNamed"]}, "BadlyNamed: an entity is named in capitals"),
        ({"classes": ["Badges"]}, "no `module:Class`"),
        ({"patterns": {"badge": "x"}}, r"scrub\.patterns\.badge: an entity is named in capitals"),
        ({"patterns": {"BADGE_1": "x"}}, "an entity is named in capitals"),
        ({"patterns": {"BADGE": "("}}, "BADGE is not a regular expression"),
        ({"deny": {"a b": ["x"]}}, r"scrub\.deny\.a b: an entity is named in capitals"),
        ({"deny": {"A": ["--"]}}, "every entry needs a letter"),
        ({"apps": {"x": {"classes": [f"{HERE}:Nobody"]}}}, "Nobody cannot be used"),
    ],
)
def test_what_cannot_be_used_is_refused_when_the_policy_is_read(said: dict[str, object], fault: str) -> None:
    with pytest.raises(UsageError, match=fault):
        Policy.from_settings(Scrub.model_validate(said))


def test_the_version_changes_with_the_file_of_a_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "team_of_version.py"
    written = f"from {HERE} import Badges\n"
    file.write_text(written)
    policy = Policy.from_settings(Scrub(classes=["team_of_version:Badges"]))
    before = policy.version
    file.write_text(written + "# changed\n")
    assert policy.version != before


@pytest.mark.parametrize(("name", "code", "said"), [("Raises", 0, "<MASKED>"), ("Nobody", 2, "cannot be used")])
def test_the_command_line_says_what_is_wrong_with_a_class(tmp_path: Path, name: str, code: int, said: str) -> None:
    (tmp_path / "p.toml").write_text(f'[scrub]\nclasses = ["{HERE}:{name}"]\n')
    done = subprocess.run(
        [sys.executable, "-m", "cli", "scrub", "-", "--policy", str(tmp_path / "p.toml")],
        input=f"about {LEAKED}", capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == code
    assert said in done.stdout + done.stderr
    assert LEAKED not in done.stdout + done.stderr
    if code == 0:
        assert f"{HERE}:{name} failed: the text is masked whole" in done.stderr
