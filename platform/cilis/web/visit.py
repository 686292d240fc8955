"""The beginning and the end of every request: who looks, in which language, and may they."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, g, redirect, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header
from werkzeug.wrappers import Response as AnyResponse

from cilis.domains import identity, tenants
from cilis.infra import faults, i18n
from cilis.infra.db import reading
from cilis.infra.http import csrf
from cilis.infra.http.notices import write_notices
from cilis.infra.http.policies import Policy, policy_of
from cilis.infra.http.security import write_headers
from cilis.infra.http.session import clear_session, cookie_name, session_token, write_cookies
from cilis.kit.errors import Forbidden, NotSignedIn, Unavailable
from cilis.kit.viewer import Viewer

_LONGEST_ACCEPT = 500


def bind(app: Flask) -> None:
    """Run the visit around every request of the application."""
    app.before_request(_begin)
    app.after_request(_finish)
    app.teardown_request(_end)


def _begin() -> AnyResponse | None:
    """Load viewer and organization with one transaction, set the language, check the policy."""
    wanted = _policy()
    g.viewer = Viewer()  # until it is known: a refusal's page asks as well
    try:
        if wanted is None:  # no such route: the 404 page still needs a language
            _speak(g.viewer, organization())
            return None
        viewer = _viewer(wanted)
    except (NotSignedIn, Unavailable):
        _speak(g.viewer, g.get("organization"))  # the refusal is worded in somebody's language
        raise
    g.viewer = viewer
    _speak(viewer, g.get("organization"))
    identity.note_use(viewer)
    refusal = _admit(wanted, viewer)
    if refusal is not None:
        return refusal
    if not wanted.foreign and viewer.via != "api" and not _is_nameless_program():
        csrf.check()
    return None


def _is_nameless_program() -> bool:
    """A call of the API without cookie: it carries nothing that another site could misuse."""
    return request.path.startswith("/api/") and session_token() is None


def _policy() -> Policy | None:
    from flask import current_app  # noqa: PLC0415 - a proxy, read at request time

    if request.endpoint is None:
        return None
    return policy_of(current_app._get_current_object(), request.endpoint)  # type: ignore[attr-defined]  # noqa: SLF001


def _viewer(wanted: Policy) -> Viewer:
    if wanted.foreign:
        organization()
        return Viewer()
    header = request.headers.get("Authorization", "")
    bearer = header[7:] if header[:7].lower() == "bearer " else None
    cookie = None if bearer else session_token()
    known = tenants.known_organization()
    g.organization = known
    if known is not None and bearer is None and cookie is None:
        return Viewer()
    with reading() as session:
        if known is None:
            g.organization = tenants.organization(session)
        if bearer is not None:
            return identity.viewer_of_bearer(session, bearer)
        found = identity.viewer_of_cookie(session, cookie) if cookie else None
    if cookie and found is None:
        clear_session()
    return found or Viewer()


def _admit(wanted: Policy, viewer: Viewer) -> AnyResponse | None:
    if not wanted.signed_in:
        return None
    if viewer.person_id is None:
        if request.path.startswith("/api/") or request.method not in {"GET", "HEAD"}:
            raise NotSignedIn
        if request.headers.get("HX-Request"):
            # A part of a page that reads itself again: the whole page has to go, not the part.
            return Response(status=HTTPStatus.NO_CONTENT, headers={"HX-Refresh": "true"})
        return redirect(f"/log-in?next={quote(request.full_path.rstrip('?'))}", 303)
    if wanted.roles and not wanted.roles & viewer.roles:
        raise Forbidden(f"needs one of {sorted(wanted.roles)}")
    return None


def organization() -> tenants.Organization:
    """The organization whose site this is."""
    found = g.get("organization") or tenants.known_organization()
    if found is None:
        with reading() as session:
            found = tenants.organization(session)
    g.organization = found
    assert isinstance(found, tenants.Organization)  # noqa: S101 - tells mypy
    return found


def _speak(viewer: Viewer, found: tenants.Organization | None) -> None:
    """Word this answer for its reader; without a database every language is offered."""
    languages = found.languages if found else i18n.LANGUAGES
    default = found.default_language if found else "en"
    seen = request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - once, not at each use
    environ = seen.environ
    cookies = seen.cookies.to_dict() if "HTTP_COOKIE" in environ else {}
    zone = cookies.get(cookie_name("zone"), "")
    wishes = [cookies.get(cookie_name("language"), "")]
    if viewer.is_signed_in:
        zone, wishes = viewer.time_zone, [viewer.language, *wishes]
    asked = seen.args.get("lang", "")
    language = next((wish for wish in (asked, *wishes) if wish in languages), None)
    if language is None:
        accepted = environ.get("HTTP_ACCEPT_LANGUAGE", "")
        language = _best_language(str(accepted)[:_LONGEST_ACCEPT], languages) or default
    chosen = cookies.get(cookie_name("zone_choice"), "")  # on this device, for a while
    zone = chosen if i18n.is_zone(chosen) else zone
    if not i18n.is_zone(zone):
        zone = found.time_zone if found else "UTC"
    g.visit = i18n.speaking(language, zone, fallback=default)
    g.visit.__enter__()


@functools.lru_cache(maxsize=1024)
def _best_language(accepted: str, languages: tuple[str, ...]) -> str | None:
    """What of these languages a browser's Accept-Language asks for first (RFC 9110, 12.5.4)."""
    return parse_accept_header(accepted, LanguageAccept).best_match(languages)


def _finish(response: Response) -> Response:
    """Cookies, notices and headers; notices come first, they may set a cookie."""
    write_headers(write_cookies(write_notices(response)))
    faults.crash_point("before_reply")
    return response


def _end(_: BaseException | None) -> None:
    voice = g.pop("visit", None)
    if voice is not None:
        voice.__exit__(None, None, None)


def template_globals() -> Mapping[str, Any]:
    """What every template may say."""
    from cilis.infra.files import public_url  # noqa: PLC0415
    from cilis.infra.http import viewer as viewers  # noqa: PLC0415
    from cilis.infra.http.notices import notices  # noqa: PLC0415

    return {
        "_": i18n.gettext,
        "ngettext": i18n.ngettext,
        "format_money": i18n.format_money,
        "format_date": i18n.format_date,
        "format_time": i18n.format_time,
        "format_datetime": i18n.format_datetime,
        "format_day_short": i18n.format_day_short,
        "format_number": i18n.format_number,
        "format_percent": i18n.format_percent,
        "short_weekday": i18n.short_weekday,
        "ago": i18n.ago,
        "local": i18n.local,
        "translated": i18n.translated,
        "zone_label": i18n.zone_label,
        "country_name": i18n.country_name,
        "language_name": i18n.language_name,
        "current_language": i18n.current_language,
        "current_zone": i18n.current_zone,
        "error_text": i18n.error_text,
        "csrf_field": csrf.csrf_field,
        "csrf_token": csrf.csrf_token,
        "idempotency_key": csrf.idempotency_key,
        "media": public_url,
        "notices": notices,
        "viewer": viewers.viewer,
        "organization": organization,
    }


def bind_templates(app: Flask) -> None:
    """Give templates their vocabulary: `viewer` and `organization` are values, not calls."""
    words = dict(template_globals())
    lazy_viewer, lazy_organization = words.pop("viewer"), words.pop("organization")
    app.jinja_env.globals.update(words)

    @app.context_processor
    def _who() -> dict[str, Any]:
        return {"viewer": lazy_viewer(), "organization": lazy_organization()}


__all__ = ["Response", "bind", "bind_templates", "organization"]
