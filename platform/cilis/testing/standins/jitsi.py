"""A Jitsi server's front door: reads the token, shows who enters which room in which role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, render_template, request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from cilis.kit import clock
from cilis.testing.standins.memory import lead_to, seal_page, state
from cilis.testing.standins.state import Account

GATEWAY = "jitsi"
pages = Blueprint("jitsi", __name__, url_prefix="/jitsi")


class NotAdmitted(Exception):
    """The door stays shut; the message says why."""


@pages.get("/external_api.js")
def script() -> Response:
    """The smallest thing that answers to the name of Jitsi's own script."""
    return Response(_SCRIPT, content_type="text/javascript")


@pages.get("/<room>")
def enter(room: str) -> Response:
    """A room."""
    try:
        claims = admitted(room, request.args.get("jwt", ""), request.host.partition(":")[0])
    except NotAdmitted as refusal:
        return seal_page(render_template("standins/door.html", room=room, reason=refusal), 403)
    user = claims["context"]["user"]
    with state().lock:
        inside = state().inside.setdefault(room.lower(), {})
        role = "host" if user["moderator"] == "true" else "guest"
        inside[str(user["id"])] = f"{user['name']} ({role})"
        people = list(inside.values())
    return seal_page(
        render_template("standins/room.html", room=room, user=user, role=role, people=people)
    )


@pages.post("/<room>/leave")
def leave(room: str) -> Response:
    """Out again."""
    with state().lock:
        state().inside.get(room.lower(), {}).pop(request.form.get("person", ""), None)
    return lead_to("/jitsi/")


@pages.get("/")
def outside() -> Response:
    """Where one stands after leaving."""
    return seal_page(render_template("standins/outside.html", rooms=state().inside))


def admitted(room: str, token: str, domain: str) -> Mapping[str, Any]:
    """The claims of a token that opens this room now, checked as prosody does; NotAdmitted."""
    claims = _read(token)
    now = clock.now().timestamp()
    if claims.get("sub") not in {domain, "*"}:
        raise NotAdmitted("The token is for another server.")
    if str(claims.get("room", "")).lower() != room.lower():
        raise NotAdmitted("The token is for another room.")
    if not isinstance(claims.get("nbf"), int) or now < claims["nbf"]:
        raise NotAdmitted("It is too early.")
    if not isinstance(claims.get("exp"), int) or now >= claims["exp"]:
        raise NotAdmitted("It is too late.")
    user = claims.get("context", {}).get("user", {})
    if not all(isinstance(user.get(name), str) for name in ("id", "name", "moderator")):
        raise NotAdmitted("The token names nobody.")
    return claims


def _read(token: str) -> dict[str, Any]:
    for account in state().contents.accounts:
        if account.gateway == GATEWAY and (claims := _opened(token, account)):
            return claims
    raise NotAdmitted("The token is missing or not signed by anybody known here.")


def _opened(token: str, account: Account) -> dict[str, Any] | None:
    try:
        found = jwt.decode(token, OctKey.import_key(account.secret), algorithms=["HS256"])
    except (JoseError, ValueError):
        return None
    claims = dict(found.claims)
    fits = claims.get("iss") == account.key and claims.get("aud") == account.audience
    return claims if fits else None


_SCRIPT = """\
// A stand-in for Jitsi's external_api.js: the same name, an iframe, two events.
window.JitsiMeetExternalAPI = class {
  constructor(domain, options) {
    this.heard = {};
    this.frame = document.createElement("iframe");
    const token = options.jwt ? `?jwt=${encodeURIComponent(options.jwt)}` : "";
    this.frame.src = `${location.protocol}//${domain}/${options.roomName}${token}`;
    this.frame.allow = "camera; microphone; display-capture; autoplay; clipboard-write";
    this.frame.width = options.width || "100%";
    this.frame.height = options.height || "480";
    this.frame.addEventListener("load", () => {
      this.tell("videoConferenceJoined", { roomName: options.roomName });
      if (options.onload) options.onload();
    });
    (options.parentNode || document.body).append(this.frame);
  }
  addListener(name, hear) { (this.heard[name] ||= []).push(hear); }
  addEventListener(name, hear) { this.addListener(name, hear); }
  tell(name, detail) { for (const hear of this.heard[name] || []) hear(detail); }
  executeCommand(name) { if (name === "hangup") this.dispose(); }
  dispose() { this.tell("videoConferenceLeft", {}); this.frame.remove(); }
};
"""
