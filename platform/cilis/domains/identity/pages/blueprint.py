"""The blueprint of the room's pages, and what all of them need."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from cilis.kit.errors import DomainError, InvalidInput

pages = Blueprint("identity_pages", "cilis.domains.identity", template_folder="templates")


def form_again(template: str, refusal: DomainError, **values: Any) -> Response:
    """The form once more, with what was typed (never passwords) and what was wrong with it."""
    errors = refusal.fields if isinstance(refusal, InvalidInput) else {}
    code = "" if isinstance(refusal, InvalidInput) else refusal.code
    html = render_template(
        f"identity/{template}",
        errors=errors,
        refused=code,
        refused_values=refusal.values,
        typed={name: text for name, text in request.form.items() if "password" not in name},
        **values,
    )
    limited = refusal.status is HTTPStatus.TOO_MANY_REQUESTS
    answer = make_response(html, refusal.status if limited else HTTPStatus.UNPROCESSABLE_ENTITY)
    if limited:
        answer.headers["Retry-After"] = str(getattr(refusal, "retry_after", 60))
    return answer
