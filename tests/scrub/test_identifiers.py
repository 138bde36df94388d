"""Keyed hashes that stand for people, sessions, join keys and content."""

import re

import pytest

from scrub import Policy, Scrubber
from tests.scrub.scrubbing import SCRUBBER

OTHER_HOME = Scrubber(Policy(), b"j" * 32)


@pytest.mark.parametrize(("field", "prefix"), [("user_id", "u_"), ("session_id", "s_"), ("author", "a_")])
def test_a_person_or_session_becomes_a_keyed_hash(field: str, prefix: str) -> None:
    done = SCRUBBER.identifier("ann@example.com", field)
    assert re.fullmatch(rf"{prefix}[a-z2-7]{{20}}", done)
    assert done == SCRUBBER.identifier("ann@example.com", field)
    assert done != OTHER_HOME.identifier("ann@example.com", field)


def test_the_same_value_in_two_fields_cannot_be_linked() -> None:
    assert SCRUBBER.identifier("x", "user_id")[2:] != SCRUBBER.identifier("x", "session_id")[2:]


def test_a_hash_of_an_export_of_ours_stays() -> None:
    done = SCRUBBER.identifier("ann", "user_id")
    assert SCRUBBER.identifier(done, "user_id") == done
    assert SCRUBBER.identifier(done, "session_id") != done


def test_no_identifier_stays_none() -> None:
    assert SCRUBBER.identifier("", "user_id") == ""


@pytest.mark.parametrize(
    "key",
    ["4bf92f3577b34da6a3ce929d0e0e4736", "123e4567-e89b-12d3-a456-426614174000", "call_AbC123", "tr-1", "9876543210"],
)
def test_an_id_stays_as_rows_are_joined_by_it(key: str) -> None:
    assert SCRUBBER.join_key(key) == key


@pytest.mark.parametrize("key", ["chat of ann@example.com", "123-45-6789", "for Maria Lopez"])
def test_an_id_with_personal_data_in_it_becomes_a_hash(key: str) -> None:
    done = SCRUBBER.join_key(key)
    assert re.fullmatch(r"k_[a-z2-7]{20}", done)
    assert done == SCRUBBER.join_key(key)
    assert SCRUBBER.join_key(done) == done


def test_a_digest_depends_on_content_and_key() -> None:
    assert SCRUBBER.digest("é") == SCRUBBER.digest("é".encode())
    assert len({SCRUBBER.digest("a"), SCRUBBER.digest("b"), OTHER_HOME.digest("a")}) == 3
