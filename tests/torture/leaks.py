"""The search for planted values in every byte that was written: as they are, encoded, and in what files unpack to."""

import base64
import gzip
import html
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import numpy as np

from tests.journey.canary import everything_under

_KEY = 8
_PDF_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Leak:
    """A planted value that was kept: where it was planted, in which form, and in which file it lies."""

    planted: str
    form: str
    file: str


def leaks(planted: dict[str, str], *roots: Path) -> set[Leak]:
    """Values (to where each was planted) that stand anywhere under the roots, in any of their forms."""
    forms = list(_forms(planted))
    keys: dict[int, list[tuple[bytes, str, str]]] = {}
    for text, form, where in forms:
        keys.setdefault(int.from_bytes(text[:_KEY], "little"), []).append((text, form, where))
    wanted = np.array(sorted(keys), dtype=np.uint64)
    found: set[Leak] = set()
    for root in roots:
        for name, content in everything_under(root):
            for unpacked in _unpacked(content):
                found |= {Leak(where, form, _shown(name, root)) for where, form in _in(unpacked, keys, wanted)}
    return found


def _in(
    content: bytes, keys: dict[int, list[tuple[bytes, str, str]]], wanted: "np.ndarray"
) -> Iterator[tuple[str, str]]:
    """Forms that stand in the content: their first eight bytes are looked up at every place at once."""
    if len(content) < _KEY:
        return
    for offset in range(_KEY):
        whole = (len(content) - offset) // _KEY
        words = np.frombuffer(content, dtype="<u8", count=whole, offset=offset)
        for place in np.flatnonzero(np.isin(words, wanted)):
            at = offset + int(place) * _KEY
            for text, form, where in keys[int(words[place])]:
                if content.startswith(text, at):
                    yield where, form


def _forms(planted: dict[str, str]) -> Iterator[tuple[bytes, str, str]]:
    for value, where in planted.items():
        plain = value.encode()
        said = {
            "as it is": plain, "percent-encoded": quote(value, safe="").encode(), "hex": plain.hex().encode(),
            "as JSON": json.dumps(value)[1:-1].encode(), "as HTML": html.escape(value).encode(),
            "UTF-16": value.encode("utf-16-le"),
            "backwards": plain[::-1], "upper case": value.upper().encode(), "lower case": value.lower().encode(),
            "without blanks": value.replace(" ", "").encode(),
        }  # fmt: skip
        if "@" in value:
            said["before the @"] = value.partition("@")[0].encode()
        for shift in range(3):  # base64 has another spelling for each place in a group of three
            coded = base64.b64encode(b"x" * shift + plain)
            said[f"base64, {shift}"] = coded[4 * (shift > 0) : len(coded) // 4 * 4 - 4]
        seen: set[bytes] = set()
        for form, text in said.items():
            if len(text) >= _KEY and text not in seen:
                seen.add(text)
                yield text, form, where


def _unpacked(content: bytes) -> Iterator[bytes]:
    """The content, and what is compressed in it."""
    yield content
    if content[:2] == b"\x1f\x8b":
        with suppress(OSError, EOFError, zlib.error):
            yield gzip.decompress(content)
    if content[:5] == b"%PDF-":
        for stream in _PDF_STREAM.findall(content):
            with suppress(zlib.error):
                yield zlib.decompress(stream)


def _shown(name: str, root: Path) -> str:
    """The file's name without what changes from run to run."""
    path = name.removeprefix(str(root)).lstrip("/") or root.name
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{20}", "N", path)


def names(found: Iterable[Leak]) -> list[str]:
    """One line for each, in order."""
    return sorted(f"{leak.planted} ({leak.form}) in {leak.file}" for leak in found)
