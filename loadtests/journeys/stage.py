"""What the runner tells the visitors, by a file named in LOAD_STAGE."""

from __future__ import annotations

import functools
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Stage:
    """One organization that is measured, and who takes part."""

    host: str
    web: int
    sockets: int
    standins: int
    password: str
    clients: int
    experts: int
    admin: str
    admin_password: str

    def write(self, path: Path) -> None:
        """Keep it for the visitors' processes."""
        path.write_text(json.dumps(asdict(self)))


@functools.cache
def stage() -> Stage:
    """The stage of this run."""
    return Stage(**json.loads(Path(os.environ["LOAD_STAGE"]).read_text()))
