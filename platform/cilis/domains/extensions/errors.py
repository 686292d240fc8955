"""What the room refuses."""

from __future__ import annotations

from http import HTTPStatus

from cilis.kit.errors import DomainError


class ExtensionOff(DomainError):
    """The plugin is not installed, or this tenant has not switched it on."""

    code = "extension_off"
    status = HTTPStatus.NOT_FOUND


class UnknownExtension(DomainError):
    """No installed plugin offers this."""

    code = "extension_not_found"
    status = HTTPStatus.NOT_FOUND
