"""What passes between the app and its workers, in plain values: a request as it came, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus

from errors import BenchbookError, Busy, Malformed, RefusedInput, StoreFailed, TooLarge, UnsupportedMedia

STORE_RETRY_SECONDS = 5
_CHARSETS = {"utf-8", "utf8", "us-ascii", "ascii"}


class Encoding(StrEnum):
    """How a body is encoded; the answer is encoded alike."""

    PROTOBUF = "application/x-protobuf"
    JSON = "application/json"


class Content(StrEnum):
    """What a request carries. The value names it in OTLP's partial success."""

    TRACES = "rejectedSpans"
    LOGS = "rejectedLogRecords"
    SCORES = "rejectedScores"


@dataclass(frozen=True, slots=True)
class Job:
    """One request as it came in."""

    content: Content
    encoding: Encoding
    coding: str  # the Content-Encoding header
    batch: str
    received_at: datetime
    body: bytes


@dataclass(frozen=True, slots=True)
class Failed:
    """The worker met an error of our own; `place` says where, without any content."""

    place: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that was not taken: the HTTP status, why, and when to come back."""

    status: int
    message: str
    retry_after_seconds: int | None = None


def encoding_of(content_type: str) -> Encoding:
    """The encoding that a Content-Type names, its parameters read; raises `UnsupportedMedia`."""
    kind, _, parameters = content_type.partition(";")
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in _CHARSETS:
            raise UnsupportedMedia("the charset of the Content-Type", ["utf-8"])
    match kind.strip().lower():
        case "application/x-protobuf" | "application/protobuf":
            return Encoding.PROTOBUF
        case "application/json":
            return Encoding.JSON
    raise UnsupportedMedia("the Content-Type", [encoding.value for encoding in Encoding])


def encoding_for_refusal(content_type: str) -> Encoding:
    """The encoding to refuse in, also when the request's own cannot be read."""
    return Encoding.PROTOBUF if "protobuf" in content_type.lower() else Encoding.JSON


def refusal_of(error: BenchbookError) -> Refusal:
    """The HTTP form of an error. What the client may send again is 503, never 500: clients drop a batch on 500."""
    match error:
        case TooLarge():
            return Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(error))
        case UnsupportedMedia():
            return Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, str(error))
        case RefusedInput():
            return Refusal(HTTPStatus.BAD_REQUEST, str(error))
        case Busy():
            return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, str(error), error.retry_after_seconds)
        case StoreFailed():
            return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, str(error), STORE_RETRY_SECONDS)
    return Refusal(HTTPStatus.BAD_REQUEST, str(error))


def malformed(what: str) -> Refusal:
    """A refusal of a body that is not what it claims to be."""
    return refusal_of(Malformed(what))
