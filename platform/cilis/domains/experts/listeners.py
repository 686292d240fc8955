"""What the room hears from below."""

from __future__ import annotations

from cilis.domains import identity
from cilis.domains.experts.events import PictureDropped
from cilis.domains.experts.service.accounts import follow_account
from cilis.domains.experts.service.profiles import forget_picture
from cilis.domains.experts.service.saving import take_over_saved
from cilis.infra.outbox import listens_to


@listens_to(identity.PersonChanged, in_order=True)
def follow_the_account(event: identity.PersonChanged) -> None:
    """Nobody books an expert who cannot log in."""
    follow_account(event.person_id)


@listens_to(identity.SessionClaimed)
def hand_over_saved(event: identity.SessionClaimed) -> None:
    """Somebody signed in: whom the browser saved is in their list."""
    take_over_saved(event.session_id, event.person_id)


@listens_to(identity.PictureDropped, slow=True)
def forget_face(event: identity.PictureDropped) -> None:
    """A person's old picture."""
    forget_picture(event.key)


@listens_to(PictureDropped, slow=True)
def forget_portrait(event: PictureDropped) -> None:
    """A profile's old picture."""
    forget_picture(event.key)
