"""Alerts sent to a webhook: signed, without words of users, tried again, at least once; over real HTTP."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from errors import UsageError
from metrics.alerts.deliveries import Sent, deliver, delivery_rows, pending
from metrics.alerts.evaluate import Found, Level
from metrics.alerts.rules import Rule
from metrics.alerts.states import keep, open_alerts, snooze
from metrics.alerts.webhook import TRIES, signature
from review.people import SHELL, Role, add_person
from settings import read_settings
from settings.traffic import AlertSettings
from storage.ledger_database import Database
from tests.metrics.receiver import SECRET, Receiver, receiving
from tests.metrics.test_alerts import an_alert, day

ROOT = Path(__file__).parents[2]


def set_to(url: str | None) -> AlertSettings:
    return AlertSettings(webhook_url=url, webhook_secret=SecretStr(SECRET), app_url="https://benchbook.example/")


def sent(database: Database, receiver: Receiver, *, at: float = 2) -> Sent:
    return deliver(database, set_to(receiver.url), clock=lambda: day(at))


def test_a_change_is_sent_once_signed_with_the_numbers_and_a_link(database: Database) -> None:
    (alert,) = keep(database, [an_alert()], at=day(2), now=day(2))
    with receiving(200) as receiver:
        assert sent(database, receiver) == Sent(delivered=1)
        assert sent(database, receiver) == Sent()

        (message,) = receiver.messages
        assert receiver.is_signed(0)
        assert receiver.headers[0]["Benchbook-Event"] == message["id"] == str(alert.number)
    assert message == {
        "id": str(alert.number), "event": "opened", "alert": alert.number, "at": day(2).isoformat(), "rule": "slower",
        "metric": "duration (ms)", "step": "plan", "where": "", "level": "act", "since": day(1).isoformat(),
        "value": 2.0, "reference": 1.0, "effect": 2.0, "persistence": 2, "owner": "Eli", "action": "look",
        "value_of": "", "link": f"https://benchbook.example/alerts?alert={alert.number}",
    }  # fmt: skip
    assert [row["outcome"] for row in delivery_rows(database)] == ["delivered"]


def test_a_signature_is_the_one_of_another_hand() -> None:
    said = signature(b'{"a": 1}', secret="key", at_seconds=1_700_000_000)
    by_openssl = subprocess.run(
        ["openssl", "dgst", "-sha256", "-hmac", "key"], input=b'1700000000.{"a": 1}', capture_output=True, check=True
    )
    assert said == f"t=1700000000,v1={by_openssl.stdout.split()[-1].decode()}"


def test_what_users_wrote_is_not_sent(database: Database) -> None:
    words = Rule(name="new topic", metric="words", owner="product")
    found = Found(words, "(question)", "fee increase", Level.ACT, day(1), 0.3, 0.0, 0.3, '"fee increase" now 30 %',
                  traces=("t1",))  # fmt: skip
    keep(database, [found], at=day(2), now=day(2))
    with receiving(204) as receiver:
        sent(database, receiver)

        assert receiver.messages[0]["rule"] == "new topic"
        assert b"fee" not in receiver.bodies[0]


def test_only_news_are_sent_another_level_and_the_end_and_nothing_while_it_is_quiet(
    database: Database,
) -> None:
    add_person(database, "Eli", Role.ENGINEER, by=SHELL, now=day(0))
    keep(database, [an_alert(Level.WARN)], at=day(2), now=day(2))
    keep(database, [replace(an_alert(Level.WARN), value=2.5)], at=day(3), now=day(3))
    keep(database, [an_alert()], at=day(4), now=day(4))
    with receiving(200) as receiver:
        sent(database, receiver, at=4)
        assert [(one["event"], one["level"]) for one in receiver.messages] == [("opened", "warn"), ("changed", "act")]

        (alert,) = open_alerts(database)
        snooze(database, alert.number, until=day(7), by="Eli", reason="known", now=day(4))
        keep(database, [an_alert(Level.WARN)], at=day(5), now=day(5))
        assert sent(database, receiver, at=5) == Sent()
        keep(database, [], at=day(8), now=day(8))
        sent(database, receiver, at=8)
        assert [one["event"] for one in receiver.messages[2:]] == ["closed"]
        assert {one["alert"] for one in receiver.messages} == {alert.number}


def test_a_receiver_that_refuses_is_asked_again_later_and_later_until_it_takes_it(database: Database) -> None:
    keep(database, [an_alert()], at=day(2), now=day(2))
    minute = 1 / 1440
    with receiving(*[503] * TRIES, 500, 500, 500, 200) as receiver:
        assert sent(database, receiver) == Sent(failed=1)
        assert len(receiver.bodies) == TRIES, "a stumble is tried again at once"
        assert sent(database, receiver, at=2 + 0.9 * minute) == Sent(waiting=1)
        assert sent(database, receiver, at=2 + 1.1 * minute) == Sent(failed=1)
        assert sent(database, receiver, at=2 + 2.9 * minute) == Sent(waiting=1)
        assert sent(database, receiver, at=2 + 3.2 * minute) == Sent(delivered=1)

        assert len({one["id"] for one in receiver.messages}) == 1
        assert all(receiver.is_signed(place) for place in range(len(receiver.bodies)))
    rows = delivery_rows(database)
    assert [(row["outcome"], row["status"]) for row in rows] == [("delivered", 200), ("failed", 500), ("failed", 503)]


def test_a_redirect_is_not_followed_and_a_refusal_does_not_hold_up_the_next(database: Database) -> None:
    keep(database, [an_alert(), an_alert(step="other")], at=day(2), now=day(2))
    with receiving(302, 200) as receiver:
        assert sent(database, receiver) == Sent(delivered=1, failed=1)
        assert len(receiver.bodies) == 2


def test_the_messages_of_one_alert_arrive_in_order(database: Database) -> None:
    keep(database, [an_alert()], at=day(2), now=day(2))
    minute = 1 / 1440
    with receiving(400, 200) as receiver:
        assert sent(database, receiver) == Sent(failed=1)
        keep(database, [], at=day(2), now=day(2 + 0.5 * minute))
        assert sent(database, receiver, at=2 + 0.6 * minute) == Sent(waiting=2)
        assert sent(database, receiver, at=2 + 2 * minute) == Sent(delivered=2)

        assert [one["event"] for one in receiver.messages] == ["opened", "opened", "closed"]


def test_nobody_there_is_found_out_once_and_the_address_is_not_written_down(database: Database) -> None:
    keep(database, [an_alert(), an_alert(step="other")], at=day(2), now=day(2))
    nobody = set_to("http://user:password@127.0.0.1:9/hook")

    assert deliver(database, nobody, clock=lambda: day(2)) == Sent(failed=1, waiting=1)

    (row,) = delivery_rows(database)
    assert (row["status"], row["reason"]) == (None, "NewConnectionError")


def test_nothing_is_sent_without_an_address_and_never_unsigned(database: Database) -> None:
    keep(database, [an_alert()], at=day(2), now=day(2))

    assert deliver(database, AlertSettings(), clock=lambda: day(2)) == Sent()
    with pytest.raises(UsageError, match="BENCHBOOK_WEBHOOK_SECRET"):
        deliver(database, AlertSettings(webhook_url="http://127.0.0.1:9"), clock=lambda: day(2))


def test_what_is_from_before_somebody_wanted_to_hear_of_it_is_not_sent(database: Database) -> None:
    keep(database, [an_alert()], at=day(2), now=day(2))

    assert len(pending(database, now=day(8))) == 1
    assert pending(database, now=day(9.1)) == []


def test_the_secret_comes_from_the_environment_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "benchbook.toml").write_text('[alerts]\nwebhook_secret = "in a file"\n')
    with pytest.raises(UsageError, match="set BENCHBOOK_WEBHOOK_SECRET") as refused:
        read_settings(tmp_path)
    assert "in a file" not in str(refused.value)

    (tmp_path / "benchbook.toml").write_text("")
    monkeypatch.setenv("BENCHBOOK_WEBHOOK_SECRET", SECRET)
    settings = read_settings(tmp_path)
    assert settings.alerts.webhook_secret is not None
    assert SECRET not in repr(settings)


SENDER = """
import datetime as dt, sys
from pydantic import SecretStr
from metrics.alerts.deliveries import deliver
from settings.traffic import AlertSettings
from storage.ledger_database import Database
at = dt.datetime.fromisoformat(sys.argv[3])
said = AlertSettings(webhook_url=sys.argv[2], webhook_secret=SecretStr("a shared secret"))
deliver(Database(sys.argv[1]), said, clock=lambda: at)
"""


def test_a_sender_killed_before_it_heard_the_answer_sends_the_same_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    database = Database(url)
    keep(database, [an_alert()], at=day(2), now=day(2))
    with receiving(200) as receiver:
        sender = subprocess.Popen([sys.executable, "-c", SENDER, url, receiver.url, day(2).isoformat()], cwd=ROOT)
        receiver.before_answer = lambda: os.kill(sender.pid, signal.SIGKILL)
        assert sender.wait(timeout=60) == -signal.SIGKILL
        assert delivery_rows(database) == []

        receiver.before_answer = lambda: None
        assert sent(database, receiver) == Sent(delivered=1)
        assert sent(database, receiver) == Sent()

        assert len({header["Benchbook-Event"] for header in receiver.headers}) == 1
        assert len(receiver.bodies) == 2
    assert [row["outcome"] for row in delivery_rows(database)] == ["delivered"]
    database.close()
