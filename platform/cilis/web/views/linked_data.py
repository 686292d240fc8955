"""What search engines read: schema.org as JSON-LD. Data, not script."""

from __future__ import annotations

from typing import Any

import orjson
from markupsafe import Markup

from cilis.domains import experts
from cilis.infra.files import public_url
from cilis.infra.http.addresses import absolute
from cilis.infra.i18n import current_language, translated
from cilis.kit.money import Money, decimals
from cilis.web.visit import organization


def expert_data(profile: experts.Profile) -> Markup:
    """The person with their services, prices and rating."""
    card = profile.card
    address = absolute(f"/experts/{card.slug}")
    person: dict[str, Any] = {
        "@type": "Person",
        "@id": f"{address}#person",
        "name": card.name,
        "jobTitle": translated(card.headline),
        "knowsLanguage": list(card.languages),
        "knowsAbout": [translated(topic.names) for topic in profile.topics],
    }
    if card.honorific:
        person["honorificPrefix"] = card.honorific
    if card.picture_key:
        person["image"] = absolute(public_url(card.picture_key))
    service: dict[str, Any] = {
        "@type": "ProfessionalService",
        "@id": f"{address}#service",
        "name": card.title,
        "url": address,
        "description": translated(card.headline),
        "employee": {"@id": person["@id"]},
        "parentOrganization": {
            "@type": "Organization",
            "name": organization().name,
            "url": absolute("/"),
        },
        "makesOffer": [_offer(offer) for offer in profile.offered],
    }
    if card.rating_count:
        service["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": round(card.rating or 0, 2),
            "reviewCount": card.rating_count,
            "bestRating": 5,
            "worstRating": 1,
        }
    if "image" in person:
        service["image"] = person["image"]
    return written({"@context": "https://schema.org", "@graph": [person, service]})


def site_data() -> Markup:
    """The organization and its search box."""
    return written(
        {
            "@context": "https://schema.org",
            "@type": "WebSite",
            "name": organization().name,
            "url": absolute("/"),
            "inLanguage": current_language(),
            "potentialAction": {
                "@type": "SearchAction",
                "target": absolute("/experts") + "?q={query}",
                "query-input": "required name=query",
            },
        }
    )


def written(data: dict[str, Any]) -> Markup:
    """The data as text that may stand inside a script element."""
    text = orjson.dumps(data).decode()
    for char, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(char, code)
    return Markup(text)  # noqa: S704 - the three characters that end a script element are escaped


def _offer(offer: experts.ServiceOffer) -> dict[str, Any]:
    return {
        "@type": "Offer",
        "name": translated(offer.terms.name),
        "price": _decimal(offer.terms.price),
        "priceCurrency": offer.terms.price.currency,
        "itemOffered": {"@type": "Service", "name": translated(offer.terms.name)},
    }


def _decimal(amount: Money) -> str:
    places = decimals(amount.currency)
    return f"{amount.minor / 10**places:.{places}f}"
