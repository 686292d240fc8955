"""What the room refuses."""

from __future__ import annotations

from http import HTTPStatus

from cilis.kit.errors import DomainError


class PageNotFound(DomainError):
    """This organization has no page of this name."""

    code = "page_not_found"
    status = HTTPStatus.NOT_FOUND
