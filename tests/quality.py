"""How right the answers are: each author's questions, answered by an engine that never saw that author.

    make quality                       all authors, some minutes
    python -m tests.quality t3 t4      these authors alone

An author is the part of an example's id before the first "-". Prints the tables of the README.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from adapters.settings import ROOT, SettingsError, read_settings
from adapters.storage.database import Database, DatabaseError, database_of
from adapters.storage.history import History
from bot.answering.answer import Answer
from bot.answering.concepts import Lexicon
from bot.answering.engine import Engine
from bot.answering.training import lessons, train
from bot.knowledge import Example, load
from bot.ports import StoreError
from bot.report import report as report_of
from bot.report.history import Rated

Row = TypeVar("Row")
UNICOZ = ROOT / "knowledge" / "unicoz"
SECOND = Path(__file__).parent / "second-labelling.jsonl"
WITH_SECTION = ("answer", "doubt", "urgent")
OUTSIDE = ("out_of_scope", "chitchat")


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled question and what the engine made of it."""

    example: Example
    answer: Answer

    @property
    def found(self) -> list[str]:
        return [passage.section for passage in self.answer.passages]

    @property
    def first_right(self) -> bool:
        return bool(self.found) and self.found[0] in self.example.top

    @property
    def route_right(self) -> bool:
        """`answer` and `doubt` count as one: both show the section."""
        return _merged(self.answer.route) == _merged(self.example.route)

    @property
    def right(self) -> bool:
        """Say whether an answer that shows a section shows a right one, and was right to show any."""
        if self.example.route == "handoff" or self.answer.route == "handoff":
            return self.route_right
        return self.example.route in WITH_SECTION and self.first_right


def _merged(route: str) -> str:
    return "answer" if route == "doubt" else route


def share(rows: Iterable[bool]) -> float:
    """Return the share of true ones; not a number when there are none."""
    values = list(rows)
    return sum(values) / len(values) if values else float("nan")


FIGURES: dict[str, Callable[[Sequence[Judged]], float]] = {
    "first section right": lambda rows: share(r.first_right for r in rows if r.example.route in WITH_SECTION),
    "relevant among first three": lambda rows: share(
        bool(set(r.found[:3]) & set(r.example.relevant)) for r in rows if r.example.route in WITH_SECTION
    ),
    "route right": lambda rows: share(r.route_right for r in rows),
    "urgent recognised": lambda rows: share(r.answer.route == "urgent" for r in rows if r.example.route == "urgent"),
    "outside, answered with a section": lambda rows: share(bool(r.found) for r in rows if r.example.route in OUTSIDE),
    "certain answers, wrong": lambda rows: share(not r.right for r in rows if r.answer.certain and r.found),
    "with a section, answered as certain": lambda rows: share(
        r.answer.certain and bool(r.found) for r in rows if r.example.route in WITH_SECTION
    ),
    "non-urgent taken for urgent": lambda rows: share(
        r.answer.route == "urgent" for r in rows if r.example.route != "urgent"
    ),
    "situation right when shown": lambda rows: share(
        r.answer.situation == r.example.situation for r in rows if r.answer.situation and r.example.situation
    ),
    "situation shown": lambda rows: share(bool(r.answer.situation) for r in rows if r.example.route in WITH_SECTION),
}


def judge(author: str) -> list[Judged]:
    """Return all questions of one author, answered by an engine that learnt from the others."""
    knowledge = load(UNICOZ)
    others = tuple(example for example in knowledge.examples if example.author != author)
    unseen = replace(knowledge, examples=others)
    engine = Engine(unseen, train(lessons(unseen), Lexicon(unseen.concepts)))
    return [Judged(e, engine.answer(e.text)) for e in knowledge.examples if e.author == author]


def report(rows: Sequence[Judged]) -> str:
    """Return the tables as Markdown."""
    tables = [table("all", {"all": rows}, FIGURES, "questions")]
    groups: dict[str, Callable[[Judged], str]] = {
        "author": lambda r: r.example.author,
        "language": lambda r: r.example.language,
        "style": lambda r: r.example.style,
        "route": lambda r: r.example.route,
        "first section": lambda r: r.example.top[0] if r.example.top else "none",
    }
    for name, key in groups.items():
        grouped: dict[str, list[Judged]] = defaultdict(list)
        for row in rows:
            grouped[key(row)].append(row)
        tables.append(table(name, dict(sorted(grouped.items())), FIGURES, "questions"))
    return "\n\n".join([*tables, _reliability(rows), _confusions(rows)])


def table(
    name: str, grouped: Mapping[str, Sequence[Row]], figures: Mapping[str, Callable[[Sequence[Row]], float]], of: str
) -> str:
    """Return a table in Markdown: a line for each group, a column for each figure; `of` says what is counted."""
    lines = ["| " + " | ".join([name, of, *figures]) + " |", "|" + "---|" * (len(figures) + 2)]
    for key, rows in grouped.items():
        cells = [cell(figure(rows)) for figure in figures.values()]
        lines.append("| " + " | ".join([key, str(len(rows)), *cells]) + " |")
    return "\n".join(lines)


def cell(figure: float) -> str:
    """Return a share with two decimals; a dash where there was nothing to share."""
    return "–" if figure != figure else f"{figure:.2f}"  # noqa: PLR0124 (not a number)


def _reliability(rows: Sequence[Judged]) -> str:
    """Return how often the first section is right among answers of like confidence."""
    lines = ["| confidence | answers | said | right |", "|---|---|---|---|"]
    shown = [r for r in rows if r.found and not r.answer.notice]
    for low in range(10):
        inside = [
            r
            for r in shown
            if low / 10 <= r.answer.confidence < (low + 1) / 10 or (low == 9 and r.answer.confidence == 1)
        ]
        if inside:
            said = sum(r.answer.confidence for r in inside) / len(inside)
            right = share(r.right for r in inside)
            lines.append(f"| {low / 10:.1f}-{(low + 1) / 10:.1f} | {len(inside)} | {said:.2f} | {right:.2f} |")
    return "\n".join(lines)


def _confusions(rows: Sequence[Judged]) -> str:
    """Return the pairs of sections that are most often taken for each other."""
    pairs: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        if row.example.route in WITH_SECTION and row.found and not row.first_right:
            pairs[(row.example.top[0], row.found[0])] += 1
    worst = sorted(pairs.items(), key=lambda pair: -pair[1])[:20]
    return "\n".join(["| meant | found | times |", "|---|---|---|", *(f"| {a} | {b} | {n} |" for (a, b), n in worst)])


def agreement() -> str:
    """Return how far a second reader, who saw the questions alone, agrees with their labels."""
    examples = {example.id: example for example in load(UNICOZ).examples}
    lines = SECOND.read_text(encoding="utf-8").splitlines()
    pairs = [(examples[row["id"]], row) for row in map(json.loads, lines) if row["id"] in examples]
    merged = share(_merged(e.route) == _merged(row["route"]) for e, row in pairs)
    placed = [(e, row) for e, row in pairs if e.route in WITH_SECTION and row["route"] in WITH_SECTION]
    return "\n".join(
        [
            "| second reading, blind | questions | agree |",
            "|---|---|---|",
            f"| route | {len(pairs)} | {share(e.route == row['route'] for e, row in pairs):.2f} |",
            f"| route, answer and doubt as one | {len(pairs)} | {merged:.2f} |",
            f"| first section | {len(placed)} | {share(row['top'][0] in e.top for e, row in placed):.2f} |",
        ]
    )


def weak_labels() -> str:
    """Return what people said of answers, from the database of the settings: read by people, never learnt from."""
    try:
        settings = read_settings()
        rated = asyncio.run(_rated(database_of(settings)))
    except (SettingsError, DatabaseError, StoreError):
        return "No ratings: there is no database that can be read."
    lines = ["| rated, weak labels | situation | certain | document | helped | did not |", "|---|---|---|---|---|---|"]
    for weak in report_of.weak_labels(rated):
        answer = (weak.section, weak.situation, "yes" if weak.certain else "no", weak.fingerprint)
        lines.append(f"| {' | '.join(answer)} | {weak.helped} | {weak.not_helped} |")
    return "\n".join(lines)


async def _rated(database: Database) -> Sequence[Rated]:
    try:
        if not database.is_there():
            return ()
        return await History(database).rated(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
    finally:
        await database.close()


def main() -> None:
    authors = sys.argv[1:] or sorted({example.author for example in load(UNICOZ).examples})
    started = time.monotonic()
    with ProcessPoolExecutor(max_workers=2) as pool:
        rows = [row for judged in pool.map(judge, authors) for row in judged]
    print(report(rows))
    print(f"\n{agreement()}")
    print(f"\n{weak_labels()}")
    print(f"\n{len(authors)} authors, {len(rows)} questions, {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
