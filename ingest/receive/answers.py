"""What a client is told: OTLP answers in the encoding of its request, and the answers of Langfuse's score endpoint.

Protobuf answers have two fields at most, so they are written here by hand (wire format: tag, length, bytes).
"""

from http import HTTPStatus

import orjson
from starlette.responses import Response

from ingest.raw import Rejected
from ingest.receive.job import Content, Encoding, Refusal, malformed

REASONS_TOLD = 5
"""Different reasons named in one partial success; the rest are counted."""

_GRPC_CODES = {400: 3, 401: 16, 405: 12, 413: 11, 415: 3, 503: 14}
"""HTTP status to google.rpc.Code."""


def refused(refusal: Refusal, encoding: Encoding) -> Response:
    """A google.rpc.Status in the request's encoding, with Retry-After when the client may come back."""
    code = _GRPC_CODES.get(refusal.status, 2)
    if encoding is Encoding.JSON:
        body = orjson.dumps({"code": code, "message": refusal.message})
    else:
        body = _integer(1, code) + _text(2, refusal.message)
    headers = {}
    if refusal.retry_after_seconds is not None:
        headers["Retry-After"] = str(refusal.retry_after_seconds)
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Basic realm="Benchbook", charset="UTF-8"'
    if refusal.status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = "POST"
    return Response(body, refusal.status, headers, media_type=encoding.value)


def taken(rejected: list[Rejected], content: Content, encoding: Encoding) -> Response:
    """Success; with a partial success when something in the request was refused and the rest kept."""
    if not rejected:
        return Response(b"{}" if encoding is Encoding.JSON else b"", media_type=encoding.value)
    count, why = sum(one.spans for one in rejected), _reasons(rejected)
    if encoding is Encoding.JSON:
        # 64-bit integers are text in OTLP's JSON
        said = {"partialSuccess": {content.value: str(count), "errorMessage": why}}
        return Response(orjson.dumps(said), media_type=encoding.value)
    return Response(_bytes(1, _integer(1, count) + _text(2, why)), media_type=encoding.value)


def scores_taken(rejected: list[Rejected], ids: list[str], *, is_single: bool) -> Response:
    """As Langfuse answers: the id for a single score; for an array 202, or 207 with counts when some were refused."""
    if is_single and ids and not rejected:
        return _json({"id": ids[0]}, HTTPStatus.OK)
    if is_single:
        return scores_refused(malformed(_reasons(rejected) or "there is no score in the body"))
    if not rejected:
        return _json({"message": "Accepted"}, HTTPStatus.ACCEPTED)
    errors = [{"message": f"{one.position}: {one.reason}"} for one in rejected]
    return _json({"accepted": len(ids), "rejected": len(rejected), "errors": errors}, HTTPStatus.MULTI_STATUS)


def scores_refused(refusal: Refusal) -> Response:
    """An error as Langfuse's client reads it."""
    response = _json({"message": refusal.message, "error": HTTPStatus(refusal.status).phrase}, refusal.status)
    if refusal.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(refusal.retry_after_seconds)
    return response


def _json(value: object, status: int) -> Response:
    return Response(orjson.dumps(value), status, media_type=Encoding.JSON.value)


def _reasons(rejected: list[Rejected]) -> str:
    """The reasons, each with the first place it was met: ours, never a quotation."""
    first: dict[str, str] = {}
    for one in rejected:
        first.setdefault(one.reason, one.position)
    told = [f"{position}: {reason}" for reason, position in list(first.items())[:REASONS_TOLD]]
    more = len(first) - len(told)
    return "; ".join(told) + (f"; and {more} other reasons" if more > 0 else "")


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def _integer(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode())
