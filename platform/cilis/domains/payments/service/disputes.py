"""Disputes: evidence is gathered by staff, told to the bank once, and followed."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import extensions
from cilis.domains.payments import providers, queries
from cilis.domains.payments.errors import EvidenceClosed, NothingToTell, OwnPayment
from cilis.domains.payments.events import TellBank
from cilis.domains.payments.models import Attempt, Dispute, DisputePaper
from cilis.domains.payments.service.moves import apply_dispute_news, note
from cilis.domains.payments.types import Cause, PaperFile, Step, resend_pause
from cilis.hooks.failures import PluginError, Refused
from cilis.hooks.manager import PluginFailed
from cilis.hooks.payment_parts import EvidenceFile, EvidenceOrder
from cilis.hooks.payments import DisputeNews
from cilis.infra import audit, files, idempotency, outbox
from cilis.infra.db import reading, transaction
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.kit.text import is_clean, nfc
from cilis.kit.viewer import Viewer

log = logging.getLogger(__name__)

LONGEST_TEXT = 10_000
MOST_BYTES = 4 * 1024 * 1024  # of a file, as banks take them
_TYPES = frozenset({"application/pdf", "image/png", "image/jpeg"})


def keep_evidence(
    dispute_id: UUID, texts: Mapping[str, str], sent: Sequence[PaperFile], viewer: Viewer
) -> Dispute:
    """Keep texts and files for the bank; what is not named stays, an empty text goes.

    Raises:
        DisputeNotFound: no such dispute.
        OwnPayment: nobody argues about what they paid or were paid.
        EvidenceClosed: it was told already, or the bank takes none.
        InvalidInput: an unknown field, a text too long, a file that is no PDF, PNG or JPEG.
    """
    with reading() as session:
        found = queries.dispute(session, viewer, dispute_id)
    clean = _checked(found.provider, texts, sent)
    stored = [
        (one.field, files.save(one.content, content_type=kind, name=one.name))
        for one, kind in clean.files
    ]
    try:
        with transaction() as session:
            dispute = _open_to(session, dispute_id, viewer)
            known = queries.papers(session, dispute_id)
            for field, text in clean.texts.items():
                _keep(session, dispute_id, known.get(field), DisputePaper(field=field, text=text))
            for field, file in stored:
                paper = DisputePaper(
                    field=field, file_key=file.key, name=file.name, content_type=file.content_type
                )
                _keep(session, dispute_id, known.get(field), paper)
            detail = {"fields": sorted([*clean.texts, *(field for field, _ in stored)])}
            action = "payments.evidence_kept"
            audit.record(session, action, dispute_id, actor=viewer.person, detail=detail)
            idempotency.made(session, dispute_id)
    except BaseException:
        for _, file in stored:
            files.take_back(file.key)
        raise
    return dispute


def tell_bank(dispute_id: UUID, viewer: Viewer) -> Dispute:
    """Send what was gathered to the bank. It can be sent once.

    Raises:
        DisputeNotFound, OwnPayment, EvidenceClosed: as `keep_evidence`.
        NothingToTell: nothing was gathered.
    """
    with transaction() as session:
        dispute = _open_to(session, dispute_id, viewer)
        if not queries.papers(session, dispute_id):
            raise NothingToTell(f"dispute {dispute_id} has no evidence")
        dispute.told_key, dispute.told_by, dispute.problem = ids.new(), viewer.person, ""
        audit.record(session, "payments.evidence_told", dispute_id, actor=viewer.person)
        outbox.emit(session, TellBank(dispute_id=dispute_id), subject=dispute.attempt_id)
        idempotency.made(session, dispute_id)
    return dispute


def send_evidence(dispute_id: UUID, step: int) -> None:
    """Tell the gateway; repeated until it takes the evidence or refuses it."""
    with reading() as session:
        dispute = queries.dispute(session, _HOUSE, dispute_id)
        if dispute.told_key is None or dispute.told_at is not None:
            return
        kept = queries.papers(session, dispute_id)
        try:
            active = providers.gateway(session, dispute.provider)
        except extensions.ExtensionOff:
            active = None
    heard: DisputeNews | Exception = TimeoutError("switched off")
    if active is not None:
        heard = _tell(active, _order(dispute, dispute.told_key, kept))
    with transaction() as session:
        attempt, locked = queries.lock_dispute(session, dispute_id)
        if locked.told_key != dispute.told_key or locked.told_at is not None:
            return
        if isinstance(heard, DisputeNews):
            locked.told_at = clock.now()
            step_of = Step(Cause.DISPUTE, {"event_id": heard.event_id, **heard.raw}, locked.told_by)
            apply_dispute_news(session, attempt, locked, heard, step_of)
        elif isinstance(heard, Refused):  # the staff mend it and send it again
            locked.told_key, locked.problem = None, heard.reason[:300]
            note(session, attempt, Step(Cause.DISPUTE, {"problem": heard.reason}), locked)
        else:
            event = TellBank(dispute_id=dispute_id, step=step + 1)
            at = clock.now() + resend_pause(step)
            outbox.emit(session, event, at=at, subject=attempt.id)


_HOUSE = Viewer(None, roles=frozenset({"admin"}))


@dataclass(frozen=True)
class _Clean:
    texts: Mapping[str, str]
    files: Sequence[tuple[PaperFile, str]]


def _checked(provider: str, texts: Mapping[str, str], sent: Sequence[PaperFile]) -> _Clean:
    kinds = {field.name: field.is_file for field in providers.evidence_fields(provider)}
    wrong: dict[str, list[str]] = {}
    clean = {name: nfc(text).strip() for name, text in texts.items()}
    for name, text in clean.items():
        if kinds.get(name) is not False:
            wrong[name] = ["unknown_field"]
        elif len(text) > LONGEST_TEXT or not is_clean(text):
            wrong[name] = ["too_long" if is_clean(text) else "unclean_text"]
    checked: list[tuple[PaperFile, str]] = []
    for one in sent:
        try:
            checked.append((one, _file_kind(one, kinds)))
        except InvalidInput as problem:
            wrong[one.field] = problem.fields["file"]
    if wrong:
        raise InvalidInput(wrong)
    return _Clean(clean, checked)


def _file_kind(one: PaperFile, kinds: Mapping[str, bool]) -> str:
    if not kinds.get(one.field):
        raise InvalidInput({"file": ["unknown_field"]})
    if len(one.content) > MOST_BYTES:
        raise InvalidInput({"file": ["file_too_large"]})
    kind = files.sniff(one.content, one.name)
    if kind not in _TYPES:
        raise InvalidInput({"file": ["type_not_allowed"]})
    return kind


def _open_to(session: Session, dispute_id: UUID, viewer: Viewer) -> Dispute:
    queries.dispute(session, viewer, dispute_id)
    attempt, dispute = queries.lock_dispute(session, dispute_id)
    _refuse_own(attempt, viewer)
    if not dispute.may_tell or not providers.evidence_fields(dispute.provider):
        raise EvidenceClosed(f"dispute {dispute_id} is {dispute.state}")
    return dispute


def _refuse_own(attempt: Attempt, viewer: Viewer) -> None:
    if attempt.concerns(viewer.person):
        raise OwnPayment(f"{viewer.person} is a side of {attempt.id}")


def _keep(
    session: Session, dispute_id: UUID, known: DisputePaper | None, paper: DisputePaper
) -> None:
    """Put a paper in the place of the one before; the file of that one goes."""
    if known is not None:
        if known.file_key:
            files.drop(session, known.file_key)
        session.delete(known)
        session.flush()
    if paper.text or paper.file_key:
        paper.dispute_id = dispute_id
        session.add(paper)


def _order(dispute: Dispute, key: UUID, kept: Mapping[str, DisputePaper]) -> EvidenceOrder:
    return EvidenceOrder(
        reference=key.hex,
        dispute_reference=dispute.reference,
        texts={name: paper.text for name, paper in kept.items() if paper.text},
        files={
            name: EvidenceFile(paper.name, paper.content_type, files.read(paper.file_key))
            for name, paper in kept.items()
            if paper.file_key
        },
    )


def _tell(active: extensions.Active, order: EvidenceOrder) -> DisputeNews | Exception:
    try:
        news: DisputeNews = providers.ask(active, providers.ASK_SECONDS, "submit_evidence", order)
    except (PluginError, PluginFailed) as problem:
        log.warning("%s did not take evidence: %s", active.key, providers.said(problem))
        return problem
    return news
