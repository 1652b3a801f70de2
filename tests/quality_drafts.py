"""How right the checks of drafts are: each author's posts, checked by a model that never saw that author.

    make quality-drafts                     all authors, some minutes
    python -m tests.quality_drafts d p1     these authors alone

Prints the tables of the README.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace

from bot.drafts.learning import lessons, lexicon_of, train
from bot.drafts.reading import PERSONAL
from bot.drafts.review import Review
from bot.drafts.reviewer import Reviewer
from bot.knowledge import load
from bot.knowledge.draft_files import load_drafts
from bot.knowledge.draft_values import LabelledPost
from tests.quality import UNICOZ, cell, table


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled post and what the check made of it."""

    post: LabelledPost
    review: Review

    @property
    def found(self) -> frozenset[str]:
        return frozenset(finding.rule for finding in self.review.findings)

    @property
    def personal(self) -> list[str]:
        return [f.quote for f in self.post.findings if f.rule == PERSONAL and f.quote]

    def marks(self, quote: str) -> bool:
        """Say whether a finding of personal data overlaps the quote."""
        start = self.post.text.find(quote)
        return any(f.rule == PERSONAL and f.start < start + len(quote) and f.end > start for f in self.review.findings)


def share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


def recall(rows: Sequence[Judged]) -> float:
    return share(sum(len(r.found & r.post.rules) for r in rows), sum(len(r.post.rules) for r in rows))


def precision(rows: Sequence[Judged]) -> float:
    return share(sum(len(r.found & r.post.rules) for r in rows), sum(len(r.found) for r in rows))


def quotes_found(rows: Sequence[Judged]) -> float:
    quotes = [(r, quote) for r in rows for quote in r.personal]
    return share(sum(r.marks(quote) for r, quote in quotes), len(quotes))


def alarms(rows: Sequence[Judged]) -> float:
    fine = [r for r in rows if not r.post.findings]
    return share(sum(r.review.verdict != "ok" for r in fine), len(fine))


def caught(rows: Sequence[Judged]) -> float:
    wrong = [r for r in rows if r.post.findings]
    return share(sum(r.review.verdict != "ok" for r in wrong), len(wrong))


def stopped(rows: Sequence[Judged]) -> float:
    grave = [r for r in rows if r.post.verdict == "stop"]
    return share(sum(r.review.verdict == "stop" for r in grave), len(grave))


def stopped_adjustable(rows: Sequence[Judged]) -> float:
    mild = [r for r in rows if r.post.verdict == "adjust"]
    return share(sum(r.review.verdict == "stop" for r in mild), len(mild))


def quotes_left(rows: Sequence[Judged]) -> float:
    """Return the share of personal quotes that a proposed wording still holds."""
    quotes = [quote in r.review.safe_text for r in rows for quote in r.personal]
    return share(sum(quotes), len(quotes))


def precise_places(rows: Sequence[Judged]) -> float:
    """Return the share of findings of a rule that is right whose words overlap a labelled quote of it."""
    placed = 0
    right = 0
    for r in rows:
        for f in r.review.findings:
            spans = [(r.post.text.find(q.quote), len(q.quote)) for q in r.post.findings if q.rule == f.rule and q.quote]
            if f.quote and spans:
                right += 1
                placed += any(f.start < at + length and f.end > at for at, length in spans)
    return share(placed, right)


FIGURES: dict[str, Callable[[Sequence[Judged]], float]] = {
    "rules found": recall,
    "findings right": precision,
    "personal quotes found": quotes_found,
    "fine posts with an alarm": alarms,
    "wrong posts not ok": caught,
    "stop posts stopped": stopped,
    "personal quotes left": quotes_left,
    "marks in the right place": precise_places,
    "adjust posts stopped": stopped_adjustable,
}


def judge(author: str) -> list[Judged]:
    """Return all posts of one author, checked by a model that learnt from the others."""
    knowledge = load(UNICOZ)
    drafts = load_drafts(UNICOZ, knowledge.sections)
    unseen = replace(drafts, posts=tuple(post for post in drafts.posts if post.author != author))
    reviewer = Reviewer(
        unseen,
        train(
            lessons(unseen, [e.text for e in knowledge.examples]),
            tuple(drafts.rules),
            lexicon_of(knowledge.concepts, drafts),
        ),
    )
    return [Judged(post, reviewer.review(post.text)) for post in drafts.posts if post.author == author]


def report(rows: Sequence[Judged]) -> str:
    """Return the tables as Markdown."""
    groups: dict[str, Callable[[Judged], str]] = {
        "author": lambda r: r.post.author,
        "language": lambda r: r.post.language,
    }
    tables = [table("all", {"all": list(rows)}, FIGURES, "posts")]
    for name, key in groups.items():
        grouped: dict[str, list[Judged]] = defaultdict(list)
        for row in rows:
            grouped[key(row)].append(row)
        tables.append(table(name, dict(sorted(grouped.items())), FIGURES, "posts"))
    return "\n\n".join([*tables, _by_rule(rows)])


def _by_rule(rows: Sequence[Judged]) -> str:
    lines = ["| rule | in posts | found | right |", "|---|---|---|---|"]
    for rule in sorted({rule for r in rows for rule in r.post.rules}):
        both = sum(rule in r.found and rule in r.post.rules for r in rows)
        labelled, found = sum(rule in r.post.rules for r in rows), sum(rule in r.found for r in rows)
        lines.append(f"| {rule} | {labelled} | {cell(share(both, labelled))} | {cell(share(both, found))} |")
    return "\n".join(lines)


def main() -> None:
    knowledge = load(UNICOZ)
    authors = sys.argv[1:] or sorted({post.author for post in load_drafts(UNICOZ, knowledge.sections).posts})
    started = time.monotonic()
    with ProcessPoolExecutor(max_workers=2) as pool:
        rows = [row for judged in pool.map(judge, authors) for row in judged]
    print(report(rows))
    print(f"\n{len(authors)} authors, {len(rows)} posts, {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
