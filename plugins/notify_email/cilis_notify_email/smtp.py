"""One conversation with a mail server: bounded, direct, never inside a transaction."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from cilis.hooks import Refused, TryLater
from cilis.kit import guard, http
from cilis_notify_email.settings import Security, Server

SECONDS = 15.0
_AFTER_MENDING = timedelta(minutes=10)  # a person must change a setting first


class _Plain(smtplib.SMTP):
    """Connects to the address that was checked, not to what the name says a moment later."""

    def __init__(self, address: str, server: Server, our_name: str) -> None:
        self.address = address
        super().__init__(server.host, server.port, our_name, SECONDS)

    def _get_socket(self, _host: str, port: int, timeout: float) -> socket.socket:
        return socket.create_connection((self.address, port), timeout)


class _Encrypted(smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""

    def __init__(self, address: str, server: Server, our_name: str) -> None:
        self.address = address
        context = ssl.create_default_context()
        super().__init__(server.host, server.port, our_name, timeout=SECONDS, context=context)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((self.address, port), timeout)
        return self.context.wrap_socket(plain, server_hostname=host)


@contextmanager
def conversation(server: Server, our_name: str) -> Iterator[smtplib.SMTP]:
    """A connection, encrypted and logged in as the settings say.

    Args:
        server: the tenant's mail server.
        our_name: what we call ourselves; a machine's own name would stay in every mail.

    Raises:
        Refused: the address may not be called, or the server says no for good.
        TryLater: no answer, no safe encryption, a wrong password, or a temporary no.
    """
    guard.refuse_inside_transaction(f"SMTP {server.host}")
    try:
        client = _connect(server, our_name)
    except http.AddressRefused as problem:
        raise Refused(str(problem)) from problem
    except (http.HttpFailed, smtplib.SMTPException, OSError) as problem:
        raise TryLater(f"{server.host} does not answer: {problem}") from problem
    try:
        _log_in(client, server)
        yield client
    except smtplib.SMTPException as problem:
        raise _translated(problem) from problem
    except OSError as problem:
        raise TryLater(f"{server.host} broke off: {problem}") from problem
    finally:
        # Whatever is said now, the mail is gone or it is not: a failed farewell changes nothing.
        with suppress(smtplib.SMTPException, OSError):
            client.quit()
        client.close()


def _connect(server: Server, our_name: str) -> smtplib.SMTP:
    address = http.resolve(server.host, server.port)
    kind = _Encrypted if server.security is Security.TLS else _Plain
    return kind(address, server, our_name)


def _log_in(client: smtplib.SMTP, server: Server) -> None:
    client.ehlo_or_helo_if_needed()
    try:
        if server.security is Security.STARTTLS:
            client.starttls(context=ssl.create_default_context())
            client.ehlo()
        if server.user:
            client.login(server.user, server.password)
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError) as problem:
        reason = f"log-in or encryption does not work: {problem}"
        raise TryLater(reason, after=_AFTER_MENDING) from problem


def _translated(problem: smtplib.SMTPException) -> Refused | TryLater:
    """A 5xx about this mail is final; everything else may pass."""
    final = isinstance(problem, smtplib.SMTPNotSupportedError)  # no letters beyond ASCII, say
    if final or 500 <= _code(problem) < 600:
        return Refused(f"the mail server refuses: {problem}")
    return TryLater(f"the mail server asks for patience: {problem}", after=timedelta(minutes=2))


def _code(problem: smtplib.SMTPException) -> int:
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        return max((code for code, _ in problem.recipients.values()), default=0)
    return problem.smtp_code if isinstance(problem, smtplib.SMTPResponseException) else 0
