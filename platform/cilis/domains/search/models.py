"""The room's copy of what experts, services and calendars say, shaped for questions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BIT, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.search.types import NEVER, RING
from cilis.infra.db import Base

_LISTED = sa.text("listed")
_NOTHING = "0" * RING


class SearchCard(Base):
    """One expert. A row exists for each; only listed ones are found.

    Nothing of it is ever shown: ids are read again from the experts room. ``version`` is the
    expert's own, so that an older reading never replaces a newer one.
    """

    __tablename__ = "search_cards"
    __table_args__ = (
        sa.Index(  # words
            "search_cards_words_idx", "words", postgresql_using="gin", postgresql_where=_LISTED
        ),
        sa.Index(  # completion: the name's words alone, or every card that says so is read
            "search_cards_names_idx",
            sa.text("ts_filter(words, '{a}')"),
            postgresql_using="gin",
            postgresql_where=_LISTED,
        ),
        sa.Index(  # typing errors: fuzzy %> words
            "search_cards_fuzzy_idx",
            "fuzzy",
            postgresql_using="gin",
            postgresql_ops={"fuzzy": "gin_trgm_ops"},
            postgresql_where=_LISTED,
        ),
        sa.Index(  # one topic, whatever the order
            "search_cards_topic_ids_idx",
            "topic_ids",
            postgresql_using="gin",
            postgresql_where=_LISTED,
        ),
        # One for each order, so that the first page ends early however many experts there are.
        sa.Index("search_cards_standing_idx", "standing", "expert_id", postgresql_where=_LISTED),
        sa.Index("search_cards_stars_idx", "stars", "expert_id", postgresql_where=_LISTED),
        sa.Index("search_cards_next_idx", "next_start_at", "expert_id", postgresql_where=_LISTED),
        sa.Index("search_cards_price_idx", "price_min", "expert_id", postgresql_where=_LISTED),
        sa.Index(
            "search_cards_experience_idx",
            "experience_years",
            "expert_id",
            postgresql_where=_LISTED,
        ),
    )

    expert_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    # Of this row: every writing raises it, and copies elsewhere carry it.
    revision: Mapped[int] = mapped_column(sa.BigInteger, default=0, server_default="0")
    listed: Mapped[bool] = mapped_column(default=False)
    words: Mapped[str] = mapped_column(TSVECTOR, default="")
    # Those of weights A to C alone: short, so that ranking never unpacks a biography.
    head: Mapped[str] = mapped_column(TSVECTOR, default="", server_default="")
    fuzzy: Mapped[str] = mapped_column(default="")
    topic_ids: Mapped[list[UUID]] = mapped_column(default=list)  # with all topics above them
    languages: Mapped[list[str]] = mapped_column(default=list)
    country: Mapped[str] = mapped_column(default="", server_default="")
    verified: Mapped[bool] = mapped_column(default=False)
    rating: Mapped[float] = mapped_column(sa.Double, default=0.0)  # 0: no review yet
    rating_count: Mapped[int] = mapped_column(default=0)
    stars: Mapped[float] = mapped_column(sa.Double, default=0.0)  # Bayesian: few reviews count less
    standing: Mapped[float] = mapped_column(sa.Double, default=0.0)  # 0 to 1, without words
    experience_years: Mapped[int] = mapped_column(default=0)
    price_min: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    price_max: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    # Of all its services, so that most experts are counted without a look at each service.
    modes: Mapped[list[str]] = mapped_column(default=list, server_default="{}")
    durations: Mapped[list[int]] = mapped_column(  # minutes
        sa.ARRAY(sa.Integer()), default=list, server_default="{}"
    )
    free: Mapped[str] = mapped_column(BIT(RING), default=_NOTHING)  # of any service
    next_start_at: Mapped[datetime] = mapped_column(default=NEVER)
    stale_at: Mapped[datetime | None]


class SearchOffer(Base):
    """One active service of a listed expert."""

    __tablename__ = "search_offers"
    __table_args__ = (
        sa.Index("search_offers_expert_id_idx", "expert_id"),  # which service fits
        sa.Index("search_offers_words_idx", "words", postgresql_using="gin"),  # completion
    )

    service_id: Mapped[UUID] = mapped_column(primary_key=True)
    expert_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("search_cards.expert_id", name="search_offers_expert_id_fkey")
    )
    names: Mapped[dict[str, str]]
    words: Mapped[str] = mapped_column(TSVECTOR)
    minutes: Mapped[int]
    mode: Mapped[str] = mapped_column(default="", server_default="")
    price_minor: Mapped[int] = mapped_column(sa.BigInteger)
    free: Mapped[str] = mapped_column(BIT(RING))
    # The exact starts as rows of equal steps, minutes since 1970; see `types.Runs`.
    step: Mapped[int] = mapped_column(default=60, server_default="60")
    runs_since: Mapped[list[int]] = mapped_column(
        sa.ARRAY(sa.Integer()), default=list, server_default="{}"
    )
    runs_until: Mapped[list[int]] = mapped_column(
        sa.ARRAY(sa.Integer()), default=list, server_default="{}"
    )
    next_start_at: Mapped[datetime]


class SynonymGroup(Base):
    """Words that mean the same to this organization; a question for one asks for all.

    ``keys`` are all forms, folded and stemmed, that a question may meet; see `types.synonyms`.
    An organization has few: they are read without an index.
    """

    __tablename__ = "search_synonyms"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    words: Mapped[list[str]]  # as the admin wrote them
    keys: Mapped[list[str]]
