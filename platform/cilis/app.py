"""Puts the house together: the only place that wires rooms, hooks and extensions."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

import orjson
from flask import Flask, Response
from flask.json.provider import JSONProvider
from jinja2 import StrictUndefined
from typing_extensions import override
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from cilis import rooms
from cilis.config import settings
from cilis.hooks.manager import plugins
from cilis.infra import db, i18n, search, storage, tasks
from cilis.infra.http import problems
from cilis.infra.http.api import TenantApi, schema_names
from cilis.infra.http.front import Front
from cilis.infra.http.policies import PUBLIC, policy, require_policies
from cilis.infra.logs import set_up_logs
from cilis.kit import http
from cilis.kit.errors import DomainError
from cilis.web import assets, visit

log = logging.getLogger(__name__)


class _Orjson(JSONProvider):
    """orjson as Flask's JSON."""

    @override
    def dumps(self, obj: Any, **_: Any) -> str:
        return orjson.dumps(obj, default=str).decode()

    @override
    def loads(self, s: str | bytes, **_: Any) -> Any:
        return orjson.loads(s)

    @override
    def response(self, *args: Any, **kwargs: Any) -> Response:
        body = self._prepare_response_obj(args, kwargs)
        return Response(orjson.dumps(body, default=str), mimetype="application/json")


class _App(Flask):
    """Flask without the question, several times in every request, whether a view is async."""

    @override
    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def prepare_process(kind: str = "web") -> Flask:
    """What every process kind needs: database, plugins, texts, listeners. ``kind``: web, worker.

    Flask is part of it because Flask-SQLAlchemy owns the engine.
    """
    chosen = settings()
    set_up_logs(chosen.log_level)
    storage.require_client(chosen)
    app = _App("cilis.web", static_folder=None, template_folder="templates")
    app.json = _Orjson(app)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=db.dialect_url(chosen.database_url),
        SQLALCHEMY_ENGINE_OPTIONS=db.engine_options(chosen.pool_size),
        MAX_CONTENT_LENGTH=11 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        MAX_FORM_PARTS=500,
    )
    rooms.load_models()
    db.db.init_app(app)
    with app.app_context():
        limit = chosen.web_statement_ms if kind == "web" else chosen.worker_statement_ms
        db.bind(db.db.engine, statement_ms=limit)
    http.allow_networks(chosen.egress_allow)
    search.connect(
        chosen.elasticsearch_url,
        prefix=chosen.elasticsearch_prefix,
        own=chosen.own_indices(),
        shards=chosen.elasticsearch_shards,
        seconds=chosen.elasticsearch_ms / 1_000,
    )
    if not any(plugins.keys(kind_) for kind_ in plugins.specs):
        plugins.load_installed()
    folders = rooms.locale_folders() + [
        plugins.folder_of(kind_, key) / "locale" for kind_, key, _ in plugins.offers()
    ]
    i18n.load_catalogues(folders)
    tasks.configure(chosen.redis_url)
    rooms.load_listeners()
    return app


def create_app() -> Flask:
    """The web application: pages, API and gateways' notices of every tenant."""
    app = prepare_process("web")
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    assets.bind(app)
    visit.bind(app)
    visit.bind_templates(app)
    _bind_pages(app)
    _bind_api(app)
    _bind_problems(app)
    require_policies(app)
    app.wsgi_app = Front(app.wsgi_app)  # type: ignore[method-assign]
    if settings().trusted_proxies:
        count = settings().trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]
    return app


def _bind_pages(app: Flask) -> None:
    for module in rooms.pages():
        app.register_blueprint(module.pages)
    for module in rooms.drawers("pages"):
        app.register_blueprint(module.pages)
    for module in rooms.drawers("webhooks"):
        app.register_blueprint(module.blueprint)


def _bind_api(app: Flask) -> None:
    app.config.update(
        API_TITLE="API",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "info": {"description": "Everything a page does, for programs."},
            "components": {
                "securitySchemes": {
                    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
                }
            },
        },
    )
    api = TenantApi(app, spec_kwargs={"marshmallow_plugin": schema_names()})
    for module in rooms.drawers("api"):
        for blueprint in getattr(module, "blueprints", None) or (module.blueprint,):
            api.register_blueprint(blueprint)
    for endpoint, view in list(app.view_functions.items()):
        if endpoint.startswith("api-docs."):
            app.view_functions[endpoint] = policy(PUBLIC)(functools.partial(view))


def _bind_problems(app: Flask) -> None:
    app.register_error_handler(DomainError, problems.answer)
    app.register_error_handler(HTTPException, problems.answer_http)

    @app.errorhandler(Exception)
    def fault(problem: Exception) -> Response:
        log.error("fault", exc_info=problem)
        return problems.answer_fault()
