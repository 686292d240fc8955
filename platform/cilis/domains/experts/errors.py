"""What the room refuses, and why."""

from __future__ import annotations

from http import HTTPStatus

from cilis.kit.errors import DomainError, Forbidden, NotFound


class ExpertNotFound(NotFound):
    """No such expert here, or not for this viewer."""

    code = "expert_not_found"


class NotAnExpert(NotFound):
    """The viewer has not applied yet."""

    code = "not_an_expert"


class AlreadyExpert(DomainError):
    """The viewer has already applied."""

    code = "already_expert"


class ServiceNotFound(NotFound):
    """No such service, or it is not offered any more."""

    code = "service_not_found"


class TooManyServices(DomainError):
    """An expert offers at most ``limit`` services."""

    code = "too_many_services"


class TooManySaved(DomainError):
    """A list of saved experts holds at most ``limit``."""

    code = "too_many_saved"


class TopicNotFound(NotFound):
    """No such topic."""

    code = "topic_not_found"


class TopicInUse(DomainError):
    """Experts or other topics still hang on it."""

    code = "topic_in_use"


class VerificationNotFound(NotFound):
    """No such verification."""

    code = "verification_not_found"


class AlreadySubmitted(DomainError):
    """A verification is open already; it waits for its reviewer."""

    code = "already_submitted"


class NothingOpen(DomainError):
    """No application waits for its reviewer, so none can be taken back."""

    code = "nothing_open"


class AlreadyVerified(DomainError):
    """The expert is verified; there is nothing to submit."""

    code = "already_verified"


class NotReady(DomainError):
    """The profile lacks something; ``missing`` names it."""

    code = "profile_incomplete"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class AlreadyDecided(DomainError):
    """Somebody has approved or rejected this verification before."""

    code = "already_decided"


class OwnVerification(Forbidden):
    """Nobody decides about their own papers."""

    code = "own_verification"


class DocumentNotFound(NotFound):
    """No such document here, or not for this viewer."""

    code = "document_not_found"


class DocumentInUse(DomainError):
    """The document belongs to a verification and stays with it."""

    code = "document_in_use"


class TooManyDocuments(DomainError):
    """An expert keeps at most ``limit`` documents."""

    code = "too_many_documents"


class WrongState(DomainError):
    """The expert's state does not allow it."""

    code = "expert_state"
