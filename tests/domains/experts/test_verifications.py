from __future__ import annotations

import threading
from contextvars import copy_context
from typing import Any

import pytest
import sqlalchemy as sa
from tests.domains.experts.conftest import (
    PDF,
    Emitted,
    application,
    expert_id,
    fill_in,
    kinds,
    new_person,
    submitted,
    viewer,
)

from cilis.domains import experts
from cilis.domains.experts import Decision, ExpertState, VerificationState
from cilis.domains.experts.models import VerificationStep
from cilis.infra import db
from cilis.kit.errors import Forbidden, InvalidInput
from cilis.kit.viewer import Viewer


def seen(verification_id: object, who: Viewer) -> experts.VerificationView:
    with db.reading() as session:
        return experts.verification(session, verification_id, who)  # type: ignore[arg-type]


def last_step(verification_id: object) -> object:
    """The newest line of the history, which an event names."""
    with db.reading() as session:
        return session.scalars(
            sa.select(VerificationStep.id)
            .where(VerificationStep.verification_id == verification_id)
            .order_by(VerificationStep.at.desc(), VerificationStep.id.desc())
        ).first()


class TestSubmit:
    def test_names_what_is_missing_first(self, minh: Viewer) -> None:
        with pytest.raises(experts.NotReady) as refused:
            experts.submit_verification(minh)
        assert refused.value.values["missing"] == [
            "headline",
            "biography",
            "topics",
            "services",
            "documents",
        ]

    def test_waits_in_the_queue(
        self, minh: Viewer, lan: Viewer, tax: experts.Topic, emitted: Emitted
    ) -> None:
        made = submitted(minh, tax)

        assert kinds(emitted, experts.VerificationSubmitted) == [
            experts.VerificationSubmitted(
                expert_id=expert_id(minh), verification_id=made, step_id=last_step(made)
            )
        ]
        with db.reading() as session:
            (item,) = experts.verification_queue(session).items
            assert (item.id, item.document_count) == (made, 1)
            assert item.card.state == ExpertState.SUBMITTED
            assert experts.queue_counts(session)[VerificationState.SUBMITTED] == 1
        view = seen(made, lan)
        assert view.open
        assert [step.step for step in view.steps] == ["submitted"]

    def test_twice_is_refused(self, minh: Viewer, tax: experts.Topic) -> None:
        submitted(minh, tax)
        with pytest.raises(experts.AlreadySubmitted):
            experts.submit_verification(minh)


class TestDecide:
    def test_approval_publishes_with_the_badge(
        self, minh: Viewer, lan: Viewer, tax: experts.Topic, emitted: Emitted
    ) -> None:
        made = submitted(minh, tax)
        experts.decide(made, Decision.APPROVE, lan)

        who = expert_id(minh)
        assert set(kinds(emitted, experts.ExpertPublished, experts.VerificationDecided)) == {
            experts.ExpertPublished(expert_id=who),
            experts.VerificationDecided(
                expert_id=who, verification_id=made, decision="approve", step_id=last_step(made)
            ),
        }
        with db.reading() as session:
            profile = experts.profile(session, "tran-quang-minh", Viewer())
            assert profile.card.verified
            assert profile.card.listed
            assert [proof.kind for proof in profile.proofs] == [experts.DocumentKind.DEGREE]
            assert experts.service_terms(session, profile.offered[0].id).expert_id == who

    def test_a_decision_is_final(self, minh: Viewer, lan: Viewer, tax: experts.Topic) -> None:
        made = submitted(minh, tax)
        experts.decide(made, Decision.APPROVE, lan)
        for again in Decision:
            with pytest.raises(experts.AlreadyDecided):
                experts.decide(made, again, lan, reason="Đổi ý")
        with pytest.raises(experts.AlreadyVerified):
            experts.submit_verification(minh)

    def test_of_many_at_once_one_decides(
        self, minh: Viewer, lan: Viewer, tax: experts.Topic, emitted: Emitted
    ) -> None:
        made = submitted(minh, tax)
        told: list[str] = []

        def attempt() -> None:
            try:
                experts.decide(made, Decision.APPROVE, lan)
                told.append("decided")
            except experts.AlreadyDecided:
                told.append("late")

        threads = [threading.Thread(target=copy_context().run, args=(attempt,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(told) == ["decided", *["late"] * 5]
        assert len(kinds(emitted, experts.ExpertPublished)) == 1

    def test_asking_for_more_keeps_the_place(
        self, minh: Viewer, lan: Viewer, tax: experts.Topic
    ) -> None:
        made = submitted(minh, tax)
        experts.decide(
            made, Decision.ASK, lan, reason="Xin gửi chứng chỉ.", missing=["Chứng chỉ hành nghề"]
        )
        experts.add_document(PDF, "chung-chi.pdf", experts.DocumentKind.CERTIFICATE, minh)
        assert experts.submit_verification(minh) == made

        view = seen(made, minh)
        assert view.state == VerificationState.SUBMITTED
        assert [step.step for step in view.steps] == ["submitted", "ask", "submitted_again"]
        assert view.steps[1].reason == "Xin gửi chứng chỉ."
        assert view.steps[1].missing == ["Chứng chỉ hành nghề"]
        assert len(view.documents) == 2

    def test_after_a_rejection_one_may_try_again(
        self, minh: Viewer, lan: Viewer, tax: experts.Topic
    ) -> None:
        first = submitted(minh, tax)
        experts.decide(first, Decision.REJECT, lan, reason="Ảnh không đọc được.")
        with db.reading() as session:
            assert experts.mine(session, minh).card.state == ExpertState.DRAFT
        second = experts.submit_verification(minh)

        assert second != first
        assert len(seen(second, lan).documents) == 1
        assert len(seen(first, lan).documents) == 1

    @pytest.mark.parametrize("decision", [Decision.ASK, Decision.REJECT])
    def test_a_refusal_needs_its_reason(
        self, minh: Viewer, lan: Viewer, tax: experts.Topic, decision: Decision
    ) -> None:
        with pytest.raises(InvalidInput):
            experts.decide(submitted(minh, tax), decision, lan, reason="  ")

    def test_nobody_decides_about_themselves(self, minh: Viewer, tax: experts.Topic) -> None:
        made = submitted(minh, tax)
        with pytest.raises(experts.OwnVerification):
            experts.decide(made, Decision.APPROVE, viewer(minh.person, "expert", "admin"))

    @pytest.mark.parametrize("roles", [("client",), ("expert",), ("support",)])
    def test_only_admins_decide(
        self, minh: Viewer, hoa: Viewer, tax: experts.Topic, roles: tuple[str, ...]
    ) -> None:
        with pytest.raises(Forbidden):
            experts.decide(submitted(minh, tax), Decision.APPROVE, viewer(hoa.person, *roles))


class TestDocuments:
    def test_expert_and_staff_read_and_each_opening_is_kept(
        self, minh: Viewer, lan: Viewer, hoa: Viewer, tax: experts.Topic
    ) -> None:
        made = submitted(minh, tax)
        (paper,) = seen(made, lan).documents
        for who in (minh, lan, viewer(hoa.person, "support")):
            file = experts.open_document(paper.id, who)
            assert (file.content, file.content_type) == (PDF, "application/pdf")

        assert [step.step for step in seen(made, lan).steps] == ["submitted", "opened", "opened"]

    def test_nobody_else_reads(self, minh: Viewer, hoa: Viewer, tax: experts.Topic) -> None:
        fill_in(minh, tax)
        who_owns = expert_id(minh)
        with db.reading() as session:
            (paper,) = experts.documents_of(session, who_owns)
        for who in (hoa, viewer(hoa.person, "expert")):
            with pytest.raises(experts.DocumentNotFound):
                experts.open_document(paper.id, who)

    @pytest.mark.parametrize(
        ("content", "name", "code"),
        [
            (b"", "leer.pdf", "file_empty"),
            (b"<html><script>", "a.pdf", "type_not_allowed"),
            (b"MZ\x90\x00", "tool.exe", "type_not_allowed"),
            (b"%PDF-" + b"0" * experts.MAX_DOCUMENT_BYTES, "big.pdf", "file_too_large"),
        ],
    )
    def test_what_is_not_taken(self, minh: Viewer, content: bytes, name: str, code: str) -> None:
        with pytest.raises(InvalidInput) as refused:
            experts.add_document(content, name, experts.DocumentKind.OTHER, minh)
        assert refused.value.fields == {"file": [code]}

    def test_a_sent_paper_stays(self, minh: Viewer, tax: experts.Topic) -> None:
        loose = experts.add_document(PDF, "a.pdf", experts.DocumentKind.OTHER, minh)
        experts.remove_document(loose, minh)
        made = submitted(minh, tax)
        (paper,) = seen(made, minh).documents
        with pytest.raises(experts.DocumentInUse):
            experts.remove_document(paper.id, minh)

    def test_the_verification_is_not_for_strangers(
        self, minh: Viewer, hoa: Viewer, tax: experts.Topic
    ) -> None:
        made = submitted(minh, tax)
        for who in (hoa, Viewer()):
            with pytest.raises(experts.VerificationNotFound):
                seen(made, who)


def test_the_queue_is_paged_and_costs_three_queries(
    minh: Viewer, hoa: Viewer, tax: experts.Topic, count_queries: object
) -> None:
    from tests.domains.experts.conftest import application

    experts.apply(application(name="Lê Thị Hoa"), hoa)
    wanted = [submitted(minh, tax), submitted(hoa, tax)]
    with db.reading() as session, count_queries(session) as counted:  # type: ignore[operator]
        first = experts.verification_queue(session, limit=1)
        assert counted() == 3
        second = experts.verification_queue(session, limit=1, cursor=first.next_cursor)
    assert [item.id for page in (first, second) for item in page.items] == wanted
    assert second.next_cursor is None


class TestWithdraw:
    def test_the_profile_is_a_draft_and_the_papers_are_free(
        self, minh: Viewer, lan: Viewer, tax: experts.Topic, emitted: Emitted
    ) -> None:
        made = submitted(minh, tax)
        assert experts.withdraw_verification(minh) == made
        with db.reading() as session:
            card = experts.mine(session, minh).card
            (paper,) = experts.documents_of(session, card.id)
            assert (card.state, paper.submitted) == (ExpertState.DRAFT, False)
            assert experts.verification_queue(session).items == []
        assert [step.step for step in seen(made, lan).steps] == ["submitted", "withdrawn"]
        assert len(kinds(emitted, experts.VerificationWithdrawn)) == 1
        with pytest.raises(experts.AlreadyDecided):
            experts.decide(made, Decision.APPROVE, lan)
        experts.remove_document(paper.id, minh)
        experts.add_document(PDF, "khac.pdf", experts.DocumentKind.DEGREE, minh)
        assert experts.submit_verification(minh) != made

    def test_only_what_is_open(self, minh: Viewer, lan: Viewer, tax: experts.Topic) -> None:
        with pytest.raises(experts.NothingOpen):
            experts.withdraw_verification(minh)
        experts.decide(submitted(minh, tax), Decision.APPROVE, lan)
        with pytest.raises(experts.NothingOpen):
            experts.withdraw_verification(minh)
        with db.reading() as session:
            assert experts.mine(session, minh).card.listed


def test_asking_for_listed_papers_needs_no_more_words(
    minh: Viewer, lan: Viewer, tax: experts.Topic
) -> None:
    made = submitted(minh, tax)
    experts.decide(made, Decision.ASK, lan, missing=["licence"])
    assert seen(made, minh).missing == ["licence"]
    experts.decide(made, Decision.REJECT, lan, reason="Hết hạn", missing=["licence"])
    assert seen(made, minh).missing == []


def test_the_queue_is_found_by_name_and_state(
    minh: Viewer, lan: Viewer, tax: experts.Topic, count_queries: Any
) -> None:
    waiting = submitted(minh, tax)
    others = []
    for number, name in enumerate(("Lê Hoa", "Phạm Đức")):
        other = viewer(new_person(f"q {number}"), "expert")
        experts.apply(application(name=name), other)
        others.append(submitted(other, tax))
    experts.decide(others[0], Decision.REJECT, lan, reason="Không hợp lệ")

    def found(**wanted: Any) -> list[Any]:
        with db.reading() as session, count_queries(session) as counted:
            page = experts.verification_queue(session, **wanted)
        assert counted() == 3
        return [item.id for item in page.items]

    assert found() == [waiting, others[1]]  # the longest waiting first
    assert found(words="duc") == [others[1]]
    assert found(state=VerificationState.REJECTED) == [others[0]]
    assert found(state=None, words="hoa") == [others[0]]
    with db.reading() as session:
        first = experts.verification_queue(session, state=None, limit=2)
        rest = experts.verification_queue(session, state=None, limit=2, cursor=first.next_cursor)
    seen_ids = [item.id for item in (*first.items, *rest.items)]
    assert seen_ids == [others[1], others[0], waiting]  # of all, the newest first


def test_who_opens_a_paper_is_written_down_unless_it_is_theirs(
    minh: Viewer, lan: Viewer, tax: experts.Topic
) -> None:
    made = submitted(minh, tax)
    (paper,) = seen(made, lan).documents
    experts.open_document(paper.id, minh)
    assert [step.step for step in seen(made, lan).steps] == ["submitted"]
    both = viewer(lan.person, "admin", "expert")
    experts.open_document(paper.id, both)
    assert [step.step for step in seen(made, lan).steps] == ["submitted", "opened"]


def test_all_rounds_of_an_expert(minh: Viewer, lan: Viewer, tax: experts.Topic) -> None:
    first = submitted(minh, tax)
    experts.decide(first, Decision.REJECT, lan, reason="Mờ quá")
    second = experts.submit_verification(minh)
    who = expert_id(minh)
    with db.reading() as session:
        rounds = experts.verifications_of(session, who)
    assert [one.id for one in rounds] == [second, first]
    assert [step.step for step in rounds[1].steps] == ["submitted", "reject"]
