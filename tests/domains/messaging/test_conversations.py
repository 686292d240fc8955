from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid5

import pytest
from tests.domains.messaging.conftest import PDF

from cilis.domains import bookings, messaging
from cilis.domains.bookings import Booking
from cilis.domains.messaging import (
    ConversationNotFound,
    Message,
    MessageKind,
    MessageSent,
    MessageUnread,
    MessageWish,
)
from cilis.domains.messaging import listeners as heard
from cilis.infra import files, storage
from cilis.infra.db import reading
from cilis.infra.outbox import Event
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import ids
from cilis.kit.errors import InvalidInput, NotFound, TooMany
from cilis.kit.viewer import Viewer
from cilis.testing.scene import Scene

Write = Callable[..., Message]
Emitted = Callable[[], list[Event]]
Deliver = Callable[[], int]
Forward = Callable[[timedelta], None]


def lines(scene: Scene, talk: UUID, role: str = "client") -> list[Message]:
    with reading() as session:
        messaging.visible(session, scene.viewer(role), talk)
        return list(messaging.messages_page(session, talk, limit=100).items)


def texts(scene: Scene, talk: UUID, role: str = "client") -> list[str]:
    return [line.text for line in lines(scene, talk, role) if line.kind is MessageKind.TEXT]


def seen(scene: Scene, talk: UUID, role: str) -> messaging.Conversation:
    with reading() as session:
        return messaging.visible(session, scene.viewer(role), talk)


def unread(scene: Scene, role: str) -> int:
    with reading() as session:
        return messaging.unread_count(session, scene.viewer(role).person)


# Opening


def test_a_booking_opens_the_conversation_and_says_so_in_it(scene: Scene, talk: UUID) -> None:
    (line,) = lines(scene, talk)
    assert (line.number, line.kind, line.detail["notice"]) == (1, MessageKind.NOTICE, "confirmed")
    assert lines(scene, talk, "expert") == [line]
    assert unread(scene, "client") == unread(scene, "expert") == 0


def test_two_bookings_of_the_same_two_people_have_one_conversation(
    scene: Scene, talk: UUID, book: Callable[..., Booking]
) -> None:
    second = book(place=1)
    with reading() as session:
        found = messaging.conversation_of_booking(session, scene.viewer("expert"), second.id)
    assert found == talk
    assert [line.detail["booking_id"] for line in lines(scene, talk)][1] == str(second.id)


def test_a_fact_that_is_told_twice_makes_one_line(
    scene: Scene, book: Callable[..., Booking]
) -> None:
    booking = book()
    fact = bookings.BookingConfirmed(
        booking_id=booking.id, expert_id=booking.expert_id,
        expert_person_id=booking.expert_person_id, client_id=booking.client_id,
    )  # fmt: skip
    heard.note_confirmation(fact)
    with reading() as session:
        talk = messaging.conversation_of_booking(session, scene.viewer("client"), booking.id)
    assert talk is not None
    assert len(lines(scene, talk)) == 1


def test_cancelling_stands_in_the_conversation(
    scene: Scene, talk: UUID, book: Callable[..., Booking], deliver: Deliver
) -> None:
    booking = book(place=1)
    bookings.cancel(booking.id, scene.viewer("client"), "krank")
    deliver()
    assert [line.detail["notice"] for line in lines(scene, talk)] == [
        "confirmed", "confirmed", "cancelled",
    ]  # fmt: skip


def test_a_booking_of_before_opens_it_by_hand(scene: Scene, book: Callable[..., Booking]) -> None:
    booking = book()
    opened = messaging.open_conversation(booking.id, scene.viewer("client"))
    assert messaging.open_conversation(booking.id, scene.viewer("expert")) == opened
    for stranger in ("admin", "support", "other_client"):
        with pytest.raises(NotFound):
            messaging.open_conversation(booking.id, scene.viewer(stranger))


def test_a_hold_opens_nothing(scene: Scene) -> None:
    wish = bookings.HoldWish(scene.service, scene.starts(1)[0])
    held = bookings.hold(wish, scene.viewer("client"))
    with pytest.raises(ConversationNotFound):
        messaging.open_conversation(held.id, scene.viewer("client"))


# Writing


def test_what_is_written_stands_on_both_sides_in_one_order(
    scene: Scene, talk: UUID, write: Write
) -> None:
    for number in range(6):
        write("client" if number % 2 else "expert", f"Câu {number}")
    assert texts(scene, talk) == [f"Câu {number}" for number in range(6)]
    assert lines(scene, talk) == lines(scene, talk, "expert")


def test_the_same_sending_again_sends_nothing(
    scene: Scene, talk: UUID, write: Write, emitted: Emitted
) -> None:
    sending = ids.new()
    first = write("client", "Chào chị", sending_id=sending)
    assert write("client", "Chào chị", sending_id=sending) == first
    assert texts(scene, talk) == ["Chào chị"]
    assert len([fact for fact in emitted() if isinstance(fact, MessageSent)]) == 1
    assert unread(scene, "expert") == 1


def test_another_ones_sending_is_not_taken_over(write: Write) -> None:
    sending = ids.new()
    write("client", "Chào chị", sending_id=sending)
    with pytest.raises(InvalidInput):
        write("expert", "Chào anh", sending_id=sending)


def test_the_names_of_the_houses_own_lines_are_not_given_away(
    scene: Scene, talk: UUID, write: Write
) -> None:
    with pytest.raises(InvalidInput):
        write("client", "Hoppla", sending_id=uuid5(talk, "cancelled:"))
    assert texts(scene, talk) == []


@pytest.mark.parametrize("same", [False, True], ids=["different", "one-sending-many-times"])
def test_many_at_once_lose_and_double_nothing(
    scene: Scene, talk: UUID, tenant: Tenant, same: bool
) -> None:
    sending = ids.new()

    def run(place: int) -> None:
        role = "client" if same or place % 2 else "expert"
        for number in range(5):
            wish = MessageWish(sending if same else ids.new(), f"{place}.{number}")
            with serving(tenant):
                messaging.send(talk, wish, scene.viewer(role))

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(run, range(6)))
    shown = lines(scene, talk)
    assert [line.number for line in shown] == list(range(1, len(shown) + 1))
    wanted = 1 if same else 30
    assert len(texts(scene, talk)) == len(set(texts(scene, talk))) == wanted
    for place in range(0 if same else 6):  # each writer's own lines stay in the writer's order
        own = [text for text in texts(scene, talk) if text.startswith(f"{place}.")]
        assert own == sorted(own)
    assert unread(scene, "expert") == (1 if same else 15)
    assert unread(scene, "client") == (0 if same else 15)


def test_empty_and_endless_messages_are_refused(scene: Scene, talk: UUID, write: Write) -> None:
    with pytest.raises(InvalidInput) as refused:
        write("client", "")
    assert refused.value.fields == {"text": ["required"]}
    with pytest.raises(InvalidInput):
        write("client", "x", file_ids=tuple(ids.new() for _ in range(6)))


def test_nobody_writes_more_than_a_person_can(write: Write) -> None:
    for number in range(60):
        write("client", str(number))
    with pytest.raises(TooMany):
        write("client", "one more")
    write("expert", "the other side still can")


@pytest.mark.parametrize("role", ["other_client", "admin", "support"])
def test_nobody_else_reads_writes_or_marks(
    scene: Scene, talk: UUID, write: Write, role: str
) -> None:
    write("client", "Chỉ hai chúng ta")
    stranger = scene.viewer(role)
    with reading() as session, pytest.raises(ConversationNotFound):
        messaging.visible(session, stranger, talk)
    with pytest.raises(ConversationNotFound):
        messaging.send(talk, MessageWish(ids.new(), "x"), stranger)
    with pytest.raises(ConversationNotFound):
        messaging.mark(talk, stranger, read=1)
    with pytest.raises(ConversationNotFound):
        messaging.upload(talk, PDF, "x.pdf", stranger)
    with reading() as session:
        assert messaging.found_page(session, stranger.person, "hai").items == []
        assert messaging.conversations_page(session, stranger.person).items == []


def test_another_organization_sees_nothing(
    talk: UUID, other_tenant: Tenant, scene: Scene, write: Write
) -> None:
    write("client", "Chào")
    with serving(other_tenant):
        with reading() as session, pytest.raises(ConversationNotFound):
            messaging.visible(session, scene.viewer("client"), talk)
        with pytest.raises(ConversationNotFound):
            messaging.send(talk, MessageWish(ids.new(), "x"), scene.viewer("client"))


# Reading


def test_marks_go_forward_only_and_never_past_the_end(
    scene: Scene, talk: UUID, write: Write
) -> None:
    for number in range(3):
        write("client", str(number))
    assert unread(scene, "expert") == 3
    expert = scene.viewer("expert")
    assert messaging.mark(talk, expert, delivered=3).mine == messaging.Marks(0, 3)
    assert messaging.mark(talk, expert, read=3).mine == messaging.Marks(3, 3)
    assert unread(scene, "expert") == 1
    assert messaging.mark(talk, expert, read=1).mine == messaging.Marks(3, 3)
    assert messaging.mark(talk, expert, read=99).mine == messaging.Marks(4, 4)
    assert unread(scene, "expert") == 0
    assert seen(scene, talk, "client").theirs == messaging.Marks(4, 4)
    assert unread(scene, "client") == 0


def test_pages_lead_back_and_forth_without_gap(scene: Scene, talk: UUID, write: Write) -> None:
    for number in range(9):
        write("client", str(number))
    with reading() as session:
        newest = messaging.messages_page(session, talk, limit=4)
        older = messaging.messages_page(session, talk, cursor=newest.next_cursor, limit=4)
        oldest = messaging.messages_page(session, talk, cursor=older.next_cursor, limit=4)
        later = messaging.messages_page(session, talk, after=3, limit=4)
        latest = messaging.messages_page(session, talk, cursor=later.next_cursor, limit=4)
    numbers = [line.number for page in (oldest, older, newest) for line in page.items]
    assert numbers == list(range(1, 11))
    assert oldest.next_cursor is None
    assert [line.number for page in (later, latest) for line in page.items] == list(range(4, 11))
    assert latest.next_cursor is None


def test_a_wrong_cursor_is_refused(talk: UUID) -> None:
    for cursor in ("x", "WyJuZXdlciIsICJ4Il0", "WyJvbGRlciIsIDFlMzBd"):
        with reading() as session, pytest.raises(InvalidInput):
            messaging.messages_page(session, talk, cursor=cursor)


def test_the_list_shows_last_line_and_number_and_the_liveliest_first(
    scene: Scene, talk: UUID, write: Write, book: Callable[..., Booking]
) -> None:
    book("other_client", 3)
    write("client", "eins")
    write("client", "zwei")
    with reading() as session:
        page = messaging.conversations_page(session, scene.viewer("expert").person, limit=1)
        rest = messaging.conversations_page(
            session, scene.viewer("expert").person, cursor=page.next_cursor, limit=1
        )
        others = messaging.others_of(session, [*page.items, *rest.items])
    (first,) = page.items
    assert first.last is not None
    assert (first.id, first.unread, first.last.text) == (talk, 2, "zwei")
    assert [others[each.id].name for each in (*page.items, *rest.items)] == [
        "Alpha Client", "Alpha Other_Client",
    ]  # fmt: skip
    assert rest.next_cursor is None


def test_words_are_found_with_and_without_diacritics_in_own_conversations(
    scene: Scene, talk: UUID, write: Write, book: Callable[..., Booking]
) -> None:
    book("other_client", 3)
    write("client", "Thông báo phạt chậm nộp thuế")
    write("expert", "Hợp đồng lao động")
    found: dict[str, list[str]] = {}
    with reading() as session:
        for question in ("thue", "thuế phạt", "hop dong", "lao", "tax", "'", "&|!", "  "):
            page = messaging.found_page(session, scene.viewer("client").person, question)
            found[question] = [line.text[:4] for line in page.items]
        assert (
            messaging.found_page(session, scene.viewer("other_client").person, "thue").items == []
        )
    assert found == {
        "thue": ["Thôn"], "thuế phạt": ["Thôn"], "hop dong": ["Hợp "], "lao": ["Hợp "],
        "tax": [], "'": [], "&|!": [], "  ": [],
    }  # fmt: skip


# Unread for long


def told(emitted: Emitted) -> list[MessageUnread]:
    return [fact for fact in emitted() if isinstance(fact, MessageUnread)]


def test_what_lies_unread_is_told_once_for_all_of_it(
    scene: Scene,
    talk: UUID,
    write: Write,
    emitted: Emitted,
    deliver: Deliver,
    clock_forward: Forward,
) -> None:
    first = write("client", "eins")
    write("client", "zwei")
    clock_forward(timedelta(minutes=4))
    deliver()
    assert told(emitted) == []
    clock_forward(timedelta(minutes=2))
    deliver()
    write("client", "drei")
    clock_forward(timedelta(minutes=10))
    deliver()
    (fact,) = told(emitted)
    assert (fact.message_id, fact.unread) == (first.id, 2)
    assert (fact.from_person_id, fact.to_person_id) == (scene.client, scene.expert_person)


def test_what_was_read_is_not_told(
    scene: Scene,
    talk: UUID,
    write: Write,
    emitted: Emitted,
    deliver: Deliver,
    clock_forward: Forward,
) -> None:
    message = write("client", "eins")
    messaging.mark(talk, scene.viewer("expert"), read=message.number)
    clock_forward(timedelta(minutes=10))
    deliver()
    assert told(emitted) == []


def test_what_came_while_something_older_was_read_is_told_too(
    scene: Scene,
    talk: UUID,
    write: Write,
    emitted: Emitted,
    deliver: Deliver,
    clock_forward: Forward,
) -> None:
    first = write("client", "eins")
    second = write("client", "zwei")
    messaging.mark(talk, scene.viewer("expert"), read=first.number)
    clock_forward(timedelta(minutes=6))
    deliver()
    (fact,) = told(emitted)
    assert (fact.message_id, fact.unread) == (second.id, 1)


# Files


def test_a_file_is_seen_by_the_other_side_when_it_is_sent(
    scene: Scene, talk: UUID, write: Write
) -> None:
    file = messaging.upload(talk, PDF, "../bao cao\r\n.pdf", scene.viewer("client"))
    assert (file.name, file.content_type) == ("bao cao.pdf", "application/pdf")
    with reading() as session:
        assert messaging.files_of(session, talk).items == []
        with pytest.raises(NotFound):
            messaging.file_of(session, talk, file.id, scene.expert_person)
    message = write("client", file_ids=(file.id,))
    assert [each.id for each in message.files] == [file.id]
    assert lines(scene, talk, "expert")[-1].files == message.files
    with reading() as session:
        row = messaging.file_of(session, talk, file.id, scene.expert_person)
        assert messaging.found_page(session, scene.expert_person, "bao cao").items
        assert [each.id for each in messaging.files_of(session, talk).items] == [file.id]
    assert files.read(row.key) == PDF


def test_a_file_is_sent_once_and_by_its_owner(
    scene: Scene, talk: UUID, write: Write, book: Callable[..., Booking]
) -> None:
    file = messaging.upload(talk, PDF, "a.pdf", scene.viewer("client"))
    with pytest.raises(InvalidInput):
        write("expert", file_ids=(file.id,))
    write("client", file_ids=(file.id,))
    with pytest.raises(InvalidInput):
        write("client", file_ids=(file.id,))
    other = messaging.open_conversation(book("other_client", 2).id, scene.viewer("other_client"))
    with reading() as session, pytest.raises(NotFound):
        messaging.file_of(session, other, file.id, scene.expert_person)


def test_wrong_kinds_are_not_taken(scene: Scene, talk: UUID) -> None:
    for content in (b"", b"<html><script>", b"MZ\x90\x00", b"\x00" * 40):
        with pytest.raises(InvalidInput):
            messaging.upload(talk, content, "x.pdf", scene.viewer("client"))


def test_a_file_that_is_never_sent_goes(
    scene: Scene, talk: UUID, write: Write, deliver: Deliver, clock_forward: Forward
) -> None:
    lost = messaging.upload(talk, PDF, "a.pdf", scene.viewer("client"))
    kept = messaging.upload(talk, PDF, "b.pdf", scene.viewer("client"))
    write("client", file_ids=(kept.id,))
    with reading() as session:
        key = messaging.file_of(session, talk, lost.id, scene.client).key
    clock_forward(timedelta(hours=25))
    deliver()
    with pytest.raises(storage.FileGone):
        files.read(key)
    with reading() as session:
        messaging.file_of(session, talk, kept.id, scene.client)
        with pytest.raises(NotFound):
            messaging.file_of(session, talk, lost.id, scene.client)


def test_a_nameless_viewer_has_no_conversations(talk: UUID) -> None:
    with reading() as session, pytest.raises(Exception, match="signed in"):
        messaging.visible(session, Viewer(), talk)
