"""`cilis migrate`: bring all databases to the current schema; and make new steps."""

from __future__ import annotations

import re

import click
import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.runtime.migration import MigrationContext
from rich.progress import Progress

from cilis import rooms
from cilis.config import settings
from cilis.infra import migrate, provisioning
from cilis.infra.db import Base, dialect_url
from cilis.infra.routing_models import NodeBase, SharedBase
from cilis.infra.schema_script import compile_tables, migrations_dir, tenant_script
from cilis.kit import clock

_TEMPLATE = '''"""{message}.

Runs {where}.
Locks: say which, and for how long.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "{revision}"
down_revision = {down}


def upgrade() -> None:
    {body}


def downgrade() -> None:
    raise NotImplementedError("go forward with a new step instead")
'''


@click.group(name="migrate", invoke_without_command=True)
@click.option("--at-once", default=4, show_default=True, help="Tenants at a time.")
@click.pass_context
def command(ctx: click.Context, at_once: int) -> None:
    """Bring the platform and every tenant to the current schema; ends with 1 if one failed."""
    if ctx.invoked_subcommand:
        return
    with Progress(transient=True) as bar:
        task = bar.add_task("tenants", total=None)
        try:
            report = migrate.everything(
                at_once=at_once,
                told=lambda done, all_: bar.update(task, completed=done, total=all_),
            )
        except migrate.AlreadyRunning as problem:
            raise click.ClickException(str(problem)) from problem
    click.echo(f"shared at {report.shared}; {report.done} migrated, {report.current} were current")
    for tenant_id, reason in report.failed.items():
        click.echo(f"  t_{tenant_id} failed: {reason}", err=True)
    if report.failed:
        raise SystemExit(1)


@command.command()
@click.argument("line", type=click.Choice(["shared", "tenant"]))
@click.argument("message")
def new(line: migrate.Line, message: str) -> None:
    """Write the step between the newest schema and the models, to be read and mended by hand."""
    rooms.load_models()
    down = migrate.history(line).get_current_head()
    revision = clock.now().strftime("%Y_%m_%d_%H%M")
    name = re.sub(r"[^a-z0-9]+", "_", message.lower()).strip("_")
    path = migrations_dir() / line / "versions" / f"{revision}_{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        _TEMPLATE.format(
            message=message.rstrip("."),
            revision=revision,
            down=f'"{down}"' if down else None,
            where="once in every tenant's schema; nothing here may name a schema"
            if line == "tenant"
            else "once for a platform",
            body=_difference(line),
        ),
        encoding="utf-8",
    )
    click.echo(path)


@command.command()
def snapshot() -> None:
    """Write the prepared script of a tenant's schema anew, from the models."""
    rooms.load_models()
    path = migrations_dir() / "tenant" / "schema.sql"
    script = f"-- revision {migrate.head('tenant')}\n{compile_tables(Base.metadata)}"
    path.write_text(script, encoding="utf-8")
    tenant_script.cache_clear()
    click.echo(path)


def _difference(line: migrate.Line) -> str:
    """Alembic's operations from what the line's history makes to what the models say."""
    engine = sa.create_engine(dialect_url(settings().database_owner_url))
    metadata: sa.MetaData | list[sa.MetaData] = (
        Base.metadata if line == "tenant" else [SharedBase.metadata, NodeBase.metadata]
    )
    with provisioning.owner() as connection:
        provisioning.bootstrap(connection)
    with engine.connect() as connection_, connection_.begin() as scratch:
        connection_.exec_driver_sql("DROP SCHEMA IF EXISTS scratch CASCADE; CREATE SCHEMA scratch")
        connection_.exec_driver_sql("SET LOCAL search_path TO scratch, ext")
        script = (
            migrate.compile_steps(line, "base") if migrate.history(line).get_current_head() else ""
        )
        if script:
            connection_.exec_driver_sql(script)
        connection_.dialect.default_schema_name = "scratch"
        context = MigrationContext.configure(
            connection_,
            opts={
                "compare_type": True,
                "include_schemas": line == "shared",
                "include_name": lambda name, kind, _: (
                    kind != "schema" or name in ({None} if line == "tenant" else {"shared", "node"})
                ),
            },
        )
        operations = produce_migrations(context, metadata)  # type: ignore[arg-type]
        code = render_python_code(operations.upgrade_ops)  # type: ignore[arg-type]
        scratch.rollback()
    engine.dispose()
    return code.strip() or "pass"
