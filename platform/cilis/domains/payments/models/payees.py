"""Where payees' shares go at companies that pass them on, and how those accounts stand."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.payments.types import AccountStanding
from cilis.hooks.payee_accounts import NO_SUCH_ACCOUNT
from cilis.infra.db import Base


class PayeeAccount(Base):
    """Where a payee's share goes at a company that passes it on.

    Before the company has told of it (``told_at``) nothing is known but its name, and an account
    that was entered by hand is believed to work.
    """

    __tablename__ = "payee_accounts"
    __table_args__ = (
        sa.Index(
            "payee_accounts_account_idx",
            "provider",
            "account",
            postgresql_where=sa.text("account <> ''"),
        ),
    )

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    account: Mapped[str] = mapped_column(sa.String(80))
    can_receive: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    can_charge: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    can_be_paid: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    # what the payee still has to say, in the company's own codes
    due: Mapped[list[str]] = mapped_column(
        JSONB, default=list, server_default=sa.text("'[]'::jsonb")
    )
    obstacle: Mapped[str] = mapped_column(sa.String(120), default="", server_default="")
    told_at: Mapped[datetime | None]  # as of when the company told so
    opened_at: Mapped[datetime | None]  # when the payee first went to the company's page

    @property
    def standing(self) -> AccountStanding:
        """How it stands, in one word."""
        if not self.account:
            return AccountStanding.NONE
        if self.told_at is None:
            return AccountStanding.UNKNOWN if self.opened_at is None else AccountStanding.OPENING
        if self.can_receive:
            return AccountStanding.ASKED if self.due else AccountStanding.READY
        return AccountStanding.SHUT if self.obstacle and not self.due else AccountStanding.OPENING

    @property
    def known_there(self) -> str:
        """The account, unless the company says that it has none of this name."""
        return "" if self.obstacle == NO_SUCH_ACCOUNT else self.account

    @property
    def takes_money(self) -> bool:
        """Whether shares and transfers may go there."""
        return bool(self.account) and (self.can_receive or self.standing is AccountStanding.UNKNOWN)
