"""How good the injection flags are on a labelled set, and what they cost.

python -m benchmarks.injection FILE [FILE ...] [--texts]     lines of {"text": ..., "label": 1}: 1 an attack, 0 none
python -m benchmarks.injection --share EXPORT [EXPORT ...]    share of the time in which an export's spans are prepared

Prints the share of texts flagged with its 95 % interval (Wilson), for each score from which on to flag, and by rule.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from ingest import prepare
from ingest.recognise import opened, recognise
from metrics.wilson import wilson_interval
from scrub.injection import Flagger
from settings import Settings

SCORES = (2, 3, 4, 5)


def labelled(path: Path) -> Iterator[tuple[str, bool]]:
    """Texts of a file of JSON lines, with whether they are attacks."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            said = json.loads(line)
            yield str(said["text"]), bool(int(said["label"]))


def quality(path: Path, *, show_texts: bool) -> None:
    """Print what is flagged of a file's attacks and of its harmless texts."""
    rows = list(labelled(path))
    flagger = Flagger()
    began = time.process_time()
    said = flagger.looked(text for text, _ in rows)
    seconds = time.process_time() - began
    print(f"{path.name}: {sum(len(text) for text in said) / 1e6 / max(seconds, 1e-9):.1f} MB/s")
    for label, words in ((True, "attacks (recall)"), (False, "harmless (false flags)")):
        found = [said[text] for text, is_attack in rows if is_attack is label]
        if not found:
            continue
        for score in SCORES:
            hits = sum(one.score >= score for one in found)
            low, high = wilson_interval(hits, len(found)) or (0.0, 1.0)
            part = f"{hits:5}/{len(found):<6} {hits / len(found):.3f} [{low:.3f}, {high:.3f}]"
            print(f"  {words:24} from {score}: {part}")
        rules = Counter(rule for one in found if flagger.is_flag(one) for rule in one.rules)
        print("  " + ", ".join(f"{rule} {many}" for rule, many in rules.most_common(8)))
        if show_texts:
            of_label = [text for text, is_attack in rows if is_attack is label]
            wrong = [text for text in of_label if bool(flagger.is_flag(said[text])) is not label]
            print("\n".join(f"    {said[text].score} {text[:160]!r}" for text in wrong[:40]))


def share(path: Path) -> None:
    """Print which part of preparing the export's spans the flags take, in one process."""
    spent = 0.0
    real = prepare.flag_spans  # type: ignore[attr-defined]

    def timed(flagger: Flagger, rows: list[prepare.Row]) -> None:
        nonlocal spent
        began = time.process_time()
        real(flagger, rows)
        spent += time.process_time() - began

    prepare.flag_spans = timed  # type: ignore[attr-defined]
    try:
        preparer = prepare.Preparer(Settings(home=Path("/nonexistent")), b"k" * 32)
        found = recognise(path)
        if found is None:
            raise SystemExit(f"{path}: no format knows it")
        with opened(path) as file:
            raws = list(found.read(file))
        began = time.process_time()
        done = preparer.prepare(raws, source_format=found.name, batch="b", received_at=datetime.now(UTC))
        whole = time.process_time() - began
    finally:
        prepare.flag_spans = real  # type: ignore[attr-defined]
    flagged = sum(flag is True for flag in done.spans["injection_flag"].to_pylist())
    print(f"{path.name}: {spent / whole:.1%} of {whole:.2f} s for {done.spans.num_rows:,} spans; {flagged:,} flagged")


def main() -> None:
    """See the module's words."""
    said = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said.add_argument("files", nargs="+", type=Path)
    said.add_argument("--share", action="store_true")
    said.add_argument("--texts", action="store_true", help="show what was judged wrongly")
    options = said.parse_args()
    for path in options.files:
        if options.share:
            share(path)
        else:
            quality(path, show_texts=options.texts)


if __name__ == "__main__":
    main()
