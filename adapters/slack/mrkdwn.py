"""Text in Slack's own markup: harmless, and cut where nothing breaks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

LONGEST_TEXT = 3000  # characters of a section's text (Block Kit reference)
_LONGEST_RUN = 400  # characters of a person's text inside one pair of stars; escaped, at most five times as many
_WORDS = re.compile(r"\s+|\S+")
# Slack's marks where they can begin or end something; inside a word ("jan_de_vries") they mean nothing. Slack takes the
# wide ones too. A zero-width space beside a mark does not take its meaning away, it gives it one: so they are replaced.
_MARK = re.compile(r"(?<![A-Za-z0-9])[*_~＊＿～]|[*_~＊＿～](?![A-Za-z0-9])|[`｀]")
_LIKE = str.maketrans("*_~`＊＿～｀", "∗ˍ∼ˋ∗ˍ∼ˋ")
_QUOTE = re.compile(r"^(?=[>＞])", re.MULTILINE)
_UNSEEN = "\u00ad"  # a soft hyphen: behind it > is not the first on its line, and makes no quotation
_ROOM = LONGEST_TEXT - len(_UNSEEN)


def escape(text: str) -> str:
    """Make text harmless and plain, so that nobody is pinged and only our own marks are marks.

    `<!channel>`, `<@U…>` and `<https://…|label>` are then plain characters (formatting docs). There is no escape for
    *stars* and their like: where they would be read as marks, they become characters that look the same.
    """
    plain = _QUOTE.sub(_UNSEEN, _MARK.sub(lambda mark: mark[0].translate(_LIKE), text))
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def bold(text: str) -> Iterator[str]:
    """Yield the lines of a text in bold; stars hold only within a line and against a word."""
    return marked(text, ((0, len(text)),))


def quoted(text: str) -> Iterator[str]:
    """Yield the lines of a quotation; a line over the limit becomes several, each of which is a quotation."""
    for line in escape(text).split("\n"):
        yield from (f">{piece}" for piece in cut(line, _ROOM - 1) or [""])


def marked(text: str, marks: tuple[tuple[int, int], ...]) -> Iterator[str]:
    """Yield the lines of a text with its marks in bold; no mark reaches over the end of a line or of a section."""
    line = ""
    for start, end, is_marked in _runs(text, marks):
        for number, words in enumerate(text[start:end].split("\n")):
            if number:
                yield line
                line = ""
            for run in _short(words):
                shown = _starred(run) if is_marked else escape(run)
                if len(line) + len(shown) > _ROOM:
                    yield line
                    line = ""
                line += shown
    yield line


def pack(lines: Iterable[str]) -> list[str]:
    """Return escaped lines as texts of 1 to 3,000 characters that show something, as few as there can be."""
    texts = [""]
    for line in lines:
        for cut_off in cut(line, _ROOM) or [""]:
            piece = _UNSEEN + cut_off if cut_off.startswith("&gt;") else cut_off  # it would be a quotation here
            if len(texts[-1]) + 1 + len(piece) > LONGEST_TEXT:
                texts.append(piece)
            else:
                texts[-1] = f"{texts[-1]}\n{piece}" if texts[-1] else piece
    # a bare > is ours, at the start of a quoted line: what people typed is escaped
    return [text for text in texts if text.replace(">", "").strip()]


def cut(text: str, room: int) -> list[str]:
    """Return escaped text in pieces of at most `room` characters: between words, else between two characters.

    `&lt;` is one character; half of it would be shown as it stands.
    """
    pieces = []
    while len(text) > room:
        end = max(text.rfind(" ", room // 2, room), text.rfind("\n", room // 2, room)) + 1 or room
        entity = text.rfind("&", max(end - 4, 1), end)
        if entity > 0 and ";" not in text[entity:end]:
            end = entity
        pieces.append(text[:end])
        text = text[end:]
    return [*pieces, text] if text else pieces


def _runs(text: str, marks: tuple[tuple[int, int], ...]) -> Iterator[tuple[int, int, bool]]:
    at = 0
    for start, end in marks:
        yield at, start, False
        yield start, end, True
        at = end
    yield at, len(text), False


def _short(words: str) -> Iterator[str]:
    """Yield a line's words in runs of at most `_LONGEST_RUN` characters, cut between words where that can be."""
    run = ""
    for word in _WORDS.findall(words):
        if len(run) + len(word) > _LONGEST_RUN:
            yield from _chunks(run)
            run = ""
        run += word
    yield from _chunks(run)


def _chunks(run: str) -> Iterator[str]:
    return (run[start : start + _LONGEST_RUN] for start in range(0, len(run), _LONGEST_RUN))


def _starred(run: str) -> str:
    """Return a run in bold; spaces stay outside the stars, for Slack shows `* word*` as it stands."""
    inner = run.strip()
    if not inner:
        return run
    before, after = run[: len(run) - len(run.lstrip())], run[len(run.rstrip()) :]
    return f"{before}*{escape(inner)}*{after}"
