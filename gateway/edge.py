"""Where errors of the rooms below become problems: each class once, and nowhere else."""

import math

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from broker.errors import ExchangeError
from gateway.language import preferred
from gateway.problems import PROBLEMS, FieldProblem, Problem, respond
from gateway.reading import field_problem
from gateway.tracing import trace_of
from registry.cases import AliasTaken
from registry.idempotency import IdempotencyClash
from registry.quotas import QuotaExhausted
from registry.store import StoreBusy, StoreUnavailable

_log = structlog.get_logger("gateway")
_POINTERS = {
    "status.unknown": "/status",
    "status.reference_unknown": "/reference",
    "status.system_unknown": "/system",
}
_BY_STATUS = {404: "route.unknown", 405: "method.not_allowed"}


def problem_of(error: Exception) -> Problem | None:  # noqa: PLR0911 - one table, a line for each.
    """Give an error its problem; None for one that nobody expected."""
    match error:
        case Problem():
            return error
        case ExchangeError() if error.code in PROBLEMS:
            pointer = _POINTERS.get(error.code)
            kind = PROBLEMS[error.code]
            return Problem(error.code, errors=[FieldProblem(pointer, error.code, kind.fa, kind.en)] if pointer else ())
        case AliasTaken():
            taken = f"{error.system}: {error.value}"  # Both are the caller's own words.
            return Problem("alias.taken", (f"از آن پروندهٔ دیگری است: {taken}", f"Of another case already: {taken}"))
        case IdempotencyClash():
            return Problem("idempotency.clash")
        case QuotaExhausted():
            return _used_up(error)
        case StoreBusy() | StoreUnavailable():
            return Problem("store.unavailable", headers={"Retry-After": "5"})
        case _:
            return None


def _used_up(error: QuotaExhausted) -> Problem:
    at = error.resets_at.isoformat()
    said = (
        f"سهمیهٔ روزانه {error.quota} است و از {at} تازه می‌شود",
        f"The quota is {error.quota} a day; it begins anew at {at}",
    )
    headers = {"Retry-After": str(math.ceil(error.wait.total_seconds()))}
    return Problem("quota.exhausted", said, headers=headers, extra={"quota": error.quota, "resets_at": at})


def install(app: FastAPI) -> None:
    """Register the handlers."""
    expected = (Problem, ExchangeError, AliasTaken, IdempotencyClash, QuotaExhausted, StoreBusy, StoreUnavailable)
    for kind in expected:
        app.add_exception_handler(kind, _expected)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _parameters)
    app.add_exception_handler(Exception, _unexpected)


def _answer(request: Request, problem: Problem) -> Response:
    return respond(problem, preferred(request.headers.get("accept-language")), trace_of(request.scope).trace_id)


async def _expected(request: Request, error: Exception) -> Response:
    problem = problem_of(error)
    return await _unexpected(request, error) if problem is None else _answer(request, problem)


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return await _unexpected(request, error)
    headers = dict(error.headers or {})
    return _answer(request, Problem(_BY_STATUS.get(error.status_code, "request.invalid"), headers=headers))


async def _parameters(request: Request, error: Exception) -> Response:
    """Path and query parameters are the only things FastAPI validates here; bodies are read by `reading.py`."""
    if not isinstance(error, RequestValidationError):
        return await _unexpected(request, error)
    return _answer(request, Problem("request.invalid", errors=[field_problem(item) for item in error.errors()]))


async def _unexpected(request: Request, error: Exception) -> Response:
    answer = _answer(request, unexpected(request, error))
    # This answer is made outside of the tracing layer.
    answer.headers["traceparent"] = trace_of(request.scope).parent
    return answer


def unexpected(request: Request, error: Exception) -> Problem:
    """Log an error that nobody expected; the caller learns the trace and nothing else."""
    trace_id = trace_of(request.scope).trace_id
    _log.error("request failed", trace_id=trace_id, path=request.url.path, exc_info=error)
    return Problem("internal")
