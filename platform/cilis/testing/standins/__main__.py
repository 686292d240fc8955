"""``python -m cilis.testing.standins --port 8002 --smtp-port 2525 --state DIR``."""

from __future__ import annotations

import argparse
import threading
from pathlib import Path

import sqlalchemy as sa

from cilis.config import settings
from cilis.infra import clocksync, db
from cilis.kit import http
from cilis.testing.standins.server import mail_server, web_server
from cilis.testing.standins.state import State


def main() -> None:
    """Serve until the process is ended."""
    arguments = _arguments()
    # The shops that hear our notices stand on this machine too.
    http.allow_networks("127.0.0.0/8")
    if arguments.state is not None:
        arguments.state.mkdir(parents=True, exist_ok=True)
    if arguments.follow_clock:
        _follow_clock()
    state = State(arguments.state, retry_seconds=arguments.retry_seconds)
    threading.Thread(target=state.keep_writing, daemon=True).start()
    held = arguments.held_ports
    mail_server(state, arguments.smtp_port, held=held).start()
    web_server(state, arguments.port, held=held).serve_forever()


def _follow_clock() -> None:
    """Keep the installation's time: its clock may be moved."""
    given = settings()
    engine = sa.create_engine(db.dialect_url(given.database_url), **db.engine_options(1))
    db.bind(engine, statement_ms=given.worker_statement_ms)
    clocksync.keep_in_step()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m cilis.testing.standins", description=__doc__)
    parser.add_argument("--port", type=int, default=8002, help="pages and calls")
    parser.add_argument("--smtp-port", type=int, default=2525, help="mails")
    parser.add_argument(
        "--state", type=Path, help="folder for state.json; config.json in it names the accounts"
    )
    parser.add_argument(
        "--retry-seconds", type=float, default=5.0, help="between two tries of a notice"
    )
    parser.add_argument(
        "--follow-clock",
        action="store_true",
        help="keep the time of the installation that CILIS_DATABASE_URL names (`cilis clock`)",
    )
    parser.add_argument(
        "--held-ports", action="store_true", help="the ports are held by who started this"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
