"""The routes that traces come in by: OTLP over HTTP, and Langfuse's paths for its SDK."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http import HTTPStatus
from secrets import token_hex

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from errors import BenchbookError, Malformed, UnsupportedMedia
from ingest.prepared import Prepared
from ingest.receive import answers
from ingest.receive.access import bears_token
from ingest.receive.body import discard
from ingest.receive.boundary import report
from ingest.receive.job import Content, Encoding, Job, Refusal, encoding_for_refusal, encoding_of, refusal_of
from ingest.receive.pool import Refused, WorkerDied
from ingest.receive.running import running

_ANY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
"""Streamlit answers every other path with its page: a GET of an endpoint would be told 200."""
_NO_TOKEN = Refusal(HTTPStatus.UNAUTHORIZED, "send the token of benchbook.toml as Bearer token or Basic password")
_ONLY_POST = Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "send a POST")
_RETRY = Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "the request could not be kept; send it again", 2)
_GONE = 499
"""The client has closed the connection; nobody reads this answer."""

Handler = Callable[[Request], Awaitable[Response]]
Refuser = Callable[[Request, Refusal], Response]


def routes() -> list[BaseRoute]:
    """All routes of the endpoint."""
    traces = _guarded(_otlp(Content.TRACES), _refuse_otlp)
    return [
        Route("/v1/traces", traces, methods=_ANY_METHOD),
        Route("/api/public/otel/v1/traces", traces, methods=_ANY_METHOD),
        Route("/v1/logs", _guarded(_otlp(Content.LOGS), _refuse_otlp), methods=_ANY_METHOD),
        Route("/v1/metrics", _guarded(_skip_metrics, _refuse_otlp), methods=_ANY_METHOD),
        Route("/api/public/scores", _guarded(_take_scores, _refuse_scores), methods=_ANY_METHOD),
        Route("/api/public/projects", _langfuse_projects, methods=["GET"]),
        Route("/api/public/health", _langfuse_health, methods=["GET"]),
        Route("/healthz", _health, methods=["GET"]),
    ]


def _guarded(handle: Handler, refuse: Refuser) -> Handler:
    """The handler with every error turned into an answer; none of them is 500."""

    async def guarded(request: Request) -> Response:
        if request.method != "POST":
            return refuse(request, _ONLY_POST)
        if not bears_token(request.headers, running().settings.server.token):
            await discard(request)
            return refuse(request, _NO_TOKEN)
        try:
            return await handle(request)
        except ClientDisconnect:
            return Response(status_code=_GONE)
        except Refused as refused:
            return refuse(request, refused.refusal)
        except WorkerDied:
            return refuse(request, _RETRY)
        except BenchbookError as error:
            return refuse(request, refusal_of(error))
        except Exception as error:  # noqa: BLE001  # clients drop a batch that is answered 500
            report("answering a request", error)
            return refuse(request, _RETRY)

    return guarded


def _refuse_otlp(request: Request, refusal: Refusal) -> Response:
    return answers.refused(refusal, encoding_for_refusal(request.headers.get("content-type", "")))


def _refuse_scores(_request: Request, refusal: Refusal) -> Response:
    return answers.scores_refused(refusal)


def _otlp(content: Content) -> Handler:
    async def take(request: Request) -> Response:
        encoding = await _encoding(request)
        async with running().bodies.body(request) as body:
            prepared = await _kept(_job(request, body, content=content, encoding=encoding))
        return answers.taken(prepared.rejected, content, encoding)

    return take


async def _take_scores(request: Request) -> Response:
    encoding = await _encoding(request)
    if encoding is not Encoding.JSON:
        await discard(request)
        raise UnsupportedMedia("the Content-Type", [Encoding.JSON.value])
    async with running().bodies.body(request) as body:
        if not body.strip():
            raise Malformed("the body is empty; send a score or a list of scores in JSON")
        job = _job(request, body, content=Content.SCORES, encoding=encoding)
        prepared = await _kept(job)
        is_list = job.coding != "" or body.lstrip()[:1] == b"["
    ids: list[str] = prepared.scores["id"].to_pylist()
    return answers.scores_taken(prepared.rejected, ids, is_single=not is_list)


async def _skip_metrics(request: Request) -> Response:
    encoding = await _encoding(request)
    await discard(request)
    return answers.taken([], Content.TRACES, encoding)


async def _encoding(request: Request) -> Encoding:
    try:
        return encoding_of(request.headers.get("content-type", ""))
    except UnsupportedMedia:
        await discard(request)
        raise


def _job(request: Request, body: bytes, *, content: Content, encoding: Encoding) -> Job:
    return Job(
        content=content,
        encoding=encoding,
        coding=request.headers.get("content-encoding", ""),
        batch=f"otlp-{token_hex(8)}",
        received_at=datetime.now(UTC),
        body=body,
    )


async def _kept(job: Job) -> Prepared:
    """What the request brought, once it is in the lake and synced."""
    now = running()
    with now.places.place():
        prepared = Prepared.from_ipc(await asyncio.wrap_future(now.pool.prepare(job)))
        if prepared.spans.num_rows or prepared.scores.num_rows:
            await asyncio.wrap_future(now.committer.keep(prepared))
        now.ledger.add_received(
            job.received_at,
            client="langfuse scores" if job.content is Content.SCORES else f"otlp {job.content.name.lower()}",
            source_format=job.encoding.name.lower(),
            spans=prepared.spans.num_rows,
            scores=prepared.scores.num_rows,
            refused=prepared.rejected,
        )
        return prepared


async def _langfuse_projects(request: Request) -> Response:
    """Langfuse's SDK asks for its project to check its keys."""
    if not bears_token(request.headers, running().settings.server.token):
        return answers.scores_refused(_NO_TOKEN)
    project = {"id": "benchbook", "name": "Benchbook", "organization": {"id": "benchbook", "name": "Benchbook"}}
    return JSONResponse({"data": [{**project, "metadata": {}}]})


async def _langfuse_health(_request: Request) -> Response:
    return JSONResponse({"status": "OK", "version": "benchbook"})


async def _health(_request: Request) -> Response:
    """200 while requests are taken; the loader's state is told beside it, as late pages lose nothing."""
    return JSONResponse({"status": "ok", "pages_behind": running().loader.state().is_failing})
