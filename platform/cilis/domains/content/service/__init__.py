"""What the room does, one verb a file."""

from cilis.domains.content.service.import_pack import import_pages, import_questions

__all__ = ["import_pages", "import_questions"]
