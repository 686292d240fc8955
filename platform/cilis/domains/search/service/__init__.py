"""Filling the room's copy, and bringing it to the search engine beside us."""

from cilis.domains.search.service.index import bring, bring_everybody
from cilis.domains.search.service.rebuild import build_if_missing, is_built, rebuild, rebuild_all
from cilis.domains.search.service.refresh import (
    read_again,
    read_topic_again,
    refresh_stale,
    refresh_times,
)
from cilis.domains.search.service.synonyms import (
    add_synonyms,
    edit_synonyms,
    import_synonyms,
    remove_synonyms,
)
from cilis.domains.search.service.verify import Verdict, put_right, verify

__all__ = [
    "Verdict",
    "add_synonyms",
    "bring",
    "bring_everybody",
    "build_if_missing",
    "edit_synonyms",
    "import_synonyms",
    "is_built",
    "put_right",
    "read_again",
    "read_topic_again",
    "rebuild",
    "rebuild_all",
    "refresh_stale",
    "refresh_times",
    "remove_synonyms",
    "verify",
]
