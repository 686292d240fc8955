from __future__ import annotations

import itertools
import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from tests.domains.notifications.conftest import World, save_organization

from cilis.domains import bookings, credits, experts, identity, payments, payouts
from cilis.domains.identity import Role
from cilis.domains.notifications import listeners
from cilis.domains.notifications.models import NoticeRow
from cilis.domains.notifications.service import composing, facts, preview, rendering
from cilis.domains.notifications.types import Kind
from cilis.domains.payouts import BatchState, PayoutState
from cilis.infra import outbox
from cilis.infra.db import reading, transaction
from cilis.infra.i18n import speaking
from cilis.kit import clock, ids
from cilis.kit.money import Money
from cilis.kit.viewer import Caller, Viewer

CALLER = Caller(ip="203.0.113.7", language="vi")


def test_an_address_is_confirmed_by_its_mail(world: World) -> None:
    wish = identity.Registration("Quỳnh", "quynh@example.vn", "mot-mat-khau-dai")
    identity.register(wish, CALLER)
    world.deliver()
    mail = world.only("quynh")
    assert mail.subject == "Vui lòng xác nhận địa chỉ email"
    found = re.search(r"http://anbinh\.localhost/verify/(\S+)", mail.text)
    assert found
    identity.verify_email(found[1], CALLER)
    with reading() as session:
        person = identity.person_by_email(session, "quynh@example.vn")
        assert person
        assert person.is_verified
        kept = str([row.detail for row in session.query(NoticeRow)])
    assert found[1] not in kept  # the secret stands in the mail and nowhere else


def test_a_forgotten_password(world: World) -> None:
    identity.ask_password_reset("hoa@example.vn", CALLER)
    world.deliver()
    mail = world.only()
    assert mail.subject == "Đặt mật khẩu mới"
    found = re.search(r"http://anbinh\.localhost/reset/(\S+)", mail.text)
    assert found
    assert found[1] in mail.html


def test_another_address_is_confirmed_there_and_the_present_one_warned(world: World) -> None:
    hoa = Viewer(world.cast.hoa, ids.new(), frozenset({"client"}))
    identity.ask_email_change(hoa, "hoa.le@example.vn", world.cast.password, CALLER)
    world.deliver()
    warned, asked = world.only("hoa"), world.only("hoa.le")
    found = re.search(r"http://anbinh\.localhost/change-email/(\S+)", asked.text)
    assert found
    assert found[1] not in warned.text
    assert "hoa.le@example.vn" in warned.text.lower()
    identity.change_email(found[1], CALLER)
    with reading() as session:
        person = identity.person(session, world.cast.hoa)
    assert (person.email, person.is_verified) == ("hoa.le@example.vn", True)


def test_a_link_that_ran_out_is_not_sent(world: World) -> None:
    identity.ask_password_reset("hoa@example.vn", CALLER)
    world.forward(timedelta(hours=2))
    world.deliver()
    assert world.mails() == []


def test_an_unknown_address_gets_no_mail(world: World) -> None:
    identity.ask_password_reset("nobody@example.vn", CALLER)
    world.deliver()
    assert world.mails("nobody") == []


def test_a_changed_password_is_told(world: World) -> None:
    with transaction() as session:
        outbox.emit(session, identity.PasswordChanged(person_id=world.cast.hoa))
    world.deliver()
    assert world.only().subject == "Mật khẩu của bạn đã được đổi"
    assert "http://anbinh.localhost/forgot" in world.only().text


def test_a_changed_password_is_told_once_for_each_change(world: World) -> None:
    first = clock.now()
    for at, later in ((first, 0), (first, 90), (first + timedelta(seconds=5), 0)):
        world.forward(timedelta(seconds=later))
        listeners.tell_of_new_password(identity.PasswordChanged(person_id=world.cast.hoa, at=at))
    world.deliver()
    assert len(world.mails()) == 2


@pytest.mark.parametrize("refund", [550_000, 0])
def test_an_absent_expert_hears_of_money_only_where_some_goes_back(
    world: World, monkeypatch: pytest.MonkeyPatch, refund: int
) -> None:
    row = _row(world, Kind.BOOKING_MISSED, "expert", monkeypatch)
    row.detail = {**row.detail, "refund_minor": refund}
    with reading() as session, speaking("en", "UTC"):
        reader = identity.person(session, world.cast.minh)
        organization = composing.tenants.organization(session)
        composed = composing.compose(session, row, reader, organization)
    assert composed is not None
    assert ("gets the money back" in composed[0].hint) is bool(refund)


def test_a_stolen_key_is_told_and_other_ends_are_not(world: World) -> None:
    with transaction() as session:
        for reason in (identity.EndReason.TOKEN_REUSED, identity.EndReason.LOGGED_OUT):
            event = identity.SessionEnded(
                session_id=ids.new(), person_id=world.cast.hoa, reason=reason
            )
            outbox.emit(session, event)
    world.deliver()
    assert world.only().subject == "Bạn đã được đăng xuất để bảo đảm an toàn"


def test_a_suspended_person_gets_no_mail(world: World) -> None:
    lan = Viewer(world.cast.lan, ids.new(), frozenset({Role.ADMIN}))
    changes = identity.StaffChanges(status=identity.PersonStatus.SUSPENDED, reason="Thư rác")
    identity.change_person(world.cast.hoa, changes, lan)
    with transaction() as session:
        outbox.emit(session, identity.PasswordChanged(person_id=world.cast.hoa))
    world.deliver()
    assert world.mails() == []


def test_a_suspected_payment_reaches_client_and_admin(world: World) -> None:
    with transaction() as session:
        attempt_id = payments.open_attempt(
            session,
            subject_id=ids.new(),
            payer_id=world.cast.hoa,
            amount=Money(550_000, "VND"),
            provider="vnpay",
            description="",
            expires_at=clock.now() + timedelta(minutes=10),
        )
        session.get_one(payments.Attempt, attempt_id).state = payments.AttemptState.REVIEW
        event = payments.PaymentReview(attempt_id=attempt_id, subject_id=ids.new())
        outbox.emit(session, event)
    world.deliver()
    assert world.only("hoa").subject == "Khoản thanh toán đang được kiểm tra"
    assert world.only("lan").subject == "Một khoản thanh toán cần bạn quyết định"
    assert "/admin/payments" in world.only("lan").text

    lan = Viewer(world.cast.lan, ids.new(), frozenset({Role.ADMIN}))
    payments.decide_review(attempt_id, lan, accept=False, reason="Ngân hàng báo gian lận")
    world.deliver()
    assert [mail.subject for mail in world.mails("hoa")[1:]] == [
        "Khoản thanh toán của bạn bị từ chối"
    ]
    assert len(world.mails("lan")) == 1


def test_an_ordinary_failed_payment_is_no_news(world: World) -> None:
    with transaction() as session:
        event = payments.PaymentFailed(attempt_id=ids.new(), subject_id=ids.new(), reason="24")
        outbox.emit(session, event)
    world.deliver()
    assert world.mails() == []


@pytest.mark.parametrize(
    ("state", "subject"),
    [("APPROVED", "Bạn đã được xác minh"), ("MORE_ASKED", "Vui lòng bổ sung giấy tờ"),
     ("REJECTED", "Chúng tôi chưa thể xác minh hồ sơ của bạn")],
)  # fmt: skip
def test_a_reviewers_answer_reaches_the_expert(
    world: World, monkeypatch: pytest.MonkeyPatch, state: str, subject: str
) -> None:
    verification = type(
        "V",
        (),
        {
            "state": experts.VerificationState[state],
            "reason": "Bằng đã mờ",
            "steps": [1, 2],
        },
    )()
    monkeypatch.setattr(experts, "latest_verification", lambda *_: verification)
    with transaction() as session:
        outbox.emit(
            session,
            experts.VerificationDecided(
                expert_id=world.expert_id, verification_id=ids.new(), decision="x"
            ),
        )
    world.deliver()
    assert world.only("minh").subject == subject
    assert ("Bằng đã mờ" in world.only("minh").text) == (state != "APPROVED")


def test_reviewers_hear_of_papers(world: World) -> None:
    with transaction() as session:
        outbox.emit(
            session,
            experts.VerificationSubmitted(expert_id=world.expert_id, verification_id=ids.new()),
        )
    world.deliver()
    assert world.only("lan").subject == "Cần xác minh: ThS. Lê Hoàng Minh"


def test_a_round_of_papers_is_told_once_whatever_happened_before_it_came_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A delivery that comes again after the next round began must not tell twice."""
    steps: list[int] = [1]
    verification = type(
        "V", (), {"state": experts.VerificationState.MORE_ASKED, "reason": "", "steps": steps}
    )()
    monkeypatch.setattr(experts, "latest_verification", lambda *_: verification)
    which, rounds = ids.new(), [ids.new(), ids.new()]
    for step_id in rounds:
        submitted = experts.VerificationSubmitted(
            expert_id=world.expert_id, verification_id=which, step_id=step_id
        )
        decided = experts.VerificationDecided(
            expert_id=world.expert_id, verification_id=which, decision="ask", step_id=step_id
        )
        for _ in range(2):
            listeners.tell_reviewers(submitted)
            listeners.tell_expert(decided)
            steps.append(0)
    world.deliver()
    assert len(world.mails("lan")) == len(rounds)
    assert len(world.mails("minh")) == len(rounds)


@pytest.mark.parametrize("language", ["vi", "en", "de"])
def test_every_letter_can_be_written_in_every_language(
    world: World, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    """No letter misses a word of its language, a value, or one of its two forms."""
    with reading() as session:
        reader = identity.person(session, world.cast.hoa)
        organization = composing.tenants.organization(session)
        for kind, side in itertools.product(set(Kind) - {Kind.DIGEST}, ("client", "expert")):
            row = _row(world, kind, side, monkeypatch)
            with speaking(language, "Asia/Ho_Chi_Minh"):
                try:
                    composed = composing.compose(session, row, reader, organization)
                except KeyError:
                    assert side == "expert", kind  # a letter for clients only
                    continue
                assert composed is not None, kind
                letter, _ = composed
                text = rendering.text(letter, reader.name, organization)
                html = rendering.html(letter, reader.name, organization, language)
            assert "%(" not in text + html
            greeting = {"vi": "Chào Hoa,", "en": "Hello Hoa,", "de": "Guten Tag Hoa,"}[language]
            if letter.to_name is None:  # a gift's recipient may have no name here
                assert text.startswith(greeting)
            assert max(len(line) for line in text.splitlines() if "http" not in line) <= 100


def _row(world: World, kind: Kind, side: str, patch: pytest.MonkeyPatch) -> NoticeRow:
    states = {
        Kind.BOOKING_REQUESTED: "PENDING",
        Kind.BOOKING_COMPLETED: "COMPLETED",
        Kind.BOOKING_MISSED: "NO_SHOW",
        Kind.BOOKING_CANCELLED: "CANCELLED",
        Kind.BOOKING_DECLINED: "CANCELLED",
        Kind.PAID_IN_VAIN: "EXPIRED",
    }
    starts_at = world.monday + timedelta(hours=19.5)
    attempt = payments.Attempt(
        id=ids.new(),
        subject_id=ids.new(),
        payer_id=world.cast.hoa,
        provider="vnpay",
        amount_minor=550_000,
        currency="VND",
        description="",
        created_at=clock.now(),
        expires_at=clock.now(),
        state=payments.AttemptState.REVIEW
        if "REVIEW" in kind.name
        else payments.AttemptState.CAPTURED,
    )
    booking = bookings.Booking(
        id=attempt.subject_id,
        reference="K7QM",
        service_id=ids.new(),
        expert_id=world.expert_id,
        expert_person_id=world.cast.minh,
        client_id=world.cast.hoa,
        discount={},
        credit_attempt_ids=[],
        terms={},
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=45),
        state=bookings.BookingState[states.get(kind, "CONFIRMED")],
        answer_by=starts_at - timedelta(hours=30),
        price_minor=550_000,
        currency="VND",
        service_name={"vi": "Đọc thông báo thuế", "en": "Reading a tax notice"},
        topic_text="Xin chào " * 80,
        needs_acceptance=False,
        notice_minutes=0,
        sequence=0,
        policy={"tiers": [{"hours": 24, "percent": 100}, {"hours": 6, "percent": 50}]},
        paid_attempt_id=attempt.id,
        created_at=clock.now(),
    )
    refund = payments.Refund(
        id=ids.new(),
        attempt_id=attempt.id,
        amount_minor=550_000,
        currency="VND",
        reason="r",
        refusal="99",
        state=payments.RefundState.REFUSED
        if kind is Kind.REFUND_REFUSED
        else payments.RefundState.DONE,
    )
    verification = type(
        "V",
        (),
        {
            "state": experts.VerificationState.APPROVED,
            "reason": "",
            "steps": [],
        },
    )()
    payout = SimpleNamespace(
        amount=Money(550_000, "VND"),
        hint="•••• 4321",
        reason="Account closed",
        state=PayoutState.PAID if kind is Kind.PAYOUT_PAID else PayoutState.RETURNED,
        batch_id=ids.new(),
    )
    adjustment = SimpleNamespace(
        amount=Money(-9, "VND"), state=payouts.AdjustmentState.WAITING, reason="paid twice"
    )
    request = SimpleNamespace(
        attempt_id=attempt.id, amount=Money(9, "VND"), expires_at=clock.now(), reason="sorry",
        state=payments.RequestState.WAITING,
    )  # fmt: skip
    dispute = payments.Dispute(
        id=ids.new(), attempt_id=attempt.id, state=payments.DisputeState.OPEN, amount_minor=9,
        currency="VND", reason="fraudulent", due_at=clock.now(),
    )  # fmt: skip
    patch.setattr(payouts, "adjustment", lambda *_: adjustment)
    patch.setattr(payments, "refund_request", lambda *_: request)
    patch.setattr(payments, "dispute", lambda *_: dispute)
    batch = SimpleNamespace(
        id=ids.new(), total=Money(9, "VND"), payouts=3, reference="P1", state=BatchState.WAITING
    )
    payee = SimpleNamespace(hint="•••• 4321", locked_until=clock.now())
    credit = credits.Credit(
        id=ids.new(),
        kind=credits.CreditKind.GIFT,
        state=credits.CreditState.OPEN,
        owner_id=None if kind is Kind.CREDIT_GIFT else world.cast.hoa,
        buyer_id=world.cast.hoa,
        amount_minor=550_000,
        currency="VND",
        ends_at=clock.now() + timedelta(days=5),
        paid_attempt_id=attempt.id,
        name={},
        recipient="khang@example.vn" if side == "client" else "",
        message="Chúc mừng " * 40,
    )
    patch.setattr(credits, "credit", lambda *_: credit)
    patch.setattr(credits, "warn", lambda *_: credit)
    patch.setattr(credits, "left", lambda *_: credit.amount)
    patch.setattr(payouts, "payout", lambda *_: payout)
    patch.setattr(payouts, "batch", lambda *_: batch)
    patch.setattr(payouts, "payee", lambda *_: payee)
    patch.setattr(bookings, "get", lambda *_: booking)
    patch.setattr(payments, "attempt", lambda *_: attempt)
    patch.setattr(payments, "refund", lambda *_: refund)
    patch.setattr(identity, "one_time_secret", lambda *_: "s3cr3t")
    change = identity.EmailChange("hoa.le@example.vn", "s3cr3t")
    patch.setattr(identity, "email_change", lambda *_: change)
    patch.setattr(experts, "latest_verification", lambda *_: verification)
    detail = {
        "side": side,
        "by": "expert",
        "refund_minor": 550_000,
        "old_starts_at": (starts_at - timedelta(days=1)).isoformat(),
    }
    subject = world.expert_id if "VERIFICATION_" in kind.name else booking.id
    return NoticeRow(
        id=ids.new(),
        key="k",
        kind=kind,
        person_id=world.cast.hoa,
        channel="email",
        subject_id=subject,
        detail=detail,
    )


def test_every_brand_gives_a_readable_mail(world: World) -> None:
    colours = ("#ffee00", "#000000", "#d40000", "#ffffff")
    for colour, neutral in itertools.product(colours, ("warm", "cool", "plain")):
        save_organization(brand={"colour": colour, "neutral": neutral, "font_text": "inter"})
        with reading() as session:
            html = preview(session, world.hoa, clock.now())
        assert 'class="button"' in html
        assert "An Tâm" in html


def test_an_organization_without_anything_still_sends(world: World) -> None:
    save_organization(brand={}, legal={}, mail_from="", name="X & <Y>")
    with reading() as session:
        html = preview(session, world.hoa, clock.now())
        assert facts.sender(composing.tenants.organization(session)) == "no-reply@anbinh.localhost"
    assert "X &amp; &lt;Y&gt;" in html
