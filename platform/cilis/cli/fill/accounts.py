"""Accounts as they are after some months: one that the admin had to close."""

from __future__ import annotations

from cilis.cli.fill.seed import Seed
from cilis.domains import identity
from cilis.infra.db import reading
from cilis.kit.viewer import Viewer


def close_accounts(seed: Seed) -> None:
    """Suspend whom the pack says to be suspended, by its first admin and for its reason."""
    with reading() as session:
        boss = next(one for one in seed.staff if one.role == "admin")
        admin = identity.person_by_email(session, boss.email)
        closed = [
            (identity.person_by_email(session, one.email), one.suspended)
            for one in seed.clients
            if one.suspended
        ]
    viewer = Viewer(admin.id if admin else None, roles=frozenset({"admin"}))
    for person, reason in closed:
        if person is not None:
            changes = identity.StaffChanges(status=identity.PersonStatus.SUSPENDED, reason=reason)
            identity.change_person(person.id, changes, viewer)
