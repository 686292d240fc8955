"""Pages of text as people read them, and the administration of all contents."""

from cilis.domains.content.pages import announcements, home, shown, texts
from cilis.domains.content.pages.blueprint import pages

__all__ = ["announcements", "home", "pages", "shown", "texts"]
