"""PDF documents: lines with their place and size, which show where paragraphs and headings are."""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from pdfminer.converter import PDFPageAggregator
from pdfminer.layout import (
    LAParams,
    LTChar,
    LTCurve,
    LTFigure,
    LTImage,
    LTItem,
    LTLayoutContainer,
    LTPage,
    LTTextContainer,
    LTTextLine,
)
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdftypes import stream_value

from adapters.documents.document import MOST_PAGES, Document, refusal
from bot.knowledge import KnowledgeError
from bot.revision.lines import Line

_WIDE_APART = 20.0  # characters between pieces of one line: a bullet may stand far before its words
_LARGER = 1.12  # times the usual size: a heading
_GAP = 1.3  # times the usual distance between lines: a new paragraph
_EDGE = 0.1  # of the height of a page: where headers and footers stand
_DOT = 8  # points: larger shapes are no bullets
_BEFORE = 2.5  # heights of a line: how far before its words a bullet stands
_SHADE = 3  # points that a header may move
_MOST_COVERED = 0.5  # of a page: with more picture than that and few words, the words are in the picture
_FEW_WORDS = 25  # a stamp, a footer, what a scanner adds
_GRID = 20  # parts of a page's width and of its height, to see how much of it is picture
_MOST_LETTERS = 20_000  # of a page; one that is full of small letters has 8,000
_LARGEST_PAGE = 2 * 1024 * 1024  # bytes of what draws a page: laying out so much takes 20 s
_PAGE_NUMBER = re.compile(r"(pagina|page|blz\.?|p\.)?\s*-?\s*\d{1,3}\s*-?(\s*(van|of|/)\s*\d{1,3})?", re.IGNORECASE)
_ENDED = re.compile(r"[.?!:…][’”\"')\]]*$")


@dataclass(frozen=True, slots=True)
class _Printed:
    """A line on a page; all measures in points, `top` from the bottom of the page, `edge` within a header or footer."""

    text: str
    page: int
    left: float
    right: float
    top: float
    size: float
    bold: bool
    edge: bool

    @property
    def first_word(self) -> float:
        """Return the width of the first word and the space before it."""
        return (self.right - self.left) * (len(self.text.split(maxsplit=1)[0]) + 1) / max(len(self.text), 1)


def read(path: Path, content: bytes) -> Document:
    """Return the lines of a PDF; raises `KnowledgeError` when it holds no text, is locked, damaged or far too long."""
    logging.getLogger("pdfminer").setLevel(logging.ERROR)  # it tells about every odd font
    if not content.lstrip().startswith(b"%PDF"):
        raise refusal(path, "", "is no PDF.", "Save the document again as PDF, or as docx.")
    try:
        laid_out = _pages(path, content)
    except PDFPasswordIncorrect:
        remedy = "Save it without one, or ask its maker for the Word document."
        raise refusal(path, "", "has a password.", remedy) from None
    except (KnowledgeError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 (a damaged file can raise nearly anything)
        remedy = "Save the document again as PDF, or use the Word document."
        raise refusal(path, "", f"is damaged ({type(error).__name__}).", remedy) from None
    if not laid_out:
        raise refusal(path, "", "has no pages.", "Save the document again as PDF, or use the Word document.")
    printed = [line for number, page in enumerate(laid_out, 1) for line in _printed(path, page, number)]
    kept, left_out = _without_edges(printed, len(laid_out))
    return Document(path.name, tuple(_lines(kept)), left_out=left_out)


class _Aggregator(PDFPageAggregator):
    """Lays a page out, and counts its letters while they come."""

    letters = 0  # of this page
    path = Path()
    number = 0

    def render_char(self, *args: Any, **more: Any) -> float:
        self.letters += 1
        if self.letters > _MOST_LETTERS:
            what = f"holds more than {_MOST_LETTERS:,} letters."
            raise refusal(self.path, f"page {self.number}", what, "Save the text of the protocol by itself.")
        return super().render_char(*args, **more)


def _pages(path: Path, content: bytes) -> list[LTPage]:
    pages = list(PDFPage.get_pages(io.BytesIO(content), maxpages=MOST_PAGES + 1))
    if len(pages) > MOST_PAGES:  # laying them all out would take minutes
        what = f"has more than {MOST_PAGES} pages."
        raise refusal(path, f"page {MOST_PAGES + 1}", what, "Save the pages of the protocol by themselves.")
    resources = PDFResourceManager()
    settings = LAParams(char_margin=_WIDE_APART, boxes_flow=None, all_texts=True)
    device = _Aggregator(resources, laparams=settings)
    interpreter = PDFPageInterpreter(resources, device)
    device.path = path
    laid_out = []
    for number, page in enumerate(pages, 1):
        if sum(len(stream_value(stream).get_data()) for stream in page.contents) > _LARGEST_PAGE:
            remedy = "Save the text of the protocol by itself, without drawings."
            raise refusal(path, f"page {number}", "is far too large.", remedy)
        device.number, device.letters = number, 0
        interpreter.process_page(page)
        laid_out.append(device.get_result())
    return laid_out


def _within(container: LTLayoutContainer) -> Iterator[LTItem]:
    """Return all that stands on a page, also within figures: a figure can be a page of its own."""
    for part in container:
        yield part
        if isinstance(part, LTFigure):
            yield from _within(part)


def _covered(page: LTPage, pictures: Sequence[LTImage]) -> float:
    """Return how much of a page is picture, from 0 to 1."""
    width, height = page.width / _GRID, page.height / _GRID
    middles = [(page.x0 + (x + 0.5) * width, page.y0 + (y + 0.5) * height) for x in range(_GRID) for y in range(_GRID)]
    under = [any(one.x0 <= x <= one.x1 and one.y0 <= y <= one.y1 for one in pictures) for x, y in middles]
    return sum(under) / len(under)


def _printed(path: Path, page: LTPage, number: int) -> list[_Printed]:
    parts = list(_within(page))
    rows = [line for box in parts if isinstance(box, LTTextContainer) for line in box if isinstance(line, LTTextLine)]
    rows = [line for line in rows if line.get_text().strip()]
    pictures = [part for part in parts if isinstance(part, LTImage)]
    remedy = "It is a scan: use the Word document, or have the text recognised (OCR) first."
    if not rows and (pictures or any(isinstance(part, LTFigure) for part in parts)):
        raise refusal(path, f"page {number}", "holds a picture and no text.", remedy)
    words = sum(len(line.get_text().split()) for line in rows)
    if words < _FEW_WORDS and pictures and _covered(page, pictures) > _MOST_COVERED:
        remedy += " Is it a cover? Save the document without it."
        raise refusal(path, f"page {number}", f"is a picture with {words} words beside it.", remedy)
    if any("(cid:" in _readable(line) for line in rows):
        remedy = "Use the Word document, or save it again as PDF with its fonts."
        raise refusal(path, f"page {number}", "holds letters that cannot be read.", remedy)
    lines: list[list[LTTextLine]] = []
    for row in sorted(rows, key=lambda line: -line.y1):
        if lines and min(lines[-1][0].y1, row.y1) - max(lines[-1][0].y0, row.y0) > 0.5 * min(
            lines[-1][0].height, row.height
        ):
            lines[-1].append(row)
        else:
            lines.append([row])
    dots = [part for part in parts if isinstance(part, LTCurve) and 0 < part.width < _DOT and 0 < part.height < _DOT]
    return [_line(sorted(row, key=lambda piece: piece.x0), dots, number, page.height) for row in lines]


def _readable(line: LTTextLine) -> str:
    """Return the text of a line; a glyph of no known letter at its beginning is a bullet."""
    return re.sub(r"^\(cid:\d+\)\s*", "• ", " ".join(line.get_text().split()))


def _is_bullet(dot: LTCurve, first: LTTextLine) -> bool:
    """Say whether a small shape stands before a line: browsers draw their bullets."""
    return 0 < first.x0 - dot.x1 < _BEFORE * first.height and first.y0 < (dot.y0 + dot.y1) / 2 < first.y1


def _line(pieces: Sequence[LTTextLine], dots: Sequence[LTCurve], page: int, height: float) -> _Printed:
    text = " ".join(_readable(piece) for piece in pieces)
    if any(_is_bullet(dot, pieces[0]) for dot in dots):
        text = f"• {text}"
    letters = [char for piece in pieces for char in piece if isinstance(char, LTChar) and char.get_text().strip()]
    sizes = Counter(round(char.size, 1) for char in letters)
    bold = sum("bold" in char.fontname.lower() or "black" in char.fontname.lower() for char in letters)
    top = max(piece.y1 for piece in pieces)
    return _Printed(
        text,
        page,
        pieces[0].x0,
        max(piece.x1 for piece in pieces),
        top,
        sizes.most_common(1)[0][0] if sizes else 0.0,
        bool(letters) and bold > 0.9 * len(letters),
        not _EDGE * height < top < (1 - _EDGE) * height,
    )


def _without_edges(printed: Sequence[_Printed], pages: int) -> tuple[list[_Printed], tuple[str, ...]]:
    """Return the lines without headers, footers and page numbers, and what these were."""

    def kind(line: _Printed) -> tuple[str, int]:
        return re.sub(r"\d+", "#", line.text), round(line.top / _SHADE)

    often = Counter({kind(line): 0 for line in printed})
    for line in printed:
        often[kind(line)] += line.edge
    left_out = [
        line
        for line in printed
        if line.edge and (_PAGE_NUMBER.fullmatch(line.text) or (pages > 1 and often[kind(line)] > pages / 2))
    ]
    return [line for line in printed if line not in left_out], tuple(dict.fromkeys(line.text for line in left_out))


def _lines(printed: Sequence[_Printed]) -> list[Line]:
    if not printed:
        return []
    usual = Counter(line.size for line in printed for _ in line.text).most_common(1)[0][0]
    largest = max(line.size for line in printed)
    mostly_bold = sum(line.bold for line in printed) > len(printed) / 2
    right = max(line.right for line in printed)
    pitch = _pitch(printed, right)
    lines: list[Line] = []
    before: _Printed | None = None
    for line in printed:
        place = f"page {line.page}"
        if before and _parted(before, line, right, pitch / usual):
            lines.append(Line("", place))
        strong = line.size > _LARGER * usual or (line.bold and not mostly_bold)
        title = strong and line.size == largest and line.page == 1 and all(one.title or not one.text for one in lines)
        lines.append(Line(line.text, place, strong, title))
        before = line
    return lines


def _pitch(printed: Sequence[_Printed], right: float) -> float:
    """Return the usual distance between the lines of a paragraph, in points."""
    inside = [
        round((above.top - below.top) * 2) / 2
        for above, below in pairwise(printed)
        if above.page == below.page and above.size == below.size and right - above.right < below.first_word
    ]
    return Counter(inside).most_common(1)[0][0] if inside else 0.0


def _parted(above: _Printed, below: _Printed, right: float, pitch: float) -> bool:
    """Say whether a paragraph ended: by the space between, or where the next word would have fitted on the line.

    `pitch` is the usual distance between lines, in sizes of the letters.
    """
    if above.page == below.page and pitch and above.top - below.top > _GAP * pitch * min(above.size, below.size):
        return True
    return bool(_ENDED.search(above.text)) and right - above.right > below.first_word
