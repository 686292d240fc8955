"""The form of ``tenant.toml``: every key that there is, and what it may hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from cilis.domains.tenants.types import (
    CancellationPolicy,
    CancellationTier,
    Organization,
    PackTopic,
    PriceDisplay,
    Rules,
)
from cilis.infra import i18n
from cilis.kit import colour, text


def _clean(value: str) -> str:
    if not text.is_clean(value):
        raise ValueError("holds characters that are not allowed")
    return text.nfc(value).strip()


def _languages(value: dict[str, str]) -> dict[str, str]:
    strange = sorted(set(value) - set(i18n.LANGUAGES))
    if strange:
        raise ValueError(f"not a language that can be spoken: {', '.join(strange)}")
    return value


def _zone(value: str) -> str:
    if not i18n.is_zone(value):
        raise ValueError("not an IANA time zone such as Europe/Berlin")
    return value


Font = Literal["be-vietnam-pro", "inter", "source-serif-4"]
Words = Annotated[str, AfterValidator(_clean), Field(min_length=1, max_length=1000)]
Phrase = Annotated[str, AfterValidator(_clean), Field(min_length=1, max_length=60)]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,40}$")]
Language = Literal["vi", "en", "de"]
ByLanguage = Annotated[dict[str, Words], AfterValidator(_languages)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class BrandForm(_Form):
    """``[brand]``: what makes pages look like this organization's."""

    colour: str = Field(pattern=r"^#[0-9a-f]{6}$")
    neutral: Literal["warm", "cool", "plain"] = "plain"
    font_text: Font = "inter"
    font_display: Font = "inter"

    @model_validator(mode="after")
    def _readable(self) -> BrandForm:
        colour.check(self.model_dump())
        return self


class TaxForm(_Form):
    """``[tax]``: prices hold it already; checkout and receipts name it.

    ``display = "net"`` shows prices without it and the tax beside; a pack that does not say so
    leaves that to the admins.
    """

    percent: int = Field(ge=0, le=30)
    name: ByLanguage
    display: Literal["gross", "net"] = "gross"


class LegalForm(_Form):
    """``[legal]``: who runs the site; shown in the footer, on mails and receipts."""

    company: Words
    address: Words
    registration: Words | None = None
    tax_id: Words | None = None
    email: Words | None = None
    phone: Words | None = None


class TierForm(_Form):
    """One ``[[cancellation]]``: until so many hours before, so much comes back."""

    hours: int = Field(ge=0, le=24 * 60)
    percent: int = Field(ge=0, le=100)


class PolicyForm(_Form):
    """One ``[[rules.policies]]``: rules that experts may choose for a service."""

    key: Slug
    names: ByLanguage
    tiers: list[TierForm]
    no_show_percent: int = Field(default=0, ge=0, le=100)


class LimitsForm(_Form):
    """``[rules.refund_limits]``: up to so many minor units one person gives back alone."""

    support: int | None = Field(default=None, ge=0)
    admin: int | None = Field(default=None, ge=0)


class RulesForm(_Form):
    """``[rules]``: what becomes of money when plans change, besides ``[[cancellation]]``."""

    no_show_percent: int = Field(default=0, ge=0, le=100)
    expert_percent: int = Field(default=100, ge=0, le=100)
    suggest: bool = True
    moves: int | None = Field(default=None, ge=0, le=50)
    move_hours: int | None = Field(default=None, ge=0, le=24 * 60)
    other_service: bool = False
    policies: list[PolicyForm] = []
    refund_limits: LimitsForm = LimitsForm()

    def rules(self) -> Rules:
        """As the rooms take them."""
        return Rules(
            no_show_percent=self.no_show_percent,
            expert_percent=self.expert_percent,
            suggest=self.suggest,
            moves=self.moves,
            move_hours=self.move_hours,
            other_service=self.other_service,
            policies=tuple(
                CancellationPolicy(
                    key=one.key,
                    names=dict(one.names),
                    tiers=tuple(CancellationTier(t.hours, t.percent) for t in one.tiers),
                    no_show_percent=one.no_show_percent,
                )
                for one in self.policies
            ),
            refund_limits=self.refund_limits.model_dump(exclude_none=True),
        )


class TopicForm(_Form):
    """One ``[[fields]]`` and the fields below it; ``aliases`` are other words for it."""

    slug: Slug
    names: ByLanguage
    icon: str = Field(default="", pattern=r"^[a-z0-9-]*$")
    aliases: list[Words] = []
    fields_below: list[TopicForm] = Field(default=[], alias="fields")

    def topic(self) -> PackTopic:
        """As the rooms take it."""
        below = [child.topic() for child in self.fields_below]
        return PackTopic(self.slug, dict(self.names), self.icon, tuple(self.aliases), below)


class SynonymsForm(_Form):
    """One ``[[synonyms]]``: words that mean the same; a search for one asks for all."""

    words: list[Phrase] = Field(min_length=2, max_length=12)


class PackForm(_Form):
    """The whole file."""

    slug: Slug
    name: Words
    languages: list[Language] = Field(min_length=1)
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    time_zone: Annotated[str, AfterValidator(_zone)]
    country: str = Field(pattern=r"^[A-Z]{2}$")
    mail_from: str = Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")
    hold_minutes: int = Field(default=15, ge=5, le=60)
    answer_hours: int = Field(default=24, ge=1, le=72)
    pages: list[Slug] = []
    brand: BrandForm
    tax: TaxForm | None = None
    legal: LegalForm
    cancellation: list[TierForm] = Field(min_length=1)
    rules: RulesForm = RulesForm()
    texts: dict[str, ByLanguage] = {}
    fields_: list[TopicForm] = Field(default=[], alias="fields")
    synonyms: list[SynonymsForm] = Field(default=[], max_length=200)

    @model_validator(mode="after")
    def _every_language(self) -> PackForm:
        wanted = set(self.languages)
        for key, words in self.texts.items():
            if set(words) != wanted:
                raise ValueError(f"texts.{key} must be in {', '.join(self.languages)}")
        hours = [tier.hours for tier in self.cancellation]
        if hours != sorted(hours, reverse=True):
            raise ValueError("cancellation: the tier with the most hours comes first")
        return self

    def organization(self, wording: Mapping[str, Mapping[str, str]]) -> Organization:
        """What the tenant's own row will say, brand files apart."""
        legal = self.legal.model_dump(exclude_none=True)
        return Organization(
            name=self.name,
            languages=tuple(self.languages),
            default_language=self.languages[0],
            currency=self.currency,
            time_zone=self.time_zone,
            country=self.country,
            mail_from=self.mail_from,
            brand=self.brand.model_dump(),
            texts={key: dict(words) for key, words in self.texts.items()},
            legal=legal,
            wording=wording,
            cancellation=tuple(CancellationTier(t.hours, t.percent) for t in self.cancellation),
            tax_percent=self.tax.percent if self.tax else 0,
            tax_name=dict(self.tax.name) if self.tax else {},
            price_display=PriceDisplay(self.tax.display) if self.tax else PriceDisplay.GROSS,
            hold_minutes=self.hold_minutes,
            answer_hours=self.answer_hours,
            rules=self.rules.rules(),
        )

    def topics(self) -> Sequence[PackTopic]:
        """The tree of fields."""
        return [form.topic() for form in self.fields_]
