"""Headers in other scripts than ASCII, written so that no space is lost.

The standard library (seen in 3.11.7) folds a long subject or name into several encoded words and
drops or adds a space where it cuts: "hồ sơ của bạn" arrives as "hồ sơcủa bạn". `Header` cuts
right, so it writes these headers. Source: RFC 2047, section 6.2 (space between encoded words).
"""

from __future__ import annotations

from email.header import Header
from email.headerregistry import AddressHeader
from email.policy import EmailPolicy
from typing import Any

_WORDS = "subject"


class WholeWords(EmailPolicy):
    """The policy of mails on their way out."""

    def fold(self, name: str, value: Any) -> str:  # type: ignore[explicit-override]
        """One header with its line end."""
        written = self._written(name, value)
        return super().fold(name, value) if written is None else written

    def fold_binary(self, name: str, value: Any) -> bytes:  # type: ignore[explicit-override]
        """The same as bytes."""
        written = self._written(name, value)
        return super().fold_binary(name, value) if written is None else written.encode("ascii")

    def _written(self, name: str, value: Any) -> str | None:
        """The header in encoded words; None where the standard library does it right."""
        if str(value).isascii():
            return None
        if name.lower() == _WORDS:
            words = self._encoded(str(value), name)
        elif isinstance(value, AddressHeader):
            boxes = [
                f"{self._encoded(box.display_name, name)}{self.linesep} <{box.addr_spec}>"
                if box.display_name else box.addr_spec
                for box in value.addresses
            ]  # fmt: skip
            words = f",{self.linesep} ".join(boxes)
        else:
            return None
        return f"{name}: {words}{self.linesep}"

    def _encoded(self, words: str, name: str) -> str:
        return Header(words, "utf-8", header_name=name).encode(linesep=self.linesep)


POLICY = WholeWords(linesep="\r\n")
