"""Hostile text costs no more than it may, hides nothing by its length, and is masked whole where it costs too much."""

import itertools
import random
import time
from collections.abc import Callable

import pytest

from scrub import Policy, Scrubber, TextKind
from scrub.cache import NOTHING, Cache
from scrub.detection import CHUNK, Detector
from tests.scrub.scrubbing import KEY, SCRUBBER, kept

SEED = random.Random(5)  # noqa: S311  repeatable
HOSTILE: dict[str, Callable[[int], str]] = {
    "domains": lambda n: "a.a." * (n // 4),
    "addresses": lambda n: "a@a@" * (n // 4),
    "e-mail like": lambda n: "!#$%&'*+/=?^_`{|}~-a@x" * (n // 22),
    "single digits": lambda n: "1 " * (n // 2),
    "fours": lambda n: "4 " * (n // 2),
    "digit groups": lambda n: "123 456 " * (n // 8),
    "digits": lambda n: "4" * n,
    "integers": lambda n: " ".join(str(SEED.randint(10**9, 10**10)) for _ in range(n // 11)),
    "floats": lambda n: ",".join(repr(SEED.random()) for _ in range(n // 20)),
    "hex": lambda n: f"{SEED.getrandbits(4 * n):x}",
    "spaces": lambda n: " " * n,
    "line ends": lambda n: "\n" * n,
    "capitals": lambda n: "Aa " * (n // 3),
    "one word": lambda n: "A" * n,
    "initials": lambda n: "A. " * (n // 3),
    "names": lambda n: "Maria " * (n // 6),
    "passwords": lambda n: "password=" * (n // 9),
    "quotes": lambda n: '"' * n,
    "backslashes": lambda n: "\\" * n,
    "brackets": lambda n: "[" * n,
    "objects": lambda n: '{"a":' * (n // 5),
    "cut escaped json": lambda n: '{\\"token\\": \\"b' * (n // 15),
    "keys": lambda n: "-----BEGIN PRIVATE KEY" * (n // 22),
    "percent": lambda n: "%41" * (n // 3),
    "entities": lambda n: "&a;" * (n // 3),
    "zero width": lambda n: "\u200b" * n,
    "mixed alphabets": lambda n: "аa" * (n // 2),
    "streets": lambda n: "12 Main " * (n // 8),
    "hyphens in places": lambda n: ("12 Main Street " + ("A" + "-A" * 8 + " ") * 4 + "A. ") * (n // 90),
    "known numbers": lambda n: '{"account_number":"12345678","l":[' + ",".join(["12345678"] * (n // 9)) + "]}",
    "house numbers": lambda n: "\n1 Aa 1" * (n // 7),
    "ibans": lambda n: "GB82 " * (n // 5),
    "ip": lambda n: "1.2.3." * (n // 6),
    "colons": lambda n: "a:" * (n // 2),
    "cues": lambda n: "my name is " * (n // 11),
    "placeholders": lambda n: "<PERSON_1>" * (n // 10),
    "jwt": lambda n: "eyJaaaaaaaaa." * (n // 13),
    "base64": lambda n: "QUJDREVGR0hJ" * (n // 12),
    "base64 in lines": lambda n: ("QUJDREVGR0hJ" * 4 + "\n") * (n // 49),
    "base64 in paths": lambda n: "QUJDREVGR0hJ/" * (n // 13),
    "hexadecimal": lambda n: "41" * (n // 2) + "x",
    "digits and a letter": lambda n: "1" * n + "x",
    "digits with gaps": lambda n: "1 " * (n // 2) + "1x",
    "dotted fours": lambda n: "1234." * (n // 5),
    "plus": lambda n: "a=b+" * (n // 4),
    "percent of percent": lambda n: "%2525" * (n // 5),
    "half addresses": lambda n: "ann@exam " * (n // 9),
}


def _cost(text: str) -> float:
    """CPU seconds of a first look at the text."""
    best = float("inf")
    for _ in range(2):
        detector = Detector(Policy(), clock=lambda: 0.0)
        start = time.process_time()
        detector.spans(text, TextKind.PROSE)
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize("kind", list(HOSTILE))
def test_four_times_the_text_costs_about_four_times_as_much(kind: str) -> None:
    small, large = _cost(HOSTILE[kind](20_000)), _cost(HOSTILE[kind](80_000))
    assert large < 4 * 2.5 * max(small, 0.01)


def test_a_text_over_its_budget_is_masked_whole() -> None:
    ticks = itertools.count(step=10.0)
    scrubber = Scrubber(Policy(), KEY, clock=lambda: next(ticks))
    assert scrubber.text("ann@example.com and more").text == "<MASKED>"
    assert scrubber.data({"a": "ann@example.com"})[0] == {"a": "<MASKED>"}


@pytest.mark.parametrize("length", [CHUNK - 8, CHUNK, CHUNK + 7, 3 * CHUNK + 11, 10 * CHUNK])
@pytest.mark.parametrize("filler", ["x", "word ", "1 ", "😀"])
def test_the_tail_and_every_seam_are_searched(length: int, filler: str) -> None:
    text = (filler * length)[:length] + " ann@example.com"
    assert kept(text).endswith(" <EMAIL_1>")


def test_values_at_any_distance_from_a_seam_are_found_once() -> None:
    for shift in range(0, 700, 7):
        text = (
            "x " * ((CHUNK - 650 + shift) // 2)
            + "card 4111 1111 1111 1111, ann@example.com, +1 415 555 0132 "
            + "y " * 900
        )
        assert SCRUBBER.text(text).counts == {"CREDIT_CARD": 1, "EMAIL_ADDRESS": 1, "PHONE_NUMBER": 1}, shift


def test_a_private_key_longer_than_a_piece_is_masked_to_its_end() -> None:
    body = "".join(SEED.choice("ABCDEFGHIJ/+\n") for _ in range(9_000))
    key = f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----"
    assert kept("x " * 8_000 + key + " end") == "x " * 8_000 + "<SECRET> end"
    assert kept(key[:5_000]) == "<SECRET>"


def test_lone_surrogates_and_control_characters_are_no_reason_to_fail() -> None:
    assert kept("\ud800 \x00 ann@example.com \udfff") == "\ud800 \x00 <EMAIL_1> \udfff"


def test_the_cache_holds_places_only_and_a_bounded_number_of_them() -> None:
    cache = Cache(entries=10)
    for number in range(100):
        cache.put(cache.name(f"text {number}", ""), NOTHING)
    assert len(cache._young) + len(cache._old) <= 20
    assert cache.get(cache.name("text 99", "")) == NOTHING
    assert cache.get(cache.name("text 1", "")) is None
    assert Cache().name("text", "") != cache.name("text", "")
