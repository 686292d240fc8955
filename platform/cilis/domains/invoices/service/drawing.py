"""Opening a paper: who may is checked each time, the file is drawn anew from what was kept."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from cilis.domains.invoices import queries
from cilis.domains.invoices.models import Paper
from cilis.domains.invoices.types import PaperFile
from cilis.infra import audit, papers
from cilis.infra.db import reading, transaction
from cilis.kit.text import slug
from cilis.kit.viewer import Viewer

_TEMPLATES = Path(__file__).parent.parent / "templates"


def paper(paper_id: UUID, viewer: Viewer) -> Paper:
    """What is known of one paper; raises PaperNotFound."""
    with reading() as session:
        return queries.visible(session, viewer, paper_id)


def open_paper(paper_id: UUID, viewer: Viewer) -> PaperFile:
    """A paper as PDF; when staff opens somebody's, that is written down.

    Raises:
        PaperNotFound: unknown, or not this viewer's to read.
        PaperFailed: it cannot be drawn just now.
    """
    with transaction() as session:
        found = queries.visible(session, viewer, paper_id)
        if found.person_id != viewer.person_id:
            audit.record(session, "invoices.opened", found.id, actor=viewer.person_id)
    return draw(found)


def draw(paper: Paper) -> PaperFile:
    """The file of a paper: the same bytes whenever it is asked for."""
    content = papers.pdf(
        _TEMPLATES / f"{paper.template}.typ",
        paper.sheet["data"],
        paper.language,
        papers.Brand(**paper.sheet["brand"]),
    )
    return PaperFile(f"{slug(paper.number, 80) or paper.id.hex}.pdf", content)
