"""What the room refuses, and why."""

from __future__ import annotations

from cilis.kit.errors import DomainError, NotFound


class SynonymsNotFound(NotFound):
    """No such group of synonyms."""

    code = "synonyms_not_found"


class TooManySynonyms(DomainError):
    """An organization keeps at most ``limit`` groups of synonyms."""

    code = "too_many_synonyms"
