"""The outcome of a run as a page of Markdown: what must be zero first, then each attack with what it did."""

import platform
from datetime import UTC, datetime

from tests.torture.attack import MUST_BE_ZERO, Outcome

_ABOUT = """
What an adversary or bad luck does to the whole product: `make torture` runs every attack of `tests/torture` for an hour
(`MINUTES=`, `SEED=`) and writes this page; `make check` runs some of them for seconds. All chance comes from the seed:
a finding can be met again by the command beside it. An attack that needs what a machine has not (root for a small disk,
Chromium, strace, libfaketime, PostgreSQL's programs) says so and is skipped.
"""


def in_markdown(outcomes: list[Outcome], *, seed: int, now: datetime | None = None) -> str:
    """The page."""
    at = now or datetime.now(UTC)
    whole = sum(outcome.seconds for outcome in outcomes)
    zeros = {what: sum(outcome.counts[what] for outcome in outcomes) for what in MUST_BE_ZERO}
    ran = (
        f"The last long run: {at:%Y-%m-%d}, seed {seed}, {whole / 60:.0f} minutes, Python {platform.python_version()}, "
        f"{platform.system()}. Again: `make torture MINUTES={whole / 60:.0f} SEED={seed}`."
    )
    lines = [
        "# Torture",
        _ABOUT,
        ran,
        "",
        "| must be 0 | found |",
        "|---|---:|",
        *(f"| {what} | {many:,} |" for what, many in zeros.items()),
        "",
        "| attack | what | rounds | minutes | done | findings |",
        "|---|---|---:|---:|---|---:|",
        *(_row(outcome) for outcome in outcomes),
        "",
    ]
    findings = [finding for outcome in outcomes for finding in outcome.findings]
    lines += ["Nothing was found in this run." if not findings else "## Found", ""]
    lines += [f"- {finding.attack}: {finding.what}. Again: `{finding.repeat}`" for finding in findings]
    return "\n".join(lines).rstrip() + "\n"


def _row(outcome: Outcome) -> str:
    if outcome.skipped:
        return f"| {outcome.attack} | {outcome.what} | 0 | 0 | skipped: {outcome.skipped} | |"
    did = sorted((what, many) for what, many in outcome.counts.items() if what not in MUST_BE_ZERO)
    done = ", ".join(f"{many:,} {what}" for what, many in did) or "checked"
    minutes = f"{outcome.seconds / 60:.1f}"
    return f"| {outcome.attack} | {outcome.what} | {outcome.rounds} | {minutes} | {done} | {len(outcome.findings)} |"
