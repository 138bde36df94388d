"""Where the home is and what `benchbook.toml` in it says.

Order: the command line, then the environment (`BENCHBOOK_*`), then `benchbook.toml`, then the defaults of the sections.
A file with a key that nobody reads is refused: a typing error must not silently switch a rule off.
"""

import os
import tomllib
from difflib import get_close_matches
from errno import ENOTDIR
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, Field, ValidationError

from errors import UsageError
from settings.judging import Gate, JudgeScore
from settings.privacy import Injection, Retention, Scrub, Verify
from settings.section import Section
from settings.service import Access, Server, Storage
from settings.traffic import AlertSettings, Budgets, DriftSettings, Outcomes
from storage.synced import make_folder


class Settings(Section):
    """Everything that can be set. `mapping` adds source paths: `tenant = ["metadata.org_id"]`."""

    home: Path
    mapping: dict[str, list[str]] = Field(default_factory=dict)
    prices: dict[str, dict[str, float]] = Field(default_factory=dict)
    """Prices of the team's own, by model: `{input_mtok = 1.0, output_mtok = 4.0}` in US dollars."""
    judges: dict[str, JudgeScore] = Field(default_factory=dict)
    """Of judges, by score name or judge/score: `"rl_f" = {criteria = ["faithfulness"], lowest = 0, highest = 1}`."""
    gate: Gate = Gate()
    outcomes: Outcomes = Outcomes()
    alerts: AlertSettings = AlertSettings()
    drift: DriftSettings = DriftSettings()
    budgets: Budgets = Budgets()
    scrub: Scrub = Scrub()
    injection: Injection = Injection()
    verify: Verify = Verify()
    retention: Retention = Retention()
    server: Server = Server()
    storage: Storage = Storage()
    access: Access = Access()

    @property
    def toml_path(self) -> Path:
        return self.home / "benchbook.toml"

    @property
    def lake_location(self) -> str:
        return self.storage.lake_url or str(self.home / "lake")

    @property
    def warehouse_path(self) -> Path:
        return self.home / "warehouse.duckdb"

    @property
    def text_index_path(self) -> Path:
        return self.home / "text.idx"

    @property
    def ledger_url(self) -> str:
        return self.storage.database_url or f"sqlite:///{self.home / 'ledger.db'}"

    @property
    def key_path(self) -> Path:
        return self.home / "key"

    @property
    def socket_path(self) -> Path:
        return self.home / "app.sock"


_ENVIRONMENT = {  # variable -> (section, key)
    "BENCHBOOK_DATABASE_URL": ("storage", "database_url"),
    "BENCHBOOK_LAKE_URL": ("storage", "lake_url"),
    "BENCHBOOK_TOKEN": ("server", "token"),
    "BENCHBOOK_TRUST_NETWORK": ("access", "trust_network"),
    "BENCHBOOK_OIDC_CLIENT_SECRET": ("access", "client_secret"),
    "BENCHBOOK_WEBHOOK_URL": ("alerts", "webhook_url"),
    "BENCHBOOK_WEBHOOK_SECRET": ("alerts", "webhook_secret"),
}

_NOT_OF_THE_FILE = frozenset({"home", "webhook_secret"})


def read_settings(home: Path | None = None) -> Settings:
    """Settings of a home; the home is made if it is not there (mode 700), so that it survives a power cut.

    Raises `UsageError` naming the key when `benchbook.toml` cannot be read.
    """
    where = (home or Path(os.environ.get("BENCHBOOK_HOME") or "home")).expanduser().absolute()
    try:
        make_folder(where)
        if not where.is_dir():
            raise NotADirectoryError(ENOTDIR, "Not a directory")
    except OSError as error:
        raise UsageError(f"the home {where} cannot be made: {error.strerror}; choose another with --home") from error
    toml = where / "benchbook.toml"
    said = _read(toml) if toml.exists() else {}
    if isinstance(said.get("alerts"), dict) and "webhook_secret" in said["alerts"]:
        raise UsageError(f"{toml}: alerts.webhook_secret is no key of the file; set BENCHBOOK_WEBHOOK_SECRET")
    for variable, (section, key) in _ENVIRONMENT.items():
        if value := os.environ.get(variable):
            said.setdefault(section, {})[key] = value
    try:
        return Settings(home=where, **said)
    except (ValidationError, TypeError) as error:
        raise UsageError(f"{toml}: {_first_fault(error)}") from error


def read_scrub(toml: Path) -> Scrub:
    """The section `[scrub]` of a file like `benchbook.toml`. Raises `UsageError` when it is missing or wrong."""
    said = _read(toml)
    if "scrub" not in said:
        raise UsageError(f"{toml} has no section [scrub]")
    try:
        return Scrub(**said["scrub"])
    except (ValidationError, TypeError) as error:
        raise UsageError(f"{toml}: scrub.{_first_fault(error, Scrub)}") from error


def _read(toml: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(toml.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f"{toml} cannot be read: {error}") from error


def _first_fault(error: ValidationError | TypeError, section: type[Section] = Settings) -> str:
    if isinstance(error, TypeError):
        return "the key `home` cannot be set in the file; use --home or BENCHBOOK_HOME"
    fault = error.errors(include_url=False, include_input=False)[0]
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] != "extra_forbidden":
        return f"{key}: {fault['msg'].removeprefix('Value error, ')}"
    known = [name for name in _section_at(section, fault["loc"][:-1]).model_fields if name not in _NOT_OF_THE_FILE]
    meant = get_close_matches(str(fault["loc"][-1]), known, n=1)
    return f"{key} is no key; " + (f"{meant[0]} is one" if meant else f"there are {', '.join(known)}")


def _section_at(section: type[BaseModel], path: tuple[int | str, ...]) -> type[BaseModel]:
    """The section that a path of keys leads to; names of apps and the like lead nowhere."""
    for part in path:
        field = section.model_fields.get(str(part))
        types = () if field is None else (field.annotation, *get_args(field.annotation))
        section = next((one for one in types if isinstance(one, type) and issubclass(one, BaseModel)), section)
    return section
