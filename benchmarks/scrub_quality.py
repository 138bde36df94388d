"""How much of what is labelled as personal the scrubber replaces, and how much else, beside stock Presidio.

python -m benchmarks.scrub_quality FILE ... [--surface S] [--model NAME] [--ner NAME] [--languages CODE ...]
    [--ours] [--alone] [--missed TYPE] [--json]

Files: Presidio's evaluation format as a JSON list or JSON lines, or tau-bench conversations (see `labelled`).

- recall: share of labels of which at least 90% of the letters and digits are replaced, under whatever type;
- typed: share of labels of which at least half is replaced under a type that means the same;
- precision: share of findings of a type with at least half of their letters and digits in a label that means the same;
- over: letters and digits that are replaced although no label covers them, of all that no label covers.

With `--model`, stock Presidio also runs with that spaCy model, if it is installed.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import spacy
from presidio_analyzer import AnalyzerEngine

from benchmarks.labelled import Label, Labelled, read
from benchmarks.scrub import stock_analyzer
from scrub import Policy, Scrubber
from scrub.surfaces import SURFACES
from settings.privacy import Scrub

Engine = Callable[[list[Labelled]], Iterable[list[Label]]]
"""Texts of one conversation to the findings in each."""

RECALLED = 0.9
THRESHOLD = 0.4
"""Presidio's own score, below which a finding does not count."""

FAMILIES = (
    {"PERSON", "TITLE", "PREFIX", "USER_ID"},
    {"ADDRESS", "STREET_ADDRESS", "LOCATION", "GPE", "ZIP_CODE"},
    {"URL", "DOMAIN_NAME"},
    {"DATE_TIME", "DATE_OF_BIRTH", "AGE"},
    {"ID_NUMBER", "US_SSN", "US_DRIVER_LICENSE", "US_PASSPORT", "US_ITIN"},
    {"BANK_ACCOUNT", "IBAN_CODE", "US_BANK_NUMBER"},
)
_MEANS = {entity: number for number, family in enumerate(FAMILIES) for entity in family}


@dataclass(slots=True)
class Tally:
    """Counts over a set, by type."""

    labels: Counter[str] = field(default_factory=Counter)
    recalled: Counter[str] = field(default_factory=Counter)
    typed: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    unlabelled: int = 0
    over: int = 0
    missed: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, text: Labelled, found: Sequence[Label]) -> None:
        """Count one text."""
        masked, labelled = _covered(text.text, found), _covered(text.text, text.labels)
        counts = [character.isalnum() for character in text.text]
        self.unlabelled += sum(word and not inside for word, inside in zip(counts, labelled, strict=True))
        self.over += sum(w and m and not g for w, m, g in zip(counts, masked, labelled, strict=True))
        for label in text.labels:
            same = _covered(text.text, [one for one in found if means_the_same(one.entity, label.entity)])
            self.labels[label.entity] += 1
            self.typed[label.entity] += share(label, counts, same) >= 0.5
            if share(label, counts, masked) >= RECALLED:
                self.recalled[label.entity] += 1
            else:
                self.missed[label.entity].append(f"{text.text[label.start : label.end]!r} in {text.text!r}")
        for one in found:
            inside = _covered(text.text, [label for label in text.labels if means_the_same(one.entity, label.entity)])
            self.findings[one.entity] += 1
            self.right[one.entity] += share(one, counts, inside) >= 0.5

    def as_json(self) -> dict[str, object]:
        """The figures; a share without a denominator is null."""
        return {
            "labels": {
                entity: {
                    "n": n,
                    "recall": _ratio(self.recalled[entity], n),
                    "typed": _ratio(self.typed[entity], n),
                }
                for entity, n in self.labels.most_common()
            },
            "findings": {
                entity: {"n": n, "precision": _ratio(self.right[entity], n)}
                for entity, n in self.findings.most_common()
            },
            "over": _ratio(self.over, self.unlabelled),
            "unlabelled_characters": self.unlabelled,
        }


def means_the_same(one: str, other: str) -> bool:
    """Whether two names of types are for the same kind of thing."""
    return one == other or (one in _MEANS and _MEANS[one] == _MEANS.get(other))


def share(span: Label, counts: Sequence[bool], covered: Sequence[bool]) -> float:
    """Share of the letters and digits of a place that are covered; 1 when it has none."""
    places = [place for place in range(span.start, span.end) if counts[place]]
    return sum(covered[place] for place in places) / len(places) if places else 1.0


def _covered(text: str, spans: Iterable[Label]) -> list[bool]:
    covered = [False] * len(text)
    for span in spans:
        covered[span.start : span.end] = [True] * (span.end - span.start)
    return covered


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def benchbook(policy: Policy | None = None) -> Engine:
    """Our scrubber, with the default policy if none is given: it sees a whole conversation, as in ingest."""
    scrubber = Scrubber(policy or Policy(), b"k" * 32)

    def find(texts: list[Labelled]) -> Iterator[list[Label]]:
        with scrubber.trace(texts[0].trace) as one:
            for text in texts:
                one.learn(text.text, SURFACES[text.surface])
            for text in texts:
                yield [Label(s.start, s.end, s.entity) for s in one.find(text.text, SURFACES[text.surface])]

    return find


def presidio(analyzer: AnalyzerEngine) -> Engine:
    """Stock Presidio: it sees each text by itself."""

    def find(texts: list[Labelled]) -> Iterator[list[Label]]:
        for text in texts:
            results = analyzer.analyze(text.text, language="en", score_threshold=THRESHOLD)
            yield [Label(result.start, result.end, result.entity_type) for result in results]

    return find


def measure(engine: Engine, conversations: list[list[Labelled]]) -> Tally:
    """Run an engine over a set."""
    tally = Tally()
    for texts in conversations:
        for text, found in zip(texts, engine(texts), strict=True):
            tally.add(text, found)
    return tally


def lines(name: str, tally: Tally) -> Iterator[str]:
    """The figures for people."""
    yield f"  {name}: over-redaction {tally.over / max(tally.unlabelled, 1):.2%} of {tally.unlabelled:,} characters"
    for entity, n in tally.labels.most_common():
        recalled, typed = tally.recalled[entity] / n, tally.typed[entity] / n
        yield f"    {entity:20}{n:6}  recall {recalled:.3f}  typed {typed:.3f}"
    precisions = (f"{entity} {tally.right[entity] / n:.2f} of {n}" for entity, n in tally.findings.most_common())
    yield f"    precision: {', '.join(precisions)}"


def main() -> None:
    """Print the figures of each file and engine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--surface", choices=sorted(SURFACES), default="prose")
    parser.add_argument("--model", help="also run stock Presidio with this spaCy model, if it is installed")
    parser.add_argument("--ours", action="store_true", help="leave stock Presidio out")
    parser.add_argument("--languages", nargs="+", default=["en"], help="that our policy names")
    parser.add_argument("--ner", metavar="NAME", help="a model beside our rules: ner, or spacy:NAME")
    parser.add_argument("--alone", action="store_true", help="no text helps another of its conversation")
    parser.add_argument("--missed", metavar="TYPE", help="print the labels of a type that ours missed")
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    said = parser.parse_args()
    engines = {"Benchbook": benchbook(Policy.from_settings(Scrub(languages=said.languages, model=said.ner)))}
    if not said.ours:
        engines["Presidio without a model"] = presidio(stock_analyzer())
        if said.model and spacy.util.is_package(said.model):
            engines[f"Presidio with {said.model}"] = presidio(stock_analyzer(said.model))
    report: dict[str, dict[str, object]] = {}
    for file in said.files:
        conversations = read(file, said.surface)
        if said.alone:
            conversations = [[text] for texts in conversations for text in texts]
        report[file.name] = {}
        if not said.json:
            print(f"{file.name}: {sum(map(len, conversations)):,} texts in {len(conversations):,} conversations")
        for name, engine in engines.items():
            tally = measure(engine, conversations)
            report[file.name][name] = tally.as_json()
            if not said.json:
                print("\n".join(lines(name, tally)))
                print("\n".join(tally.missed[said.missed]) if said.missed and name == "Benchbook" else "")
            sys.stdout.flush()
    if said.json:
        print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
