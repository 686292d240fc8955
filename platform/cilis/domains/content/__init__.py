"""Content: the organization's own pages of text, its questions and answers, its fields."""

from cilis.domains.content.errors import PageNotFound
from cilis.domains.content.queries import legal_pages, page, questions
from cilis.domains.content.service import import_pages, import_questions
from cilis.domains.content.types import Page, PageLink, Question

__all__ = [
    "Page",
    "PageLink",
    "PageNotFound",
    "Question",
    "import_pages",
    "import_questions",
    "legal_pages",
    "page",
    "questions",
]
