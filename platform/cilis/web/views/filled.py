"""What an admin typed into a form of prices: amounts, numbers, days, and whom or what it is about.

Whatever is wrong is gathered, so that a person reads all of it at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import experts, identity
from cilis.domains.credits import Scope
from cilis.domains.payments import BorneBy
from cilis.kit import text
from cilis.kit.errors import InvalidInput
from cilis.web.views import days, forms
from cilis.web.views.amounts import read_amount

_NUMBER = re.compile("[0-9]{1,10}")
_LONGEST = 200
_LOOKED_AT = 20  # that a name fits in part


class Filled:
    """A posted form, field by field; an empty field is None. `check` refuses what was wrong."""

    def __init__(self, form: Mapping[str, str], currency: str) -> None:
        self._form, self._currency = form, currency
        self.wrong: forms.Errors = {}

    def words(self, name: str) -> str:
        """What stands in a field, without the spaces around it."""
        return self._form.get(name, "").strip()

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self._form.get(name) == "1"

    def amount(self, name: str, *, nought: bool = False) -> int | None:
        """An amount in minor units of the organization's currency; ``nought``: 0 is none."""
        typed = self.words(name)
        if not typed or (nought and not typed.strip("0., ")):
            return None
        try:
            return read_amount(typed, self._currency).minor
        except InvalidInput as refusal:
            self._refuse(name, *refusal.fields["amount"])
            return None

    def number(self, name: str) -> int | None:
        """A whole number."""
        typed = self.words(name)
        if typed and not _NUMBER.fullmatch(typed):
            self._refuse(name, "not_a_number")
            return None
        return int(typed) if typed else None

    def needed(self, name: str) -> None:
        """Refuse a field that is empty."""
        if not self.words(name):
            self._refuse(name, "required")

    def day(self, name: str, *, after: int = 0) -> datetime | None:
        """When a day begins where the organization is at home, or one so many days later."""
        typed = self.words(name)
        found = days.beginning(typed, after=after) if typed else None
        if typed and found is None:
            self._refuse(name, "not_a_date")
        return found

    def scope(self, session: Session) -> Scope:
        """The sessions that ``topic_id``, ``expert``, ``service`` and ``minutes`` speak of."""
        expert_id = self.expert(session, "expert")
        service_id = None
        if self.words("service"):
            service_id = self._service(session, expert_id)
            expert_id = None  # the service says it
        return Scope(
            topic_id=self.topic(session, "topic_id"),
            expert_id=expert_id,
            service_id=service_id,
            minutes=self.number("minutes"),
        )

    def topic(self, session: Session, name: str) -> UUID | None:
        """One of the organization's fields."""
        typed = self.words(name)
        tree = experts.topics(session) if typed else []
        known = {str(topic.id): topic.id for root in tree for topic in root.walk()}
        if typed and typed not in known:
            self._refuse(name, "not_a_choice")
        return known.get(typed)

    def expert(self, session: Session, name: str) -> UUID | None:
        """The one expert of this name; who has it whole goes before who has more."""
        typed = self._sought(name)
        if not typed:
            return None
        found = experts.list_for_staff(session, words=typed, limit=_LOOKED_AT).items
        chosen = _one(typed, [(one.id, [one.name]) for one in found])
        if chosen is None:
            self._refuse(name, "several_of_this_name" if found else "nobody_of_this_name")
        return chosen

    def borne_by(self) -> BorneBy:
        """At whose cost something is cheaper."""
        alone = self.words("borne_by") == BorneBy.ORGANIZATION
        return BorneBy.ORGANIZATION if alone else BorneBy.SHARED

    def person(self, session: Session, name: str) -> UUID | None:
        """The one person of this e-mail address, name or number."""
        typed = self._sought(name)
        if not typed:
            return None
        found = people_of(session, typed)
        named = [(one.id, [one.name, one.email]) for one in found]
        chosen = found[0].id if len(found) == 1 else _one(typed, named)
        if chosen is None:
            self._refuse(name, "several_people" if found else "no_such_person")
        return chosen

    def check(self) -> None:
        """Go on only if nothing was wrong; raises InvalidInput."""
        if self.wrong:
            raise InvalidInput(self.wrong)

    def _service(self, session: Session, expert_id: UUID | None) -> UUID | None:
        """The one service of this name of an expert."""
        if expert_id is None:
            self._refuse("expert", *self.wrong.get("expert", ["required"]))
            return None
        found = experts.services_of(session, [expert_id])[expert_id]
        typed = self.words("service")
        chosen = _one(typed, [(terms.id, list(terms.name.values())) for terms in found])
        if chosen is None:
            self._refuse("service", "no_such_service")
        return chosen

    def _sought(self, name: str) -> str:
        """Words to look somebody up by; PostgreSQL takes no NUL in them."""
        return self.words(name)[:_LONGEST].replace("\x00", "")

    def _refuse(self, name: str, *codes: str) -> None:
        self.wrong[name] = list(codes)


def _one(typed: str, named: Sequence[tuple[UUID, Sequence[str]]]) -> UUID | None:
    """What is called so, if it is one thing: a whole name goes before a part of one."""
    wanted = text.fold(typed)
    called = [(one, [text.fold(name) for name in names]) for one, names in named]
    whole = [one for one, names in called if wanted in names]
    found = whole or [one for one, names in called if any(wanted in name for name in names)]
    return found[0] if len(found) == 1 else None


def people_of(session: Session, words: str, limit: int = 6) -> list[identity.Person]:
    """Who may be meant by an e-mail address, a name or a number; a whole address means one."""
    exact = identity.person_by_email(session, words) if "@" in words else None
    if exact is not None:
        return [exact]
    question = identity.PeopleQuestion(words=words, limit=limit)
    return list(identity.people_page(session, question).items)
