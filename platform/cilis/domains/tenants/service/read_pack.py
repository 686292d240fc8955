"""Read a pack from its folder; everything unknown or wrong is named with its file and line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import tomlkit
from babel.messages.pofile import read_po
from pydantic import ValidationError
from tomlkit.exceptions import ParseError

from cilis.domains.tenants.errors import BadPack, Fault
from cilis.domains.tenants.service.pack_form import PackForm
from cilis.domains.tenants.service.toml_lines import line_of
from cilis.domains.tenants.types import BrandFile, Pack, PackPage, PackQuestion
from cilis.kit import text

MANIFEST = "tenant.toml"
_SVG, _PNG = "image/svg+xml", "image/png"
_BRAND_FILES = (
    ("logo_svg_key", "logo.svg", _SVG),
    ("logo_png_key", "logo.png", _PNG),  # for mails, whose programs show no SVG
    ("icon_key", "favicon.svg", _SVG),
)
_ACTIVE_SVG = re.compile(rb"<script|<foreignObject|\son\w+\s*=|javascript:|<!ENTITY", re.IGNORECASE)


def read_pack(path: Path) -> Pack:
    """The pack in a folder.

    Raises:
        BadPack: with every fault found, each with file, line and path.
    """
    manifest = path / MANIFEST
    if not manifest.is_file():
        raise BadPack([Fault(MANIFEST, 1, "", f"{path} holds no {MANIFEST}")])
    form = _form(manifest.read_text(encoding="utf-8"))
    faults: list[Fault] = []
    wording = dict(_wordings(path, form, faults))
    pack = Pack(
        path=path,
        slug=form.slug,
        organization=form.organization(wording),
        topics=form.topics(),
        synonyms=[group.words for group in form.synonyms],
        pages=_pages(path, form, faults),
        questions=_questions(path, form, faults),
        brand_files=list(_brand_files(path, faults)),
    )
    if faults:
        raise BadPack(faults)
    return pack


def _form(source: str) -> PackForm:
    try:
        document = tomlkit.parse(source).unwrap()
    except ParseError as problem:
        raise BadPack([Fault(MANIFEST, problem.line, "", str(problem))]) from problem
    try:
        return PackForm.model_validate(document)
    except ValidationError as problem:
        raise BadPack([_fault(source, dict(error)) for error in problem.errors()]) from problem


def _fault(source: str, error: Mapping[str, Any]) -> Fault:
    place = tuple(error["loc"])
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    path = "".join(parts).lstrip(".")
    message = "unknown key" if error["type"] == "extra_forbidden" else str(error["msg"])
    return Fault(MANIFEST, line_of(source, place), path, message)


def _wordings(
    path: Path, form: PackForm, faults: list[Fault]
) -> Iterator[tuple[str, dict[str, str]]]:
    for language in form.languages:
        file = path / "locale" / language / "messages.po"
        if not file.is_file():
            continue
        with BytesIO(file.read_bytes()) as source:
            catalogue = read_po(source, locale=language)
        own = {str(message.id): str(message.string) for message in catalogue if message.id}
        if not all(text.is_clean(value) for value in own.values()):
            faults.append(Fault(str(file.relative_to(path)), 1, "", "holds characters not allowed"))
        yield language, {key: text.nfc(value) for key, value in own.items() if value}
    faults += [
        Fault(f"locale/{folder.name}", 1, "", "not a language of this organization")
        for folder in sorted((path / "locale").glob("*"))
        if folder.name not in form.languages
    ]


def _pages(path: Path, form: PackForm, faults: list[Fault]) -> list[PackPage]:
    return [_page(path, slug, form, faults) for slug in form.pages]


def _page(path: Path, slug: str, form: PackForm, faults: list[Fault]) -> PackPage:
    titles: dict[str, str] = {}
    bodies: dict[str, str] = {}
    for language in form.languages:
        name = f"pages/{slug}.{language}.md"
        first, _, rest = _source(path, name, faults).partition("\n")
        if not first.startswith("# "):
            faults.append(Fault(name, 1, "", "must begin with '# ' and the page's title"))
        titles[language], bodies[language] = first.removeprefix("# ").strip(), rest.strip()
    return PackPage(slug, titles, bodies)


def _questions(path: Path, form: PackForm, faults: list[Fault]) -> list[PackQuestion]:
    by_language = {language: _asked(path, language, faults) for language in form.languages}
    counts = {language: len(found) for language, found in by_language.items()}
    if len(set(counts.values())) > 1:
        faults.append(Fault("pages/questions", 1, "", f"different numbers of questions: {counts}"))
        return []
    return [
        PackQuestion(
            {language: by_language[language][place][0] for language in form.languages},
            {language: by_language[language][place][1] for language in form.languages},
        )
        for place in range(counts[form.languages[0]])
    ]


def _asked(path: Path, language: str, faults: list[Fault]) -> list[tuple[str, str]]:
    source = _source(path, f"pages/questions.{language}.md", faults)
    found = re.split(r"^## +", source, flags=re.MULTILINE)[1:]
    return [(part.partition("\n")[0].strip(), part.partition("\n")[2].strip()) for part in found]


def _source(path: Path, name: str, faults: list[Fault]) -> str:
    file = path / name
    if not file.is_file():
        faults.append(Fault(name, 1, "", "is missing"))
        return "# ?"
    source = text.nfc(file.read_text(encoding="utf-8")).strip()
    if not text.is_clean(source):
        faults.append(Fault(name, 1, "", "holds characters not allowed"))
    return source


def _brand_files(path: Path, faults: list[Fault]) -> Iterator[BrandFile]:
    for key, file, kind in _BRAND_FILES:
        place = path / "brand" / file
        if not place.is_file():
            continue
        content = place.read_bytes()
        if kind == _SVG and _ACTIVE_SVG.search(content):
            faults.append(Fault(f"brand/{file}", 1, "", "a picture must hold no script"))
        if kind == _PNG and not content.startswith(b"\x89PNG\r\n\x1a\n"):
            faults.append(Fault(f"brand/{file}", 1, "", "is not a PNG"))
        yield BrandFile(key, content, kind, hashlib.sha256(content).hexdigest()[:32])
