"""Where Elasticsearch is, and the client that speaks to it: one in a process, for `infra` alone."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch
from elasticsearch.serializer import OrjsonSerializer

from cilis.infra.breaker import Breaker
from cilis.infra.search.errors import Full, NotBuilt, SearchAway
from cilis.infra.tenancy import Tenant

log = logging.getLogger(__name__)

WRITING_SECONDS = 30.0
breaker = Breaker()


@dataclass(frozen=True, slots=True)
class Connection:
    """Where Elasticsearch is and what is ours there."""

    client: Elasticsearch
    prefix: str
    own: frozenset[str]  # short names of tenants that have an index to themselves
    shards: int
    seconds: float  # in which a question has to be answered


_here: list[Connection] = []  # at most one


def connect(
    url: str,
    *,
    prefix: str = "cilis",
    own: Iterable[str] = (),
    shards: int = 1,
    seconds: float = 1.0,
) -> None:
    """Use this Elasticsearch in the whole process; an empty address: none.

    ``own``: short names of tenants that have an index to themselves. ``seconds``: in which a
    question has to be answered, or PostgreSQL answers it.
    """
    disconnect()
    if not url:
        return
    logging.getLogger("elastic_transport").setLevel(logging.WARNING)  # not a line for each request
    client = Elasticsearch(
        _with_port(url),
        request_timeout=seconds,
        max_retries=0,
        retry_on_timeout=False,
        serializer=OrjsonSerializer(),
    )
    _here.append(Connection(client, prefix, frozenset(own), shards, seconds))


def disconnect() -> None:
    """Use none any more."""
    while _here:
        _here.pop().client.close()
    breaker.reset()


def is_connected() -> bool:
    """Whether this process was told of an Elasticsearch; it need not be there."""
    return bool(_here)


def _with_port(url: str) -> str:
    parts = urlsplit(url)
    if parts.port is not None:
        return url
    port = 443 if parts.scheme == "https" else 80
    return parts._replace(netloc=f"{parts.netloc}:{port}").geturl()


def question_seconds() -> float:
    """In which a question has to be answered; raises SearchAway when no Elasticsearch is set."""
    return connection().seconds


def connection() -> Connection:
    """For administration in `infra` alone: the client without a tenant."""
    if not _here:
        raise SearchAway("no Elasticsearch is set")
    return _here[0]


def alias(kind: str, tenant: Tenant | None) -> str:
    """The name under which an index of this kind is asked; None: the one that tenants share."""
    here = connection()
    if tenant is not None and tenant.slug in here.own:
        return f"{here.prefix}-{kind}-{tenant.id}"
    return f"{here.prefix}-{kind}"


def answered(call: Any) -> Any:
    """What Elasticsearch says; raises SearchAway when it does not, and remembers that."""
    if not breaker.may_call():
        raise SearchAway("left alone for a while")
    try:
        answer = call()
    except TransportError as problem:
        breaker.failed()
        raise SearchAway(f"{type(problem).__name__}") from problem
    except ApiError as problem:
        if problem.status_code == 404:
            breaker.worked()
            raise NotBuilt(str(problem)) from problem
        breaker.failed()
        if problem.status_code == 429:  # more questions would only make it fuller
            raise Full(str(problem)[:500]) from problem
        log.warning("search: refused with %s: %s", problem.status_code, str(problem)[:500])
        raise SearchAway(f"refused with {problem.status_code}") from problem
    breaker.worked()
    return answer
