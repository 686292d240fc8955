"""The mark "a transaction is open", asked by everything that goes to the network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_open: ContextVar[bool] = ContextVar("transaction_open", default=False)


class InsideTransaction(RuntimeError):
    """Code tried to reach the network while a database transaction was open."""


def transaction_is_open() -> bool:
    """Whether a transaction is open in this context."""
    return _open.get()


def refuse_inside_transaction(what: str) -> None:
    """Stop a call to the network that would hold a transaction open; raises InsideTransaction."""
    if _open.get():
        raise InsideTransaction(f"{what} while a transaction is open")


@contextmanager
def marking_transaction() -> Iterator[None]:
    """Mark the block as lying inside a transaction."""
    token = _open.set(True)
    try:
        yield
    finally:
        _open.reset(token)
