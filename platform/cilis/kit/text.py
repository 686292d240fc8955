"""Plain text: normal forms, folding for search, keys for sorting."""

from __future__ import annotations

import re
import unicodedata

_UNCLEAN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
_STROKES = str.maketrans({"đ": "d", "Đ": "D", "ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"})
_VIETNAMESE = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONES = {"": 0, "\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}


def nfc(text: str) -> str:
    """Text in the one form that is stored (Unicode NFC)."""
    return unicodedata.normalize("NFC", text)


def is_clean(text: str) -> bool:
    """Whether text may be stored: no control but tab and line ends, no half character, no override.

    "Override": of the direction of writing, by which a text can look like another.
    """
    return not _UNCLEAN.search(text)


def one_line(text: str) -> str:
    """Text on one line, trimmed, in NFC: names go into headers of mails and files."""
    return " ".join(nfc(text).split())


def fold(text: str) -> str:
    """Lower case without diacritics: "Thuế Đất" becomes "thue dat"."""
    plain = unicodedata.normalize("NFKD", text.translate(_STROKES))
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


def slug(text: str, limit: int = 60) -> str:
    """A readable part of an address: a-z, 0-9 and single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")[:limit].strip("-")


def ascii_words(text: str, limit: int) -> str:
    """Text reduced to A-Z, a-z, 0-9 and single spaces, for wires that allow no more."""
    plain = "".join(
        char
        for char in unicodedata.normalize("NFKD", text.translate(_STROKES))
        if not unicodedata.combining(char)
    )
    return re.sub(r"[^A-Za-z0-9]+", " ", plain).strip()[:limit].strip()


def sort_key(text: str, language: str) -> str:
    """A key whose binary order is the language's dictionary order.

    Vietnamese: letters first in the order of its alphabet, tones break ties. Elsewhere: folded
    letters first (German ä with a), the exact text breaks ties.
    """
    if language == "vi":
        return _vietnamese_key(text)
    return f"{fold(text)}\x01{text.casefold()}"


def _vietnamese_key(text: str) -> str:
    letters: list[str] = []
    tones: list[str] = []
    for char in nfc(text).lower():
        parts = unicodedata.normalize("NFD", char)
        tone = next((mark for mark in parts if mark in _TONES), "")
        base = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark != tone))
        place = _VIETNAMESE.find(base)
        letters.append(chr(0x61 + place) if place >= 0 else base)
        tones.append(str(_TONES[tone]))
    return f"{''.join(letters)}\x01{''.join(tones)}"
