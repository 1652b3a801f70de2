"""From a review to a reply: the verdict, the marked draft, each rule in the document's words, a proposal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from bot.actions import Action
from bot.drafts.review import Finding, Review
from bot.drafts.reviewer import LONGEST_DRAFT
from bot.drafts.segments import Span
from bot.events import Language
from bot.knowledge.draft_values import Rule
from bot.presenting import Presenter
from bot.replies import (
    Audience,
    Button,
    Buttons,
    Field,
    Form,
    Heading,
    Listing,
    MarkedText,
    Paragraph,
    Part,
    Reply,
    Wording,
)

CHECK_FORM = "check"  # the form's name
DRAFT_FIELD = "draft"
_QUOTED = 3  # sections that are quoted word for word; of further ones a button leads there
_LONGEST_QUOTE = 60  # characters of a person's words in a list of findings


class ReviewPresenter:
    """Composes replies about drafts; pure."""

    def __init__(self, present: Presenter, rules: Mapping[str, Rule]) -> None:
        self._present = present
        self._rules = rules

    def review(self, language: Language, draft: str, review: Review, *, leads: bool = False) -> Reply:
        """Return the reply to a checked draft, for the person alone; `leads`: the asker says to be a leader."""
        say = self._present.say
        if review.notice not in ("", "other-language"):
            return self._unchecked(language, review)
        parts: list[Part] = [
            Heading(say(language, f"review-{review.verdict}")),
            Paragraph(say(language, f"review-{review.verdict}-explained")),
        ]
        if review.notice:
            parts.append(Paragraph(say(language, "review-other-language")))
        if review.findings:
            parts.append(MarkedText(draft, _marks(review.findings)))
        parts += self._rules_found(language, review.findings)
        parts += self._proposal(language, review)
        parts += self._hints(language, review)
        if leads:
            section = self._present.knowledge.sections[self._present.knowledge.organisation.leaders_section]
            parts += [Paragraph(say(language, "review-leader")), *self._present.quotation(section, language)]
        if review.findings:
            cited = dict.fromkeys(self._rules[finding.rule].section for finding in review.findings)
            parts += self._present.contact_buttons("either", language, list(cited))
        parts += [Paragraph(say(language, "review-private")), self._present.footer(language)]
        return Reply(tuple(parts), language, Audience.PERSON)

    def form(self, language: Language) -> Form:
        """Return the form to paste a draft into."""
        say = self._present.say
        field = Field(DRAFT_FIELD, say(language, "check-label"), kind="text", limit=LONGEST_DRAFT)
        title, explained, submit = (say(language, f"check-{name}") for name in ("button", "explained", "submit"))
        return Form(CHECK_FORM, title, explained, (field,), submit, language)

    def how_to_paste(self, language: Language) -> Reply:
        """Return how to have a draft checked where there are no forms."""
        return self._present.plain(language, "check-button", "check-how")

    def is_it_a_draft(self, language: Language) -> Reply:
        """Return the question whether a message that reads like a post is one."""
        say = self._present.say
        buttons = (
            Button(say(language, "perhaps-draft-yes"), Action.CHECK, primary=True),
            Button(say(language, "perhaps-draft-no"), Action.AS_QUESTION),
        )
        parts = (Heading(say(language, "perhaps-draft")), Paragraph(say(language, "perhaps-draft-explained")))
        return Reply((*parts, Buttons(buttons)), language, Audience.PERSON)

    def thanks(self, language: Language) -> Reply:
        """Return the answer to "that is wrong"."""
        return Reply((Heading(self._present.say(language, "not-right-thanks")),), language, Audience.PERSON)

    def _unchecked(self, language: Language, review: Review) -> Reply:
        say = self._present.say
        values = {"length": review.length, "limit": LONGEST_DRAFT} if review.notice == "too-long" else {}
        parts: list[Part] = [
            Heading(say(language, f"draft-{review.notice}", **values)),
            Paragraph(say(language, f"draft-{review.notice}-advice")),
            *self._hints(language, review),
        ]
        return Reply(tuple(parts), language, Audience.PERSON)

    def _rules_found(self, language: Language, findings: Sequence[Finding]) -> list[Part]:
        """Return for each rule what it is, where it was found, the document's words, and "that is wrong"."""
        parts: list[Part] = []
        quoted: list[str] = []
        by_rule = {rule: list(some) for rule, some in groupby(sorted(findings, key=_first(findings)), _rule)}
        for number, (name, found) in enumerate(by_rule.items()):
            rule = self._rules[name]
            section = self._present.knowledge.sections[rule.section]
            parts.append(Heading(rule.title[language]))
            parts.append(Paragraph(f"{rule.message[language]} {rule.advice[language]}"))
            places = [f"“{_short(finding.quote)}”" for finding in found if finding.quote]
            if places:
                parts.append(Listing(tuple(dict.fromkeys(places))))
            buttons = [Button(self._present.say(language, "not-right"), Action.NOT_RIGHT, name)]
            if section.id not in quoted and number < _QUOTED:
                parts += self._present.quotation(section, language)
                quoted.append(section.id)
            elif section.id not in quoted:
                buttons.insert(0, self._present.section_button(section, language))
            parts.append(Buttons(tuple(buttons)))
        return parts

    def _proposal(self, language: Language, review: Review) -> list[Part]:
        say = self._present.say
        if review.verdict == "ok" or not (review.safe_text or review.left_out):
            return []  # nothing that other words could mend: the advice on each rule must do
        if not review.safe_text:
            return [Paragraph(say(language, "review-nothing-left"))]
        explained = say(language, "review-proposal-explained")
        if review.left_out:
            explained += " " + say(language, "review-left-out", count=review.left_out)
        heading = Heading(say(language, "review-proposal"))
        return [heading, Paragraph(explained), Wording(review.safe_text, say(language, "copy"))]

    def _hints(self, language: Language, review: Review) -> list[Part]:
        if not review.hints:
            return []
        asked = tuple(self._present.say(language, f"hint-{hint}") for hint in review.hints)
        return [Paragraph(self._present.say(language, "review-hints")), Listing(asked)]


def _rule(finding: Finding) -> str:
    return finding.rule


def _first(findings: Sequence[Finding]) -> Callable[[Finding], tuple[int, int]]:
    """Return a key that puts a rule's findings together, in the order of the gravest of each."""
    order = {finding.rule: place for place, finding in reversed(list(enumerate(findings)))}
    return lambda finding: (order[finding.rule], finding.start)


def _short(quote: str) -> str:
    plain = " ".join(quote.split())
    return plain if len(plain) <= _LONGEST_QUOTE else f"{plain[: _LONGEST_QUOTE - 1]}…"


def _marks(findings: Sequence[Finding]) -> tuple[Span, ...]:
    """Return the places as marks: ascending, and joined where they overlap."""
    marks: list[Span] = []
    for start, end in sorted((finding.start, finding.end) for finding in findings if finding.quote):
        if marks and start <= marks[-1][1]:
            marks[-1] = (marks[-1][0], max(end, marks[-1][1]))
        else:
            marks.append((start, end))
    return tuple(marks)
