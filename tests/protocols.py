"""The protocol's own words as files of each kind, and a copy in which three guidelines changed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.revision.lines import Block, Line, blocks_of

SOURCE = Path(__file__).parent / "protocol-source.txt"
ADDED = "Deel nooit een wachtwoord of inlogcode van een schoolaccount via sociale media, ook niet in een groep."
REWORDED = (
    "Dreigt een online discussie te ontsporen, of is zij al helemaal ontspoord, neem dan nog dezelfde dag contact op "
    "met de afdeling communicatie en overleg over de te volgen strategie."
)


def source() -> str:
    return SOURCE.read_text(encoding="utf-8")


def blocks(text: str = "") -> list[Block]:
    lines = (text or source()).splitlines()
    return blocks_of([Line(line, str(number)) for number, line in enumerate(lines, 1)], ["collega’s"])


def changed() -> list[Block]:
    """Guideline 2 is gone, a new one stands before the old 7, and the old 7 is reworded; the numbers follow."""
    kept = [block for block in blocks() if block.number != 2]
    at = next(number for number, block in enumerate(kept) if block.number == 7)
    kept[at : at + 1] = [Block("item", ADDED, "", 0), Block("item", REWORDED, "", 0)]
    numbers = iter(range(1, 20))
    return [Block(block.kind, block.text, "", next(numbers)) if block.number is not None else block for block in kept]


def as_text(content: Sequence[Block]) -> bytes:
    marks = {"item": "\uf0b7 "}
    said = [
        (f"{block.number}. " if block.number is not None else marks.get(block.kind, "")) + block.text
        for block in content
    ]
    return "\n\n".join(said).encode()


def as_word(content: Sequence[Block]) -> bytes:
    import docx

    styles = {"title": "Title", "heading": "Heading 1", "text": "Normal", "item": "List Bullet"}
    document = docx.Document()
    for block in content:
        style = "List Number" if block.number is not None else styles[block.kind]
        document.add_paragraph(block.text, style=style)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def as_pdf(content: Sequence[Block], password: str = "", margin: float = 72) -> bytes:
    from xml.sax.saxutils import escape

    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

    styles = getSampleStyleSheet()
    names = {"title": "Title", "heading": "Heading2"}
    story: list[object] = []
    for block in content:
        mark = f"{block.number}. " if block.number is not None else "• " if block.kind == "item" else ""
        story.append(Paragraph(mark + escape(block.text), styles[names.get(block.kind, "BodyText")]))
        story.append(Spacer(1, 6))
    file = io.BytesIO()

    def number_page(canvas: Any, document: object) -> None:
        canvas.drawString(72, 800, "Unicoz onderwijsgroep")
        canvas.drawString(500, 30, f"Pagina {canvas.getPageNumber()} van 3")

    locked = {"encrypt": StandardEncryption(password)} if password else {}
    template = SimpleDocTemplate(file, leftMargin=margin, rightMargin=margin, **locked)
    template.build(story, onFirstPage=number_page, onLaterPages=number_page)
    return file.getvalue()
