"""Texts, dates, times and money in the language and zone of whoever reads them.

Works without a request: `speaking` sets both for a block. Everything is imported from here and
never from the modules below, so that there is one way to each name.
"""

from cilis.infra.i18n.catalogues import (
    compile_catalogues,
    forget_tenant_texts,
    load_catalogues,
    set_tenant_texts,
)
from cilis.infra.i18n.formats import (
    ago,
    country_name,
    format_date,
    format_datetime,
    format_day_short,
    format_money,
    format_number,
    format_percent,
    format_time,
    language_name,
    short_weekday,
    zone_label,
)
from cilis.infra.i18n.texts import (
    N_,
    error_text,
    gettext,
    ngettext,
    translated,
)
from cilis.infra.i18n.voice import (
    LANGUAGES,
    current_language,
    current_zone,
    in_zone,
    is_zone,
    known_zone,
    local,
    speaking,
)

__all__ = [
    "LANGUAGES",
    "N_",
    "ago",
    "compile_catalogues",
    "country_name",
    "current_language",
    "current_zone",
    "error_text",
    "forget_tenant_texts",
    "format_date",
    "format_datetime",
    "format_day_short",
    "format_money",
    "format_number",
    "format_percent",
    "format_time",
    "gettext",
    "in_zone",
    "is_zone",
    "known_zone",
    "language_name",
    "load_catalogues",
    "local",
    "ngettext",
    "set_tenant_texts",
    "short_weekday",
    "speaking",
    "translated",
    "zone_label",
]
