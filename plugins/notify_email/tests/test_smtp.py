"""The conversation with a mail server: encryption, log-in, and what each answer means."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cilis.hooks import Refused, TryLater
from cilis.hooks.notifications import Notice
from cilis.kit import clock, http
from cilis.testing.standins import StandIns
from cilis_notify_email import smtp
from cilis_notify_email.plugin import EmailChannel

CHANNEL = EmailChannel()
NOTICE = Notice(
    message_id="<0192f3a0c0de7000800000000000beef@antam.example.com>",
    to_address="hoa@example.com",
    to_name="Hòa",
    from_name="An Tâm",
    from_address="hello@antam.example.com",
    language="vi",
    subject="Xin chào",
    text="Chào Hòa.\n",
    html="<p>Chào Hòa.</p>",
)


class Keeper:
    """A mail server's memory, and its answers."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.greetings: list[str] = []
        self.data = "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd looks for this name
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.data.startswith("250"):
            self.mails.append(envelope.content or b"")  # type: ignore[arg-type] # bytes, unless told otherwise
        self.greetings.append(str(session.host_name))
        return self.data


def accepts(
    _server: SMTP, _session: Session, _envelope: Envelope, _how: str, who: Any
) -> AuthResult:
    good = isinstance(who, LoginPassword) and who.password == b"right"
    return AuthResult(success=good, handled=False)


@pytest.fixture(autouse=True)
def near() -> Iterator[None]:
    before = http.allow_networks("127.0.0.0/8")
    yield
    http.allow_networks(before)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(keeper: Keeper, **options: Any) -> Iterator[dict[str, str]]:
    post = Controller(keeper, hostname="127.0.0.1", port=free_port(), **options)
    post.start()
    try:
        yield {
            "host": "localhost", "port": str(post.port), "security": "none",
            "user": "", "password": "",
        }  # fmt: skip
    finally:
        post.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that signs itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    at = clock.now()
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


def test_our_greeting_is_the_senders_domain(stand_ins: StandIns) -> None:
    """The machine's own name would be written into every mail by the server."""
    del stand_ins
    keeper = Keeper()
    with serving(keeper) as settings:
        CHANNEL.send(NOTICE, settings)
    assert keeper.greetings == ["antam.example.com"]


@pytest.mark.usefixtures("trusted")
def test_starttls_with_a_password(tls: ssl.SSLContext) -> None:
    keeper = Keeper()
    options: dict[str, Any] = {
        "tls_context": tls, "require_starttls": True,
        "authenticator": accepts, "auth_required": True,
    }  # fmt: skip
    with serving(keeper, **options) as settings:
        mine = {**settings, "security": "starttls", "user": "antam", "password": "right"}
        CHANNEL.send(NOTICE, mine)
        assert CHANNEL.test(mine).works
        with pytest.raises(TryLater) as problem:
            CHANNEL.send(NOTICE, {**mine, "password": "wrong"})
        assert not CHANNEL.test({**mine, "password": "wrong"}).works
    assert len(keeper.mails) == 1
    assert problem.value.after >= timedelta(minutes=5)  # a person must mend it


@pytest.mark.usefixtures("trusted")
def test_tls_from_the_first_byte(tls: ssl.SSLContext) -> None:
    keeper = Keeper()
    with serving(keeper, ssl_context=tls) as settings:
        CHANNEL.send(NOTICE, {**settings, "security": "tls"})
    assert len(keeper.mails) == 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_server_that_nobody_vouches_for_gets_nothing(tls: ssl.SSLContext, security: str) -> None:
    keeper = Keeper()
    options: dict[str, Any] = {"ssl_context" if security == "tls" else "tls_context": tls}
    with serving(keeper, **options) as settings, pytest.raises(TryLater):
        CHANNEL.send(NOTICE, {**settings, "security": security})
    assert keeper.mails == []


def test_encryption_that_was_wished_is_not_left_out() -> None:
    keeper = Keeper()
    with serving(keeper) as settings, pytest.raises(TryLater):
        CHANNEL.send(NOTICE, {**settings, "security": "starttls"})
    assert keeper.mails == []


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ("550 5.7.1 Looks like spam", Refused),
        ("552 5.3.4 Too big", Refused),
        ("451 4.3.0 Later", TryLater),
        ("452 4.2.2 Mailbox full", TryLater),
        ("421 4.3.2 Closing", TryLater),
    ],
)
def test_what_the_server_says_of_a_mail(answer: str, failure: type[Exception]) -> None:
    keeper = Keeper()
    keeper.data = answer
    with serving(keeper) as settings, pytest.raises(failure):
        CHANNEL.send(NOTICE, settings)


def test_a_failed_farewell_does_not_send_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the server took the mail, trouble must not make the core repeat it."""

    def broken(_self: object) -> None:
        raise ConnectionResetError

    monkeypatch.setattr("smtplib.SMTP.quit", broken)
    keeper = Keeper()
    with serving(keeper) as settings:
        CHANNEL.send(NOTICE, settings)
    assert len(keeper.mails) == 1


def test_a_server_that_never_speaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = {"host": "localhost", "port": str(silent.getsockname()[1]), "security": "none"}
        with pytest.raises(TryLater):
            CHANNEL.send(NOTICE, settings)


def test_a_server_that_hangs_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as rude:

        def hang_up() -> None:
            rude.accept()[0].close()

        threading.Thread(target=hang_up, daemon=True).start()
        settings = {"host": "localhost", "port": str(rude.getsockname()[1]), "security": "none"}
        with pytest.raises(TryLater):
            CHANNEL.send(NOTICE, settings)


@pytest.mark.parametrize("host", ["169.254.169.254", "10.0.0.7", "127.0.0.1", "::ffff:127.0.0.1"])
def test_private_addresses_are_not_called(host: str) -> None:
    http.allow_networks("")
    with pytest.raises(Refused):
        CHANNEL.send(NOTICE, {"host": host, "port": "25", "security": "starttls"})


def test_a_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection goes to the address that was checked, not to a second answer."""
    keeper = Keeper()
    with serving(keeper) as settings:
        monkeypatch.setattr(http, "resolve", lambda *_: "127.0.0.1")
        CHANNEL.send(NOTICE, {**settings, "host": "mail.antam.example"})
    assert len(keeper.mails) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"host": ""},
        {"port": "x"},
        {"port": "0"},
        {"port": "65536"},
        {"security": "ssl"},
        {"security": "none", "host": "smtp.example.org", "user": "antam", "password": "p"},
    ],
)
def test_wrong_settings_are_refused(changes: dict[str, str]) -> None:
    settings = {"host": "smtp.example.org", "port": "587", "security": "starttls"}
    with pytest.raises(Refused):
        CHANNEL.send(NOTICE, settings | changes)
    assert not CHANNEL.test(settings | changes).works


def test_letters_that_the_server_cannot_take() -> None:
    keeper = Keeper()
    with serving(keeper, enable_SMTPUTF8=False) as settings, pytest.raises(Refused):
        CHANNEL.send(replace(NOTICE, to_address="hòa@example.com"), settings)
