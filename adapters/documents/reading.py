"""Reads a file by its kind, or refuses it with file, place and remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from adapters.documents import apart
from adapters.documents.document import Document, refusal
from bot.revision.lines import Line

LARGEST_FILE = 20 * 1024 * 1024  # bytes
_MOST_WORDS = 30_000  # some 60 pages: what is longer is a handbook, not a protocol of sections to quote
_MOST_LETTERS = 400_000  # those words, and spaces to lay them out with
_KINDS = "docx, pdf, txt or md"
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.{1,400}?)(?<=\S)\1")  # with an end, or a line of asterisks takes hours
_MARKDOWN_BULLET = re.compile(r"^\s{0,3}[-*+]\s+")


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
    _refuse_when_long(path, document.lines)
    return document


def _refuse_when_long(path: Path, lines: Sequence[Line]) -> None:
    words = sum(len(line.text.split()) for line in lines)
    if not words:
        raise refusal(path, "", "holds no text.", "Save the document again and name that file.")
    letters = sum(len(line.text) for line in lines)
    remedy = "Save the protocol by itself."
    if words > _MOST_WORDS:
        raise refusal(path, "", f"has {words:,} words; a protocol of at most {_MOST_WORDS:,} is read.", remedy)
    if letters > _MOST_LETTERS:
        raise refusal(path, "", f"has {letters:,} letters and spaces; at most {_MOST_LETTERS:,} are read.", remedy)


def _text(path: Path, content: bytes) -> Document:
    lines = _decoded(path, content).replace("\f", "\n").splitlines()
    return Document(path.name, tuple(Line(line, f"line {number}") for number, line in enumerate(lines, 1)))


def _markdown(path: Path, content: bytes) -> Document:
    source = _decoded(path, content)
    lines = tuple(_markdown_line(line, f"line {number}") for number, line in enumerate(source.splitlines(), 1))
    return Document(path.name, lines, source)


def _markdown_line(line: str, place: str) -> Line:
    if heading := re.match(r"(#{1,6})\s+(.*)", line):
        text = heading[2].rstrip().rstrip("#").rstrip()
        return Line(text, place, strong=True, title=len(heading[1]) == 1)
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
    _refuse_when_long(path, [Line(text, "")])
    return text


_READERS: dict[str, Callable[[Path, bytes], Document]] = {
    "docx": apart.read,
    "pdf": apart.read,
    "txt": _text,
    "md": _markdown,
}
