"""The API's own blueprint: flask-smorest's, with our base address and problems."""

from __future__ import annotations

from typing import Any

from flask_smorest import Api, Blueprint

from cilis.infra.http.problems import ProblemSchema


class ApiBlueprint(Blueprint):
    """A resource of the API; ``url_prefix`` starts with /api/v1."""

    def __init__(self, name: str, import_name: str, *, url_prefix: str, description: str) -> None:
        if not url_prefix.startswith("/api/v1/"):
            raise ValueError(f"{name}: addresses of the API start with /api/v1/")
        super().__init__(f"{name}_api", import_name, url_prefix=url_prefix, description=description)
        self.resource = name

    def problems(self, **codes: int) -> Any:
        """Document refusals: ``@blueprint.problems(slot_taken=409)``."""

        def wrap(view: Any) -> Any:
            by_status: dict[int, list[str]] = {}
            for code, status in codes.items():
                by_status.setdefault(status, []).append(code)
            for status, names in by_status.items():
                view = self.alt_response(
                    status,
                    schema=ProblemSchema,
                    description=", ".join(names),
                    content_type="application/problem+json",
                )(view)
            return view

        return wrap


class TenantApi(Api):
    """flask-smorest's Api without its own error pages and documents."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """The house has one place for refusals."""
