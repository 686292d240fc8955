"""PostgreSQL and Valkey carried by Python packages, for the demo and the tests only."""

from cilis.infra.embedded.places import EmbeddedFailed, run_dir, safe_data_dir
from cilis.infra.embedded.postgres import Postgres
from cilis.infra.embedded.valkey import Valkey

__all__ = ["EmbeddedFailed", "Postgres", "Valkey", "run_dir", "safe_data_dir"]
