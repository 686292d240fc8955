"""What the room refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from typing_extensions import override

from cilis.kit.errors import DomainError


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a pack: where it stands and what to do."""

    file: str
    line: int
    path: str
    message: str

    @override
    def __str__(self) -> str:
        """As one line: ``tenant.toml:12: brand.color: unknown key``."""
        return f"{self.file}:{self.line}: {self.path}: {self.message}"


class BadPack(DomainError):
    """A pack says something that the platform does not understand."""

    code = "bad_pack"
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)
