"""Which of many values stand in many bytes, at one pass: hundreds of values in gigabytes take a minute, not an hour."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

_HEAD = 8
_BITS = 20
_MIXER = np.uint64(0x9E3779B97F4A7C15)  # of the golden ratio: spreads what differs in any byte
_AT_ONCE = 32 * 2**20


class Needles:
    """Values of at least eight bytes each, found by their first eight; every hit is looked at in full."""

    def __init__(self, values: Iterable[bytes]) -> None:
        self._by_head: dict[bytes, list[bytes]] = {}
        for value in values:
            assert len(value) >= _HEAD, "too short to be told from chance"
            self._by_head.setdefault(value[:_HEAD], []).append(value)
        heads = np.frombuffer(b"".join(self._by_head), dtype="<u8")
        self._may_be = np.zeros(1 << _BITS, dtype=bool)
        self._may_be[_slots(heads)] = True

    def found_in(self, haystack: bytes) -> set[bytes]:
        """Those that stand in it."""
        found: set[bytes] = set()
        for first in range(0, max(len(haystack) - _HEAD + 1, 0), _AT_ONCE):
            part = haystack[first : first + _AT_ONCE + _HEAD - 1]
            for shift in range(min(_HEAD, len(part) - _HEAD + 1)):
                words = np.frombuffer(part, dtype="<u8", offset=shift, count=(len(part) - shift) // _HEAD)
                for place in np.flatnonzero(self._may_be[_slots(words)]):
                    at = first + shift + _HEAD * int(place)
                    known = self._by_head.get(haystack[at : at + _HEAD], ())
                    found.update(value for value in known if haystack.startswith(value, at))
        return found


def _slots(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    return (words * _MIXER) >> np.uint64(64 - _BITS)
