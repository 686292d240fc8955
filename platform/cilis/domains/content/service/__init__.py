"""What the room does, one subject a file."""

from cilis.domains.content.service.announcing import (
    announce,
    change_announcement,
    end_announcement,
    remove_announcement,
)
from cilis.domains.content.service.frame import forget_frame, frame
from cilis.domains.content.service.home import (
    add_block,
    change_block,
    move_block,
    order_blocks,
    remove_block,
    show_block,
    write_questions,
)
from cilis.domains.content.service.import_pack import import_pages, import_questions
from cilis.domains.content.service.pages import (
    add_page,
    change_page,
    move_page,
    remove_page,
    show_page,
)

__all__ = [
    "add_block",
    "add_page",
    "announce",
    "change_announcement",
    "change_block",
    "change_page",
    "end_announcement",
    "forget_frame",
    "frame",
    "import_pages",
    "import_questions",
    "move_block",
    "move_page",
    "order_blocks",
    "remove_announcement",
    "remove_block",
    "remove_page",
    "show_block",
    "show_page",
    "write_questions",
]
