"""Stripe's place in the house: a Checkout Session out, signed events back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import stripe
from stripe.params import RefundCreateParams

from cilis.hooks import Refused, SettingField, TestOutcome, TryLater, hookimpl
from cilis.hooks.payee_accounts import AccountNews, AccountOrder, OpenedAccount
from cilis.hooks.payment_parts import EvidenceField, EvidenceOrder, Passing, ShareBackOrder
from cilis.hooks.payments import (
    BadSignature,
    CallbackReply,
    CallbackRequest,
    DisputeNews,
    Ignored,
    Outcome,
    PaymentNews,
    PaymentOrder,
    PaymentProvider,
    PaymentQuestion,
    RefundNews,
    RefundOrder,
    RefundOutcome,
    Settled,
    StartedPayment,
    Verdict,
)
from cilis.hooks.transfers import Sending, TransferNews, TransferOrder
from cilis.kit.money import Money
from cilis_payment_stripe import accounts, connect, disputes, messages, settlements, transfers
from cilis_payment_stripe.amounts import wire_amount
from cilis_payment_stripe.client import client_for, is_missing, translated
from cilis_payment_stripe.settings import FIELDS, OWN, Account, account

_MOST = 300  # of sessions or refunds looked through
_HEARD = frozenset({Verdict.RECORDED, Verdict.REPEATED, Verdict.IGNORED})


class StripeProvider:
    """Stripe by hosted Checkout, with the tenant's own keys."""

    key = "stripe"
    title = "Card (Stripe)"
    promise = "You pay by card or wallet on Stripe's page and come back here."
    icon = "credit-card"
    currencies: frozenset[str] = frozenset()
    settings: Sequence[SettingField] = FIELDS
    evidence: Sequence[EvidenceField] = disputes.EVIDENCE
    company = "Stripe"
    passing: Passing = connect.PASSING
    sending: Sending = transfers.SENDING

    def start(self, order: PaymentOrder, settings: Mapping[str, str]) -> StartedPayment:
        """Open a Checkout Session; Stripe answers a repeat with the same one."""
        with_account = account(settings)
        with translated():
            session = client_for(with_account).v1.checkout.sessions.create(
                params=messages.session_params(order, with_account),
                options={"idempotency_key": f"start-{order.reference}"},
            )
        if not session.url:
            raise Refused("Stripe gave no page to pay on")
        return StartedPayment(session.url, {"session_id": session.id})

    def read_callback(
        self, call: CallbackRequest, settings: Mapping[str, str]
    ) -> PaymentNews | RefundNews | DisputeNews | AccountNews | Ignored:
        """Verify an event over its raw bytes and say what it tells; raises BadSignature."""
        with_account = account(settings)
        event = _verified(call, with_account)
        return messages.news_of_event(event.to_dict(), with_account.connected)

    def acknowledge(self, verdict: Verdict) -> CallbackReply:
        """Any 2xx ends it; Stripe repeats everything else, for three days."""
        status = 200 if verdict in _HEARD else 400 if verdict is Verdict.FORGED else 500
        return CallbackReply(status, b'{"received": true}' if status == 200 else b"{}")

    def read_return(self, call: CallbackRequest, settings: Mapping[str, str]) -> Outcome:
        """By which of the two ways the browser came back."""
        return messages.read_return(call.query, account(settings).webhook_secret)

    def query(self, question: PaymentQuestion, settings: Mapping[str, str]) -> PaymentNews:
        """Ask Stripe for the session."""
        session = self._session(question, client_for(account(settings)))
        if session is None:
            return PaymentNews(
                question.reference, Outcome.UNKNOWN, None, f"{question.reference}:unknown"
            )
        return messages.news_of_session(session)

    def close(self, question: PaymentQuestion, settings: Mapping[str, str]) -> None:
        """Expire the session, so that nobody pays for an hour that was given back."""
        client = client_for(account(settings))
        session = self._session(question, client)
        if session is None or session.get("status") != "open":
            return
        with translated():
            try:
                client.v1.checkout.sessions.expire(str(session["id"]))
            except stripe.InvalidRequestError:
                # Paid or expired in this very moment: then there is nothing left to close.
                after = self._session(question, client)
                if after is not None and after.get("status") == "open":
                    raise

    def refund(self, order: RefundOrder, settings: Mapping[str, str]) -> RefundNews:
        """Give money back. Looks first: Stripe forgets an idempotency key after a day."""
        with_account = account(settings)
        client = client_for(with_account)
        intent = self._intent(order, client)
        if not intent:
            return _refused(order, "no_payment")
        found = _find_refund(order, intent, client)
        if found is not None:
            return messages.news_of_refund(found, order.refund_reference)
        params: RefundCreateParams = {
            "payment_intent": intent,
            "amount": wire_amount(order.amount),
            "reason": "requested_by_customer",
            "metadata": {
                "refund_reference": order.refund_reference,
                "reference": order.payment.reference,
            },
        }
        back = _shares_back(order, intent, with_account, client)
        if "reverse_transfer" in back:
            params["reverse_transfer"] = back["reverse_transfer"]
        if "refund_application_fee" in back:
            params["refund_application_fee"] = back["refund_application_fee"]
        with translated():
            try:
                made = client.v1.refunds.create(
                    params=params,
                    options={"idempotency_key": f"refund-{order.refund_reference}"},
                )
            except stripe.InvalidRequestError as problem:
                return _refused(order, problem.code or "invalid_request")
        return messages.news_of_refund(made.to_dict(), order.refund_reference)

    def query_refund(self, order: RefundOrder, settings: Mapping[str, str]) -> RefundNews:
        """Ask Stripe for the refund that carries our reference."""
        client = client_for(account(settings))
        intent = self._intent(order, client)
        found = _find_refund(order, intent, client) if intent else None
        if found is None:
            return _refused(order, "no_refund")
        return messages.news_of_refund(found, order.refund_reference)

    def fee(self, question: PaymentQuestion, settings: Mapping[str, str]) -> Money | None:
        """What Stripe kept, from the balance transaction of the charge."""
        client = client_for(account(settings))
        session = self._session(question, client)
        intent = messages.intent_of(session) if session else ""
        if not intent:
            raise TryLater("Stripe knows no charge of this payment yet", after=timedelta(hours=1))
        with translated():
            found = client.v1.payment_intents.retrieve(
                intent, params={"expand": ["latest_charge.balance_transaction"]}
            ).to_dict()
        return messages.fee_of_intent(found)

    def submit_evidence(self, order: EvidenceOrder, settings: Mapping[str, str]) -> DisputeNews:
        """Upload files and tell the bank; it can be told once."""
        return disputes.submit(order, client_for(account(settings)))

    def query_dispute(self, dispute_reference: str, settings: Mapping[str, str]) -> DisputeNews:
        """Ask Stripe how a dispute stands."""
        return disputes.ask(dispute_reference, client_for(account(settings)))

    def list_settled(
        self, since: datetime, until: datetime, settings: Mapping[str, str]
    ) -> Sequence[Settled]:
        """What Stripe says it took and gave back, for the daily comparison."""
        return list(settlements.settled(client_for(account(settings)), since, until))

    def open_account(self, order: AccountOrder, settings: Mapping[str, str]) -> OpenedAccount:
        """Lead an expert to Stripe's page for an account of the expert's own."""
        return accounts.open_account(order, account(settings))

    def query_account(self, account_name: str, settings: Mapping[str, str]) -> AccountNews:
        """Ask Stripe how an expert's account stands."""
        return accounts.ask(account_name, account(settings))

    def take_share_back(self, order: ShareBackOrder, settings: Mapping[str, str]) -> None:
        """Reverse the transfer of a payment that a bank contests, pro rata."""
        with_account = account(settings)
        client = client_for(with_account)
        session = None if order.provider_reference else self._session(order.payment, client)
        intent = order.provider_reference or (messages.intent_of(session) if session else "")
        if not intent:
            raise Refused("Stripe knows no such payment")
        transfers.share_back(order.reference, intent, wire_amount(order.amount), with_account)

    def transfer(self, order: TransferOrder, settings: Mapping[str, str]) -> TransferNews:
        """Send an expert's payout to the expert's account."""
        return transfers.send(order, account(settings))

    def query_transfer(self, order: TransferOrder, settings: Mapping[str, str]) -> TransferNews:
        """Ask Stripe for the transfer that carries our reference."""
        return transfers.ask(order, account(settings))

    def reverse_transfer(self, order: TransferOrder, settings: Mapping[str, str]) -> TransferNews:
        """Take a payout back from the expert's account."""
        return transfers.take_back(order, account(settings))

    def test(self, settings: Mapping[str, str]) -> TestOutcome:
        """Read the account's balance: the key works. Nothing proves the signing secret."""
        try:
            with_account = account(settings)
            with translated():
                client_for(with_account).v1.balance.retrieve()
        except Refused:
            return TestOutcome(
                works=False, message="Stripe does not accept the secret key. Copy it again."
            )
        except TryLater:
            return TestOutcome(works=False, message="Stripe does not answer. Try again later.")
        if not with_account.webhook_secret.startswith("whsec_"):
            return TestOutcome(
                works=False, message="The signing secret of the webhook must begin with whsec_."
            )
        return TestOutcome(works=True, message="Stripe answers and accepts the secret key.")

    @staticmethod
    def _session(question: PaymentQuestion, client: stripe.StripeClient) -> dict[str, Any] | None:
        """The session of a payment, also when the answer that named it was lost."""
        session_id = question.provider_data.get("session_id")
        if not session_id:
            return _find_session(question, client)
        with translated():
            try:
                session = client.v1.checkout.sessions.retrieve(
                    str(session_id), params={"expand": ["payment_intent"]}
                ).to_dict()
            except stripe.InvalidRequestError as problem:
                if is_missing(problem):
                    return None
                raise
        # Another payment's session must never speak for this one.
        return session if session.get("client_reference_id") == question.reference else None

    def _intent(self, order: RefundOrder, client: stripe.StripeClient) -> str:
        if order.provider_reference:
            return order.provider_reference
        session = self._session(order.payment, client)
        return messages.intent_of(session) if session else ""


def _verified(call: CallbackRequest, with_account: Account) -> stripe.Event:
    """The event, signed with one of the tenant's secrets: Stripe has one for each endpoint."""
    client, problem = client_for(with_account), None
    for secret in filter(None, (with_account.webhook_secret, with_account.connect_secret)):
        try:
            return client.construct_event(call.body, call.headers.get("stripe-signature"), secret)
        except (stripe.SignatureVerificationError, UnicodeDecodeError) as failure:
            problem = failure
    raise BadSignature("the signature does not fit") from problem


def _shares_back(
    order: RefundOrder, intent: str, with_account: Account, client: stripe.StripeClient
) -> connect.SharesBack:
    """What of a refund comes from the others' shares.

    Asked of the payment itself: the settings may have been others when it was made.
    """
    if with_account.charges == OWN and order.share_back is None:
        return {}
    with translated():
        found = client.v1.payment_intents.retrieve(intent).to_dict()
    return connect.back_from(found, of_share=order.share_back is not None)


def _find_session(question: PaymentQuestion, client: stripe.StripeClient) -> dict[str, Any] | None:
    born = question.created_at
    window = {
        "gte": int((born - timedelta(minutes=5)).timestamp()),
        "lte": int((born + timedelta(hours=1)).timestamp()),
    }
    with translated():
        listed = client.v1.checkout.sessions.list(
            params={
                "created": {"gte": window["gte"], "lte": window["lte"]},
                "expand": ["data.payment_intent"],
                "limit": 100,
            }
        )
        for session in islice(listed.auto_paging_iter(), _MOST):
            if session.client_reference_id == question.reference:
                return session.to_dict()
    return None


def _find_refund(
    order: RefundOrder, intent: str, client: stripe.StripeClient
) -> dict[str, Any] | None:
    with translated():
        listed = client.v1.refunds.list(params={"payment_intent": intent, "limit": 100})
        for made in islice(listed.auto_paging_iter(), _MOST):
            refund = made.to_dict()
            if (refund.get("metadata") or {}).get("refund_reference") == order.refund_reference:
                return refund
    return None


def _refused(order: RefundOrder, reason: str) -> RefundNews:
    return RefundNews(
        refund_reference=order.refund_reference,
        outcome=RefundOutcome.REFUSED,
        event_id=f"{order.refund_reference}:{reason}",
        reason=reason,
    )


@hookimpl
def register_payment_provider() -> PaymentProvider:
    """Offer Stripe."""
    return StripeProvider()
