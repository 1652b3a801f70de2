"""The lines of a document as they were read from a file, and the blocks that they make: headings, items, paragraphs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

Kind = Literal["title", "heading", "item", "text"]

_BULLET = re.compile(r"[\uf0b7\uf0a7\u2022\u25cf\u25aa\u25e6\u2023\u00b7\u2219]\s*")
_DASH = re.compile(r"[-–*]\s+(?=\S)")  # a bullet only where a list can begin: it also stands within sentences
_NUMBER = re.compile(r"(?P<number>\d{1,3})[.)]\s+(?=\S)")
_ENDED = re.compile(r"[.?!:…][’”\"')\]]*$")
_NO_HEADING = re.compile(r"[.,;!-]$")
_LONGEST_HEADING = 100  # characters
_SHORT = 0.75  # of the usual width: a line that ends sooner was ended on purpose
_JOINING = {"en", "of", "and", "or"}  # after "kennis-": the hyphen stands for a word to come


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it stands. `strong`: a heading by its style, size or weight; an empty `text` parts blocks."""

    text: str
    place: str
    strong: bool = False
    title: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """What belongs together. `number` is that of a numbered item, None for a bullet and all else."""

    kind: Kind
    text: str
    place: str
    number: int | None = None


@dataclass(slots=True)
class _Open:
    """A block that is being read."""

    kind: Kind
    lines: list[Line]
    number: int | None = None
    parted: bool = False  # an empty line came after it


@dataclass(slots=True)
class _Reader:
    width: int
    words: frozenset[str]
    blocks: list[Block] = field(default_factory=list)
    open: _Open | None = None
    number: int = 0  # of the last numbered item
    dashes: bool = False  # the last item had a dash

    def take(self, line: Line, following: Line | None) -> None:
        if not line.text:
            if self.open:
                self.open.parted = True
            return
        if (item := self._item(line)) is not None:
            self._begin(item)
        elif self.open is None or self._parts(line):
            self.finish()
            self._begin(_Open(self._kind(line, following), [line]))
        else:
            self.open.lines.append(line)
            self.open.parted = False

    def finish(self) -> None:
        if self.open:
            first = self.open.lines[0]
            text = joined([line.text for line in self.open.lines], self.words)
            self.blocks.append(Block(self.open.kind, text, first.place, self.open.number))
        self.open = None

    def _begin(self, opened: _Open) -> None:
        self.finish()
        self.open = opened

    def _item(self, line: Line) -> _Open | None:
        if line.strong:
            return None
        if found := _BULLET.match(line.text):
            self.dashes = False
            return _Open("item", [replace(line, text=line.text[found.end() :])])
        can_begin = self.open is None or self.open.parted or self.open.kind == "heading" or self._ended()
        if (found := _NUMBER.match(line.text)) and can_begin:
            self.number = int(found["number"])
            return _Open("item", [replace(line, text=line.text[found.end() :])], self.number)
        in_list = self.dashes and self.open is not None and self.open.kind == "item"
        if (found := _DASH.match(line.text)) and (in_list or (can_begin and not self._unfinished())):
            self.dashes = True
            return _Open("item", [replace(line, text=line.text[found.end() :])])
        return None

    def _parts(self, line: Line) -> bool:
        """Say whether this line begins a block, rather than go on with the one before."""
        assert self.open
        last = self.open.lines[-1]
        if line.strong or last.strong or self.open.kind in ("heading", "title"):
            return not (line.strong and last.strong and line.title == last.title and not self.open.parted)
        return self.open.parted and not (self._unfinished() and line.text[0].islower())

    def _ended(self) -> bool:
        return self.open is not None and bool(_ENDED.search(self.open.lines[-1].text))

    def _unfinished(self) -> bool:
        return self.open is not None and self.open.kind != "heading" and not self._ended()

    def _kind(self, line: Line, following: Line | None) -> Kind:
        if line.title:
            return "title"
        if line.strong:
            return "heading" if self.blocks else "title"
        if not self.blocks and len(line.text) <= _LONGEST_HEADING and not _NO_HEADING.search(line.text):
            return "title"
        if len(line.text) > _LONGEST_HEADING or _NO_HEADING.search(line.text) or not line.text[0].isupper():
            return "text"
        if following is None or not following.text:
            return "heading" if not line.text.endswith(":") or following else "text"
        goes_on = following.text[0].islower() or len(line.text) > _SHORT * self.width
        return "text" if goes_on else "heading"


def blocks_of(lines: Sequence[Line], known: Collection[str] = ()) -> list[Block]:
    """Return the blocks of a document: the first is its title.

    `known` are words that are surely right, such as those of the version before: they tell whether a hyphen at the end
    of a line belongs to the word.
    """
    tidied = [replace(line, text=tidy(line.text)) for line in lines]
    lengths = sorted(len(line.text) for line in tidied if line.text)
    words = frozenset(word.lower() for word in known) | _words_within(tidied)
    reader = _Reader(lengths[len(lengths) * 9 // 10] if lengths else 0, words)
    for line, following in zip(tidied, [*tidied[1:], None], strict=True):
        reader.take(line, following)
    reader.finish()
    return reader.blocks


def tidy(text: str) -> str:
    """Return the text with plain spaces, whole letters and no characters that cannot be seen."""
    text = "".join(unicodedata.normalize("NFKC", c) if "\ufb00" <= c <= "\ufb06" else c for c in text)  # ligatures
    text = unicodedata.normalize("NFC", text)
    seen = "".join(c for c in text if c in "\t\n\xad" or unicodedata.category(c) not in ("Cc", "Cf"))
    return " ".join(seen.split())


def joined(lines: Iterable[str], words: Collection[str]) -> str:
    """Return lines as one text; `words` (small letters) tell whether a hyphen at the end of a line stays."""
    text = ""
    for line in lines:
        if not text:
            text = line
        elif text.endswith("\xad"):
            text = text[:-1] + line
        elif text.endswith("-") and text[-2:-1].isalpha() and line[:1].isalpha():
            text = _over_the_end(text, line, words)
        else:
            text = f"{text} {line}"
    return mended(text.replace("\xad", ""), words)


def mended(text: str, words: Collection[str]) -> str:
    """Return the text with "collega ’s" as "collega’s", where that is a known word."""

    def join(found: re.Match[str]) -> str:
        whole = found[1] + found[2]
        return whole if whole.lower() in words else found[0]

    return re.sub(r"\b(\w+) ([’']\w+)", join, text)


def words_of(text: str) -> list[str]:
    """Return the words of a text, with their hyphens and apostrophes."""
    return re.findall(r"\w+(?:[-’']\w+)*", text)


def _over_the_end(text: str, line: str, words: Collection[str]) -> str:
    before, after = text[:-1].rsplit(None, 1)[-1], line.split(None, 1)[0]
    if after in _JOINING:
        return f"{text} {line}"
    first, last = words_of(before)[-1:], words_of(after)[:1]
    whole = "".join(first + last).lower()
    if whole in words and "-".join(first + last).lower() not in words:
        return text[:-1] + line
    return text + line


def _words_within(lines: Sequence[Line]) -> frozenset[str]:
    """Return the words that stand whole on a line, so neither its first nor its last."""
    return frozenset(word.lower() for line in lines for word in words_of(line.text)[1:-1])
