"""All attacks, for as long as somebody gives them; the report in Markdown.

python -m tests.torture --minutes 60 --seed 7 --report docs/torture.md
python -m tests.torture --only receiver --seed 7 --round 12     (a finding once more)
"""

import argparse
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from tests.torture.attack import Outcome, run
from tests.torture.attacks import ATTACKS
from tests.torture.report import in_markdown


def main() -> int:
    """Run, print, write; 1 when something was found."""
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("--minutes", type=float, default=60)
    said.add_argument("--seed", type=int, default=None, help="of all chance; a new one when not said")
    said.add_argument("--report", type=Path, help="where the report is written")
    said.add_argument("--only", nargs="*", choices=[attack.name for attack in ATTACKS], help="these attacks alone")
    said.add_argument("--round", type=int, help="this round alone, to repeat a finding")
    asked = said.parse_args()
    seed = secrets.randbelow(10**6) if asked.seed is None else asked.seed
    chosen = [attack for attack in ATTACKS if not asked.only or attack.name in asked.only]
    shares = sum(attack.share for attack in chosen)
    folder, outcomes = Path(tempfile.mkdtemp(prefix="benchbook-torture-")), list[Outcome]()
    sys.stdout.write(f"seed {seed}, {asked.minutes:g} minutes, {len(chosen)} attacks\n")
    try:
        for attack in chosen:
            seconds = asked.minutes * 60 * attack.share / shares
            outcomes.append(run(attack, folder / attack.name, seed=seed, seconds=seconds, only_round=asked.round))
            shutil.rmtree(folder / attack.name, ignore_errors=True)
            _tell(outcomes[-1])
            if asked.report:  # after each, so that a run that is broken off leaves what it found
                asked.report.write_text(in_markdown(outcomes, seed=seed))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if any(outcome.findings for outcome in outcomes) else 0


def _tell(outcome: Outcome) -> None:
    words = f"skipped: {outcome.skipped}" if outcome.skipped else f"{outcome.rounds} rounds, {outcome.seconds:.0f} s"
    sys.stdout.write(f"{outcome.attack}: {words}\n")
    for what, many in sorted(outcome.counts.items()):
        sys.stdout.write(f"    {many:>9,} {what}\n")
    for finding in outcome.findings:
        sys.stdout.write(f"  FOUND {finding.what}\n        {finding.repeat}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
