"""Where the home is and what `benchbook.toml` in it says.

Order: the command line, then the environment (`BENCHBOOK_*`), then `benchbook.toml`, then the defaults below.
A file with a key that nobody reads is refused: a typing error must not silently switch a rule off.
"""

import os
import tomllib
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from errors import UsageError


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Scrub(_Section):
    """What is replaced. Entity names are Presidio's."""

    entities: dict[str, Literal["replace", "keep"]] = Field(default_factory=dict)
    """Overrides of the default policy, for example `DATE_OF_BIRTH = "keep"`."""
    names: list[str] = Field(default_factory=list)
    """Further names to treat as persons."""
    allow: list[str] = Field(default_factory=list)
    """Words that are never personal here: product names, team names."""
    patterns: dict[str, str] = Field(default_factory=dict)
    """Further entities of the team's own: name to regular expression."""


class Server(_Section):
    """The served app."""

    token: str | None = None
    """When set, OTLP clients must send it as Bearer token or Basic password."""
    allowed_hosts: list[str] = Field(default_factory=lambda: ["127.0.0.1", "localhost", "[::1]"])
    max_body_mib: int = Field(default=64, ge=1)
    """Limit of one request, also after decompression."""
    workers: int = Field(default=2, ge=1)
    """Processes that decode and scrub."""
    waiting_requests: int = Field(default=64, ge=1)
    """Requests that may be under way before clients are told to come back later."""


class Access(_Section):
    """Who comes in, and how the app knows them. What they may do is in the ledger (`benchbook user`)."""

    mode: Literal["local", "oidc", "proxy"] = "local"
    """`local`: people choose their name, this machine alone. `oidc`: a provider says who. `proxy`: a header does."""
    trust_network: bool = False
    """Serve `local` and `proxy` on other addresses than loopback too: whoever reaches it can then be anybody."""
    header: str = "X-Forwarded-Email"
    """Of `proxy`: names the person; the proxy must take it off what comes from outside."""
    claim: str = "email"
    """Of `oidc`: what of the identity is the login in the ledger: `email`, `preferred_username`, `sub` ..."""
    server_metadata_url: str | None = None
    """Of `oidc`: the provider's address that ends in `/.well-known/openid-configuration`."""
    client_id: str | None = None
    client_secret: str | None = None
    redirect_uri: str | None = None
    """Of `oidc`: this app's address as browsers see it, with the path `/oauth2callback`."""

    @model_validator(mode="after")
    def _oidc_is_whole(self) -> Self:
        needed = ("server_metadata_url", "client_id", "client_secret", "redirect_uri")
        missing = [name for name in needed if not getattr(self, name)]
        if self.mode == "oidc" and missing:
            raise ValueError(f"mode oidc needs {', '.join(missing)}")
        if self.redirect_uri and not self.redirect_uri.endswith("/oauth2callback"):
            raise ValueError("redirect_uri ends in /oauth2callback")
        return self


class Storage(_Section):
    """Where things are kept, when not in the home."""

    lake_url: str | None = None
    """Object-store URL of the lake; the default is the folder `lake` in the home."""
    lake_options: dict[str, str] = Field(default_factory=dict)
    database_url: str | None = None
    """SQLAlchemy URL of the ledger; the default is SQLite in the home."""
    warehouse_memory: str = "4GB"


class JudgeScore(_Section):
    """Which criteria of a rubric a judge's score answers, and its own scale where that is another."""

    criteria: list[str]
    lowest: float | None = None
    """The judge's lowest score; above `highest` when it counts the other way round. Both or neither."""
    highest: float | None = None


class Settings(_Section):
    """Everything that can be set. `mapping` adds source paths: `tenant = ["metadata.org_id"]`."""

    home: Path
    mapping: dict[str, list[str]] = Field(default_factory=dict)
    prices: dict[str, dict[str, float]] = Field(default_factory=dict)
    """Prices of the team's own, by model: `{input_mtok = 1.0, output_mtok = 4.0}` in US dollars."""
    judges: dict[str, JudgeScore] = Field(default_factory=dict)
    """Of judges, by score name or judge/score: `"rl_f" = {criteria = ["faithfulness"], lowest = 0, highest = 1}`."""
    scrub: Scrub = Scrub()
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
}


def read_settings(home: Path | None = None) -> Settings:
    """Settings of a home; the home is made if it is not there (mode 700).

    Raises `UsageError` naming the key when `benchbook.toml` cannot be read.
    """
    where = (home or Path(os.environ.get("BENCHBOOK_HOME") or "home")).expanduser().absolute()
    try:
        where.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the home {where} cannot be made: {error.strerror}; choose another with --home") from error
    said: dict[str, Any] = {}
    toml = where / "benchbook.toml"
    if toml.exists():
        try:
            said = tomllib.loads(toml.read_text())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise UsageError(f"{toml} cannot be read: {error}") from error
    for variable, (section, key) in _ENVIRONMENT.items():
        if value := os.environ.get(variable):
            said.setdefault(section, {})[key] = value
    try:
        return Settings(home=where, **said)
    except (ValidationError, TypeError) as error:
        raise UsageError(f"{toml}: {_first_fault(error)}") from error


def _first_fault(error: ValidationError | TypeError) -> str:
    if isinstance(error, TypeError):
        return "the key `home` cannot be set in the file; use --home or BENCHBOOK_HOME"
    fault = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
