"""A batch as a SEPA credit transfer file: pain.001.001.09.

Source: ISO 20022, pain.001.001.09, in the subset of the European Payments Council's guidelines
(EPC132-08): one debtor, service level SEPA, charges shared, structured or no address.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from cilis.domains.payouts.types import Destination
from cilis.kit.money import Money, decimals

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
_PLAINER = str.maketrans({"đ": "d", "Đ": "D", "ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"})
_NAME, _WORDS = 70, 140


@dataclass(frozen=True, slots=True)
class Item:
    """One amount for one account; ``reference`` comes back in the statement of the bank."""

    reference: str
    amount: Money
    account: Destination


def document(
    reference: str,
    made_at: datetime,
    organization: Destination,
    items: Sequence[Item],
    words: str,
) -> bytes:
    """The file. The same batch gives the same bytes, however often it is asked for.

    Args:
        reference: of the batch; banks refuse the same one twice within some weeks.
        made_at: when the batch was approved.
        organization: whose account is debited.
        items: what goes to whom, all in one currency.
        words: what every receiver reads.
    """
    root = ET.Element("Document", {"xmlns": NAMESPACE})
    whole = ET.SubElement(root, "CstmrCdtTrfInitn")
    total = _sum(items)
    head = ET.SubElement(whole, "GrpHdr")
    _put(head, "MsgId", reference)
    _put(head, "CreDtTm", made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    _put(head, "NbOfTxs", str(len(items)))
    _put(head, "CtrlSum", total)
    _put(ET.SubElement(head, "InitgPty"), "Nm", latin(organization.holder, _NAME))
    order = ET.SubElement(whole, "PmtInf")
    _put(order, "PmtInfId", reference)
    _put(order, "PmtMtd", "TRF")
    _put(order, "BtchBookg", "true")
    _put(order, "NbOfTxs", str(len(items)))
    _put(order, "CtrlSum", total)
    _put(ET.SubElement(ET.SubElement(order, "PmtTpInf"), "SvcLvl"), "Cd", "SEPA")
    _put(ET.SubElement(order, "ReqdExctnDt"), "Dt", made_at.astimezone(UTC).date().isoformat())
    _put(ET.SubElement(order, "Dbtr"), "Nm", latin(organization.holder, _NAME))
    _account(order, "DbtrAcct", organization)
    _bank(order, "DbtrAgt", organization.bic or "")
    _put(order, "ChrgBr", "SLEV")
    for item in items:
        _transfer(order, item, words)
    ET.indent(root)
    made: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return made


def latin(text: str, most: int) -> str:
    """A text in the letters that every SEPA bank takes.

    Source: EPC217-08, the basic Latin set of SEPA.
    """
    plain = unicodedata.normalize("NFKD", text.translate(_PLAINER))
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    return re.sub(" +", " ", _NOT_ALLOWED.sub(" ", plain)).strip()[:most].strip() or "-"


def _transfer(order: ET.Element, item: Item, words: str) -> None:
    one = ET.SubElement(order, "CdtTrfTxInf")
    _put(ET.SubElement(one, "PmtId"), "EndToEndId", item.reference)
    amount = ET.SubElement(ET.SubElement(one, "Amt"), "InstdAmt")
    amount.set("Ccy", item.amount.currency)
    amount.text = _decimal(item.amount)
    if item.account.bic:
        _bank(one, "CdtrAgt", item.account.bic)
    _put(ET.SubElement(one, "Cdtr"), "Nm", latin(item.account.holder, _NAME))
    _account(one, "CdtrAcct", item.account)
    _put(ET.SubElement(one, "RmtInf"), "Ustrd", latin(words, _WORDS))


def _account(above: ET.Element, name: str, account: Destination) -> None:
    _put(ET.SubElement(ET.SubElement(above, name), "Id"), "IBAN", account.number)


def _bank(above: ET.Element, name: str, bic: str) -> None:
    bank = ET.SubElement(ET.SubElement(above, name), "FinInstnId")
    if bic:
        _put(bank, "BICFI", bic)
    else:
        _put(ET.SubElement(bank, "Othr"), "Id", "NOTPROVIDED")


def _put(above: ET.Element, name: str, text: str) -> None:
    ET.SubElement(above, name).text = text


def _sum(items: Sequence[Item]) -> str:
    return _decimal(Money(sum(one.amount.minor for one in items), items[0].amount.currency))


def _decimal(amount: Money) -> str:
    places = decimals(amount.currency)
    whole, rest = divmod(amount.minor, 10**places)
    return f"{whole}.{rest:0{places}}" if places else str(whole)
