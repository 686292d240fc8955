"""What search engines read: schema.org as JSON-LD. Data, not script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from markupsafe import Markup

from cilis.domains import experts, reviews
from cilis.infra.files import public_url
from cilis.infra.http.addresses import absolute
from cilis.infra.i18n import current_language, gettext, translated
from cilis.kit.money import Money, decimals
from cilis.web.visit import organization

Trail = Sequence[tuple[str, str]]
"""Names and paths of the pages on the way, the shown one last."""


def expert_data(profile: experts.Profile, said: Sequence[reviews.Review] = ()) -> Markup:
    """The page of a person, the person, their services with prices, and what clients said.

    The rating belongs to the practice (`ProfessionalService`), which engines show with stars.
    """
    card = profile.card
    address = absolute(f"/experts/{card.slug}")
    person = _person(profile, address)
    practice: dict[str, Any] = {
        "@type": "ProfessionalService",
        "@id": f"{address}#practice",
        "name": card.title,
        "url": address,
        "description": translated(card.headline),
        "employee": {"@id": person["@id"]},
        "parentOrganization": _organization(),
        "makesOffer": [_offer(offer, person["@id"]) for offer in profile.offered],
    }
    if card.country:
        practice["address"] = {"@type": "PostalAddress", "addressCountry": card.country}
    if card.rating_count:
        practice["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": round(card.rating or 0, 2),
            "reviewCount": card.rating_count,
            "bestRating": 5,
            "worstRating": 1,
        }
        practice["review"] = [_review(review) for review in said if review.text]
    if "image" in person:
        practice["image"] = person["image"]
    page = {
        "@type": "ProfilePage",
        "@id": address,
        "url": address,
        "inLanguage": current_language(),
        "dateCreated": profile.created_at.isoformat(),
        "mainEntity": {"@id": person["@id"]},
    }
    main = profile.topics[0] if profile.topics else None
    trail = _breadcrumbs([*field_trail(main), (card.title, f"/experts/{card.slug}")])
    graph = [page, person, practice, trail]
    return written({"@context": "https://schema.org", "@graph": graph})


def _person(profile: experts.Profile, address: str) -> dict[str, Any]:
    card = profile.card
    person: dict[str, Any] = {
        "@type": "Person",
        "@id": f"{address}#person",
        "name": card.name,
        "url": address,
        "jobTitle": translated(card.headline),
        "knowsLanguage": list(card.languages),
        "knowsAbout": [translated(topic.names) for topic in profile.topics],
    }
    if card.honorific:
        person["honorificPrefix"] = card.honorific
    if card.picture_key:
        person["image"] = absolute(public_url(card.picture_key))
    schools = [translated(row.get("place")) for row in profile.education]
    if any(schools):
        person["alumniOf"] = [
            {"@type": "EducationalOrganization", "name": name} for name in schools if name
        ]
    return person


def _review(review: reviews.Review) -> dict[str, Any]:
    return {
        "@type": "Review",
        "author": {"@type": "Person", "name": review.author_label},
        "datePublished": review.created_at.date().isoformat(),
        "reviewBody": review.text,
        "reviewRating": {
            "@type": "Rating",
            "ratingValue": review.stars,
            "bestRating": 5,
            "worstRating": 1,
        },
    }


def site_data() -> Markup:
    """The organization, its site and the search box of it."""
    found = organization()
    site = {
        "@type": "WebSite",
        "@id": absolute("/#site"),
        "name": found.name,
        "url": absolute("/"),
        "inLanguage": current_language(),
        "publisher": {"@id": absolute("/#organization")},
        "potentialAction": {
            "@type": "SearchAction",
            "target": {
                "@type": "EntryPoint",
                "urlTemplate": absolute("/experts") + "?q={search_term_string}",
            },
            "query-input": "required name=search_term_string",
        },
    }
    return written({"@context": "https://schema.org", "@graph": [_organization(), site]})


def list_data(path: str, trail: Trail, cards: Sequence[experts.ExpertCard]) -> Markup:
    """A list of experts: where it stands in the site, and who is in it, in order."""
    items = [
        {
            "@type": "ListItem",
            "position": place,
            "url": absolute(f"/experts/{card.slug}"),
            "name": card.title,
        }
        for place, card in enumerate(cards, 1)
    ]
    shown = {"@type": "ItemList", "@id": absolute(f"{path}#list"), "itemListElement": items}
    return written({"@context": "https://schema.org", "@graph": [_breadcrumbs(trail), shown]})


def breadcrumbs(trail: Trail) -> Markup:
    """Where a page stands in the site; the first page is added."""
    return written({"@context": "https://schema.org", **_breadcrumbs(trail)})


def field_trail(topic: experts.Topic | None) -> list[tuple[str, str]]:
    """The way to the list of a field."""
    found = [(gettext("Experts"), "/experts")]
    if topic is not None:
        found.append((translated(topic.names), f"/experts?field={topic.slug}"))
    return found


def _breadcrumbs(trail: Trail) -> dict[str, Any]:
    steps = [(organization().name, "/"), *trail]
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": absolute(path)}
            for place, (name, path) in enumerate(steps, 1)
        ],
    }


def _organization() -> dict[str, Any]:
    found = organization()
    data: dict[str, Any] = {
        "@type": "Organization",
        "@id": absolute("/#organization"),
        "name": found.name,
        "url": absolute("/"),
    }
    logo = found.brand.get("logo_png_key")
    details = {
        "legalName": found.legal.get("company"),
        "logo": absolute(public_url(logo)) if logo else None,
        "email": found.legal.get("email"),
        "telephone": found.legal.get("phone"),
    }
    data |= {name: value for name, value in details.items() if value}
    street = found.legal.get("address")
    if street:
        data["address"] = {"@type": "PostalAddress", "streetAddress": street}
        if found.country:
            data["address"]["addressCountry"] = found.country
    return data


def written(data: dict[str, Any]) -> Markup:
    """The data as text that may stand inside a script element."""
    text = orjson.dumps(data).decode()
    for char, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(char, code)
    return Markup(text)  # noqa: S704 - the three characters that end a script element are escaped


def _offer(offer: experts.ServiceOffer, provider: str) -> dict[str, Any]:
    service: dict[str, Any] = {
        "@type": "Service",
        "name": translated(offer.terms.name),
        "provider": {"@id": provider},
    }
    if translated(offer.description):
        service["description"] = translated(offer.description)
    return {
        "@type": "Offer",
        "name": translated(offer.terms.name),
        "price": _decimal(offer.terms.price),
        "priceCurrency": offer.terms.price.currency,
        "availability": "https://schema.org/InStock",
        "itemOffered": service,
    }


def _decimal(amount: Money) -> str:
    places = decimals(amount.currency)
    return f"{amount.minor / 10**places:.{places}f}"
