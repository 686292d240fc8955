"""Messages: the list of conversations, one conversation live, its files, finding words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from marshmallow import fields
from sqlalchemy.orm import Session
from werkzeug import Response as AnyResponse

from cilis.domains import messaging
from cilis.domains.messaging import Conversation, Message, MessageWish
from cilis.infra import files
from cilis.infra.db import reading
from cilis.infra.http.downloads import attachment
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import SIGNED_IN, policy
from cilis.infra.http.schemas import Strict, Text, between
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import error_text
from cilis.kit import ids
from cilis.kit.errors import DomainError, InvalidInput, NotFound, Unavailable
from cilis.kit.pagination import Page
from cilis.web.views import chat

pages = Blueprint("message_pages", __name__)
PAGE = 40
AROUND = 15
LISTED = 30
_NUMBER = between(0, 2**31 - 1)


class OpenForm(Strict):
    """The button on a booking's page."""

    booking_id = fields.UUID(required=True)


class MessageForm(Strict):
    """A message; with ``after`` the script gets everything that follows this number."""

    sending_id = fields.UUID(required=True)
    text = Text(load_default="", most=messaging.MAX_TEXT)
    file_ids = fields.List(fields.UUID(), load_default=list)
    seen = fields.Integer(load_default=0, validate=_NUMBER)
    after = fields.Integer(load_default=None, validate=_NUMBER)


class MarksForm(Strict):
    """How far the reader is; without script a button below the conversation."""

    read = fields.Integer(load_default=0, validate=_NUMBER)
    back = fields.Boolean(load_default=False)


@pages.get("/messages")
@policy(SIGNED_IN)
def index() -> str:
    """One's conversations, or with words to look for the messages that hold them."""
    question = request.args.get("q", "").strip()[:200]
    return render_template("messages/list.html", **_list(), **_found(question), **_frame())


@pages.post("/messages")
@policy(SIGNED_IN)
def open_conversation() -> AnyResponse:
    """Go to the conversation of a booking's two people; opened if there is none yet."""
    found = messaging.open_conversation(load_form(OpenForm)["booking_id"], viewer())
    return redirect(url_for("message_pages.show", conversation_id=found), 303)


@pages.get("/messages/list")
@policy(SIGNED_IN)
def threads() -> str:
    """The list again, fetched when something happened in one of them."""
    return render_template("messages/_threads.html", **_list())


@pages.get("/messages/link")
@policy(SIGNED_IN)
def link() -> str:
    """The header's link with the number of unread messages."""
    return render_template("messages/_link.html")


@pages.post("/messages/arrived")
@policy(SIGNED_IN)
def arrive() -> Response:
    """Say that this browser has heard of everything that was sent to its person."""
    messaging.mark_arrived(viewer())
    return Response(status=204)


@pages.get("/messages/<uuid:conversation_id>")
@policy(SIGNED_IN)
def show(conversation_id: UUID) -> str:
    """One conversation; ``at`` shows it around one message that was looked for."""
    at = request.args.get("at", type=int)
    with reading() as session:
        seen = messaging.visible(session, viewer(), conversation_id)
        page, newer = _page_at(session, seen, at)
        shown = chat.thread(session, seen, page, newer=newer)
        visit = chat.coming(session, seen)
        sent = messaging.files_of(session, conversation_id, limit=8).items
    shown = _with_presence(shown)
    return render_template(
        "messages/show.html",
        thread=shown,
        visit=visit,
        sent_files=sent,
        live_rooms=[f"conversation:{conversation_id}"],
        sending_id=ids.new(),
        found_at=at,
        **_list(conversation_id, shown.other.person_id),
        **_frame(seen),
    )


@pages.post("/messages/<uuid:conversation_id>")
@policy(SIGNED_IN)
def send(conversation_id: UUID) -> AnyResponse | str | tuple[str, int]:
    """Write; the script gets everything new, a browser without it the page again."""
    by_script = "after" in request.form
    try:
        form = load_form(MessageForm)
        uploaded = _uploads(conversation_id)
        wish = MessageWish(form["sending_id"], form["text"], (*form["file_ids"], *uploaded))
        messaging.send(conversation_id, wish, viewer())
    except NotFound:
        raise
    except DomainError as refusal:
        words = _words(refusal)
        if by_script:
            return words, int(refusal.status)
        notice(words, "caution")
        return redirect(_end_of(conversation_id), 303)
    if form["seen"]:
        messaging.mark(conversation_id, viewer(), read=form["seen"])
    return (
        _news(conversation_id, form["after"])
        if by_script
        else redirect(_end_of(conversation_id), 303)
    )


@pages.get("/messages/<uuid:conversation_id>/news")
@policy(SIGNED_IN)
def news(conversation_id: UUID) -> str:
    """What follows a number, how far the other side is, and whether it is here."""
    after = request.args.get("after", 0, type=int)
    return _news(conversation_id, min(max(after, 0), 2**31 - 1))


@pages.get("/messages/<uuid:conversation_id>/older")
@policy(SIGNED_IN)
def older(conversation_id: UUID) -> str:
    """The page of lines before those that are shown."""
    with reading() as session:
        seen = messaging.visible(session, viewer(), conversation_id)
        page = messaging.messages_page(
            session, conversation_id, cursor=request.args.get("cursor"), limit=PAGE
        )
        shown = chat.thread(session, seen, page)
    return render_template("messages/_older.html", thread=shown)


@pages.post("/messages/<uuid:conversation_id>/marks")
@policy(SIGNED_IN)
def mark(conversation_id: UUID) -> AnyResponse:
    """Say how far one has read."""
    form = load_form(MarksForm)
    messaging.mark(conversation_id, viewer(), read=form["read"])
    if form["back"]:
        return redirect(_end_of(conversation_id), 303)
    return Response(status=204)


@pages.get("/messages/<uuid:conversation_id>/files/<uuid:file_id>")
@policy(SIGNED_IN)
def fetch(conversation_id: UUID, file_id: UUID) -> Response:
    """A file of the conversation, to save."""
    with reading() as session:
        messaging.visible(session, viewer(), conversation_id)
        found = messaging.file_of(session, conversation_id, file_id, viewer().person)
    return attachment(files.read(found.key), name=found.name, content_type=found.content_type)


@pages.app_template_global("unread_messages")
def unread_messages() -> int:
    """The header's number; asked for once a request, and nothing when nobody can say."""
    who = viewer()
    if who.person_id is None:
        return 0
    if "unread_messages" not in g:
        try:
            with reading() as session:
                g.unread_messages = messaging.unread_count(session, who.person_id)
        except Unavailable:
            g.unread_messages = 0
    return int(g.unread_messages)


def _news(conversation_id: UUID, after: int) -> str:
    """The lines after a number; the one with that number decides whether a new day begins."""
    with reading() as session:
        seen = messaging.visible(session, viewer(), conversation_id)
        page = messaging.messages_page(
            session, conversation_id, after=max(0, after - 1), limit=PAGE + 1
        )
        before = next((one for one in page.items if one.number == after), None)
        fresh: list[Message] = [one for one in page.items if one.number > after]
        shown = chat.thread(session, seen, Page([]))
    # what comes while somebody looks is new at once: it needs no line that says so
    found = replace(shown, lines=chat.lines(fresh, seen, before=before))
    return render_template(
        "messages/_news.html",
        thread=_with_presence(found),
        after=after,
        more=page.next_cursor is not None,
    )


def _page_at(
    session: Session, seen: Conversation, at: int | None
) -> tuple[Page[Message], str | None]:
    """The newest lines; or those around one, and where the newer ones are."""
    if at is None or not 0 < at <= seen.last_number:
        return messaging.messages_page(session, seen.id, limit=PAGE), None
    start = max(0, at - AROUND)
    page = messaging.messages_page(session, seen.id, after=start, limit=PAGE)
    if page.next_cursor is None:
        return messaging.messages_page(session, seen.id, limit=PAGE + AROUND), None
    older_ones = messaging.older_than(page.items[0].number) if start else None
    return Page(page.items, older_ones), page.next_cursor


def _with_presence(shown: chat.Thread) -> chat.Thread:
    here = messaging.presences([shown.other.person_id])
    return replace(shown, presence=here[shown.other.person_id])


def _list(current: UUID | None = None, *watched: UUID) -> dict[str, Any]:
    """What the list shows; the page also hears when its people come and go."""
    with reading() as session:
        page = messaging.conversations_page(
            session, viewer().person, cursor=request.args.get("from"), limit=LISTED
        )
        others = messaging.others_of(session, page.items)
    people = {other.person_id for other in others.values()}
    here = messaging.presences(people)
    rooms = [f"presence:{person_id}" for person_id in people | set(watched)]
    if current is None and request.args.get("current"):
        current = request.args.get("current", type=UUID)
    return {
        "rows": chat.rows(page.items, others, here),
        "next_cursor": page.next_cursor,
        "current_id": current,
        "presence_rooms": rooms,
        "chat_events": chat.LIVE_EVENTS,
    }


def _found(question: str) -> dict[str, Any]:
    if not question:
        return {"question": "", "found": None}
    inside = request.args.get("in", type=UUID)
    with reading() as session:
        page = messaging.found_page(
            session,
            viewer().person,
            question,
            conversation_id=inside,
            cursor=request.args.get("cursor"),
        )
        wanted = {one.conversation_id for one in page.items}
        seen = messaging.several(session, viewer().person, wanted)
        others = messaging.others_of(session, seen)
    return {"question": question, "found": page, "found_others": others}


def _frame(seen: Conversation | None = None) -> dict[str, Any]:
    """Experts read at their desk, everybody else on the public pages."""
    at_desk = viewer().has("expert") and not (seen is not None and seen.is_clients)
    return {"frame": "desk_layout.html" if at_desk else "layout.html", "at_desk": at_desk}


def _uploads(conversation_id: UUID) -> list[UUID]:
    """Files that came with a form without script."""
    found = [each for each in request.files.getlist("file") if each.filename]
    if len(found) > messaging.MAX_FILES:
        raise InvalidInput({"file_ids": ["too_many"]})
    return [
        messaging.upload(
            conversation_id, each.read(files.MAX_BYTES + 1), each.filename or "", viewer()
        ).id
        for each in found
    ]


def _words(refusal: DomainError) -> str:
    """A refusal in the reader's language; of wrong fields, the first reason."""
    if isinstance(refusal, InvalidInput):
        codes = [code for found in refusal.fields.values() for code in found]
        return error_text(codes[0] if codes else refusal.code)
    return error_text(refusal.code, **refusal.values)


def _end_of(conversation_id: UUID) -> str:
    return url_for("message_pages.show", conversation_id=conversation_id, _anchor="end")


_WORDS: dict[str, Any] = {
    "whereabouts": chat.whereabouts,
    "file_size": chat.size_of,
    "short_when": chat.when,
}
for _name, _word in _WORDS.items():
    pages.add_app_template_global(_word, _name)
