"""Structured logs: one JSON line each, with the tenant, without bodies or secrets."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from cilis.infra.tenancy import current_tenant, is_serving


def set_up_logs(level: str) -> None:
    """Send all logs of the process to standard error as JSON lines."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _with_tenant,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [
        kept for kept in root.handlers if not isinstance(kept, logging.StreamHandler)
    ] + [handler]
    root.setLevel(level)
    for noisy in ("werkzeug", "urllib3", "celery.redirected"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _with_tenant(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    if is_serving():
        event.setdefault("tenant", current_tenant().id)
    return event
