"""``Idempotency-Key`` on unsafe API calls, and the hidden key of page forms."""

from __future__ import annotations

import functools
import hashlib
import hmac
from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from uuid import UUID

from flask import make_response, request

from cilis.infra.http.session import session_token
from cilis.infra.http.viewer import viewer
from cilis.infra.idempotency import Claim, Replay, claiming
from cilis.infra.secrets import signing_keys
from cilis.kit.errors import InvalidInput

F = TypeVar("F", bound=Callable[..., Any])
MAX_KEY = 128


def idempotent(operation: str, *, again: Callable[[UUID], Any] | None = None) -> Callable[[F], F]:
    """Let the caller repeat this operation safely with the same key.

    The use case claims the key in its own first transaction. A repeat runs ``again`` with the id
    of what was made and answers with the first status and ``Idempotent-Replayed: true``.
    """

    def wrap(view: F) -> F:
        @functools.wraps(view)
        def once(*args: Any, **kwargs: Any) -> Any:
            key = request.headers.get("Idempotency-Key") or request.form.get("_key")
            if not key:
                return view(*args, **kwargs)
            if len(key) > MAX_KEY or not key.isprintable():
                raise InvalidInput({"Idempotency-Key": ["invalid"]})
            try:
                with claiming(_claim(operation, key)):
                    return view(*args, **kwargs)
            except Replay as replay:
                return _repeat(replay, again)

        return once  # type: ignore[return-value]

    return wrap


def _claim(operation: str, key: str) -> Claim:
    """The wish; of the body only a keyed digest, as it may hold a password worth guessing at."""
    who = viewer()
    owner = str(who.person_id or who.session_id or session_token() or request.remote_addr)
    if request.form or request.files:
        pairs = sorted(
            (name, value)
            for name, value in request.form.items(multi=True)
            if name not in {"_csrf", "_key"}
        )
        body = repr(pairs).encode() + b"".join(_digests())
    else:
        body = request.get_data(cache=True)
    whole = request.path.encode() + b"\x00" + body
    digest = hmac.new(signing_keys("idempotency")[0], whole, hashlib.sha256).hexdigest()
    if request.form or request.files:
        # A form that was kept open and filled in otherwise is another wish, not a wrong repeat.
        key = hashlib.sha256(f"{key}\x00{digest}".encode()).hexdigest()
    return Claim(key, hashlib.sha256(owner.encode()).hexdigest(), operation, digest)


def _digests() -> Iterator[bytes]:
    """What uploaded files hold: another file under the same key is another wish."""
    for name, file in sorted(request.files.items(multi=True), key=lambda pair: pair[0]):
        yield name.encode() + hashlib.sha256(file.stream.read()).digest()
        file.stream.seek(0)


def _repeat(replay: Replay, again: Callable[[UUID], Any] | None) -> Any:
    if again is None or replay.made_id is None:
        response = make_response("", 204)
        response.headers["Idempotent-Replayed"] = "true"
        return response
    result = again(replay.made_id)
    if request.path.startswith("/api/"):
        return result, None, {"Idempotent-Replayed": "true"}
    response = make_response(result)
    response.headers["Idempotent-Replayed"] = "true"
    return response
