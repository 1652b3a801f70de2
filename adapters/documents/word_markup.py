"""What a Word document holds besides plain paragraphs: taken in where its words are the text, else refused.

python-docx passes over in silence what it does not know, and shows what Word hides. Neither may happen to a protocol.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from docx.document import Document as WordDocument
from docx.opc.part import XmlPart
from docx.oxml.ns import qn

from adapters.documents.document import refusal
from bot.knowledge import KnowledgeError

_SHOWN = 40  # characters of a paragraph, to find it by
# Marks around words that are text like any other: a recognised name, a field such as a date, a direction of writing
_WRAPPERS = ("w:smartTag", "w:customXml", "w:fldSimple", "w:bdo", "w:dir")
_PROPERTIES = ("w:smartTagPr", "w:customXmlPr", "w:fldData")
_TRACKED = ("holds changes that are tracked.", "Accept or reject them in Word and save it again.")
_NOTE = "Put its words into the text and save it again."
_PASSED_OVER = {
    "w:ins": _TRACKED,
    "w:del": _TRACKED,
    "w:moveTo": _TRACKED,
    "w:moveFrom": _TRACKED,
    "w:cellIns": _TRACKED,
    "w:cellDel": _TRACKED,
    "w:txbxContent": ("holds a text box.", _NOTE),
    "w:footnoteReference": ("holds a footnote.", _NOTE),
    "w:endnoteReference": ("holds an endnote.", _NOTE),
    "w:sdtContent": ("holds a content control, such as a table of contents.", "Take it out and save it again."),
    "w:altChunk": ("holds a piece of another document.", "Open and save it in Word, which takes the piece in."),
    "w:subDoc": ("holds another document.", _NOTE),
    "m:oMath": ("holds a formula.", "Write it in plain words and save it again."),
    "dgm:relIds": ("holds a diagram.", _NOTE),
}
_NOT_SHOWN = {
    "w:vanish": ("holds hidden text.", "Show it or take it out, and save it again."),
    "w:strike": ("holds words that are struck through.", "Take them out, or take the line off them."),
    "w:dstrike": ("holds words that are struck through.", "Take them out, or take the line off them."),
}
_OFF = ("0", "false", "off", "none")


def unwrap(document: WordDocument) -> None:
    """Put the words within marks that change nothing where python-docx reads them."""
    body: Any = document.element.body
    for properties in list(body.iter(*map(qn, _PROPERTIES))):
        properties.getparent().remove(properties)
    for wrapper in list(body.iter(*map(qn, _WRAPPERS))):
        parent = wrapper.getparent()
        at = parent.index(wrapper)
        parent[at : at + 1] = list(wrapper)


def refuse_what_is_passed_over(path: Path, document: WordDocument) -> None:
    """Raise `KnowledgeError` for what cannot be read, or is no part of what Word shows."""
    body: Any = document.element.body
    for name, (what, remedy) in _PASSED_OVER.items():
        found = next(body.iter(qn(name)), None)
        if found is not None:
            raise refusal(path, _place(body, found), what, remedy)
    nested = next((table for table in body.iter(qn("w:tbl")) if _around(table, "w:tc") is not None), None)
    if nested is not None:
        remedy = "Put its words into the text, or into the table around it."
        raise refusal(path, _place(body, nested), "holds a table within a table.", remedy)
    styles = _Styles(document)
    for run in body.iter(qn("w:r")):
        if any((text.text or "").strip() for text in run.iter(qn("w:t"))):
            for name, (what, remedy) in _NOT_SHOWN.items():
                if styles.applies(name, run):
                    raise refusal(path, _place(body, run), what, remedy)


def refuse_what_was_not_read(path: Path, document: WordDocument, read: Sequence[tuple[Any, str]]) -> None:
    """Raise `KnowledgeError` when letters stand in the body that are not in the paragraphs that were read.

    `read` has the element of each paragraph with its text. Whatever Word may put around words: none go in silence.
    """
    body: Any = document.element.body
    texts = dict(read)
    for paragraph in body.iter(qn("w:p")):
        if _letters(_words_within(paragraph)) - _letters(texts.get(paragraph, "")):
            raise _lost(path, _place(body, paragraph))
    if _letters(_words_within(body)) - _letters("".join(texts.values())):
        raise _lost(path, "")


def edges(document: WordDocument) -> Iterator[str]:
    """Return what stands in headers and footers, once."""
    parts = [one.target_part for one in document.part.rels.values() if one.reltype.endswith(("/header", "/footer"))]
    elements: list[Any] = [part.element for part in parts if isinstance(part, XmlPart)]
    said = (" ".join(_words_within(line).split()) for element in elements for line in element.iter(qn("w:p")))
    yield from dict.fromkeys(text for text in said if text)


def _lost(path: Path, place: str) -> KnowledgeError:
    remedy = "Copy the text to a new document without its layout, and save that."
    return refusal(path, place, "holds words that cannot be read.", remedy)


def _words_within(element: Any) -> str:
    return "".join(text.text or "" for text in element.iter(qn("w:t")))


def _letters(text: str) -> Counter[str]:
    return Counter(letter for letter in text if not letter.isspace())


class _Styles:
    """What the styles of a document hide or strike through."""

    def __init__(self, document: WordDocument) -> None:
        styles: Any = document.styles.element
        self._styles = {style.get(qn("w:styleId")): style for style in styles.iter(qn("w:style"))}

    def applies(self, name: str, run: Any) -> bool:
        """Say whether a property holds for a run: by itself, or by the style of its letters or its paragraph."""
        properties = run.find(qn("w:rPr"))
        own = _switch(properties, name)
        if own is not None:
            return own
        named = properties.find(qn("w:rStyle")) if properties is not None else None
        paragraph = _around(run, "w:p")
        outer = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}") if paragraph is not None else None
        return any(self._has(style.get(qn("w:val")), name) for style in (named, outer) if style is not None)

    def _has(self, style: str, name: str) -> bool:
        seen: set[str] = set()
        while style in self._styles and style not in seen:
            seen.add(style)
            element = self._styles[style]
            found = _switch(element.find(qn("w:rPr")), name)
            if found is not None:
                return found
            base = element.find(qn("w:basedOn"))
            style = base.get(qn("w:val")) if base is not None else ""
        return False


def _switch(properties: Any, name: str) -> bool | None:
    found = properties.find(qn(name)) if properties is not None else None
    return None if found is None else found.get(qn("w:val"), "1") not in _OFF


def _around(element: Any, name: str) -> Any:
    return next(element.iterancestors(qn(name)), None)


def _place(body: Any, element: Any) -> str:
    """Return the paragraph that an element stands in, or that stands in it, by its number and its first words."""
    paragraph = element if element.tag == qn("w:p") else _around(element, "w:p")
    paragraph = next(element.iter(qn("w:p")), None) if paragraph is None else paragraph
    if paragraph is None:
        return ""
    number = next(number for number, one in enumerate(body.iter(qn("w:p")), 1) if one is paragraph)
    words = "".join(_shown(paragraph)).strip()
    return f"paragraph {number}" + (f" ('{words[:_SHOWN]}…')" if words else "")


def _shown(paragraph: Any) -> Iterator[str]:
    yield from (text.text or "" for text in paragraph.iter(qn("w:t"), qn("w:delText")))
