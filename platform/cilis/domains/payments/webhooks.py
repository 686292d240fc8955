"""Where gateways tell us what happened: a raw call in, the gateway's own words out.

The address holds the plugin's key and an unguessable token of this organization and plugin. A
gateway calls from its own servers, so there is no cookie, no origin and no redirect here.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from cilis.domains import extensions
from cilis.domains.payments import service
from cilis.domains.payments.providers import KIND
from cilis.hooks.payments import CallbackRequest
from cilis.infra.db import reading
from cilis.infra.http.policies import GATEWAY, policy

blueprint = Blueprint("payment_webhooks", __name__, url_prefix="/hooks/payments")

_MOST = 256 * 1024


@blueprint.route("/<plugin>/<token>", methods=["GET", "POST"])
@policy(GATEWAY)
def receive(plugin: str, token: str) -> Response:
    """Take one notice; a wrong token is as unknown as a plugin that is off (404)."""
    if (request.content_length or 0) > _MOST:
        abort(413)
    with reading() as session:
        active = extensions.by_hook_token(session, KIND, plugin, token)
    reply = service.receive(active, raw_call())
    return Response(reply.body, status=reply.status, content_type=reply.content_type)


def raw_call() -> CallbackRequest:
    """The request as plugins read it: nothing parsed that a signature may cover."""
    return CallbackRequest(
        method=request.method,
        query=request.args.to_dict(),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.get_data(cache=False),
    )
