"""From a new document to a draft of the whole folder, beside the live one, which stays as it is."""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.documents import Document
from adapters.origin import TAKEN_OUT, Origin, digests
from adapters.versions import kept_as, kept_versions
from bot.knowledge import Knowledge, KnowledgeError, Problem, load
from bot.knowledge.document import TO_DO, DocumentSection, fingerprint, read_document
from bot.knowledge.draft_files import load_drafts
from bot.knowledge.draft_values import DraftKnowledge
from bot.knowledge.reading import base_of
from bot.revision import drafting, review
from bot.revision.dependants import Dependants, Point
from bot.revision.lines import Block, blocks_of, words_of
from bot.revision.proposing import Revision, compare, propose

_MOST_BLOCKS = 1_000  # of 60 full pages
_NUMBERED = re.compile(r".*\D\d{1,3}")


@dataclass(frozen=True, slots=True)
class Live:
    """The live folder, read: what a new document is compared with."""

    folder: Path
    knowledge: Knowledge
    drafts: DraftKnowledge
    title: str
    dutch: tuple[DocumentSection, ...]
    english_title: str
    english: tuple[DocumentSection, ...]
    files: Mapping[str, str]  # digests


@dataclass(frozen=True, slots=True)
class Written:
    """A draft: where it stands, which version it is, and what to look at."""

    folder: Path
    fingerprint: str
    found: tuple[Dependants, ...]
    taken_out: int  # example questions that cannot stay


def read_live(folder: Path) -> Live:
    """Return the live folder; raises `KnowledgeError` when it is broken: a comparison would be worth nothing."""
    files = digests(folder) if folder.is_dir() else {}
    knowledge = load(folder)
    drafts = load_drafts(folder, knowledge.sections)
    title, dutch, _ = read_document((folder / "protocol.nl.md").read_text(encoding="utf-8"), "protocol.nl.md")
    english_title, english, _ = read_document((folder / "protocol.en.md").read_text(encoding="utf-8"), "protocol.en.md")
    return Live(folder, knowledge, drafts, title, tuple(dutch), english_title, tuple(english), files)


def revise(document: Document, live: Live) -> Revision:
    """Return the document beside the live one; raises `KnowledgeError` when it is no protocol that can be quoted."""
    if "{#" in document.source:  # our own Markdown: its ids are given
        title, sections, problems = read_document(document.source, document.file)
        if problems:
            raise KnowledgeError(problems)
        return compare(title, sections, live.title, live.dutch)
    known = [word for section in live.dutch for word in words_of(section.text)]
    blocks = blocks_of(document.lines, known)
    _refuse_what_is_no_protocol(document, blocks)
    kept = kept_versions(live.folder).values()
    taken = {section.id: section.text for folder in kept for section in _sections_in(folder)}
    return propose(blocks, live.title, live.dutch, taken)


def _sections_in(folder: Path) -> Sequence[DocumentSection]:
    try:
        return read_document((folder / "protocol.nl.md").read_text(encoding="utf-8"), folder.name)[1]
    except (OSError, UnicodeDecodeError):
        return ()


def _refuse_what_is_no_protocol(document: Document, blocks: Sequence[Block]) -> None:
    if len(blocks) > _MOST_BLOCKS:
        what = f"has {len(blocks):,} paragraphs; a protocol of at most {_MOST_BLOCKS:,} is read."
        raise KnowledgeError([Problem(document.file, "", what, "Save the protocol by itself.")])
    problems = [
        Problem(document.file, block.place, f"holds '{TO_DO}'.", "Take it out of the document.")
        for block in blocks
        if TO_DO in block.text
    ]
    problems += _doubles(document.file, blocks)
    if sum(block.kind in ("item", "text") for block in blocks) == 0:
        remedy = "Name the file of the protocol itself."
        problems.append(Problem(document.file, "", "holds headings and no text.", remedy))
    if problems:
        raise KnowledgeError(problems)


def _doubles(file: str, blocks: Sequence[Block]) -> Iterator[Problem]:
    """Return the numbers that stand twice in one list, and the headings with a number that do.

    A list ends at a heading, and where numbers begin anew.
    """
    remedy = "Correct the numbers in the document."
    headings: set[str] = set()
    numbers: set[int] = set()
    before: int | None = None
    for block in blocks:
        if block.kind == "heading":
            numbers.clear()
            if _NUMBERED.fullmatch(block.text) and block.text.lower() in headings:
                yield Problem(file, block.place, f"heading '{block.text}' stands twice.", remedy)
            headings.add(block.text.lower())
        elif block.number is not None:
            if block.number == 1 and before != 1:
                numbers.clear()
            if block.number in numbers:
                yield Problem(file, block.place, f"number {block.number} stands twice.", remedy)
            numbers.add(block.number)
        before = block.number


def write_draft(
    revision: Revision, live: Live, to: Path, found: list[Dependants], additions: Collection[int] = ()
) -> Written:
    """Write the draft with what to look at, whole or not at all; raises `KnowledgeError` when it cannot stand there.

    `additions` are the numbers of those that `found` took into account.
    """
    if to.exists():
        remedy = f"Finish it and activate it, remove it (rm -r {to}), or write elsewhere with --to."
        raise KnowledgeError([Problem(str(to), "", "there is a draft already.", remedy)])
    is_beside = to.resolve().parent == live.folder.resolve().parent
    if is_beside and (kept_as(to, live.folder) or not to.name.startswith(f"{live.folder.name}.")):
        what = f"is no name for a draft of {live.folder.name}."
        remedy = f"Call it {live.folder.name}.draft, or {live.folder.name}. and another word."
        raise KnowledgeError([Problem(str(to), "", what, remedy)])
    if base_of(live.folder) and not is_beside:
        remedy = "Leave out --to."
        what = f"has to stand beside {live.folder}, which is based on another folder."
        raise KnowledgeError([Problem(str(to), "", what, remedy)])
    part = to.with_name(f".{to.name}.{os.getpid()}")
    try:
        shutil.copytree(live.folder, part)
        if digests(part) != live.files:
            what = "changed while the document was compared with it."
            raise KnowledgeError([Problem(str(live.folder), "", what, "Import the document again.")])
        Origin(live.knowledge.fingerprint, live.files, additions).write(part)
        written = _fill(part, to, revision, live, found)
        part.rename(to)
    except OSError as error:
        remedy = "Write elsewhere with --to, or make room."
        raise KnowledgeError([Problem(str(to), "", f"cannot be written ({error.strerror}).", remedy)]) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return written


def _fill(part: Path, to: Path, revision: Revision, live: Live, found: list[Dependants]) -> Written:
    _write(part / "protocol.nl.md", drafting.dutch_file(revision))
    english = drafting.english_file(revision, live.english_title, live.dutch, live.english)
    _write(part / "protocol.en.md", english)
    about = part / "sections.yaml"
    _write(about, drafting.sections_file(about.read_text(encoding="utf-8"), revision))
    taken_out = _take_out(part, frozenset(section.id for section in revision.removed))
    if taken_out:
        count = sum(taken_out.values())
        point = Point(f"`{TAKEN_OUT}`: {count} voorbeeldvragen die alleen hierover gingen; wat is nu het antwoord?")
        found = [*found, Dependants("Vervallen voorbeeldvragen", (point,))]
    new = fingerprint(revision.title, [proposal.section for proposal in revision.proposals])
    _write(part / review.FILE, review.written(live.knowledge.fingerprint, new, found))
    return Written(to, new, tuple(found), sum(taken_out.values()))


def _take_out(part: Path, gone: frozenset[str]) -> Counter[str]:
    """Take sections that are gone out of the example questions; what cannot stay goes to a file of its own."""
    taken_out: Counter[str] = Counter()
    rows: list[str] = []
    for file in sorted((part / "examples").glob("*.jsonl")) if gone else ():
        kept, out = drafting.without_sections(file.read_text(encoding="utf-8").splitlines(), gone)
        if out:
            taken_out[file.name] = len(out)
            rows += out
        _write(file, "".join(f"{line}\n" for line in kept))
    if rows:
        _write(part / TAKEN_OUT, "".join(f"{line}\n" for line in rows))
    return taken_out


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")
