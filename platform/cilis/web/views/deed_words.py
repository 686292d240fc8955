"""Every action of the book of deeds in words: what follows after who did it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cilis.infra.i18n import N_

Kind = Literal["", "booking", "payment", "batch", "person", "expert"]
"""What an action's subject is, where the list can lead to it."""


@dataclass(frozen=True, slots=True)
class Words:
    """How one action is told; ``tone`` is a status colour or nothing."""

    words: str
    kind: Kind = ""
    icon: str = "circle-dot"
    tone: str = ""


ROOMS: Mapping[str, str] = {
    "bookings": N_("Bookings"),
    "calendars": N_("Other calendars"),
    "content": N_("Public pages"),
    "credits": N_("Credit and codes"),
    "documents": N_("Documents"),
    "experts": N_("Experts"),
    "extensions": N_("Extensions"),
    "identity": N_("People"),
    "invoices": N_("Invoices"),
    "payments": N_("Payments"),
    "pricing": N_("Prices"),
    "payouts": N_("Payouts"),
    "reviews": N_("Reviews"),
    "scheduling": N_("Hours"),
    "search": N_("Search"),
    "tenants": N_("Brand"),
}

DEEDS: Mapping[str, Words] = {
    "bookings.held": Words(N_("held an hour"), "booking", "timer", ""),
    "bookings.described": Words(N_("wrote what a booking is about"), "booking", "pencil", ""),
    "bookings.client_known": Words(
        N_("took a held hour into the account"), "booking", "user-check", ""
    ),
    "bookings.payment_started": Words(
        N_("began to pay for a booking"), "booking", "credit-card", ""
    ),
    "bookings.paid": Words(N_("paid for a booking"), "booking", "circle-check", "is-positive"),
    "bookings.paid_late": Words(
        N_("paid late, and the booking was kept"), "booking", "circle-check", "is-positive"
    ),
    "bookings.paid_in_vain": Words(
        N_("paid for an hour that was gone; the money goes back"), "booking", "undo-2", "is-caution"
    ),
    "bookings.booked_free": Words(
        N_("made a free booking"), "booking", "circle-check", "is-positive"
    ),
    "bookings.paid_by_credit": Words(
        N_("paid for a booking by credit"), "booking", "wallet", "is-positive"
    ),
    "bookings.coupon_used": Words(N_("used a code for a booking"), "booking", "tag", ""),
    "bookings.coupon_dropped": Words(N_("took a code away from a booking"), "booking", "tag", ""),
    "bookings.accepted": Words(N_("accepted a request"), "booking", "check", "is-positive"),
    "bookings.declined": Words(N_("declined a request"), "booking", "x", "is-negative"),
    "bookings.unanswered": Words(
        N_("closed a request that nobody answered"), "booking", "hourglass", "is-caution"
    ),
    "bookings.cancelled": Words(N_("cancelled a booking"), "booking", "circle-x", "is-negative"),
    "bookings.move_held": Words(
        N_("held another service until it is paid"), "booking", "timer", ""
    ),
    "bookings.move_closed": Words(
        N_("gave another hour back that was held"), "booking", "undo-2", ""
    ),
    "bookings.moved": Words(N_("moved a booking"), "booking", "calendar-clock", ""),
    "bookings.proposed": Words(N_("proposed other times"), "booking", "calendar-clock", ""),
    "bookings.proposal_accepted": Words(
        N_("took a proposed time"), "booking", "check", "is-positive"
    ),
    "bookings.proposal_refused": Words(N_("refused the proposed times"), "booking", "x", ""),
    "bookings.proposal_withdrawn": Words(
        N_("withdrew the proposed times"), "booking", "undo-2", ""
    ),
    "bookings.lapsed": Words(N_("let a held hour go"), "booking", "clock-alert", ""),
    "bookings.replaced": Words(N_("replaced a held hour by another"), "booking", "refresh-cw", ""),
    "bookings.given_up": Words(N_("gave a held hour up"), "booking", "x", ""),
    "bookings.over": Words(N_("closed a session that took place"), "booking", "check", ""),
    "bookings.no_show": Words(N_("reported a missed session"), "booking", "user-x", "is-negative"),
    "bookings.disputed": Words(
        N_("objected to how a session was closed"), "booking", "scale", "is-caution"
    ),
    "bookings.decided": Words(N_("decided a dispute about a session"), "booking", "scale", ""),
    "bookings.imported": Words(N_("brought a booking in"), "booking", "download", ""),
    "content.announced": Words(N_("published an announcement"), "", "megaphone", ""),
    "content.announcement_changed": Words(N_("changed an announcement"), "", "megaphone", ""),
    "content.announcement_ended": Words(N_("ended an announcement"), "", "megaphone", ""),
    "content.announcement_removed": Words(
        N_("removed an announcement"), "", "trash-2", "is-caution"
    ),
    "content.block_added": Words(N_("added a block to the home page"), "", "layout-dashboard", ""),
    "content.block_changed": Words(
        N_("changed a block of the home page"), "", "layout-dashboard", ""
    ),
    "content.block_hidden": Words(N_("hid a block of the home page"), "", "eye-off", ""),
    "content.block_moved": Words(N_("moved a block of the home page"), "", "arrow-up-down", ""),
    "content.block_removed": Words(
        N_("removed a block of the home page"), "", "trash-2", "is-caution"
    ),
    "content.block_shown": Words(N_("showed a block of the home page"), "", "eye", ""),
    "content.blocks_ordered": Words(
        N_("put the blocks of the home page in another order"), "", "arrow-up-down", ""
    ),
    "content.page_added": Words(N_("added a page"), "", "file-plus", ""),
    "content.page_changed": Words(N_("changed a page"), "", "file-pen", ""),
    "content.page_hidden": Words(N_("hid a page"), "", "eye-off", ""),
    "content.page_moved": Words(N_("moved a page in the menu"), "", "arrow-up-down", ""),
    "content.page_removed": Words(N_("removed a page"), "", "trash-2", "is-caution"),
    "content.page_shown": Words(N_("published a page"), "", "eye", ""),
    "content.questions_written": Words(
        N_("changed the questions and answers"), "", "message-circle-question-mark", ""
    ),
    "credits.chosen": Words(N_("chose credit or a package to buy"), "", "wallet", ""),
    "credits.redeemed": Words(N_("took a gift"), "", "gift", "is-positive"),
    "credits.expired": Words(
        N_("closed credit whose time was over"), "", "clock-alert", "is-caution"
    ),
    "credits.returned": Words(N_("gave back what was left of credit"), "", "undo-2", ""),
    "credits.given": Words(N_("gave somebody credit"), "", "hand-coins", ""),
    "credits.coupon_made": Words(N_("made a code"), "", "tag", ""),
    "credits.coupon_ended": Words(N_("ended a code"), "", "tag", "is-caution"),
    "credits.package_saved": Words(N_("saved a package"), "", "layers", ""),
    "credits.gift_rules_changed": Words(N_("changed the rules of gift credit"), "", "settings", ""),
    "documents.forgotten": Words(N_("removed the files of an old booking"), "", "trash-2", ""),
    "documents.opened": Words(N_("opened a shared document"), "", "file-search", ""),
    "documents.removed": Words(N_("removed a shared document"), "", "trash-2", "is-caution"),
    "documents.shared": Words(N_("shared a document"), "", "file-up", ""),
    "experts.applied": Words(N_("applied to become an expert"), "expert", "briefcase", ""),
    "experts.document_added": Words(N_("uploaded a paper for verification"), "", "file-plus", ""),
    "experts.document_opened": Words(N_("opened a paper for verification"), "", "file-search", ""),
    "experts.document_removed": Words(N_("removed a paper for verification"), "", "trash-2", ""),
    "experts.published": Words(
        N_("showed an expert to visitors again"), "expert", "circle-check", "is-positive"
    ),
    "experts.submitted": Words(N_("asked to be verified"), "expert", "badge-check", ""),
    "experts.suspended": Words(N_("hid an expert from visitors"), "expert", "pause", "is-negative"),
    "experts.topic_added": Words(N_("added a field"), "", "list-tree", ""),
    "experts.topic_changed": Words(N_("changed a field"), "", "list-tree", ""),
    "experts.topic_merged": Words(N_("merged two fields"), "", "list-tree", ""),
    "experts.topic_placed": Words(N_("moved a field in the tree"), "", "list-tree", ""),
    "experts.topic_removed": Words(N_("removed a field"), "", "trash-2", "is-caution"),
    "experts.verification_decided": Words(
        N_("decided about a verification"), "expert", "badge-check", ""
    ),
    "experts.withdrawn": Words(
        N_("took an application for verification back"), "expert", "undo-2", ""
    ),
    "search.synonyms_added": Words(N_("added synonyms"), "", "equal", ""),
    "search.synonyms_changed": Words(N_("changed synonyms"), "", "equal", ""),
    "search.synonyms_removed": Words(N_("removed synonyms"), "", "trash-2", "is-caution"),
    "extensions.switched": Words(N_("changed the settings of an extension"), "", "blocks", ""),
    "identity.email_change_asked": Words(
        N_("asked for another e-mail address"), "person", "mail", ""
    ),
    "identity.email_changed": Words(N_("changed the e-mail address"), "person", "mail", ""),
    "identity.email_verified": Words(
        N_("confirmed the e-mail address"), "person", "mail-check", "is-positive"
    ),
    "identity.logged_in": Words(N_("logged in"), "", "log-in", ""),
    "identity.password_changed": Words(N_("changed the password"), "person", "key-round", ""),
    "identity.password_reset": Words(N_("set a new password by mail"), "person", "key-round", ""),
    "identity.person_registered": Words(
        N_("made an account"), "person", "user-round-plus", "is-positive"
    ),
    "identity.person_reopened": Words(
        N_("opened a suspended account again"), "person", "user-check", ""
    ),
    "identity.person_suspended": Words(
        N_("suspended an account"), "person", "user-x", "is-negative"
    ),
    "identity.reset_asked": Words(N_("asked for a new password"), "person", "key-round", ""),
    "identity.roles_changed": Words(N_("changed a person’s roles"), "person", "user-cog", ""),
    "identity.session_ended": Words(N_("ended a session"), "", "log-out", ""),
    "identity.signed_out": Words(N_("signed a person out everywhere"), "person", "log-out", ""),
    "payments.amount_refused": Words(
        N_("refused a payment of a wrong amount"), "payment", "triangle-alert", "is-negative"
    ),
    "payments.attempt_captured": Words(
        N_("noted that a payment came"), "payment", "circle-check", "is-positive"
    ),
    "payments.attempt_expired": Words(
        N_("closed a payment that nobody made"), "payment", "clock-alert", ""
    ),
    "payments.attempt_failed": Words(N_("noted that a payment failed"), "payment", "circle-x", ""),
    "payments.attempt_pending": Words(
        N_("noted that a payment is under way"), "payment", "hourglass", ""
    ),
    "payments.attempt_review": Words(
        N_("put a payment under review"), "payment", "search-check", "is-caution"
    ),
    "payments.attempt_sent": Words(
        N_("sent somebody to the payment page"), "payment", "credit-card", ""
    ),
    "payments.dispute_inquiry": Words(
        N_("noted that a bank asks about a payment"), "", "message-circle-question-mark", ""
    ),
    "payments.dispute_open": Words(
        N_("noted that a bank took a payment back"), "", "shield-alert", "is-negative"
    ),
    "payments.dispute_under_review": Words(
        N_("noted that a bank looks at the evidence"), "", "hourglass", ""
    ),
    "payments.dispute_won": Words(
        N_("noted that a dispute was won"), "", "circle-check", "is-positive"
    ),
    "payments.dispute_lost": Words(
        N_("noted that a dispute was lost"), "", "circle-x", "is-negative"
    ),
    "payments.dispute_closed": Words(N_("noted that a bank’s question ended"), "", "check", ""),
    "payments.evidence_kept": Words(N_("gathered evidence for a dispute"), "", "file-text", ""),
    "payments.evidence_told": Words(N_("sent evidence to a bank"), "", "shield-alert", ""),
    "payments.share_taken_back": Words(
        N_("took an expert’s share of a contested payment back"), "", "undo-2", "is-caution"
    ),
    "payments.share_not_taken_back": Words(
        N_("could not take an expert’s share of a contested payment back"),
        "",
        "triangle-alert",
        "is-negative",
    ),
    "payments.refund_doubtful": Words(
        N_("heard no of a refund that may have been made"),
        "",
        "triangle-alert",
        "is-caution",
    ),
    "payments.share_left": Words(
        N_("left a part of an expert’s share of a refund with the expert"),
        "",
        "triangle-alert",
        "is-caution",
    ),
    "payments.payee_account_opened": Words(
        N_("opened an account at a payment company"), "person", "wallet", ""
    ),
    "payments.payee_account_moved": Words(
        N_("told how an expert’s account stands"), "person", "wallet", ""
    ),
    "payments.payee_account_set": Words(
        N_("changed where an expert’s share goes"), "person", "landmark", "is-caution"
    ),
    "payments.difference_asked": Words(
        N_("asked a gateway again about a difference"), "", "refresh-cw", ""
    ),
    "payments.difference_repaired": Words(N_("repaired a difference"), "", "wrench", ""),
    "payments.reconciled": Words(N_("compared a gateway’s day"), "", "scale", ""),
    "payments.settlement_read": Words(N_("read a gateway’s list of payments"), "", "file-text", ""),
    "payments.notice_forged": Words(
        N_("refused a forged message of a gateway"), "", "shield-alert", "is-negative"
    ),
    "payments.notice_parked": Words(
        N_("kept a gateway’s message about an unknown payment"), "", "inbox", "is-caution"
    ),
    "payments.notice_unmatched": Words(
        N_("gave a gateway’s message up that fits no payment"), "", "triangle-alert", "is-caution"
    ),
    "payments.refund_accepted": Words(N_("noted that a refund is on its way"), "", "undo-2", ""),
    "payments.refund_approval_asked": Words(
        N_("asked a second person to agree to a refund"), "payment", "hourglass", "is-caution"
    ),
    "payments.refund_approval_approved": Words(
        N_("agreed to a refund"), "payment", "circle-check", "is-positive"
    ),
    "payments.refund_approval_refused": Words(
        N_("refused a refund that was asked for"), "payment", "circle-x", ""
    ),
    "payments.refund_approval_withdrawn": Words(
        N_("took a wish for a refund back"), "payment", "undo-2", ""
    ),
    "payments.refund_approval_expired": Words(
        N_("closed a refund that nobody agreed to"), "payment", "clock-alert", ""
    ),
    "payments.refund_asked": Words(N_("asked for a refund"), "", "undo-2", ""),
    "payments.refund_done": Words(N_("noted that a refund arrived"), "", "undo-2", "is-positive"),
    "payments.refund_refused": Words(
        N_("noted that a refund was refused"), "", "triangle-alert", "is-negative"
    ),
    "payments.refund_unsettled": Words(
        N_("gave up waiting for a refund"), "", "triangle-alert", "is-caution"
    ),
    "invoices.credit_note_issued": Words(N_("wrote a credit note"), "", "receipt-text", ""),
    "invoices.invoice_issued": Words(N_("wrote an invoice"), "", "receipt-text", ""),
    "invoices.opened": Words(N_("opened a paper"), "", "receipt-text", ""),
    "invoices.receipt_issued": Words(N_("wrote a receipt"), "", "receipt-text", ""),
    "invoices.settings_changed": Words(
        N_("changed numbers and form of papers"), "", "settings", ""
    ),
    "pricing.commission_removed": Words(N_("took a commission rule away"), "", "percent", ""),
    "pricing.commission_set": Words(N_("set a commission"), "", "percent", ""),
    "pricing.rate_removed": Words(N_("took a tax rate away"), "", "percent", ""),
    "pricing.rate_saved": Words(N_("saved a tax rate"), "", "percent", ""),
    "pricing.service_taxed": Words(N_("gave a service a tax rate"), "", "percent", ""),
    "payouts.batch_made": Words(N_("made a batch of payouts"), "batch", "landmark", ""),
    "payouts.batch_approved": Words(
        N_("approved a batch of payouts"), "batch", "check", "is-positive"
    ),
    "payouts.batch_cancelled": Words(
        N_("called a batch of payouts off"), "batch", "circle-x", "is-negative"
    ),
    "payouts.file_taken": Words(N_("took a file of payouts for the bank"), "batch", "download", ""),
    "payouts.paid": Words(
        N_("noted that a payout was paid"), "expert", "circle-check", "is-positive"
    ),
    "payouts.returned": Words(
        N_("noted that a payout came back"), "expert", "undo-2", "is-negative"
    ),
    "payouts.recall_asked": Words(
        N_("asked the payment company to take a payout back"), "expert", "undo-2", "is-caution"
    ),
    "payouts.recall_refused": Words(
        N_("could not take a payout back"), "expert", "triangle-alert", "is-negative"
    ),
    "payouts.transfer_unsettled": Words(
        N_("gave up waiting for a payout"), "expert", "triangle-alert", "is-caution"
    ),
    "payouts.transfer_doubtful": Words(
        N_("heard no of a payout that may have been made"),
        "expert",
        "triangle-alert",
        "is-caution",
    ),
    "payouts.payee_changed": Words(
        N_("changed the account for payouts"), "expert", "landmark", "is-caution"
    ),
    "payouts.adjusted": Words(N_("corrected a balance"), "expert", "scale", ""),
    "payouts.adjustment_asked": Words(
        N_("asked for the correction of a balance"), "expert", "scale", "is-caution"
    ),
    "payouts.adjustment_refused": Words(
        N_("refused the correction of a balance"), "expert", "circle-x", ""
    ),
    "payouts.rules_changed": Words(N_("changed the rules of payouts"), "", "settings", ""),
    "reviews.answered": Words(N_("answered a review"), "", "message-circle", ""),
    "calendars.connected": Words(
        N_("connected a calendar"), "expert", "calendar-sync", "is-positive"
    ),
    "calendars.changed": Words(N_("changed a connected calendar"), "expert", "calendar-sync", ""),
    "calendars.disconnected": Words(N_("disconnected a calendar"), "expert", "unplug", ""),
    "calendars.feed_made": Words(N_("made an address for the own sessions"), "expert", "link", ""),
    "calendars.feed_changed": Words(
        N_("changed what the address of the own sessions tells"), "expert", "link", ""
    ),
    "calendars.feed_revoked": Words(
        N_("ended the address of the own sessions"), "expert", "link-2-off", ""
    ),
    "scheduling.exception_added": Words(
        N_("added a day that differs"), "expert", "calendar-plus", ""
    ),
    "scheduling.exception_changed": Words(
        N_("changed a day that differs"), "expert", "calendar-clock", ""
    ),
    "scheduling.exception_removed": Words(
        N_("removed a day that differs"), "expert", "calendar-minus", ""
    ),
    "scheduling.hours_changed": Words(
        N_("changed the weekly hours"), "expert", "calendar-clock", ""
    ),
    "scheduling.holidays_taken": Words(
        N_("chose the public holidays"), "expert", "calendar-off", ""
    ),
    "tenants.rules_changed": Words(N_("changed the rules of cancelling"), "", "scale"),
    "experts.policy_chosen": Words(N_("chose the rules of a service"), "expert", "scale", ""),
    "tenants.price_display_changed": Words(N_("changed how prices are shown"), "", "percent"),
    "tenants.brand_changed": Words(N_("changed the brand"), "", "palette"),
}
