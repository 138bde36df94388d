"""Where the home is and what `benchbook.toml` in it says.

Order: the command line, then the environment (`BENCHBOOK_*`), then `benchbook.toml`, then the defaults below.
A file with a key that nobody reads is refused: a typing error must not silently switch a rule off.
"""

import os
import tomllib
from datetime import timedelta
from errno import ENOTDIR
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from errors import UsageError
from storage.synced import make_folder


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Action = Literal["keep", "keep_domain", "truncate", "hash", "replace", "drop"]
"""What happens to a finding, the tightest last: it stays; an e-mail keeps its domain (not of free mail); an IP address
its network and a date of birth its year; a keyed hash that is the same in all traces; `<PERSON_1>`; nothing is left."""


class ScrubOfApp(_Section):
    """What one application does otherwise: never less than all do."""

    entities: dict[str, Action] = Field(default_factory=dict)
    names: list[str] = Field(default_factory=list)
    patterns: dict[str, str] = Field(default_factory=dict)
    deny: dict[str, list[str]] = Field(default_factory=dict)
    classes: list[str] = Field(default_factory=list)
    recognisers: list[str] = Field(default_factory=list)


class Scrub(_Section):
    """What is replaced. Entity names are Presidio's."""

    entities: dict[str, Action] = Field(default_factory=dict)
    """Overrides of the default, which is to replace: `DATE_OF_BIRTH = "truncate"`."""
    names: list[str] = Field(default_factory=list)
    """Further names to treat as persons."""
    allow: list[str] = Field(default_factory=list)
    """Words that are never personal here: product names, team names."""
    patterns: dict[str, str] = Field(default_factory=dict)
    """Further entities of the team's own: name to regular expression."""
    deny: dict[str, list[str]] = Field(default_factory=dict)
    """The same by lists of words: `PROJECT = ["Blue Heron"]`, in any case."""
    classes: list[str] = Field(default_factory=list)
    """Recognisers of the team's own in Python, as `module:Class`; of Presidio's kind (`scrub.classes`)."""
    recognisers: list[str] | None = None
    """Official numbers that are looked for, by Presidio's names; those of the languages if not said."""
    languages: list[str] = Field(default_factory=lambda: ["en"], min_length=1)
    """What people write here, as `en`, `de`; text in another language is counted as such."""
    model: str | None = None
    """A model beside the rules, on people's words: `ner`, or `spacy:` and the name of an installed model."""
    apps: dict[str, ScrubOfApp] = Field(default_factory=dict)
    """By name of the application: what it does otherwise."""


class Injection(_Section):
    """Flags on text that reads like orders to a model."""

    flag_from: int = Field(default=4, ge=1)
    """Sum of the scores of the rules that match one text, from which on it is flagged."""
    classifier: str | None = None
    """The team's own, as `module:Class` with a method `probabilities(texts)`; it gets scrubbed texts."""
    classifier_from: float = Field(default=0.5, gt=0, le=1)
    """Its answer from which on a text is flagged."""
    classifier_seconds: float = Field(default=2.0, gt=0)
    """It may take this long for the texts of a request; then they are not judged."""


class Verify(_Section):
    """Text that is kept, looked at again."""

    weekly_sample: int = Field(default=500, ge=0)
    """Traces of the last seven days that the app looks at once a week; 0: it does not."""


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


class OutcomeSettings(_Section):
    """How a conversation ended: what differs from `metrics/outcomes/rules.toml`."""

    handed_over: tuple[str, ...] | None = None
    """Tools or steps that hand over to a person; `*` stands for any letters."""
    asked_for_a_person: tuple[str, ...] | None = None
    """Words of the user that count as the same."""
    solved_scores: tuple[str, ...] | None = None
    """Names of scores that say whether it was solved."""
    solved_from: float | None = None
    """From which value on it was."""
    corrected: tuple[str, ...] | None = None
    """Words of the user that set an answer right: `no, I meant`."""
    thumbs: tuple[str, ...] | None = None
    """Names of users' scores that are thumbs; `*` stands for any letters."""
    thumbs_up_from: float | None = None
    """From which value on a thumb is up."""
    thumbs_highest: float | None = None
    """Highest value of a thumb; what is above is another scale."""
    topic_scores: tuple[str, ...] | None = None
    """Names of scores that say a topic in a word."""
    topic_tags: tuple[str, ...] | None = None
    """What a tag begins with that says a topic."""
    topics: int | None = Field(default=None, ge=2, le=50)
    """How many topics the questions are sorted into at most, where none is given."""
    same_question: float | None = Field(default=None, gt=0, le=1)
    """Share of the same words from which on a question is asked again."""
    over_after_minutes: float | None = Field(default=None, ge=0)
    """Silence after which a conversation is over."""

    def said(self) -> dict[str, Any]:
        """What is set, by name."""
        return self.model_dump(exclude_none=True, exclude={"apps"})


class Outcomes(OutcomeSettings):
    """Of all apps, and of some by name."""

    apps: dict[str, OutcomeSettings] = Field(default_factory=dict)


class ConversationBudget(_Section):
    """What a conversation may take and cost."""

    turn_seconds: float | None = Field(default=None, gt=0)
    """How long a turn (one question and its answer) may take ..."""
    share_within: float = Field(default=0.95, gt=0, lt=1)
    """... in this share of the turns: 0.95 is a limit on the p95."""
    cost_usd: float | None = Field(default=None, gt=0)
    """Ceiling of the mean cost."""
    human_cost_usd: float | None = Field(default=None, gt=0)
    """What it costs when a person does it, for comparison."""


class StepBudget(_Section):
    """What a step may take and cost."""

    seconds: float | None = Field(default=None, gt=0)
    share_within: float = Field(default=0.95, gt=0, lt=1)
    cost_usd: float | None = Field(default=None, gt=0)
    """Ceiling of the mean cost of a call."""


class BudgetSettings(_Section):
    """Budgets: of conversations, and of steps by name (`*` stands for any letters)."""

    conversation: ConversationBudget = ConversationBudget()
    steps: dict[str, StepBudget] = Field(default_factory=dict)

    def with_own(self, own: "BudgetSettings") -> "BudgetSettings":
        """These, with what an app says otherwise."""
        said = self.conversation.model_copy(update=own.conversation.model_dump(exclude_unset=True))
        return BudgetSettings(conversation=said, steps={**self.steps, **own.steps})


class Budgets(BudgetSettings):
    """Of all apps, and of some by name."""

    apps: dict[str, BudgetSettings] = Field(default_factory=dict)


class DriftSettings(_Section):
    """What windows of traffic are compared by."""

    stale_days: float = Field(default=180, gt=0)
    """Age from which on a retrieved document is stale: what was agreed on how fresh answers are."""
    sentence_model: Path | None = None
    """Folder of a sentence model that texts are compared by; without one, by the words of the reference."""


class RetentionOfApp(_Section):
    """How long an application's traffic is kept, in days of age; 0 is for ever."""

    spans_days: float | None = Field(default=None, ge=0)
    """Whole traces, with their documents and scores."""
    texts_days: float | None = Field(default=None, ge=0)
    """What was said; figures stay."""


class Retention(RetentionOfApp):
    """Of all apps, and of some by name. Nothing is deleted by age unless it is said."""

    words_days: float | None = Field(default=None, ge=0)
    """Comments and corrected answers of reviewers; their answers on scales stay."""
    apps: dict[str, RetentionOfApp] = Field(default_factory=dict)


class AlertSettings(_Section):
    """What is watched: what differs from `metrics/alerts/rules.toml`."""

    window_days: int | None = Field(default=None, ge=1)
    reference_days: int | None = Field(default=None, ge=1)
    """Days before the windows that they are compared with."""
    persistence: int | None = Field(default=None, ge=1)
    """Windows in a row that show a change before it acts."""
    each: Literal["day", "hour"] = "day"
    """At the end of which traffic is looked at."""
    every_minutes: int = Field(default=15, ge=0)
    """How often the app asks whether a day or hour has closed; 0: it never looks, `benchbook watch` does."""
    webhook_url: str | None = Field(default=None, pattern=r"^https?://")
    """Where alerts are sent to when they open, change their level or close."""
    webhook_secret: SecretStr | None = None
    """Signs them. From the environment alone (BENCHBOOK_WEBHOOK_SECRET), never from the file."""
    app_url: str | None = Field(default=None, pattern=r"^https?://")
    """This app's address as people reach it, for links in what is sent."""
    rules: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """By name: keys of a rule that differ, or a rule of the team's own."""

    @property
    def step(self) -> timedelta:
        """Between two evaluations."""
        return timedelta(days=1) if self.each == "day" else timedelta(hours=1)


class Gate(_Section):
    """Bars of the verdict on judges and of the release gate; what is left out is as in `docs/calibration.md`."""

    effective_items: float | None = Field(default=None, ge=0)
    """What the labels have to be worth, in items of a simple random sample."""
    items_per_stratum: int | None = Field(default=None, ge=2)
    refused_items: int | None = Field(default=None, ge=0)
    double_labelled: int | None = Field(default=None, ge=0)
    rubric_alpha: float | None = Field(default=None, ge=-1, le=1)
    kappa: float | None = Field(default=None, ge=-1, le=1)
    kappa_below_people: float | None = Field(default=None, ge=0, le=1)
    bias_share_of_span: float | None = Field(default=None, gt=0, le=1)
    """Margin of the bias: 0.0625 is .25 points on 1 to 5. Yes or no keeps five points of a hundred."""
    stratum_bias_times: float | None = Field(default=None, ge=1)
    unparsable: float | None = Field(default=None, ge=0, le=1)


class Settings(_Section):
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
        raise UsageError(f"{toml}: scrub.{_first_fault(error)}") from error


def _read(toml: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(toml.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f"{toml} cannot be read: {error}") from error


def _first_fault(error: ValidationError | TypeError) -> str:
    if isinstance(error, TypeError):
        return "the key `home` cannot be set in the file; use --home or BENCHBOOK_HOME"
    fault = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
