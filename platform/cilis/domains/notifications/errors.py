"""What the room refuses."""

from __future__ import annotations

from http import HTTPStatus

from cilis.kit.errors import DomainError


class NoticeNotFound(DomainError):
    """No such notice in this person's list."""

    code = "notice_not_found"
    status = HTTPStatus.NOT_FOUND


class LinkOver(DomainError):
    """A link that ends mails is altered, another organization's, or too old."""

    code = "unsubscribe_link_over"
    status = HTTPStatus.NOT_FOUND
