"""Numbers and addresses: which point to one person, and which are anybody's."""

from __future__ import annotations

import pytest

from bot.drafts.identifiers import Surroundings, identifiers
from bot.drafts.visible import fold_each
from bot.knowledge import load
from bot.knowledge.draft_files import load_drafts
from tests.conftest import UNICOZ

WORDS = load_drafts(UNICOZ, load(UNICOZ).sections).identifiers


def found(text: str, *own: str) -> list[tuple[str, str]]:
    around = Surroundings({name: tuple(map(fold_each, words)) for name, words in WORDS.items()}, set(own))
    return [(one.kind, text[one.start : one.end]) for one in identifiers(text, fold_each(text), around)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zijn BSN is 111222333.", [("bsn", "111222333")]),
        ("bsn: 9742.57.151", [("bsn", "9742.57.151")]),
        ("Ordernummer 111222333 is binnen.", []),  # no word says what it is
        ("Zijn BSN is 111222334.", []),  # fails the check of eleven
        ("Zijn BSN is 1112223330.", []),  # ten digits
        ("App me op 06-12345678", [("phone", "06-12345678")]),
        ("Text me on +31 6 1234 5678", [("phone", "+31 6 1234 5678")]),
        ("Bel de administratie op 079-1234567.", []),
        ("Bel school op 06-12345678", []),  # a school's own mobile
        ("Zijn moeder is thuis op 079-3456789", [("phone", "079-3456789")]),
        ("In het schooljaar 2024-2025 zijn er 1234567 stappen gezet.", []),
        ("Mail jansen.lisa87@gmail.com", [("e-mail", "jansen.lisa87@gmail.com")]),
        ("Mail oudervereniging.deark@gmail.com", []),
        ("Mail info@unicoz.nl", []),
        ("Doneer aan de stichting: NL91ABNA0417164300", []),
        ("Maak het over op NL91ABNA0417164300", [("iban", "NL91ABNA0417164300")]),
        ("Maak het over op NL91ABNA0417164301", []),
        ("Noor is geboren op 14-03-2016", [("birth-date", "14-03-2016")]),
        ("Imane El Amrani, 14-03-2008", [("birth-date", "14-03-2008")]),
        ("Born on 3 February 2020", [("birth-date", "3 February 2020")]),
        ("De musical is op 14-03-2026", []),
        ("Rembrandt werd geboren op 15 juli 1606", []),
        ("Hij woont op Rozenlaan 14, 2712 AB in de stad", [("address", "Rozenlaan 14, 2712 AB")]),
        ("Een kaartje? Ze woont aan de Zegwaartseweg", [("address", "Zegwaartseweg")]),
        ("Ze wonen om de hoek van de Dunantstraat, nummer 3", [("address", "Dunantstraat, nummer 3")]),
        ("De avondvierdaagse gaat over de Zegwaartseweg", []),
        ("Esra wordt 22 op 14 oktober", [("birth-date", "wordt 22 op 14 oktober")]),
        ("Zijn privénummer is 06 00 12 34 56", [("phone", "06 00 12 34 56")]),
        ("We verzamelen op het Stadsplein 1 bij de fontein.", []),
        ("Volg @rayan.tekent uit groep 8", [("handle", "@rayan.tekent")]),
        ("Met dank aan @museumvoorbeeld", []),
        ("De rode auto met kenteken GX-482-T staat dubbel", [("plate", "GX-482-T")]),
        ("Lokaal B-12-3 is dicht", []),
    ],
)
def test_a_number_is_found_by_its_form_and_its_surroundings(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


def test_what_is_our_own_is_nobodys_secret() -> None:
    assert found("App me op 06-12345678", "+31612345678") == []
    assert found("Hij woont op Rozenlaan 14", "rozenlaan 14") == []
