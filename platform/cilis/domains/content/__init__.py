"""Content: pages of text, the home page's blocks, questions and answers, announcements."""

from cilis.domains.content.errors import PageNotFound
from cilis.domains.content.queries import (
    announcements_for,
    blocks,
    legal_pages,
    page,
    questions,
    told_to,
)
from cilis.domains.content.service import (
    add_block,
    announce,
    change_block,
    forget_frame,
    frame,
    import_pages,
    import_questions,
)
from cilis.domains.content.types import (
    Announcement,
    AnnouncementWish,
    Audience,
    Block,
    BlockKind,
    Frame,
    Page,
    PageLink,
    Question,
    Tone,
)

__all__ = [
    "Announcement",
    "AnnouncementWish",
    "Audience",
    "Block",
    "BlockKind",
    "Frame",
    "Page",
    "PageLink",
    "PageNotFound",
    "Question",
    "Tone",
    "add_block",
    "announce",
    "announcements_for",
    "blocks",
    "change_block",
    "forget_frame",
    "frame",
    "import_pages",
    "import_questions",
    "legal_pages",
    "page",
    "questions",
    "told_to",
]
