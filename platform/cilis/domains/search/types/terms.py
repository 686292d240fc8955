"""What somebody typed, ready to be asked for: parts of a question, each with all its forms."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from cilis.domains.search.types.stems import stems
from cilis.domains.search.types.words import folded, tokens
from cilis.kit.text import fold

_MOST_ASKED = 12


@dataclass(frozen=True, slots=True)
class Word:
    """A word by the forms in which it is kept; one of them is enough.

    ``begun``: it may still be being typed, so the first form counts as a beginning.
    """

    forms: tuple[str, ...]
    begun: bool = False

    def asked(self, weight: str = "") -> str:
        """As a tsquery, at a place of this weight; anywhere without one."""
        signs = ("*" if self.begun else "") + weight
        first, *others = self.forms
        asked = [f"'{first}'{':' if signs else ''}{signs}"]
        asked += [f"'{form}'{':' if weight else ''}{weight}" for form in others]
        return _any(asked)


Phrase = tuple[Word, ...]
"""Words that stand together for one thing; all of them are needed."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that was typed, and the ways to say the same that the organization knows."""

    typed: Phrase
    others: tuple[Phrase, ...] = ()

    def asked(self, weight: str = "") -> str:
        """What was typed, as a tsquery."""
        return _all(word.asked(weight) for word in self.typed)

    def said_otherwise(self, weight: str = "") -> str:
        """The other ways to say it, as a tsquery."""
        return _any([_all(word.asked(weight) for word in phrase) for phrase in self.others])

    @property
    def either(self) -> str:
        """What was typed or another way to say it, as a tsquery."""
        return _any([self.asked(), self.said_otherwise()]) if self.others else self.asked()


@dataclass(frozen=True, slots=True)
class Terms:
    """Typed words, ready to be asked for.

    ``folded`` are all of them as one text. ``written`` are those that folding changed, as they
    were written.
    """

    parts: tuple[Part, ...]
    folded: str
    written: tuple[str, ...]

    @property
    def every(self) -> str:
        """A tsquery in which all parts must be."""
        return " & ".join(part.either for part in self.parts)

    @property
    def some(self) -> str:
        """A tsquery in which one of the parts must be."""
        return " | ".join(part.either for part in self.parts)

    @property
    def exact(self) -> str:
        """A tsquery for the words as they were written; empty if folding changed nothing."""
        return " & ".join(f"'{word}'" for word in self.written)


def terms(typed: str, languages: Collection[str] = ()) -> Terms | None:
    """What somebody typed; None if it holds no word. ``languages``: those whose stems count."""
    written = asked_tokens(typed)
    words = [word for one in written for word in forms(one, languages)]
    if not words:
        return None
    return made([Part((word,)) for word in words], written)


def made(parts: Sequence[Part], written: Sequence[str]) -> Terms:
    """Terms of these parts; the last word of them may still be being typed."""
    *before, last = parts
    *first_words, end = last.typed
    ends = Word(end.forms, begun=len(end.forms[0]) > 1)
    whole = (*before, Part((*first_words, ends), last.others))
    return Terms(
        parts=whole,
        folded=" ".join(word.forms[0] for part in whole for word in part.typed),
        written=tuple(word for word in written if fold(word) != word),
    )


def asked_tokens(typed: str) -> list[str]:
    """The words of a question as they were written; so many and no more."""
    return tokens(typed)[:_MOST_ASKED]


def forms(token: str, languages: Collection[str]) -> list[Word]:
    """The words that one token stands for: mostly itself, folded, with its stems."""
    pieces = folded([token])
    if len(pieces) != 1:  # "½" is "1" and "2"
        return [Word((piece,)) for piece in pieces]
    return [Word((pieces[0], *stems(token, languages)))]


def prefixes(typed: str) -> str:
    """A tsquery in which every typed word may be the beginning of one; "" without words."""
    return " & ".join(f"'{word}':*" for word in beginnings(typed))


def beginnings(typed: str) -> list[str]:
    """Folded words, each of which may be the beginning of one."""
    return folded(asked_tokens(typed))


def _any(asked: Sequence[str]) -> str:
    return asked[0] if len(asked) == 1 else f"({' | '.join(asked)})"


def _all(asked: Iterator[str]) -> str:
    found = list(asked)
    return found[0] if len(found) == 1 else f"({' & '.join(found)})"
