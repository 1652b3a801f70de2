"""A new protocol in each kind of file: the same sections, and a clear refusal of what cannot be used."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from adapters import documents
from adapters.documents import apart
from adapters.revising import revise
from adapters.settings import ROOT
from bot.knowledge import KnowledgeError
from bot.knowledge.document import DocumentSection, fingerprint, read_document, written
from bot.revision.lines import Block, Line, blocks_of
from bot.revision.proposing import Revision
from tests import protocols
from tests.conftest import UNICOZ
from tests.test_knowledge import SECTIONS

Maker = Callable[[Sequence[Block]], bytes]
KINDS: dict[str, Maker] = {"docx": protocols.as_word, "pdf": protocols.as_pdf, "txt": protocols.as_text}


class Words:
    """Of the live folder, what a comparison reads: the document alone."""

    def __init__(self) -> None:
        self.folder = UNICOZ
        self.title, self.dutch, _ = read_document((UNICOZ / "protocol.nl.md").read_text(encoding="utf-8"), "nl")


def revised(path: Path, content: bytes) -> Revision:
    path.write_bytes(content)
    return revise(documents.read(path), Words())  # type: ignore[arg-type]


def sections(revision: Revision) -> list[DocumentSection]:
    return [proposal.section for proposal in revision.proposals]


@pytest.mark.parametrize("kind", KINDS)
def test_the_protocol_itself_is_the_same_22_sections_from_every_kind_of_file(tmp_path: Path, kind: str) -> None:
    revision = revised(tmp_path / f"protocol.{kind}", KINDS[kind](protocols.blocks()))
    assert [section.id for section in sections(revision)] == SECTIONS
    assert sections(revision) == Words().dutch
    assert revision.changes_nothing


def test_the_text_with_its_broken_lines_is_the_same_document(tmp_path: Path) -> None:
    revision = revised(tmp_path / "protocol.txt", protocols.SOURCE.read_bytes())
    assert sections(revision) == Words().dutch
    assert fingerprint(revision.title, sections(revision)) == fingerprint(Words().title, Words().dutch)


def test_our_own_markdown_keeps_the_ids_that_it_gives(tmp_path: Path) -> None:
    assert revised(tmp_path / "protocol.md", (UNICOZ / "protocol.nl.md").read_bytes()).changes_nothing


def test_markdown_without_ids_is_read_by_its_marks(tmp_path: Path) -> None:
    marks = {"title": "# ", "heading": "## ", "item": "- ", "text": ""}
    text = "\n\n".join(
        f"{block.number}. {block.text}" if block.number else marks[block.kind] + block.text
        for block in protocols.blocks()
    )
    assert revised(tmp_path / "protocol.md", text.encode()).changes_nothing


@pytest.mark.parametrize("margin", [40, 110, 150])
def test_lines_of_a_pdf_may_break_anywhere(tmp_path: Path, margin: float) -> None:
    revision = revised(tmp_path / "protocol.pdf", protocols.as_pdf(protocols.blocks(), margin=margin))
    assert [section.id for section in sections(revision)] == SECTIONS
    assert revision.changes_nothing


def test_headers_and_page_numbers_of_a_pdf_are_left_out_and_said(tmp_path: Path) -> None:
    path = tmp_path / "protocol.pdf"
    path.write_bytes(protocols.as_pdf(protocols.blocks()))
    assert set(documents.read(path).left_out) >= {"Unicoz onderwijsgroep", "Pagina 1 van 3"}


# What changed


@pytest.mark.parametrize("kind", KINDS)
def test_a_reworded_guideline_keeps_its_id_though_numbers_shift(tmp_path: Path, kind: str) -> None:
    revision = revised(tmp_path / f"nieuw.{kind}", KINDS[kind](protocols.changed()))
    changes = {p.section.id: p.change for p in revision.proposals if p.change != "same"}
    assert changes == {
        "richtlijn-3": "renamed",
        "richtlijn-4": "renamed",
        "richtlijn-5": "renamed",
        "richtlijn-6": "renamed",
        "richtlijn-9": "new",
        "richtlijn-7": "reworded",
    }
    assert [section.id for section in revision.removed] == ["richtlijn-2"]
    by_id = {section.id: section for section in sections(revision)}
    assert by_id["richtlijn-3"].name == "Richtlijn 2"
    assert by_id["richtlijn-9"] == DocumentSection("richtlijn-9", "Richtlijn 6", protocols.ADDED, ())
    assert by_id["richtlijn-7"].text == protocols.REWORDED
    assert revision.touched == ("richtlijn-7", "richtlijn-2")


def changed_text(old: str, new: str) -> bytes:
    text = protocols.as_text(protocols.blocks()).decode()
    assert old in text
    return text.replace(old, new).encode()


def test_a_consideration_between_others_gets_a_number_that_was_never_used(tmp_path: Path) -> None:
    new = "\uf0b7 Een besloten groep nooit helemaal besloten is.\n\n\uf0b7 Sociale omgangsvormen"
    revision = revised(tmp_path / "nieuw.txt", changed_text("\uf0b7 Sociale omgangsvormen", new))
    named = {section.id: section.name for section in sections(revision) if section.id.startswith("overweging-")}
    assert named["overweging-8"] == "Overweging 5"
    assert named["overweging-5"] == "Overweging 6"
    assert not revision.removed


def test_a_paragraph_more_belongs_to_the_section_above_it_or_is_one_of_its_kind(tmp_path: Path) -> None:
    more = "nieuws, weblogs).\n\nOok besloten groepen horen erbij."
    revision = revised(tmp_path / "nieuw.txt", changed_text("nieuws, weblogs).", more))
    [reworded] = [p.section for p in revision.proposals if p.change != "same"]
    assert reworded.id == "wat-zijn-sociale-media"
    assert reworded.text.endswith("\n\nOok besloten groepen horen erbij.")

    more = "zoals Facebook.\n\nVoor vrijwilligers geldt hetzelfde als voor werknemers."
    revision = revised(tmp_path / "nieuw.txt", changed_text("zoals Facebook.", more))
    [new] = [p.section for p in revision.proposals if p.change != "same"]
    assert (new.id, new.name) == ("overlap-4", "De overlap werk en privé, alinea 4")


def test_a_heading_with_text_of_its_own_is_a_new_section(tmp_path: Path) -> None:
    new = "Kunstmatige intelligentie\n\nGebruik geen gegevens van leerlingen in een chatbot.\n\nHet reglement"
    revision = revised(tmp_path / "nieuw.txt", changed_text("Het reglement", new))
    assert [(p.section.id, p.section.name) for p in revision.proposals if p.change == "new"] == [
        ("kunstmatige-intelligentie", "Kunstmatige intelligentie")
    ]
    assert [p.section.id for p in revision.proposals][-2:] == ["kunstmatige-intelligentie", "vaststelling"]


def headed() -> tuple[Words, str]:
    """Return a document whose sections bear their number as a heading ("Afspraak 3"), and its plain text."""
    source = (ROOT / "knowledge" / "voorbeeld" / "protocol.nl.md").read_text(encoding="utf-8")
    words = Words()
    words.title, words.dutch, _ = read_document(source, "nl")
    return words, re.sub(r"^[#>]+ ", "", re.sub(r" \{#[^}]*\}", "", source), flags=re.MULTILINE)


def test_headings_that_bear_the_number_are_names(tmp_path: Path) -> None:
    words, text = headed()
    path = tmp_path / "afspraken.txt"
    path.write_text(text, encoding="utf-8")
    assert revise(documents.read(path), words).changes_nothing  # type: ignore[arg-type]

    head, tail = text.split("Afspraak 4\n")
    shifted = re.sub(r"^Afspraak (\d)$", lambda found: f"Afspraak {int(found[1]) + 1}", tail, flags=re.MULTILINE)
    added = "Leen je wachtwoord niet uit."
    path.write_text(f"{head}Afspraak 4\n\n{added}\n\nAfspraak 5\n{shifted}", encoding="utf-8")
    revision = revise(documents.read(path), words)  # type: ignore[arg-type]
    assert [p.section for p in revision.proposals if p.change == "new"] == [
        DocumentSection("afspraak-8", "Afspraak 4", added, ())
    ]
    assert [(p.section.id, p.section.name) for p in revision.proposals if p.change == "renamed"] == [
        (f"afspraak-{number}", f"Afspraak {number + 1}") for number in range(4, 8)
    ]
    assert not revision.removed


def test_curly_and_straight_quotation_marks_are_the_same_words(tmp_path: Path) -> None:
    text = protocols.as_text(protocols.blocks()).decode().translate(str.maketrans("‘’–", "''-"))
    assert revised(tmp_path / "recht.txt", text.encode()).changes_nothing


def test_a_document_reads_back_as_it_is_written() -> None:
    for language in ("nl", "en"):
        source = (UNICOZ / f"protocol.{language}.md").read_text(encoding="utf-8")
        title, found, _ = read_document(source, "")
        assert written(title, found) == source


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["werkgerela-", "teerde zaken"], "werkgerelateerde zaken"),
        (["werk gerelateerde en Unicoz-", "werknemers"], "werk gerelateerde en Unicoz-werknemers"),
        (["over kennis-", "en informatie"], "over kennis- en informatie"),
        (["met collega ’s praten"], "met collega’s praten"),
        (["maandag ’s avonds"], "maandag ’s avonds"),
    ],
)
def test_words_that_were_broken_are_mended_by_the_words_that_are_known(lines: list[str], said: str) -> None:
    read = [Line("Titel", ""), Line("", ""), *(Line(line, "") for line in lines)]
    known = ["werkgerelateerde", "Unicoz-werknemers", "collega’s"]
    assert blocks_of(read, known)[1].text == said


def test_no_line_of_a_text_keeps_a_reader_busy() -> None:
    from adapters.documents.reading import _markdown_line

    for line in ("#" + " " * 100_000 + "x", "# " + "# " * 50_000 + "x", "**a " * 50_000, "a" * 200_000):
        assert blocks_of([_markdown_line(line, ""), Line("", ""), Line("Tekst.", "")])  # each took hours


# Marks of Word around words that are text like any other


@pytest.mark.parametrize(
    "xml",
    [
        '<w:p>{}<w:smartTag w:element="place"><w:smartTagPr/><w:smartTag>{}</w:smartTag></w:smartTag>{}</w:p>',
        '<w:p>{}<w:customXml w:element="a"><w:customXmlPr/>{}</w:customXml>{}</w:p>',
        '<w:customXml w:element="a"><w:p>{}{}{}</w:p></w:customXml>',
        '<w:p>{}<w:fldSimple w:instr="DOCPROPERTY Naam"><w:fldData/>{}</w:fldSimple>{}</w:p>',
        "<w:p>{}<w:hyperlink><w:smartTag>{}</w:smartTag></w:hyperlink>{}</w:p>",
        '<w:p>{}<w:bdo w:val="ltr">{}</w:bdo>{}</w:p>',
    ],
)
def test_words_within_marks_that_change_nothing_are_read_in_their_place(tmp_path: Path, xml: str) -> None:
    path = tmp_path / "merken.docx"
    path.write_bytes(word_with(xml.format(*map(run, ("Bel de afdeling ", "communicatie van Unicoz", " vandaag.")))))
    assert documents.read(path).lines[-1].text == "Bel de afdeling communicatie van Unicoz vandaag."


def test_headers_and_footers_of_a_word_document_are_left_out_and_said(tmp_path: Path) -> None:
    import docx

    document = docx.Document(io.BytesIO(protocols.as_word(protocols.blocks())))
    document.sections[0].footer.paragraphs[0].text = "Vastgesteld in mei"
    path = tmp_path / "voet.docx"
    document.save(str(path))
    assert documents.read(path).left_out == ("Vastgesteld in mei",)


def test_text_in_a_figure_of_a_pdf_is_read(tmp_path: Path) -> None:
    from reportlab.pdfgen.canvas import Canvas

    path = tmp_path / "figuur.pdf"
    canvas = Canvas(str(path))
    canvas.drawString(72, 700, "Een titel")
    canvas.beginForm("los")
    canvas.drawString(72, 600, "Deze zin staat in een figuur.")
    canvas.endForm()
    canvas.doForm("los")
    canvas.save()
    assert "Deze zin staat in een figuur." in [line.text for line in documents.read(path).lines]


def test_a_picture_behind_much_text_is_no_scan(tmp_path: Path) -> None:
    path = tmp_path / "briefpapier.pdf"
    path.write_bytes(scan(*[f"Dit is regel {number} van een heel gewone tekst." for number in range(6)]))
    assert len(documents.read(path).lines) >= 6


# What cannot be used


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def word_with(xml: str) -> bytes:
    """Return a Word document in whose body this piece of XML stands."""
    whole = io.BytesIO(protocols.as_word(protocols.blocks()))
    changed = io.BytesIO()
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(changed, "w") as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename == "word/document.xml":
                content = content.replace(b"<w:sectPr", xml.encode() + b"<w:sectPr", 1)
            new.writestr(part, content)
    return changed.getvalue()


def word_in_style(xml: str) -> bytes:
    """Return a Word document with a paragraph in a style of its own."""
    import docx
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    document = docx.Document(io.BytesIO(protocols.as_word(protocols.blocks())))
    styles = (
        f'<w:style {nsdecls("w")} w:type="paragraph" w:styleId="A"><w:name w:val="A"/><w:rPr>{xml}</w:rPr></w:style>'
    )
    based = (
        f'<w:style {nsdecls("w")} w:type="paragraph" w:styleId="B"><w:name w:val="B"/><w:basedOn w:val="A"/></w:style>'
    )
    for style in (styles, based):
        document.styles.element.append(parse_xml(style))
    document.add_paragraph("Dit ziet niemand.", style="B")
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def table(inside: str) -> str:
    cell = f"<w:tc><w:p>{run('Een cel.')}</w:p>{inside}<w:p/></w:tc>"
    return f'<w:tbl><w:tblPr/><w:tblGrid><w:gridCol w:w="9"/></w:tblGrid><w:tr>{cell}</w:tr></w:tbl>'


def scan(*stamp: str) -> bytes:
    """Return a PDF of a page that is a picture, with a few lines upon it."""
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    picture = b"P6 40 40 255\n" + bytes(40 * 40 * 3)
    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.drawImage(ImageReader(io.BytesIO(picture)), 0, 0, 500, 700)
    for number, line in enumerate(stamp):
        canvas.drawString(72, 30 + 14 * number, line)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def drawn(content: bytes) -> bytes:
    """Return a PDF of one page that is drawn by this content, as it stands in the file."""
    from reportlab.pdfgen.canvas import Canvas

    file = io.BytesIO()
    canvas = Canvas(file, pageCompression=0)
    canvas.drawString(72, 700, "Een titel")
    canvas._code.append(content.decode())
    canvas.save()
    return file.getvalue()


def nested() -> bytes:
    """Return a small PDF of figures within figures, ten in each: 10^12 letters to lay out."""
    from reportlab.pdfgen.canvas import Canvas

    file = io.BytesIO()
    canvas = Canvas(file)
    for level in range(12):
        canvas.beginForm(f"f{level}")
        for _ in range(10):
            canvas.doForm(f"f{level - 1}") if level else canvas.line(0, 0, 9, 9)
        canvas.endForm()
    canvas.doForm("f11")
    canvas.save()
    return file.getvalue()


def swollen(size: int) -> bytes:
    """Return a small PDF whose page unpacks to so many bytes."""
    packing = zlib.compressobj()
    block = bytes(1024 * 1024)
    content = b"".join(packing.compress(block) for _ in range(size // len(block))) + packing.flush()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(content), content),
    ]
    file, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%btrailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
    return file + end % (size, rows, size, len(file))


def pages(count: int) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    file = io.BytesIO()
    canvas = Canvas(file)
    for number in range(count):
        canvas.drawString(72, 700, f"Bladzijde {number} van een handboek.")
        canvas.showPage()
    canvas.save()
    return file.getvalue()


MATHS = "http://schemas.openxmlformats.org/officeDocument/2006/math"
MERGED = (
    '<w:tbl><w:tblPr/><w:tblGrid><w:gridCol w:w="9"/></w:tblGrid>'
    f'<w:tr><w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr><w:p>{run("Gelezen.")}</w:p></w:tc></w:tr>'
    f"<w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p>{run('Gemist.')}</w:p></w:tc></w:tr></w:tbl>"
)
TWICE = b"# Titel\n\n## Een {#een}\n\nTekst.\n\n## Ook een {#een}\n\nTekst.\n"
BAD: dict[str, tuple[str, bytes | Callable[[], bytes], str, str]] = {
    "a scan": ("scan.pdf", scan, "page 1: holds a picture and no text.", "Word document"),
    "a password on a pdf": (
        "dicht.pdf",
        lambda: protocols.as_pdf(protocols.blocks(), password="geheim"),
        "has a password.",
        "without one",
    ),
    "a password on a docx": ("dicht.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "has a password", "Word"),
    "a damaged pdf": ("kapot.pdf", lambda: protocols.as_pdf(protocols.blocks())[:900], "is damaged", "Save"),
    "a damaged docx": ("kapot.docx", lambda: protocols.as_word(protocols.blocks())[:9000], "is damaged", "Open it"),
    "no pdf at all": ("tekst.pdf", b"gewone tekst", "is no PDF.", "Save"),
    "500 pages": ("lang.pdf", lambda: pages(500), "page 61: has more than 60 pages.", "Save the pages"),
    "500 pages of text": ("lang.txt", b"Titel\n\n" + b"woord " * 150_000, "150,001 words", "Save the protocol"),
    "a huge file": ("groot.txt", b"a" * (21 * 1024 * 1024), "is 21 MB", "Take out"),
    "an empty file": ("leeg.txt", b" \n", "is empty.", "Save"),
    "an empty docx": ("leeg.docx", lambda: protocols.as_word([]), "holds no text.", "Save"),
    "a wrong extension": ("protocol.odt", b"PK", "'.odt' cannot be read.", "Save it as docx, pdf, txt or md."),
    "an old Word document": ("protocol.doc", b"\xd0\xcf", "an old Word document cannot be read.", "Save it as docx"),
    "no extension": ("protocol", b"x", "'protocol' cannot be read.", "Save it as"),
    "another encoding": ("oud.txt", "Titel\n\nPrivé.".encode("latin-1"), "line 3: is not UTF-8.", "UTF-8"),
    "no text at all": ("bytes.txt", b"PK\x03\x04\x00\x00", "line 1: is no text.", "Save it as"),
    "two sections with one id": ("dubbel.md", TWICE, "section 'een': stands twice.", "Keep one"),
    "a number that stands twice": (
        "nummers.txt",
        b"Titel\n\n1. Het eerste.\n\n2. Het tweede.\n\n2. Het derde.",
        "line 7: number 2 stands twice.",
        "Correct the numbers",
    ),
    "headings alone": ("koppen.md", b"# Titel\n\n## Een\n\n## Twee\n", "holds headings and no text.", "Name the file"),
    "tracked changes": (
        "wijzigingen.docx",
        lambda: word_with('<w:p><w:ins w:id="1" w:author="a"><w:r><w:t>nieuw</w:t></w:r></w:ins></w:p>'),
        "holds changes that are tracked.",
        "Accept or reject",
    ),
    "tracked moves": (
        "verplaatst.docx",
        lambda: word_with(f'<w:p><w:moveTo w:id="1" w:author="a">{run("elders")}</w:moveTo></w:p>'),
        "('elders…'): holds changes that are tracked.",
        "Accept or reject",
    ),
    "where a tracked move came from": (
        "verplaatst.docx",
        lambda: word_with(f'<w:p><w:moveFrom w:id="1" w:author="a">{run("elders")}</w:moveFrom></w:p>'),
        "holds changes that are tracked.",
        "Accept or reject",
    ),
    "hidden text": (
        "verborgen.docx",
        lambda: word_with(f"<w:p>{run('Dit ziet niemand.', '<w:vanish/>')}</w:p>"),
        "('Dit ziet niemand.…'): holds hidden text.",
        "Show it",
    ),
    "text that its style hides": ("stijl.docx", lambda: word_in_style("<w:vanish/>"), "holds hidden text.", "Show it"),
    "struck through": (
        "doorgehaald.docx",
        lambda: word_with(f"<w:p>{run('Dit geldt niet meer.', '<w:strike/>')}</w:p>"),
        "('Dit geldt niet meer.…'): holds words that are struck through.",
        "Take them out",
    ),
    "struck through twice": (
        "doorgehaald.docx",
        lambda: word_with(f"<w:p>{run('Dit geldt niet meer.', '<w:dstrike/>')}</w:p>"),
        "holds words that are struck through.",
        "Take them out",
    ),
    "a piece of another document": (
        "stuk.docx",
        lambda: word_with("<w:altChunk/>"),
        "holds a piece of another document.",
        "Open and save",
    ),
    "a formula": (
        "formule.docx",
        lambda: word_with(f'<w:p><m:oMath xmlns:m="{MATHS}"><m:r><m:t>x</m:t></m:r></m:oMath></w:p>'),
        "holds a formula.",
        "plain words",
    ),
    "a table within a table": (
        "tabel.docx",
        lambda: word_with(table(table(""))),
        "('Een cel.…'): holds a table within a table.",
        "Put its words",
    ),
    "words within what nobody knows": (
        "onbekend.docx",
        lambda: word_with(f"<w:p>{run('Gelezen.')}<w:later>{run('Gemist.')}</w:later></w:p>"),
        "('Gelezen.Gemist.…'): holds words that cannot be read.",
        "Copy the text to a new document",
    ),
    "words of a merged cell that is not shown": (
        "cellen.docx",
        lambda: word_with(MERGED),
        "('Gemist.…'): holds words that cannot be read.",
        "Copy the text",
    ),
    "far too much xml": (
        "bom.docx",
        lambda: word_with("<w:p/>" * 2_000_000),
        "is far too large when unpacked.",
        "Save the protocol by itself.",
    ),
    "a scan with a stamp": (
        "gestempeld.pdf",
        lambda: scan("Gescand met CamScanner", "Pagina 1 van 3"),
        "page 1: is a picture with 7 words beside it.",
        "Word document",
    ),
    "a page of a million operators": (
        "operators.pdf",
        lambda: drawn(b"() Tj\n" * 1_000_000),
        "page 1: is far too large.",
        "without drawings",
    ),
    "a page of far too many letters": (
        "letters.pdf",
        lambda: drawn(b"BT /F1 1 Tf (%b) Tj ET" % (b"a" * 30_000)),
        "page 1: holds more than 20,000 letters.",
        "Save the text",
    ),
    "far too many letters": ("lang.txt", b"Titel\n\n" + b"a" * 500_000, "500,007 letters", "Save the protocol"),
    "far too many paragraphs": (
        "alineas.txt",
        b"Titel\n\n" + b"Een zin.\n\n" * 2_000,
        "has 2,001 paragraphs; a protocol of at most 1,000 is read.",
        "Save the protocol",
    ),
    "a number that stands twice, further on": (
        "nummers.txt",
        b"Titel\n\n1. Het eerste.\n\n2. Het tweede.\n\n3. Het derde.\n\n2. Het vierde.",
        "line 9: number 2 stands twice.",
        "Correct the numbers",
    ),
    "a numbered heading that stands twice": (
        "koppen.md",
        b"# Titel\n\n## Richtlijn 2\n\nHet eerste.\n\n## Richtlijn 3\n\nZo.\n\n## richtlijn  2\n\nHet tweede.\n",
        "line 11: heading 'richtlijn 2' stands twice.",
        "Correct the numbers",
    ),
    "two sections with one name": (
        "naam.md",
        b"# Titel\n\n## Richtlijn 2 {#een}\n\nTekst.\n\n## Richtlijn 2 {#twee}\n\nTekst.\n",
        "section 'twee': has the name of section 'een', 'Richtlijn 2'.",
        "Give one of the two another name.",
    ),
    "a text box": (
        "kader.docx",
        lambda: word_with("<w:p><w:r><w:txbxContent><w:p/></w:txbxContent></w:r></w:p>"),
        "holds a text box.",
        "Put its words into the text",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_used_is_refused_with_file_place_and_remedy(tmp_path: Path, case: str) -> None:
    name, content, said, remedy = BAD[case]
    with pytest.raises(KnowledgeError) as refused:
        revised(tmp_path / name, content if isinstance(content, bytes) else content())
    message = str(refused.value)
    assert name in message and said in message and remedy in message


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"weg\.docx: cannot be read \(No such file"):
        documents.read(tmp_path / "weg.docx")


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(101 * 1024 * 1024))
    (tmp_path / "bom.docx").write_bytes(packed.getvalue())
    with pytest.raises(KnowledgeError, match="far too large when unpacked"):
        documents.read(tmp_path / "bom.docx")


def test_a_file_that_takes_for_ever_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "LONGEST", 2)
    path = tmp_path / "eeuwig.pdf"
    path.write_bytes(nested())
    with pytest.raises(KnowledgeError, match=r"eeuwig\.pdf: takes longer to read than 2 seconds\. Save the text"):
        documents.read(path)


def test_a_file_that_takes_all_memory_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "LARGEST", 300 * 1024 * 1024)
    path = tmp_path / "zwelt.pdf"
    path.write_bytes(swollen(400 * 1024 * 1024))
    assert path.stat().st_size < 500_000
    with pytest.raises(KnowledgeError, match=r"zwelt\.pdf: takes too much memory to read\."):
        documents.read(path)


def test_many_paragraphs_in_one_list_may_begin_anew(tmp_path: Path) -> None:
    text = "Titel\n\n1. Het eerste.\n\n2. Het tweede.\n\nEen alinea.\n\n1. Weer een.\n\n2. En nog een.\n"
    assert len(revised(tmp_path / "lijsten.txt", text.encode()).proposals) >= 4
