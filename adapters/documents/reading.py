"""Reads a file by its kind, or refuses it with file, place and remedy."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.knowledge import KnowledgeError, Problem
from bot.revision.lines import Line

LARGEST_FILE = 20 * 1024 * 1024  # bytes
MOST_PAGES = 60
_MOST_WORDS = 30_000  # some 60 pages: what is longer is a handbook, not a protocol of sections to quote
_KINDS = "docx, pdf, txt or md"
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_MARKDOWN_BULLET = re.compile(r"^\s{0,3}[-*+]\s+")


@dataclass(frozen=True, slots=True)
class Document:
    """What stands in a file. `source` is its text as it is, of Markdown alone; `left_out` are headers and footers."""

    file: str
    lines: tuple[Line, ...]
    source: str = ""
    left_out: tuple[str, ...] = ()


def read(path: Path) -> Document:
    """Return what stands in the file; raises `KnowledgeError` when it cannot be used."""
    kind = path.suffix.lower().lstrip(".")
    if kind not in _READERS:
        known = "an old Word document" if kind == "doc" else f"'{path.suffix or path.name}'"
        raise refusal(path, "", f"{known} cannot be read.", f"Save it as {_KINDS}.")
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= LARGEST_FILE else b""
    except OSError as error:
        raise refusal(path, "", f"cannot be read ({error.strerror}).", "Name a file that exists.") from None
    if size > LARGEST_FILE:
        remedy = "Take out the pictures, or save the text alone as txt."
        raise refusal(path, "", f"is {size // 1024**2} MB; at most {LARGEST_FILE // 1024**2} MB is read.", remedy)
    if not content.strip():
        raise refusal(path, "", "is empty.", "Save the document again and name that file.")
    document = _READERS[kind](path, content)
    words = sum(len(line.text.split()) for line in document.lines)
    if not words:
        raise refusal(path, "", "holds no text.", "Save the document again and name that file.")
    if words > _MOST_WORDS:
        remedy = "Save the protocol by itself."
        raise refusal(path, "", f"has {words:,} words; a protocol of at most {_MOST_WORDS:,} is read.", remedy)
    return document


def refusal(path: Path, place: str, what: str, remedy: str) -> KnowledgeError:
    return KnowledgeError([Problem(path.name, place, what, remedy)])


def _text(path: Path, content: bytes) -> Document:
    lines = _decoded(path, content).replace("\f", "\n").splitlines()
    return Document(path.name, tuple(Line(line, f"line {number}") for number, line in enumerate(lines, 1)))


def _markdown(path: Path, content: bytes) -> Document:
    source = _decoded(path, content)
    lines = tuple(_markdown_line(line, f"line {number}") for number, line in enumerate(source.splitlines(), 1))
    return Document(path.name, lines, source)


def _markdown_line(line: str, place: str) -> Line:
    if heading := re.match(r"(#{1,6})\s+(.*?)\s*#*$", line):
        return Line(heading[2], place, strong=True, title=len(heading[1]) == 1)
    return Line(_EMPHASIS.sub(r"\2", _MARKDOWN_BULLET.sub("• ", line)), place)


def _decoded(path: Path, content: bytes) -> str:
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        place = f"line {content[: error.start].count(10) + 1}"
        raise refusal(path, place, "is not UTF-8.", "Save the file as text in UTF-8.") from None
    if "\0" in text:
        raise refusal(
            path, f"line {text[: text.index(chr(0))].count(chr(10)) + 1}", "is no text.", f"Save it as {_KINDS}."
        )
    return text


def _word(path: Path, content: bytes) -> Document:
    from adapters.documents import word  # noqa: PLC0415 (slow to load, and for its own kind alone)

    return word.read(path, content)


def _pdf(path: Path, content: bytes) -> Document:
    from adapters.documents import pdf  # noqa: PLC0415

    return pdf.read(path, content)


_READERS: dict[str, Callable[[Path, bytes], Document]] = {
    "docx": _word,
    "pdf": _pdf,
    "txt": _text,
    "md": _markdown,
}
