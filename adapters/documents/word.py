"""Word documents: paragraphs with their styles and lists."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph

from adapters.documents import word_markup
from adapters.documents.document import Document, refusal
from bot.knowledge import KnowledgeError
from bot.revision.lines import Line

# Bytes when unpacked: a small file can hold a great deal of nothing
_LARGEST_TEXT = 10 * 1024 * 1024  # of one part with words
_LARGEST_CONTENT = 100 * 1024 * 1024  # of all parts, pictures too
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # how a document with a password begins, and a .doc


def read(path: Path, content: bytes) -> Document:
    """Return the lines of a Word document; raises `KnowledgeError` when it cannot be read whole."""
    if content.startswith(_OLD_OFFICE):
        remedy = "Open it in Word, take the password off, and save it as docx."
        raise refusal(path, "", "has a password, or is an old Word document.", remedy)
    try:
        _refuse_when_huge(path, content)
        document = docx.Document(io.BytesIO(content))
        word_markup.unwrap(document)
        word_markup.refuse_what_is_passed_over(path, document)
        lists = _Lists(document)
        lines = tuple(lists.lines())
        word_markup.refuse_what_was_not_read(path, document, lists.read)
        left_out = tuple(word_markup.edges(document))
    except (KnowledgeError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 (a damaged file can raise nearly anything)
        what = f"is damaged, or no Word document ({type(error).__name__})."
        raise refusal(path, "", what, "Open it in Word and save it again as docx.") from None
    return Document(path.name, lines, left_out=left_out)


def _refuse_when_huge(path: Path, content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sizes = {part.filename: part.file_size for part in archive.infolist()}
    texts = [size for name, size in sizes.items() if name.lower().endswith((".xml", ".rels"))]
    if max(texts, default=0) > _LARGEST_TEXT or sum(sizes.values()) > _LARGEST_CONTENT:
        raise refusal(path, "", "is far too large when unpacked.", "Save the protocol by itself.")


class _Lists:
    """The paragraphs of a document, with the bullets and numbers that Word adds when it shows them."""

    def __init__(self, document: WordDocument) -> None:
        self._document = document
        self._counted: Counter[str] = Counter()
        self.read: list[tuple[Any, str]] = []  # the element of each paragraph, with its text

    def lines(self) -> Iterator[Line]:
        for block in self._document.iter_inner_content():
            paragraphs = [block] if isinstance(block, Paragraph) else list(_cells(block))
            for paragraph in paragraphs:
                self.read.append((paragraph._p, paragraph.text))  # noqa: SLF001 (it tells paragraphs apart)
                yield from self._of(paragraph, f"paragraph {len(self.read)}")

    def _of(self, paragraph: Paragraph, place: str) -> Iterator[Line]:
        style = (paragraph.style.name or "") if paragraph.style is not None else ""
        title = style.startswith(("Title", "Titel"))
        strong = title or style.startswith(("Heading", "Kop", "Subtitle"))
        mark = "" if strong else self._mark(paragraph, style)
        yield Line("", place)
        for number, text in enumerate(paragraph.text.split("\n")):
            yield Line(text if number or not text.strip() else mark + text, place, strong and bool(text.strip()), title)

    def _mark(self, paragraph: Paragraph, style: str) -> str:
        """Return the bullet or number that Word shows before a paragraph; one of a list within a list is no section."""
        listed, level, form = self._numbering(paragraph, style)
        if not listed or level > 0:
            return ""
        if form == "bullet":
            return "• "
        self._counted[listed] += 1
        return f"{self._counted[listed]}. "

    def _numbering(self, paragraph: Paragraph, style: str) -> tuple[str, int, str]:
        """Return which list a paragraph is in (empty: none), how deep, and its form."""
        own: Any = paragraph._p.pPr  # noqa: SLF001 (python-docx has no lists)
        found = own.numPr if own is not None else None
        base = paragraph.style
        while found is None and base is not None and hasattr(base, "element"):
            properties = base.element.find(qn("w:pPr"))
            found = properties.find(qn("w:numPr")) if properties is not None else None
            base = getattr(base, "base_style", None)
        if found is None or found.numId is None or found.numId.val == 0:
            return "", 0, ""
        level = found.ilvl.val if found.ilvl is not None else 0
        listed = str(found.numId.val)
        form = self._form(listed, level)
        return listed, level, form or ("bullet" if "Bullet" in style else "decimal")

    def _form(self, listed: str, level: int) -> str:
        numbering: Any = self._document.part.numbering_part.element
        number = next((n for n in numbering.findall(qn("w:num")) if n.get(qn("w:numId")) == listed), None)
        if number is None:
            return ""
        abstract = number.find(qn("w:abstractNumId")).get(qn("w:val"))
        for one in numbering.findall(qn("w:abstractNum")):
            if one.get(qn("w:abstractNumId")) == abstract:
                for deep in one.findall(qn("w:lvl")):
                    if deep.get(qn("w:ilvl")) == str(level):
                        return str(deep.find(qn("w:numFmt")).get(qn("w:val")))
        return ""


def _cells(table: Table) -> Iterator[Paragraph]:
    seen: set[Any] = set()
    for row in table.rows:
        for cell in row.cells:
            if cell._tc not in seen:  # noqa: SLF001 (a merged cell comes more than once)
                seen.add(cell._tc)  # noqa: SLF001
                yield from cell.paragraphs
