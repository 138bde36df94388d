"""Scrubbing opens no connection: it runs where making a socket is an error."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FORBIDDEN = """
import sys

def refuse(event, arguments):
    if event.startswith("socket."):
        raise RuntimeError(f"scrubbing asked for {event}")

sys.addaudithook(refuse)
"""
SCRUB = """
from scrub import Numberer, Policy, Scrubber, TextKind
from scrub.languages import LANGUAGES
from scrub.official_names import OFFICIAL

scrubber = Scrubber(
    Policy(
        patterns={"CASE": "CASE-[0-9]{4}"}, deny={"PROJECT": ("heron",)}, classes=("tests.scrub.team_classes:Badges",),
        languages=tuple(LANGUAGES), recognisers=tuple(OFFICIAL),
    ),
    b"k" * 32,
)
text = (
    "My name is Maria Lopez, maria@example.co.uk, https://u:pw1x@example.com/a?b=c, 4111 1111 1111 1111, "
    "+1 415 555 0132, DE89370400440532013000, 8.8.8.8, 742 Evergreen Terrace, Springfield, IL 62704, "
    "password: hunter2, CASE-1234, heron, B-1234, my NHS number is 943 476 5919. "
    "Chciałbym zmienić swój lot na jutro, ponieważ moja córka jest chora i nie może podróżować."
)
for kind in TextKind:
    with scrubber.trace("t") as one:
        one.learn(text, kind)
        print(Numberer().number("t", one.text(text, kind).text))
"""


def test_no_kind_of_text_opens_a_connection() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORBIDDEN + SCRUB], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("<EMAIL_1>") == 3


def test_the_hook_would_notice_one() -> None:
    code = FORBIDDEN + "import socket\nsocket.socket().connect(('127.0.0.1', 9))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert "scrubbing asked for socket" in done.stderr
