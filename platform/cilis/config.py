"""All settings, read from the environment once."""

from __future__ import annotations

import functools
from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an installation decides. Each field is the variable ``CILIS_<NAME>``.

    Secrets have no default: `cilis up --demo` makes its own in its data folder.
    """

    model_config = SettingsConfigDict(env_prefix="CILIS_", frozen=True, env_file=None)

    database_url: str = Field(
        description="The application's log-in (role cilis_app): postgresql://cilis_app:…@host/db",
    )
    database_owner_url: str = Field(
        default="",
        description="The owner's log-in (role cilis_owner). Only for provisioning and migrations.",
    )
    redis_url: str = Field(description="Redis ≥ 6.2 or Valkey: redis://… or unix://…")
    elasticsearch_url: str = Field(default="", description="Empty: PostgreSQL answers searches.")
    elasticsearch_ms: int = Field(
        default=1_000, ge=50, description="In which it has to answer, or PostgreSQL does instead."
    )
    elasticsearch_prefix: str = Field(
        default="cilis",
        pattern=r"^[a-z][a-z0-9-]{0,40}$",
        description="What our indices' names begin with, for a cluster that others use too.",
    )
    elasticsearch_own: str = Field(
        default="",
        description="Short names of tenants with an index to themselves, comma-separated; "
        "then `cilis search rebuild <slug>`.",
    )
    elasticsearch_shards: int = Field(
        default=1, ge=1, le=64, description="Shards of the index that tenants share, when made."
    )
    secret_keys: SecretStr = Field(
        description="Comma-separated master keys, ≥ 32 characters each; the first encrypts.",
    )
    data_dir: Path = Field(
        default=Path(".data"), description="Files of tenants, when kept on disk."
    )
    s3_bucket: str = Field(
        default="", description="Bucket of an object storage for files; empty: CILIS_DATA_DIR."
    )
    s3_endpoint: str = Field(
        default="",
        pattern=r"^(https?://\S+)?$",
        description="Where it is, when it is not Amazon's: https://storage.example.org",
    )
    s3_region: str = Field(default="us-east-1", description="Its region.")
    s3_prefix: str = Field(default="", description="What keys begin with, for a shared bucket.")
    s3_access_key: str = Field(
        default="", description="Empty: the role of the machine or pod is used."
    )
    s3_secret_key: SecretStr = Field(
        default=SecretStr(""), validate_default=True, description="Its secret."
    )
    base_domain: str = Field(
        default="localhost", description="Tenants get <slug>.<base_domain>, the console console.…"
    )
    public_origin_form: str = Field(
        default="https://{host}",
        description="How absolute addresses look; {host} is the tenant's host.",
    )
    socket_origin_form: str = Field(
        default="https://{host}",
        description="Where browsers reach the socket processes; {host} is the page's host.",
    )
    cookie_plain: bool = Field(
        default=False,
        description="Name the cookie `session` without Secure; loopback hosts only.",
    )
    trusted_proxies: int = Field(default=0, ge=0, le=5, description="Proxies in front of web.")
    egress_allow: str = Field(
        default="", description="Networks that tenants' addresses may point to beside public ones."
    )
    web_statement_ms: int = Field(default=2_000, ge=100, description="Time limit on pages and API.")
    worker_statement_ms: int = Field(default=30_000, ge=100, description="Time limit in workers.")
    pool_size: int = Field(default=10, ge=1, description="Database connections of one process.")
    pool_ready_tenants: int = Field(
        default=3, ge=0, le=50, description="Prepared empty schemas kept ready for sign-ups."
    )
    holds_per_address: str = Field(
        default="5/hour", description="How many hours one address may take: 5/hour."
    )
    sign_ups_per_address: str = Field(
        default="30/hour", description="How many accounts one address may open: 30/hour."
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")
    testing: bool = Field(default=False, description="Tests and demo: the clock can be moved.")
    heartbeat_file: str = Field(
        default="",
        description="A file that workers and relays touch while they live; empty: none.",
    )
    crash_file: str = Field(
        default="",
        description="Fault tests only: a file naming the point at which one process dies.",
    )

    @field_validator("public_origin_form", "socket_origin_form")
    @classmethod
    def _has_a_host(cls, form: str) -> str:
        if "{host}" not in form:
            raise ValueError("must contain {host}, for example https://{host}")
        return form.rstrip("/")

    @field_validator("s3_secret_key")
    @classmethod
    def _goes_with_its_key(cls, secret: SecretStr, known: ValidationInfo) -> SecretStr:
        if bool(secret.get_secret_value()) != bool(known.data.get("s3_access_key")):
            raise ValueError("CILIS_S3_ACCESS_KEY and CILIS_S3_SECRET_KEY go together")
        return secret

    def own_indices(self) -> list[str]:
        """Tenants with an index to themselves, by short name."""
        return [part.strip() for part in self.elasticsearch_own.split(",") if part.strip()]

    def secret_list(self) -> list[str]:
        """The master keys, the current one first."""
        return [part.strip() for part in self.secret_keys.get_secret_value().split(",") if part]


@functools.cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()  # type: ignore[call-arg]  # pydantic reads them from the environment
