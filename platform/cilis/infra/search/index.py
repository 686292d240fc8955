"""The part of an index that belongs to the tenant being served.

Every request carries the routing and the filter of that tenant, every answer is looked through for
documents of others. Without a tenant there is no `TenantIndex`.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import orjson

from cilis.infra.escapes import refuse_escapes
from cilis.infra.search.connection import WRITING_SECONDS, alias, answered, breaker, connection
from cilis.infra.search.errors import ForeignDocument, Full, NotBuilt, SearchAway
from cilis.infra.tenancy import current_tenant
from cilis.kit import guard

log = logging.getLogger(__name__)
_Lines = tuple[bytes, ...]

PAUSES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0)
"""Seconds between the tries of a batch for which there is no room; half a minute in all."""

_SHORTEST = 0.06  # below that a pause is none
_BULK = 200


@dataclass(frozen=True, slots=True)
class Document:
    """One document; one of a lower version never replaces it."""

    id: str
    version: int
    fields: Mapping[str, Any]


class TenantIndex:
    """One kind of documents of the tenant being served: the only way to search or write.

    ``index`` names one that is being built; otherwise the one that answers is meant.
    """

    tenant_field: ClassVar[str] = "tenant"

    def __init__(self, kind: str, *, index: str = "") -> None:
        self._tenant = current_tenant()
        self._client = connection().client
        self._name = index or alias(kind, self._tenant)
        self._is_alias = not index
        self._pause = 0.0  # before the next batch; above 0 while Elasticsearch is short of room

    def search(self, question: Mapping[str, Any], *, seconds: float) -> dict[str, Any]:
        """Ask; the answer is Elasticsearch's. Raises SearchAway, within ``seconds``."""
        refuse_escapes(question)
        body = dict(question)
        body["query"] = {
            "bool": {
                "filter": [{"term": {self.tenant_field: self._tenant.id}}],
                "must": [question.get("query", {"match_all": {}})],
            }
        }
        body["_source"] = [self.tenant_field, *question.get("_source", [])]
        body["timeout"] = f"{max(1, int(seconds * 900))}ms"
        answer = self._ask("_search", body, seconds)
        if answer.get("timed_out") or answer.get("_shards", {}).get("failed"):
            raise SearchAway("it answered in part only")
        for hit in answer["hits"]["hits"]:
            if hit["_source"].get(self.tenant_field) != self._tenant.id:
                log.critical("search: a document of another tenant in an answer: %s", hit["_id"])
                raise ForeignDocument(hit["_id"])
        return answer

    def write(self, documents: Iterable[Document]) -> int:
        """Write documents, many at a time; when Elasticsearch is full, wait and send again.

        What it had no room for is sent again until it is taken, or until `PAUSES` are over. After
        that the next batches wait as well, shorter each time that all goes well. Returns how many
        were sent. Raises SearchAway, NotBuilt; Full when it stays full.
        """
        sent = 0
        for batch in _batches(documents):
            operations: dict[str, _Lines] = {
                document.id: (
                    self._action("index", document.id, document.version),
                    orjson.dumps({**document.fields, self.tenant_field: self._tenant.id}),
                )
                for document in batch
            }
            self._send(operations)
            sent += len(batch)
        return sent

    def delete(self, versions: Mapping[str, int]) -> None:
        """Delete documents, by id; each with a version that no late writing has."""
        for batch in _batches(versions.items()):
            self._send({one: (self._action("delete", one, version),) for one, version in batch})

    def refresh(self) -> None:
        """Let what was written be found now."""
        self._ask("_refresh", None, WRITING_SECONDS, routed=False)

    def _action(self, kind: str, document_id: str, version: int) -> bytes:
        """The line of a bulk that says what is done; a version that was passed is not written."""
        named = {
            "_id": f"{self._tenant.id}:{document_id}",
            "version": version,
            "version_type": "external",
        }
        return orjson.dumps({kind: named})

    def _ask(
        self, what: str, body: Mapping[str, Any] | None, seconds: float, *, routed: bool = True
    ) -> dict[str, Any]:
        guard.refuse_inside_transaction("a search")
        query = "?" + (f"routing={self._tenant.id}&" if routed else "")
        path = f"/{self._name}/{what}{query}allow_no_indices=false"
        headers = {"accept": "application/json"}
        if body is not None:
            headers["content-type"] = "application/json"
        with_limit = self._client.options(request_timeout=seconds)
        found: dict[str, Any] = answered(
            lambda: with_limit.perform_request("POST", path, headers=headers, body=body).body
        )
        return found

    def _send(self, operations: dict[str, _Lines]) -> None:
        guard.refuse_inside_transaction("a search")
        time.sleep(self._pause)
        waiting = dict(operations)
        for pause in (*PAUSES, None):
            waiting = self._refused(waiting)
            if not waiting:
                self._pause = self._pause / 2 if self._pause > _SHORTEST else 0.0
                return
            if pause is not None:
                self._pause = max(self._pause, pause / 4)
                time.sleep(pause * random.uniform(0.75, 1.25))  # noqa: S311 - writers come apart
        raise Full("it stays full")

    def _refused(self, operations: dict[str, _Lines]) -> dict[str, _Lines]:
        """Send these at once; what there was no room for."""
        lines = [line for entry in operations.values() for line in entry]
        client = self._client.options(request_timeout=WRITING_SECONDS)
        try:
            answer: Any = answered(
                lambda: (
                    client.bulk(
                        index=self._name,
                        operations=lines,  # type: ignore[arg-type]  # bytes go as they are
                        routing=self._tenant.id,
                        require_alias=self._is_alias or None,
                    ).body
                )
            )
        except Full:
            breaker.worked()  # it answers: questions need not go elsewhere for this
            return operations
        return {
            one: entry
            for (one, entry), item in zip(operations.items(), answer["items"], strict=True)
            if _is_full(next(iter(item.values())))
        }


def _is_full(result: Mapping[str, Any]) -> bool:
    """Whether to send it again; raises SearchAway when it was refused for another reason."""
    status = result["status"]
    if status == 429:
        return True
    # 409: it has a newer one. 404: there is nothing to delete, or no index.
    kind = (result.get("error") or {}).get("type", "")
    if status == 404 and kind == "index_not_found_exception":
        raise NotBuilt(kind)
    if status >= 400 and status not in {404, 409}:
        log.warning("search: a document was refused: %s", result.get("error"))
        raise SearchAway(f"a document was refused: {kind}")
    return False


def _batches(found: Iterable[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for one in found:
        batch.append(one)
        if len(batch) == _BULK:
            yield batch
            batch = []
    if batch:
        yield batch
