"""What everybody is going to read shows nobody: names that a post may well hold are found and replaced here."""

from __future__ import annotations

import pytest

from bot.drafts.reviewer import Reviewer

# Sentences with what they must not show: names without anything bad told about them, in any case, with any title
NAMED = [
    ("Mag de foto van Sanne de Vries online?", "Sanne|Vries"),
    ("Mag ik schrijven dat Kees Pruim ziek is?", "Kees|Pruim"),
    ("mag de foto van sanne online?", "sanne"),
    ("mag mevrouw Jansen op de foto?", "Jansen"),
    ("Mag ik de felicitatie van juf anja delen?", "anja"),
    ("meester Wouter", "Wouter"),
    ("Mag meester Wouter erop?", "Wouter"),
    ("Mohammed El Amrani", "Mohammed|Amrani"),
    ("Mag een foto van Mohammed El Amrani erop?", "Mohammed|Amrani"),
    ("Mag het filmpje van Ngozi Okafor online?", "Ngozi|Okafor"),
    ("Can I post a picture of Emily Watson?", "Emily|Watson"),
    ("meneer pietersen zegt dat het mag", "pietersen"),
    ("mag ik meneer jansen citeren?", "jansen"),
    ("Mag de foto van de familie van den Berg erop?", "Berg"),
    ("mag mevrouw de boer dit delen?", "boer"),
    ("mr smith says no", "smith"),
    ("Bakker, de vader van een leerling, vraagt of het mag", "Bakker"),
    ("Xanthippe wil niet op de foto", "Xanthippe"),
    ("Mag de foto van Xanthippe erop?", "Xanthippe"),
    ("Vraag het even aan Xanthippe.", "Xanthippe"),
    ("Mag de tekening erop? Groetjes, Fatima", "Fatima"),
    ("Noor wil niet op de foto", "Noor"),
    ("mail jan.jansen@unicoz.nl maar", "jan|jansen|@"),
    ("mail info@zwemschool.nl of p.p@kpn.nl maar", "zwemschool|kpn|@"),
    ("mag @sannedv getagd worden?", "sannedv"),
    ("Mag ik Sanne, Kees en Noor taggen?", "Sanne|Kees|Noor"),
]


@pytest.mark.parametrize(("text", "names"), NAMED)
def test_a_name_is_found_and_gone_from_what_everybody_reads(reviewer: Reviewer, text: str, names: str) -> None:
    assert reviewer.anybody(text)
    shown = reviewer.nameless(text)
    assert shown and not reviewer.anybody(shown)
    for name in names.split("|"):
        assert name not in shown


@pytest.mark.parametrize(
    "text",
    [
        "Mag ik een klassenfoto plaatsen?",
        "de juf van groep 3 wil dit niet",
        "meester of juf, wie mag dat?",
        "Dan gaan we naar Instagram, mag dat?",
        "Can I share this with the family?",
        "Helaas, de vader van een leerling klaagt.",
        "Mag de MR akkoord gaan via Teams?",
        "Mag de knuffelbeer van groep 3 een eigen Bluesky-profiel krijgen?",
        "Schoolfotograaf vraagt of het mag",
        "mail info@unicoz.nl",
        "?!",
        "",
    ],
)
def test_what_names_nobody_stays_as_it_was(reviewer: Reviewer, text: str) -> None:
    assert reviewer.anybody(text) == () and reviewer.nameless(text) == text


def test_the_address_of_communications_may_be_read_by_everybody(reviewer: Reviewer) -> None:
    text = "Mail naar pers@scholengroep.example."
    assert reviewer.anybody(text)
    ours = Reviewer(reviewer.knowledge, reviewer.model, (), "pers@scholengroep.example")
    assert ours.anybody(text) == () and ours.anybody("Mail naar jan@scholengroep.example.")


def test_a_check_of_a_draft_goes_on_as_before(reviewer: Reviewer) -> None:
    """What is stricter here is what everybody reads, not what somebody sends to a colleague."""
    for text in ("Mag de foto van Sanne de Vries online?", "mail info@zwemschool.nl maar", "mr smith says no"):
        assert reviewer.personal(text) == () and reviewer.redacted(text) == ""
