"""``python -m tests.support.elasticsearch COMMAND …``: run a command beside an Elasticsearch."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from tests.support.elasticsearch.server import Elasticsearch, Lacking


def main(command: list[str]) -> int:
    """Start a server, run the command with its address, stop the server; the command's end."""
    server = Elasticsearch()
    print("Elasticsearch … (the first time 760 MB are fetched)", flush=True)  # noqa: T201
    try:
        server.start()
        print(f"✓ search: Elasticsearch at {server.url}", flush=True)  # noqa: T201
        environment = {**os.environ, "CILIS_ELASTICSEARCH_URL": server.url}  # noqa: TID251
        signal.signal(signal.SIGINT, lambda *_: None)  # the command hears it too, and ends
        with subprocess.Popen(command, env=environment) as running:
            signal.signal(signal.SIGTERM, lambda *_: running.terminate())
            return running.wait()
    except Lacking as problem:
        print(f"✗ search: {problem}", file=sys.stderr)  # noqa: T201
        return 1
    finally:
        server.close()


sys.exit(main(sys.argv[1:]))
