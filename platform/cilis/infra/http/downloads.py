"""Files of people, sent so that no browser ever runs or shows them as a page."""

from __future__ import annotations

import io

from flask import Response, send_file


def attachment(content: bytes, *, name: str, content_type: str) -> Response:
    """A file to save: never shown in place, never guessed at, an origin of its own."""
    response = send_file(
        io.BytesIO(content),
        mimetype=content_type,
        as_attachment=True,
        download_name=name,
        etag=False,
        max_age=None,
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response
