"""What the API says of extensions, and what it takes."""

from __future__ import annotations

from marshmallow import fields, validate

from cilis.infra.http.schemas import Strict
from cilis.infra.i18n import gettext


class FieldSchema(Strict):
    """One setting that the plugin asks for."""

    name = fields.String(required=True)
    label = fields.Function(lambda field: gettext(field.label))
    help = fields.Function(lambda field: gettext(field.help) if field.help else "")
    kind = fields.String(required=True)
    required = fields.Boolean(required=True)
    default = fields.String(required=True)
    choices = fields.Function(
        lambda field: [{"value": value, "label": gettext(label)} for value, label in field.choices]
    )


class ExtensionSchema(Strict):
    """An installed plugin as this organization uses it. Secrets are never returned."""

    kind = fields.String(required=True)
    key = fields.String(required=True)
    title = fields.Function(lambda found: gettext(found.title))
    fields_ = fields.List(fields.Nested(FieldSchema), attribute="fields", data_key="fields")
    is_on = fields.Boolean(required=True, data_key="on")
    settings = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    secrets_set = fields.Function(lambda found: sorted(found.secrets_set))
    failures = fields.Integer(required=True)
    last_failure = fields.String(required=True)
    last_failure_at = fields.AwareDateTime(allow_none=True)
    hook_address = fields.String(
        required=True, metadata={"description": "where the outside sends its notices"}
    )


class ExtensionListSchema(Strict):
    """All installed plugins."""

    items = fields.List(fields.Nested(ExtensionSchema), required=True)


class SwitchSchema(Strict):
    """Body of PUT: the switch, and the settings to change. Those left out stay as they are."""

    on = fields.Boolean(required=True)
    settings = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 64)),
        values=fields.String(validate=validate.Length(0, 2000)),
        load_default=dict,
    )


class OutcomeSchema(Strict):
    """What trying the settings found."""

    works = fields.Boolean(required=True)
    message = fields.Function(lambda outcome: gettext(outcome.message))
