"""What scrubbing costs beside Presidio without a model, in one process, on the same texts.

python -m benchmarks.scrub [--kilobytes 200] [--rounds 3] [--model NAME] [--json FILE ...] [--talks FILE]

Without `--model`, Presidio gets no words at all and so no context; with `--model blank` spaCy cuts the text into words,
and with the name of an installed model it also looks for people. `--json` adds exports: every string in them is
scrubbed as it was sent. `--talks` adds conversations of tau-bench, each model call sending the history again.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import spacy
import tldextract
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import NlpEngine, NoOpNlpEngine, SpacyNlpEngine
from presidio_anonymizer import AnonymizerEngine
from presidio_anonymizer.entities import RecognizerResult as Result

from scrub import Policy, Scrubber, TextKind
from scrub.lexicon import lexicon

SEED = 11


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts by trace, as they are sent, repetitions included."""

    name: str
    traces: list[list[str]]
    kind: TextKind

    @property
    def texts(self) -> list[str]:
        """All texts, in order."""
        return [text for trace in self.traces for text in trace]

    @property
    def megabytes(self) -> float:
        """Millions of characters."""
        return sum(map(len, self.texts)) / 1e6


class Writer:
    """Seeded sentences of English words, with a name, address, card or phone number now and then."""

    def __init__(self, seed: int = SEED) -> None:
        self._random = random.Random(seed)
        known = lexicon()
        self._words = sorted(word for word in known.words if word.isalpha() and len(word) < 10)
        self._firsts = sorted(known.frequent_firsts)
        self._lasts = sorted(known.lasts)[::7]

    def sentence(self) -> str:
        words = self._random.choices(self._words, k=self._random.randint(6, 18))
        if self._random.random() < 0.1:
            words.insert(3, self._personal())
        return " ".join(words).capitalize() + "."

    def paragraph(self, characters: int) -> str:
        said: list[str] = []
        while sum(map(len, said)) < characters:
            said.append(self.sentence())
        return " ".join(said)

    def record(self) -> str:
        number = self._random.randrange(10**9)
        return json.dumps({
            "order_id": f"#W{number}", "status": "pending", "created_at": "2026-05-01T10:00:00Z", "total": number / 100,
            "customer": {"first_name": self._name(self._firsts), "last_name": self._name(self._lasts)},
            "email": f"user{number}@example.com", "items": [{"sku": f"{number + n}", "price": 9.99} for n in range(6)],
            "note": self.sentence(),
        })  # fmt: skip

    def _name(self, names: list[str]) -> str:
        return self._random.choice(names).title()

    def _personal(self) -> str:
        number = self._random.randrange(1000, 9999)
        return self._random.choice((
            f"{self._name(self._firsts)} {self._name(self._lasts)}",
            f"user{number}@example.com",
            f"+1 415 555 {number}", f"{number} {self._name(self._lasts)} Street, Springfield, IL 62704",
            "4111 1111 1111 1111",
        ))  # fmt: skip


def distinct(kilobytes: int) -> Corpus:
    """Prose in which no text comes twice: the cache never helps."""
    writer = Writer()
    return Corpus("distinct prose", [[writer.paragraph(1_000)] for _ in range(kilobytes)], TextKind.PROSE)


def traffic(kilobytes: int) -> Corpus:
    """An agent's spans: each model call sends the instructions and the whole history again."""
    writer, traces, made = Writer(), list[list[str]](), 0
    system = writer.paragraph(3_000)
    while made < kilobytes * 1_000:
        texts: list[str] = []
        history: list[dict[str, str]] = [{"role": "system", "content": system}]
        for turn in range(10):
            history.append({"role": "user", "content": writer.sentence()})
            history.append({"role": "tool", "content": writer.record()})
            texts += [message["content"] for message in history]
            history.append({"role": "assistant", "content": writer.paragraph(200)})
            texts += [message["content"] for message in history[-3:] if turn % 2]
        traces.append(texts)
        made += sum(map(len, texts))
    return Corpus("agent traffic", traces, TextKind.DATA)


def exports(files: list[Path]) -> Corpus:
    """Every string of JSON files."""

    def strings(value: object) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            for inner in value.values() if isinstance(value, dict) else value:
                yield from strings(inner)

    return Corpus("exports", [list(strings(json.loads(file.read_text()))) for file in files], TextKind.DATA)


def talks(file: Path, most: int) -> Corpus:
    """Conversations of tau-bench (`{"traj": [message, ...]}`) as an agent sends them: each call the history again."""
    traces: list[list[str]] = []
    for talk in json.loads(file.read_text())[:most]:
        said = [message for message in talk["traj"] if isinstance(message.get("content"), str)]
        calls = [number for number, message in enumerate(said) if message["role"] == "assistant"]
        traces.append([message["content"] for call in calls for message in said[: call + 1]])
    return Corpus("tau-bench", traces, TextKind.PROSE)


def ours(corpus: Corpus) -> Callable[[], None]:
    """A scrubber that has seen nothing yet, with the trace's learning pass."""
    scrubber = Scrubber(Policy(), b"k" * 32)
    scrubber.text("Maria Lopez, 1 Main Street")  # reads the lists

    def run() -> None:
        for number, texts in enumerate(corpus.traces):
            with scrubber.trace(str(number)) as one:
                for text in texts:
                    one.learn(text, corpus.kind)
                for text in texts:
                    one.text(text, corpus.kind)

    return run


class BlankEngine(SpacyNlpEngine):
    """spaCy that cuts texts into words and knows nothing of them."""

    def load(self) -> None:
        """Nothing to load but English's rules for words."""
        self.nlp = {"en": spacy.blank("en")}  # type: ignore[assignment]  # declared as None


def stock_analyzer(model: str | None = None) -> AnalyzerEngine:
    """Presidio's default recognisers without its network access; with a spaCy model if one is named."""
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"])
    engine = _words(model)
    if model in {None, "blank"}:
        registry.remove_recognizer("SpacyRecognizer")
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])


def _words(model: str | None) -> NlpEngine:
    if model is None:
        return NoOpNlpEngine([{"lang_code": "en", "model_name": ""}])
    if model == "blank":
        engine: NlpEngine = BlankEngine([{"lang_code": "en", "model_name": "blank"}])
    else:
        engine = SpacyNlpEngine([{"lang_code": "en", "model_name": model}])
    engine.load()
    return engine


def stock(corpus: Corpus, model: str | None = None) -> Callable[[], None]:
    """Presidio as people use it: analysed text by text, then anonymised."""
    analyzer = stock_analyzer(model)
    anonymizer = AnonymizerEngine()  # type: ignore[no-untyped-call]

    def run() -> None:
        for text in corpus.texts:
            found = analyzer.analyze(text, language="en", score_threshold=0.4)
            anonymizer.anonymize(text, [Result(r.entity_type, r.start, r.end, r.score) for r in found])

    return run


def seconds(make: Callable[[Corpus], Callable[[], None]], corpus: Corpus) -> float:
    """CPU seconds of one pass."""
    run = make(corpus)
    start = time.process_time()
    run()
    return time.process_time() - start


def main() -> None:
    """Print one line a corpus: speed of both, ratio; the minimum of the rounds, taken in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kilobytes", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--model", help="blank, or a spaCy model that is installed")
    parser.add_argument("--json", type=Path, nargs="*", default=[])
    parser.add_argument("--talks", type=Path, help="conversations of tau-bench")
    parser.add_argument("--most", type=int, default=16, help="conversations that are taken")
    said = parser.parse_args()
    corpora = [distinct(said.kilobytes), traffic(4 * said.kilobytes)]
    corpora += [exports(said.json)] if said.json else []
    corpora += [talks(said.talks, said.most)] if said.talks else []
    print(f"{'corpus':16}{'MB':>6}{'Presidio MB/s':>15}{'Benchbook MB/s':>16}{'ratio':>8}")
    for corpus in corpora:
        theirs_too = partial(stock, model=said.model)
        pairs = [(seconds(theirs_too, corpus), seconds(ours, corpus)) for _ in range(said.rounds)]
        theirs, mine = min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
        size = corpus.megabytes
        print(f"{corpus.name:16}{size:6.2f}{size / theirs:15.2f}{size / mine:16.2f}{theirs / mine:8.1f}")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
