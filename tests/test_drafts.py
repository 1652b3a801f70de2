"""Drafts: what the rules find and leave alone, where they mark it, and what the reply says."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import settings as given_settings
from hypothesis import strategies as st

from bot.drafts.presenting import ReviewPresenter
from bot.drafts.review import Review
from bot.drafts.reviewer import LONGEST_DRAFT, Reviewer
from bot.drafts.visible import visible
from bot.knowledge import Knowledge, load
from bot.knowledge.draft_files import load_drafts
from bot.knowledge.draft_values import Rule
from bot.presenting import Presenter
from bot.replies import Audience, MarkedText, Quotation, Reply, Wording
from tests.conftest import UNICOZ

RULES = load_drafts(UNICOZ, load(UNICOZ).sections).rules
FINDS = [(rule, text) for rule in RULES.values() for text in rule.finds]
LEAVES = [(rule, text) for rule in RULES.values() for text in rule.leaves]


@pytest.mark.parametrize(("rule", "text"), FINDS, ids=[f"{rule.id}: {text[:40]}" for rule, text in FINDS])
def test_a_rule_finds_its_examples(reviewer: Reviewer, rule: Rule, text: str) -> None:
    assert rule.id in {finding.rule for finding in reviewer.review(text).findings}


@pytest.mark.parametrize(("rule", "text"), LEAVES, ids=[f"{rule.id}: {text[:40]}" for rule, text in LEAVES])
def test_a_rule_leaves_its_look_alikes_alone(reviewer: Reviewer, rule: Rule, text: str) -> None:
    assert rule.id not in {finding.rule for finding in reviewer.review(text).findings}


ANY_DRAFT = st.text(max_size=300) | st.lists(
    st.sampled_from(
        [
            "Sanne uit groep 6 won de quiz.",
            "App me op 06-12345678!",
            "Wat een sukkels.",
            " 🎉 ",
            "\r\n\n",
            "b\u200bs\u200bn 1112\u200b22333",
            "İstanbul ﷺ ",
            "De moeder van Emre, Yusuf en Noor",
            "...",
        ]
    ),
    max_size=8,
).map("".join)


@given(draft=ANY_DRAFT)
@given_settings(max_examples=150)
def test_every_finding_quotes_the_draft_as_given(reviewer: Reviewer, draft: str) -> None:
    review = reviewer.review(draft)
    for finding in review.findings:
        assert 0 <= finding.start <= finding.end <= len(draft)
        assert finding.quote == draft[finding.start : finding.end]
        assert 0 <= finding.score <= 1
    assert (review.verdict == "ok") == (not review.findings)


@given(draft=ANY_DRAFT)
@given_settings(max_examples=60)
def test_every_review_can_be_shown(reviewer: Reviewer, knowledge: Knowledge, draft: str) -> None:
    reply = shown(knowledge, draft, reviewer.review(draft))
    assert reply.audience is Audience.PERSON
    for part in reply.parts:
        if isinstance(part, MarkedText):
            ends = [end for mark in part.marks for end in mark]
            assert ends == sorted(ends)


@given(draft=st.text(max_size=200))
def test_the_way_back_to_the_draft_is_never_lost(draft: str) -> None:
    seen = visible(draft)
    assert len(seen.folded) == len(seen.text)
    assert len(seen.origin) == len(seen.text) + 1
    assert list(seen.origin) == sorted(seen.origin)


def shown(knowledge: Knowledge, draft: str, review: Review) -> Reply:
    return ReviewPresenter(Presenter(knowledge), RULES).review("nl", draft, review)


@pytest.mark.parametrize(
    "draft",
    [
        "Het bsn van Emre is 111222333, wil je dat even invullen?",
        "Het bsn van Emre is 111\u200b222\u200b333, wil je dat even invullen?",
        "Het ｂｓｎ van Emre is １１１２２２３３３, wil je dat even invullen?",
        "Het bsn van Emre is 111.222.333, wil je dat even invullen?",
    ],
)
def test_a_hidden_citizen_service_number_stops_the_draft(reviewer: Reviewer, draft: str) -> None:
    review = reviewer.review(draft)
    assert review.verdict == "stop"
    assert any(re.sub(r"\D", "", visible(finding.quote).text) == "111222333" for finding in review.findings)


def test_cyrillic_letters_do_not_hide_a_word() -> None:
    assert visible("wаt een suкkеl").text == "wat een suкkel".replace("к", "к")
    assert visible("Москва").text == "Москва"


def test_accents_of_their_own_hide_no_name() -> None:
    draft = unicodedata.normalize("NFD", "Zoë en Renée, Nguyễn en José!")
    seen = visible(draft)
    assert seen.text == "Zoë en Renée, Nguyễn en José!"
    assert unicodedata.normalize("NFC", draft[slice(*seen.span(0, 3))]) == "Zoë"
    start = seen.text.index("José")
    assert unicodedata.normalize("NFC", draft[slice(*seen.span(start, start + 4))]) == "José"


def test_what_parents_agreed_to_is_no_alarm(reviewer: Reviewer) -> None:
    agreed = "Met goedvinden van hen en hun ouders noemen we de winnaars van de rekenquiz: Naïm, Joris en Ylse."
    assert reviewer.review(agreed).verdict == "ok"
    assert reviewer.review(agreed.replace("Met goedvinden van hen en hun ouders", "Uit groep 7")).verdict != "ok"


@pytest.mark.parametrize(
    ("draft", "marked"),
    [
        ("Destiny uit 2B is ziek en ligt in het ziekenhuis. Beterschap, Desje!", "Desje"),
        ("haha mo en tygo uit 2b hebben weer de hele dag liggen slapen, oom murat neemt defne en ilayda mee", "ilayda"),
        ("Sanne de Wint uit groep 8 kreeg vandaag haar diploma. #sannewint #trots", "#sannewint"),
    ],
)
def test_nicknames_lists_and_hashtags_are_names_too(reviewer: Reviewer, draft: str, marked: str) -> None:
    review = reviewer.review(draft)
    start = draft.index(marked)
    assert any(one.start <= start and start + len(marked) <= one.end for one in review.findings)
    assert marked not in review.safe_text


def test_a_name_in_a_proposal_becomes_a_role(reviewer: Reviewer) -> None:
    review = reviewer.review("Wat een topdag in het museum! Sanne uit groep 6 won de quiz van het hele museum.")
    assert review.safe_text == "Wat een topdag in het museum! Een leerling won de quiz van het hele museum."


@pytest.mark.parametrize(
    ("draft", "gone"),
    [
        ("De moeder van Lotte uit groep 5 bakte taart voor het hele team, wat lekker.", ["Lotte"]),
        ("Mees, Ayoub en Fenna uit 2B stonden huilend op de gang na het onvoldoende.", ["Mees", "Ayoub", "Fenna"]),
        ("Well done Oluwaseun in Class 1B, who read three whole books this week.", ["Oluwaseun"]),
        ("Bel voor de spullen van Daan uit groep 8 met zijn vader op 06-12345678.", ["Daan", "06-12345678"]),
    ],
)
def test_a_proposal_names_nobody(reviewer: Reviewer, draft: str, gone: list[str]) -> None:
    review = reviewer.review(draft)
    assert review.verdict != "ok"
    assert not [name for name in gone if name in review.safe_text]


def test_a_proposal_passes_its_own_check_of_personal_data(reviewer: Reviewer) -> None:
    posts = load_drafts(UNICOZ, load(UNICOZ).sections).posts[::40]
    proposals = [reviewer.review(post.text).safe_text for post in posts]
    again = [reviewer.review(text) for text in proposals if text]
    assert again
    assert not [r for r in again if any(f.rule == "personal-data" and f.score > 0.5 for f in r.findings)]


def test_the_reply_marks_quotes_and_proposes(reviewer: Reviewer, knowledge: Knowledge) -> None:
    draft = "Sanne uit groep 6 heeft epilepsie. Vandaag gingen we naar het museum."
    reply = shown(knowledge, draft, reviewer.review(draft))
    assert any(isinstance(part, MarkedText) and part.marks for part in reply.parts)
    assert [part.section for part in reply.parts if isinstance(part, Quotation)] == ["richtlijn-2"]
    assert any(isinstance(part, Wording) for part in reply.parts)


def test_a_fine_draft_is_never_called_approved(reviewer: Reviewer, knowledge: Knowledge) -> None:
    draft = "Woensdag is de speeltuin dicht. De gemeente legt er nieuwe tegels. Donderdag is alles weer open."
    review = reviewer.review(draft)
    assert review.verdict == "ok"
    text = str(shown(knowledge, draft, review).parts)
    assert "geen goedkeuring" in text


@pytest.mark.parametrize(
    ("draft", "notice"),
    [
        ("", "nothing-written"),
        ("  \n\u200b", "nothing-written"),
        ("📷", "nothing-written"),
        ("https://www.voorbeeld.nl/foto.jpg", "only-link"),
        ("a" * (LONGEST_DRAFT + 1), "too-long"),
        ("Bugün çok güzel bir gün, çocuklar bahçede oynuyorlar ve çok mutlular.", "other-language"),
    ],
)
def test_what_cannot_be_checked_is_said(reviewer: Reviewer, draft: str, notice: str) -> None:
    assert reviewer.review(draft).notice == notice


def test_a_link_alone_still_gets_the_two_questions(reviewer: Reviewer) -> None:
    assert reviewer.review("https://www.voorbeeld.nl/foto.jpg").hints == ("permission", "capacity")


@pytest.mark.parametrize(
    ("draft", "leads"),
    [
        ("Als directeur van De Ark ben ik trots op dit team.", True),
        ("Morgen is de school dicht.\nTim Bos, directeur De Ark", True),
        ("Speaking as principal I would like to thank everyone.", True),
        ("De directeur opende vandaag de nieuwe bibliotheek met een schaar.", False),
    ],
)
def test_who_says_to_lead_is_shown_the_guideline_for_leaders(reviewer: Reviewer, draft: str, leads: bool) -> None:
    assert reviewer.leads(draft) is leads


def test_what_is_the_schools_own_is_no_finding(reviewer: Reviewer, knowledge: Knowledge) -> None:
    draft = "Onze nieuwe vestiging: de ouders van groep 3 vinden ons op Lindelaan 14, bel 06-12345678 voor thuis."
    ours = Reviewer(reviewer.knowledge, reviewer.model, ("Lindelaan 14", "+31612345678"))
    before = {finding.quote for finding in reviewer.review(draft).findings}
    assert "06-12345678" in str(before)
    assert "06-12345678" not in str(
        [finding.quote for finding in ours.review(draft).findings if len(finding.quote) < 20]
    )


@pytest.mark.parametrize(
    "hostile", ["." * 9000, "a" * 9000, "1" * 9000, "@" * 9000, "A b " * 2400, "(" * 9000, "\n" * 9000]
)
def test_hostile_text_is_checked_like_any_other(reviewer: Reviewer, hostile: str) -> None:
    assert reviewer.review(hostile + " Sanne uit groep 6").length > len(hostile)
