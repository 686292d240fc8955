"""The API's own blueprint: flask-smorest's, with our base address and problems."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import make_schema_key, resolve_schema_instance
from flask_smorest import Api, Blueprint
from typing_extensions import override
from webargs.flaskparser import FlaskParser

from cilis.infra.http.policies import PUBLIC, Policy
from cilis.infra.http.problems import ProblemSchema

PROBLEM = "application/problem+json"


class _Parser(FlaskParser):
    """webargs' parser that reads a query of single values as a plain mapping."""

    @override
    def load_querystring(self, req: Any, schema: Any) -> Any:
        found = super().load_querystring(req, schema)
        return found if found.multiple_keys else req.args.to_dict()


class ApiBlueprint(Blueprint):
    """A resource of the API; ``url_prefix`` starts with /api/v1."""

    ARGUMENTS_PARSER = _Parser()

    def __init__(self, name: str, import_name: str, *, url_prefix: str, description: str) -> None:
        if not url_prefix.startswith("/api/v1/"):
            raise ValueError(f"{name}: addresses of the API start with /api/v1/")
        super().__init__(name, import_name, url_prefix=url_prefix, description=description)
        self._prepare_doc_cbks.append(_document_refusals)

    def arguments(self, schema: Any, **options: Any) -> Any:
        """Take arguments by a schema, made once here and not anew at every request."""
        made = schema() if isinstance(schema, type) else schema
        return super().arguments(made, **options)

    def _store_endpoint_docs(self, endpoint: str, obj: Any, *args: Any, **options: Any) -> None:
        super()._store_endpoint_docs(endpoint, obj, *args, **options)
        for about in self._docs[endpoint].values():
            if isinstance(about, dict):
                about["policy"] = getattr(obj, "__policy__", PUBLIC)

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
                    content_type=PROBLEM,
                )(view)
            return view

        return wrap


class TenantApi(Api):
    """flask-smorest's Api without its own error pages and documents."""

    ERROR_SCHEMA = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME = None  # every operation names its refusals

    def _register_error_handlers(self) -> None:
        """The house has one place for refusals."""

    def _register_responses(self) -> None:
        usual = str(Api.DEFAULT_RESPONSE_CONTENT_TYPE)
        self.DEFAULT_RESPONSE_CONTENT_TYPE = PROBLEM
        super()._register_responses()
        self.DEFAULT_RESPONSE_CONTENT_TYPE = usual


def _document_refusals(
    doc: dict[str, Any], doc_info: dict[str, Any], *, method: str, **_: Any
) -> dict[str, Any]:
    """Name what the house refuses before a view is asked, beside the view's own refusals."""
    wanted: Policy = doc_info.pop("policy", PUBLIC)
    usual = {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,  # also where nobody must sign in: a token that ended
        HTTPStatus.NOT_FOUND,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
    }
    if method != "get":
        usual |= {HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}
        usual |= {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE}
    if wanted.roles:
        usual.add(HTTPStatus.FORBIDDEN)
    if "arguments" in doc_info or method != "get":
        usual.add(HTTPStatus.UNPROCESSABLE_ENTITY)
    responses = doc.setdefault("responses", {})
    known = {int(status) for status in responses}
    responses.update({str(int(one)): one.name for one in usual if int(one) not in known})
    return doc


def schema_names() -> MarshmallowPlugin:
    """Name schemas in the document after room and class, so that two rooms may use one word."""
    named: dict[Any, str] = {}
    used: set[str] = set()

    def resolve(schema: Any) -> str:
        instance = resolve_schema_instance(schema)
        key = make_schema_key(instance)
        if key not in named:
            kind = type(instance)
            room = kind.__module__.split(".")[2] if ".domains." in kind.__module__ else ""
            plain = kind.__name__.removesuffix("Schema")
            base = plain if plain.lower().startswith(room[:4]) else f"{room.capitalize()}{plain}"
            partial = "Changes" if instance.partial else ""
            name, count = base + partial, 2
            while name in used:
                name, count = f"{base}{partial}{count}", count + 1
            used.add(name)
            named[key] = name
        return named[key]

    return MarshmallowPlugin(schema_name_resolver=resolve)
