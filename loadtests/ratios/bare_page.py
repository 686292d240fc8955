"""A bare page of a tenant, with host, viewer, policy, headers and language, against bare Flask."""

from __future__ import annotations

from flask import Flask, render_template_string

from cilis.infra.http.policies import PUBLIC, policy
from cilis.testing.scene import open_scene
from loadtests.ratios.measure import Ratio, compare, per_second
from loadtests.ratios.stage import call, stage

_HTML = "<!doctype html><title>{{ title }}</title><h1>{{ title }}</h1>"


def measure() -> Ratio:
    """Requests a second."""
    bare = Flask("bare")

    @bare.get("/bare")
    def plain() -> str:
        return render_template_string(_HTML, title="bare")

    with stage() as (_, app, tenant):
        open_scene()  # an organization with a name and a brand, as every one has

        @policy(PUBLIC)
        def ours() -> str:
            return render_template_string(_HTML, title="bare")

        app._got_first_request = False  # noqa: SLF001 - a route of the measurement's own
        app.add_url_rule("/bare", "bare_page_ratio", ours)
        for application in (app.wsgi_app, bare.wsgi_app):
            status, _ = call(application, "/bare", host=tenant.host)
            assert status == 200, status
        return compare(
            "bare_page",
            0.35,
            "higher",
            "requests/s",
            lambda: per_second(lambda: call(app.wsgi_app, "/bare", host=tenant.host), 400),
            lambda: per_second(lambda: call(bare.wsgi_app, "/bare", host="x"), 400),
        )
