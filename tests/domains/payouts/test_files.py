"""What a bank gets: SEPA files in the standard's structure, and tables."""

from __future__ import annotations

import csv
import io
import re
from xml.etree import ElementTree as ET

import pytest
from tests.domains.payouts.conftest import Books, Forward
from tests.domains.payouts.test_batches import WEEK

from cilis.domains import payouts
from cilis.domains.payouts.service.sepa import NAMESPACE, latin
from cilis.infra import audit
from cilis.infra.db import reading
from cilis.kit.errors import InvalidInput

# What pain.001.001.09 says of the part that is used: name -> children in order, "?" for optional.
STRUCTURE = {
    "Document": ["CstmrCdtTrfInitn"],
    "CstmrCdtTrfInitn": ["GrpHdr", "PmtInf"],
    "GrpHdr": ["MsgId", "CreDtTm", "NbOfTxs", "CtrlSum", "InitgPty"],
    "InitgPty": ["Nm"],
    "PmtInf": [
        "PmtInfId", "PmtMtd", "BtchBookg", "NbOfTxs", "CtrlSum", "PmtTpInf", "ReqdExctnDt",
        "Dbtr", "DbtrAcct", "DbtrAgt", "ChrgBr", "CdtTrfTxInf*",
    ],
    "PmtTpInf": ["SvcLvl"],
    "SvcLvl": ["Cd"],
    "ReqdExctnDt": ["Dt"],
    "Dbtr": ["Nm"],
    "DbtrAcct": ["Id"],
    "DbtrAgt": ["FinInstnId"],
    "CdtTrfTxInf": ["PmtId", "Amt", "CdtrAgt?", "Cdtr", "CdtrAcct", "RmtInf"],
    "PmtId": ["EndToEndId"],
    "Amt": ["InstdAmt"],
    "CdtrAgt": ["FinInstnId"],
    "Cdtr": ["Nm"],
    "CdtrAcct": ["Id"],
    "RmtInf": ["Ustrd"],
}  # fmt: skip
LEAVES = {
    "MsgId": r".{1,35}", "PmtInfId": r".{1,35}", "EndToEndId": r".{1,35}", "Nm": r".{1,70}",
    "CreDtTm": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "Dt": r"\d{4}-\d\d-\d\d", "NbOfTxs": r"\d{1,15}",
    "CtrlSum": r"\d{1,16}\.\d\d", "InstdAmt": r"\d{1,9}\.\d\d", "PmtMtd": "TRF", "BtchBookg": "true",
    "Cd": "SEPA", "ChrgBr": "SLEV", "IBAN": r"[A-Z]{2}\d\d[A-Z0-9]{1,30}",
    "BICFI": r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?", "Ustrd": r".{1,140}",
}  # fmt: skip


def names(element: ET.Element) -> list[str]:
    return [one.tag.removeprefix(f"{{{NAMESPACE}}}") for one in element]


def validate(element: ET.Element, name: str = "Document") -> None:
    """Names, order, number and form of everything, as the schema says it."""
    found = names(element)
    if name in {"Id", "FinInstnId"}:
        assert found in (["IBAN"], ["BICFI"], ["Othr"]), found
    elif name == "Othr":
        assert found == ["Id"]
        assert element[0].text == "NOTPROVIDED"
        return
    elif name in STRUCTURE:
        pattern = "".join(
            f"(?:{one.rstrip('?*')} ){'?' if one[-1] == '?' else '+' if one[-1] == '*' else ''}"
            for one in STRUCTURE[name]
        )
        assert re.fullmatch(pattern, "".join(f"{one} " for one in found)), (name, found)
    else:
        assert found == []
        assert re.fullmatch(LEAVES[name], element.text or ""), (name, element.text)
        return
    for below, below_name in zip(element, found, strict=True):
        validate(below, below_name)


def test_files_for_the_bank(books: Books, clock_forward: Forward) -> None:
    for number, minor in enumerate((5_005, 1_234, 77)):
        books.earn(books.experts[number], minor)
    books.payee(books.experts[0], holder="Lê Hoàng Đức & Söhne", bic="cobadeffxxx")
    books.payee(books.experts[1], "FR1420041010050500013M02606")
    books.payee(
        books.experts[2], "0071001234567", kind=payouts.PayeeKind.ACCOUNT, bank="=Vietcombank"
    )
    clock_forward(WEEK)
    batch = payouts.make_batch(books.first)
    with pytest.raises(payouts.OrganizationAccountMissing):
        payouts.bank_file(batch.id, "xml", books.first)
    with pytest.raises(InvalidInput) as refusal:
        books.rules(account_holder="", iban="DE00")
    assert refusal.value.fields == {"account_holder": ["required"], "iban": ["iban_wrong"]}
    books.rules(account_holder="Atlas Ltd", iban="NL91ABNA0417164300")
    books.rules()  # the account stays
    with reading() as session:
        assert payouts.rules(session).account_hint == "NL •••• 4300"

    file = payouts.bank_file(batch.id, "xml", books.first)
    clock_forward(WEEK)
    assert payouts.bank_file(batch.id, "xml", books.second) == file  # the same bytes, for good
    root = ET.fromstring(file.content)
    validate(root)
    text = file.content.decode()
    assert text.startswith("<?xml")
    for part in (
        "<CtrlSum>62.39</CtrlSum>", "<NbOfTxs>2</NbOfTxs>", "<Nm>Le Hoang Duc Sohne</Nm>",
        '<InstdAmt Ccy="EUR">50.05</InstdAmt>', "<BICFI>COBADEFFXXX</BICFI>",
        "<IBAN>NL91ABNA0417164300</IBAN>", f"Alpha House {batch.reference}",
    ):  # fmt: skip
        assert part in text

    table = payouts.bank_file(batch.id, "csv", books.first).content.decode()
    rows = list(csv.DictReader(io.StringIO(table.removeprefix("\ufeff"))))
    by_account = {row["account"]: row for row in rows}
    assert len(rows) == 3
    assert by_account["0071001234567"]["bank"] == "'=Vietcombank"
    assert by_account["DE89370400440532013000"]["amount"] == "50.05"
    with reading() as session:
        taken = audit.page(session, audit.Question(action="payouts.file_taken")).items
    assert [one.detail["form"] for one in taken] == ["csv", "xml", "xml"]


def test_letters_that_every_bank_takes() -> None:
    assert latin("Nguyễn Thị Đào; Straße <1>", 70) == "Nguyen Thi Dao Strasse 1"
    assert latin("مرحبا", 70) == "-"
    assert len(latin("ß" * 100, 70)) == 70
