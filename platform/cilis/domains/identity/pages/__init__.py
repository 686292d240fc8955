"""Pages about oneself: coming in, going out, links of mails, the account."""

from cilis.domains.identity.pages import account, entry, recovery, security
from cilis.domains.identity.pages.blueprint import pages

__all__ = ["account", "entry", "pages", "recovery", "security"]
