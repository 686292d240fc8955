"""Refusals as answers: problem+json for programs (RFC 9457), a page for people."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from flask import Response, render_template, request
from markupsafe import Markup
from marshmallow import fields
from werkzeug.exceptions import HTTPException

from cilis.infra.http.schemas import Strict, flatten
from cilis.infra.i18n import current_language, error_text
from cilis.kit.errors import DomainError, InvalidInput, TooMany, Unavailable

_CODES = {
    400: "malformed",
    401: "not_signed_in",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "timeout",
    409: "conflict",
    413: "too_large",
    415: "wrong_content_type",
    422: "invalid_input",
    429: "too_many_requests",
}
_BARE = Markup(
    '<!doctype html><html lang="{language}"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<title>{words}</title><h1>{words}</h1></html>\n"
)
"""A page that asks nobody anything: without a database there is no name and no colour."""


class FieldProblemSchema(Strict):
    """What is wrong with one field."""

    field = fields.String(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)


class ProblemSchema(Strict):
    """Why a request was refused (RFC 9457, with a stable code)."""

    type = fields.String(required=True, metadata={"example": "about:blank"})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True, metadata={"example": "slot_taken"})
    detail = fields.String(required=True)
    errors = fields.List(fields.Nested(FieldProblemSchema))
    values = fields.Dict()


def wants_problem() -> bool:
    """Whether the caller is a program."""
    return request.path.startswith(("/api/", "/hooks/"))


def answer(refusal: DomainError) -> Response:
    """Turn a refusal into what this caller understands."""
    if isinstance(refusal, InvalidInput) and wants_problem():
        return _problem(refusal.status, refusal.code, fields_=refusal.fields)
    extra = {"Retry-After": str(refusal.retry_after)} if isinstance(refusal, TooMany) else {}
    if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE:
        extra = {"Retry-After": "5"}
    if wants_problem():
        return _problem(refusal.status, refusal.code, values=refusal.values, headers=extra)
    return _page(refusal.status, refusal.code, refusal.values, extra)


def answer_http(problem: HTTPException) -> Response:
    """Turn Werkzeug's and flask-smorest's own refusals into the same forms."""
    if problem.response is not None and isinstance(problem.response, Response):
        return problem.response
    status = HTTPStatus(problem.code or 500)
    if 300 <= status < 400:
        return problem.get_response()  # type: ignore[return-value]
    code = _CODES.get(status, "refused" if status < 500 else "fault")
    data = getattr(problem, "data", None)
    headers = dict((getattr(problem, "valid_methods", None) and _allow(problem)) or {})
    if wants_problem():
        messages = data.get("messages") if isinstance(data, dict) else None
        found = _by_field(messages) if messages else None
        return _problem(status, code, fields_=found, headers=headers)
    return _page(status, code, {}, headers)


def answer_fault() -> Response:
    """What is said of an unexpected fault: nothing about it."""
    if wants_problem():
        return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "fault")
    return _page(HTTPStatus.INTERNAL_SERVER_ERROR, "fault", {}, {})


def _allow(problem: HTTPException) -> dict[str, str]:
    return {"Allow": ", ".join(getattr(problem, "valid_methods", None) or [])}


def _by_field(messages: Any) -> dict[str, list[str]]:
    if isinstance(messages, dict) and len(messages) == 1:
        ((place, below),) = messages.items()
        if place in {"json", "query", "files", "form", "json_or_form", "headers", "path"}:
            messages = below
    return flatten(messages)


def _problem(
    status: HTTPStatus | int,
    code: str,
    *,
    fields_: dict[str, list[str]] | None = None,
    values: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    status = HTTPStatus(status)
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": int(status),
        "code": code,
        "detail": error_text(code, **(values or {})),
    }
    if fields_:
        body["errors"] = [
            {"field": name, "code": each, "detail": error_text(each)}
            for name, codes in fields_.items()
            for each in codes
        ]
    if values:
        body["values"] = values
    response = Response(
        orjson.dumps(body, default=str), status=int(status), content_type="application/problem+json"
    )
    response.headers.update(headers or {})
    return response


def _page(
    status: HTTPStatus | int, code: str, values: dict[str, Any], headers: dict[str, str]
) -> Response:
    status = HTTPStatus(status)
    words = error_text(code, **values)
    try:
        html = render_template(
            "errors/refusal.html", status=int(status), code=code, detail=words, values=values
        )
    except Unavailable:
        html = _BARE.format(language=current_language(), words=words)
    response = Response(html, status=int(status), content_type="text/html; charset=utf-8")
    response.headers.update(headers)
    return response
