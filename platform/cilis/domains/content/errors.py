"""What the room refuses."""

from __future__ import annotations

from http import HTTPStatus

from cilis.kit.errors import DomainError


class PageNotFound(DomainError):
    """This organization has no page of this name."""

    code = "page_not_found"
    status = HTTPStatus.NOT_FOUND


class PageExists(DomainError):
    """There is a page at this address already."""

    code = "page_exists"


class BlockNotFound(DomainError):
    """The home page has no such block."""

    code = "block_not_found"
    status = HTTPStatus.NOT_FOUND


class BlockFixed(DomainError):
    """This block can be hidden and not removed; or there are too many already."""

    code = "block_fixed"


class AnnouncementNotFound(DomainError):
    """No such announcement."""

    code = "announcement_not_found"
    status = HTTPStatus.NOT_FOUND
