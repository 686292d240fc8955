"""Built assets by their plain names, and public files of tenants."""

from __future__ import annotations

import functools
from pathlib import Path

import orjson
from flask import Blueprint, Flask, Response, send_from_directory

from cilis.infra import files
from cilis.infra.http.policies import PUBLIC, policy

BUILD = Path(__file__).parent / "static" / "build"
_FOREVER = "public, max-age=31536000, immutable"
_TYPES = {"webp": "image/webp", "svg": "image/svg+xml", "png": "image/png"}

blueprint = Blueprint("assets", __name__)


@functools.cache
def manifest() -> dict[str, str]:
    """Plain name -> hashed name of every built file; empty before the assets are built."""
    path = BUILD / "manifest.json"
    if not path.exists():
        return {}
    found: dict[str, str] = orjson.loads(path.read_bytes())
    return found


def asset(name: str) -> str:
    """The address of a built file by its plain name, such as ``site.css``."""
    return f"/static/{manifest().get(name, name)}"


@blueprint.get("/static/<path:name>")
@policy(PUBLIC)
def built(name: str) -> Response:
    """A built file; in the demo and in production the server hands these out by itself."""
    response = send_from_directory(BUILD, name)
    response.headers["Cache-Control"] = _FOREVER
    return response


@blueprint.get("/media/<key>")
@policy(PUBLIC)
def media(key: str) -> Response:
    """A public file of this tenant, inert whatever it holds."""
    response = Response(
        files.read_public(key),
        content_type=_TYPES.get(key.rpartition(".")[2], "application/octet-stream"),
    )
    response.headers["Cache-Control"] = _FOREVER
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    # Mails show logo and portraits, and are read on other sites.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def bind(app: Flask) -> None:
    """Serve assets and let templates name them."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals["asset"] = asset
