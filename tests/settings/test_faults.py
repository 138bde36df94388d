"""A fault in benchbook.toml is told with the key and what to do."""

from pathlib import Path

import pytest

from errors import UsageError
from settings import read_settings


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[scrub]\nalow = ['x']\n", "scrub.alow is no key; allow is one"),
        ("[zzz]\na = 1\n", "zzz is no key; there are mapping, prices,"),
        (
            "[budgets.apps.bank.conversation]\nturn_second = 3\n",
            "conversation.turn_second is no key; turn_seconds is one",
        ),
        ("[judges.rl_f]\ncriteria = ['a']\nhigest = 2\n", "judges.rl_f.higest is no key; highest is one"),
        ("[server]\nworkers = 0\n", "server.workers: Input should be greater than or equal to 1"),
        ("[access]\nmode = 'oidc'\n", "access: mode oidc needs server_metadata_url, client_id"),
        ("[alerts]\nwebhook_secre = 'x'\n", "alerts.webhook_secre is no key; webhook_url is one"),
        ("hom = 'elsewhere'\n", "hom is no key; there are mapping, prices,"),
        ("home = 'elsewhere'\n", "the key `home` cannot be set in the file"),
    ],
)
def test_the_key_is_named(tmp_path: Path, toml: str, said: str) -> None:
    (tmp_path / "benchbook.toml").write_text(toml)
    with pytest.raises(UsageError) as told:
        read_settings(tmp_path)
    assert said in str(told.value)
