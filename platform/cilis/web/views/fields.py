"""The tree of fields as lists: to choose from, to find in, to shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from cilis.domains import experts
from cilis.infra.i18n import translated
from cilis.kit.text import fold

ICONS = (
    "accessibility", "activity", "apple", "baby", "banknote", "book-open", "brain", "briefcase",
    "building-2", "calculator", "chart-line", "code", "compass", "cpu", "dumbbell", "ear",
    "file-text", "gavel", "globe", "graduation-cap", "hand-coins", "hand-heart", "handshake",
    "heart", "heart-pulse", "house", "key-round", "landmark", "languages", "laptop", "leaf",
    "lightbulb", "megaphone", "message-circle", "palette", "paw-print", "pen-tool", "piggy-bank",
    "plane", "receipt-text", "rocket", "scale", "school", "scroll-text", "shield-check", "sprout",
    "stethoscope", "tractor", "trending-up", "truck", "users", "utensils", "wallet", "wrench",
)  # fmt: skip
"""What a field may be drawn with; the build puts each into the sprite."""


@dataclass(frozen=True, slots=True)
class Node:
    """One field in its place. ``words``: all it may be found by, folded."""

    topic: experts.Topic
    depth: int
    first: bool
    last: bool
    words: str

    @property
    def id(self) -> UUID:
        """The topic's id."""
        return self.topic.id


def nodes(tree: Sequence[experts.Topic]) -> list[Node]:
    """The whole tree in its order, parents before their branches."""
    return list(_walk(tree, 0))


def choices(
    tree: Sequence[experts.Topic], *, without: experts.Topic | None = None
) -> list[tuple[str, str]]:
    """Fields to hang another one below, or to merge it into; not itself nor what is below it."""
    banned = {below.id for below in without.walk()} if without else set()
    return [
        (str(node.id), "— " * node.depth + translated(node.topic.names))
        for node in nodes(tree)
        if node.id not in banned
    ]


def untranslated(names: Mapping[str, str], languages: Sequence[str]) -> list[str]:
    """The languages in which a field has no name yet."""
    return [language for language in languages if not names.get(language)]


def _walk(level: Sequence[experts.Topic], depth: int) -> Iterator[Node]:
    for place, topic in enumerate(level):
        words = fold(" ".join([*topic.names.values(), *topic.aliases]))
        yield Node(topic, depth, place == 0, place == len(level) - 1, words)
        yield from _walk(topic.children, depth + 1)
