"""One strange span must not cost its request: what meets an error of ours is found by halving, and refused alone.

Without it a client would be asked to send the request again, for ever, until it drops the good spans with the bad one.
"""

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from errors import BenchbookError
from ingest.formats.otlp_spans import refused
from ingest.prepared import Prepared
from ingest.raw import Raw, Raws, Rejected
from ingest.receive.boundary import place_of

Prepare = Callable[[Iterable[Raw]], Prepared]
MOST_APART = 200
"""Strange spans that are looked for in one request; with more it fails as a whole."""


def prepared(prepare: Prepare, read: Callable[[], Raws]) -> Prepared:
    """What `prepare` makes of what `read` gives; what it stumbles over is refused, with the place in our code.

    Raises what `prepare` raises on purpose, `MemoryError`, and what it raises when too many are strange.
    """
    try:
        return prepare(read())
    except (BenchbookError, MemoryError):
        raise
    except Exception:  # whatever it is: what it comes of is looked for, and raised again when that is not found
        strange = dict(islice(_strange(prepare, list(read()), 0), MOST_APART + 1))
        if not strange or len(strange) > MOST_APART:
            raise
    # all others together: what is known of a person in one span is looked for in every span of the trace
    return prepare(strange.get(place, raw) for place, raw in enumerate(read()))


def _strange(prepare: Prepare, raws: Sequence[Raw], first: int) -> Iterator[tuple[int, Rejected]]:
    """Places of the raws that cannot be prepared, each with what is said of it."""
    try:
        prepare(copy.deepcopy(raws))
    except (BenchbookError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - nothing of it is quoted: its message could
        if len(raws) == 1:
            reason = f"could not be read ({place_of(error)})"
            yield first, refused(f"span {first + 1}", reason, repr(raws[0]))
            return
        half = len(raws) // 2
        yield from _strange(prepare, raws[:half], first)
        yield from _strange(prepare, raws[half:], first + half)
