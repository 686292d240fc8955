"""Rules of the house that no linter knows, read from the code as it is loaded and as it lies."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from flask import Flask

import cilis
from cilis import rooms
from cilis.config import Settings
from cilis.hooks.manager import plugins
from cilis.infra.db import Base
from cilis.infra.http.schemas import Strict
from cilis.infra.outbox import Event, _by_name
from cilis.infra.routing_models import NodeBase, SharedBase
from cilis.infra.tenancy import Tenant
from cilis.kit.errors import DomainError
from cilis.testing.fixtures import Browser

ROOT = Path(__file__).parents[2]
PLATFORM = ROOT / "platform"
CODE = PLATFORM / "cilis"
LANGUAGES = ("en", "vi", "de")
UNSEEN = {"input", "field_null", "format"}  # a programmer's mistakes, never a caller's
OUR_NAME = re.compile("cilis", re.IGNORECASE)


def sources(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "node_modules" not in path.parts)


@pytest.fixture(scope="module", autouse=True)
def everything() -> None:
    """Import every module of the platform, so that all classes are known."""
    for found in pkgutil.walk_packages(cilis.__path__, "cilis."):
        if not found.name.startswith(
            ("cilis.testing", "cilis.wsgi", "cilis.worker", "cilis.__main")
        ):
            importlib.import_module(found.name)
    if not any(plugins.keys(kind) for kind in plugins.specs):
        plugins.load_installed()


T = TypeVar("T")


def below(kind: type[T]) -> Iterator[type[T]]:
    for found in kind.__subclasses__():
        yield found
        yield from below(found)


def ours(kind: type[T]) -> list[type[T]]:
    """Subclasses in the platform, none of a test's."""
    return sorted(
        {found for found in below(kind) if found.__module__.startswith("cilis.")}, key=repr
    )


def events() -> list[type[Event]]:
    """Every event; what only lends others its fields has no name."""
    return [kind for kind in ours(Event) if kind.name]


# Files and folders


def test_the_platforms_folder_is_no_package() -> None:
    assert not (PLATFORM / "__init__.py").exists()


@pytest.mark.parametrize("name", ["utils", "util", "helpers", "helper", "common", "base", "misc"])
def test_there_is_no_drawer_for_everything(name: str) -> None:
    found = [path for path in sources(CODE) if name in {path.stem, path.parent.name}]
    assert found == []


def test_no_room_has_a_manager() -> None:
    assert [path for path in sources(CODE / "domains") if "manager" in path.stem] == []


def test_no_file_of_a_room_is_long() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in sources(CODE / "domains")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


def test_rooms_have_the_drawers_of_the_plan_and_no_others() -> None:
    known = {
        "__init__", "types", "errors", "events", "models", "queries", "service", "schemas", "api",
        "pages", "webhooks", "tasks", "listeners", "sockets", "commands", "providers", "engine",
        "locale", "templates", "__pycache__",
    }  # fmt: skip
    strange = {
        str(path.relative_to(CODE))
        for room in rooms.names()
        for path in (CODE / "domains" / room).iterdir()
        if path.suffix in {"", ".py"} and path.stem not in known
    }
    assert strange == set()


def test_no_left_overs_in_the_code() -> None:
    words = re.compile(r"\b(TODO|FIXME|XXX|DEVTOLERANT|DEVELOPMENT ONLY)\b")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sources(CODE)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if words.search(line)
    ]
    assert found == []


def test_a_refusal_is_told_on_the_next_page_in_one_way() -> None:
    """`notice` translates what it is given; a refusal's sentence is one already: `refused`."""
    found = [
        str(path.relative_to(ROOT))
        for path in sources(CODE)
        if re.search(r"\bnotice\(\s*(error_text|gettext)\(", path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_every_setting_is_explained_in_the_example() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    shown = set(re.findall(r"^#? ?(CILIS_[A-Z0-9_]+)=", text, re.MULTILINE))
    assert shown == {f"CILIS_{name.upper()}" for name in Settings.model_fields}
    assert all(field.description for field in Settings.model_fields.values())


# The product's name is the operator's alone


def folders_of(name: str) -> list[Path]:
    own = [CODE / "web" / name, *(CODE / "domains" / room / name for room in rooms.names())]
    return own + [plugins.folder_of(kind, key) / name for kind, key, _ in plugins.offers()]


def test_no_template_names_the_product() -> None:
    files = [
        path for folder in folders_of("templates") for path in folder.rglob("*") if path.is_file()
    ]
    assert len(files) > 30
    named = [
        str(path.relative_to(ROOT))
        for path in files
        if OUR_NAME.search(path.read_text(encoding="utf-8"))
    ]
    assert named == []
    assert [path for path in files if OUR_NAME.search(path.name)] == []


def test_no_built_asset_names_the_product() -> None:
    built = CODE / "web" / "static" / "build"
    if not built.is_dir():
        pytest.skip("no assets are built")
    files = [path for path in built.rglob("*") if path.is_file()]
    assert [path.name for path in files if OUR_NAME.search(str(path.relative_to(built)))] == []
    text = {".css", ".js", ".svg", ".json", ".webmanifest", ".txt"}
    assert [
        path.name
        for path in files
        if path.suffix in text and OUR_NAME.search(path.read_text(encoding="utf-8"))
    ] == []


@pytest.mark.parametrize(
    "path", ["/", "/log-in", "/experts", "/no-such-page", "/api/v1/people/me", "/api/openapi.json"]
)
def test_no_answer_names_the_product(browser_client: Browser, tenant: Tenant, path: str) -> None:
    answer = browser_client.get(path)
    for name, value in answer.headers.items():
        assert not OUR_NAME.search(f"{name}: {value}")
    assert not OUR_NAME.search(answer.text)
    assert "Server" not in answer.headers or "Werkzeug" in answer.headers["Server"]


def test_no_route_names_the_product(app: Flask) -> None:
    assert [rule.rule for rule in app.url_map.iter_rules() if OUR_NAME.search(rule.rule)] == []


# Catalogues


def catalogue(folder: Path, language: str) -> Catalog:
    path = folder / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as source:
        return read_po(source, locale=language)


def texts(language: str) -> dict[str, str]:
    """Every message of a language, of all catalogues."""
    found: dict[str, str] = {}
    for folder in folders_of("locale"):
        for message in catalogue(folder, language):
            if isinstance(message.id, str) and message.id and not message.fuzzy:
                found[message.id] = str(message.string)
    return found


def test_no_catalogue_names_the_product() -> None:
    for folder in folders_of("locale"):
        for language in LANGUAGES:
            for message in catalogue(folder, language):
                if message.id:
                    assert not OUR_NAME.search(f"{message.id} {message.string}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_has_a_sentence(language: str) -> None:
    kinds: list[type[DomainError]] = [DomainError, *ours(DomainError)]
    codes = {kind.code for kind in kinds}
    assert len(codes) > 30
    assert all(re.fullmatch(r"[a-z][a-z_]+", code) for code in codes)
    known = texts(language)
    assert sorted(code for code in codes if not known.get(f"error.{code}")) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_a_field_has_a_sentence(language: str) -> None:
    known = texts(language)
    codes = set(_field_codes())
    assert {"required", "too_long"} <= codes
    assert sorted(code for code in codes if not known.get(f"error.{code}")) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_that_a_field_of_a_schema_may_say_has_a_sentence(language: str) -> None:
    known = texts(language)
    fields_used = {
        type(field) for schema in ours(Strict) for field in schema._declared_fields.values()
    }
    assert len(fields_used) > 5
    codes = {
        code
        for kind in fields_used
        for above in kind.__mro__
        for code in above.__dict__.get("default_error_messages", {}).values()
    }
    assert sorted(code for code in codes - UNSEEN if not known.get(f"error.{code}")) == []


def _field_codes() -> Iterator[str]:
    """Codes written in ``InvalidInput({"x": ["code"]})`` and ``ValidationError("code")``."""
    for path in sources(CODE):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            first = node.args[0]
            if name == "InvalidInput" and isinstance(first, ast.Dict):
                for value in first.values:
                    yield from _words(value)
            elif name == "ValidationError":
                yield from _words(first)


def _words(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.List):
        for element in node.elts:
            yield from _words(element)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def test_vietnamese_and_german_say_the_same_things_completely() -> None:
    missing: list[str] = []
    for folder in folders_of("locale"):
        by_language = {
            language: {
                str(message.id): message for message in catalogue(folder, language) if message.id
            }
            for language in LANGUAGES
        }
        wanted = set().union(*by_language.values())
        for language in ("vi", "de"):
            for msgid in wanted:
                message = by_language[language].get(msgid)
                strings = message.string if message else ""
                whole = all(strings) if isinstance(strings, tuple) else bool(strings)
                if message is None or not whole or message.fuzzy:
                    missing.append(f"{folder.parent.name} {language}: {msgid[:60]}")
    assert missing == []


def test_translations_fill_in_what_the_original_does() -> None:
    place = re.compile(r"%\((\w+)\)[sd]")
    wrong: list[str] = []
    for folder in folders_of("locale"):
        english = {str(message.id): message for message in catalogue(folder, "en") if message.id}
        for language in LANGUAGES:
            for message in catalogue(folder, language):
                original = message.id
                if not original:
                    continue
                if isinstance(original, str) and original.startswith("error."):
                    source = english.get(original)
                    original = str(source.string) if source else ""
                wanted = set(place.findall(str(original)))
                got = set(place.findall(str(message.string)))
                if not got <= wanted | {"n"}:
                    wrong.append(f"{folder.parent.name} {language}: {message.id}")
    assert wrong == []


# Events and listeners


def test_every_event_has_a_versioned_name_of_its_own() -> None:
    found = events()
    assert len(found) > 20
    names = Counter(kind.name for kind in found)
    assert [name for name, count in names.items() if count > 1] == []
    for kind in found:
        name = kind.name
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+\.v[1-9]", name), kind
        room = kind.__module__.split(".")[2]
        assert name.startswith(f"{room}."), f"{kind} is named after another room"


def _made() -> set[str]:
    """Names of what is called, or handed to what is called, outside of listeners."""
    found: set[str] = set()
    for path in sources(CODE):
        if {"listeners", "sockets"} & {path.stem, path.parent.name}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                given = [node.func, *node.args, *(word.value for word in node.keywords)]
                found |= {part.id for part in given if isinstance(part, ast.Name)}
                found |= {part.attr for part in given if isinstance(part, ast.Attribute)}
            elif isinstance(node, (ast.IfExp, ast.Dict, ast.Tuple)):  # chosen first, made later
                found |= {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    return found


def test_every_event_that_is_heard_is_also_emitted() -> None:
    made = _made()
    heard = {
        listener.event.__name__: name
        for name, listener in _by_name.items()
        if listener.event.__module__.startswith("cilis.")
    }
    assert len(heard) > 10
    assert {event: name for event, name in heard.items() if event not in made} == {}


def test_every_event_is_emitted_by_somebody() -> None:
    made = _made()
    assert [kind.__name__ for kind in events() if kind.__name__ not in made] == []


def test_listeners_live_where_they_are_loaded() -> None:
    drawers = {"listeners", "sockets", "tasks"}
    strange = [
        name
        for name, listener in _by_name.items()
        if listener.function.__module__.startswith("cilis.domains.")
        and not drawers & set(listener.function.__module__.split("."))
    ]
    assert strange == []


# Tables


def every_table() -> list[sa.Table]:
    return [
        table
        for metadata in (Base.metadata, SharedBase.metadata, NodeBase.metadata)
        for table in metadata.sorted_tables
    ]


def is_constant(default: Any) -> bool:
    """A plain value, so that an older version of the code may leave the column out."""
    return default is None or "(" not in str(getattr(default, "arg", "("))


def test_tables_fit_on_many_nodes() -> None:
    for table in every_table():
        assert list(table.primary_key), f"{table} has no key"
        for column in table.columns:
            assert is_constant(column.server_default), f"{column}: the application decides"
            assert not column.autoincrement or column.autoincrement == "auto", column
            assert not isinstance(column.type, sa.Enum) or not column.type.native_enum, column


def test_tables_of_tenants_name_no_schema_and_know_only_their_own_room() -> None:
    room_of = {
        mapper.local_table.name: mapper.class_.__module__.split(".")[2]
        for mapper in Base.registry.mappers
        if isinstance(mapper.local_table, sa.Table)
    }
    for table in Base.metadata.sorted_tables:
        assert table.schema is None, table
        for key in table.foreign_keys:
            assert room_of[table.name] == room_of[key.column.table.name], key


def test_money_is_a_whole_number_beside_its_currency() -> None:
    amounts = [
        column
        for table in every_table()
        for column in table.columns
        if column.name.endswith("_minor")
    ]
    assert len(amounts) > 3
    for column in amounts:
        assert isinstance(column.type, sa.BigInteger), column
        if column.table.name.startswith("search_"):
            continue  # copies for sorting; an organization sells in one currency
        assert any("currency" in other.name for other in column.table.columns), column
    floats = [
        column
        for table in every_table()
        for column in table.columns
        if isinstance(column.type, sa.Float) and re.search("price|amount|fee|money", column.name)
    ]
    assert floats == []


def test_times_are_instants() -> None:
    naive = [
        column
        for table in every_table()
        for column in table.columns
        if isinstance(column.type, sa.DateTime) and not column.type.timezone
    ]
    assert naive == []
