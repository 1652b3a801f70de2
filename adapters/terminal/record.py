"""The record of processing (AVG, artikel 30), in Dutch, from the running settings: for a school's register."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import make_url

from adapters.settings import Settings
from adapters.storage.database import DATABASE_ERRORS, database_of
from adapters.storage.rotating import to_rotate
from bot.knowledge import Knowledge

_ABOUT = (
    "Protocolwijzer beantwoordt vragen van medewerkers over het protocol sociale media, kijkt conceptberichten na en "
    "brengt twijfel bij een leidinggevende of bij communicatie. Dit overzicht volgt uit de instellingen van de server "
    "waarop het is gemaakt."
)
_RIGHTS = {
    "Inzage en overdracht": (
        "iedereen schrijft ‘mijn gegevens’ en krijgt alles als JSON; een beheerder doet het met "
        "`protocolwijzer privacy export E-MAILADRES`, ook met de interne notities"
    ),
    "Wissen": (
        "iedereen schrijft ‘vergeet mij’ en bevestigt; een beheerder doet het met "
        "`protocolwijzer privacy forget E-MAILADRES`. Open zaken worden ingetrokken, teksten en namen gewist. Wat "
        "iemand een ander antwoordde, blijft bij die ander staan, zonder naam"
    ),
    "Bewaartermijnen": "de server wist elke dag wat te oud is en meldt de aantallen in het logboek",
}
_ADDRESSES = (
    "E-mailadressen en accountnummers staan leesbaar in de database, omdat daarop wordt gezocht: ze zeggen wie iets "
    "vroeg, niet wat"
)
_NO_END = "tot ‘vergeet mij’, of tot een beheerder iemand wist"


@dataclass(frozen=True, slots=True)
class Processing:
    """One kind of data: what, why, how long, where, and who sees it."""

    title: str
    what: str
    why: str
    how_long: str
    where: str
    who: str


@dataclass(frozen=True, slots=True)
class Encryption:
    """What is true of the texts in the database. `plain` is None where the database could not be looked at."""

    is_on: bool
    plain: int | None


async def encryption_of(settings: Settings) -> Encryption:
    """Look it up; raises `DatabaseError` when a key is none, or texts are there that no key opens."""
    database = database_of(settings)
    try:
        if not database.is_there():  # the first start makes it, and encrypts from then on
            return Encryption(database.seal.is_on, 0)
        if not await database.is_current():
            return Encryption(database.seal.is_on, None)
        await database.check_keys()
        return Encryption(database.seal.is_on, (await to_rotate(database)).plain)
    except DATABASE_ERRORS:
        return Encryption(database.seal.is_on, None)
    finally:
        await database.close()


def record(settings: Settings, knowledge: Knowledge, encryption: Encryption) -> str:
    """Return the whole record as Markdown."""
    organisation = knowledge.organisation.name
    facts = {
        "Verwerkingsverantwoordelijke": organisation,
        "Betrokkenen": "medewerkers die iets vragen of beantwoorden; mensen die zij in een tekst noemen",
        "Grondslag": "gerechtvaardigd belang (AVG, artikel 6 lid 1 f): zorgvuldig omgaan met sociale media",
        "Ontvangers buiten de organisatie": _recipients(settings),
        "Waar": _where(settings),
        "Beveiliging": _security(settings, encryption),
        "Geautomatiseerde besluiten": "geen; de server verzint geen tekst en stuurt niets naar een AI-dienst",
    }
    lines = [f"# Verwerkingsregister: Protocolwijzer van {organisation}", "", _ABOUT, "", *_listed(facts)]
    for number, one in enumerate(_processings(settings), 1):
        answers = {
            "Wat": one.what,
            "Waarom": one.why,
            "Hoe lang": one.how_long,
            "Waar": one.where,
            "Wie ziet het": one.who,
        }
        lines += ["", f"## {number}. {one.title}", "", *_listed(answers)]
    lines += ["", "## Rechten van betrokkenen", "", *_listed(_RIGHTS)]
    return "\n".join(lines)


def _processings(settings: Settings) -> Iterator[Processing]:
    database = "in de database"
    operator = "de beheerder van de server, op de opdrachtregel"
    yield Processing(
        "Vragen en conceptberichten die niet worden voorgelegd",
        "de laatste vraag of het laatste concept van een gesprek",
        "een vervolgvraag begrijpen; de tekst kunnen voorleggen zonder overtypen",
        "een kwartier, en wat op een formulier niet past ten hoogste een uur; korter als de server stopt",
        "in het geheugen van de server; niet op schijf",
        "niemand",
    )
    yield Processing(
        "Zaken: vragen en concepten die iemand voorlegt",
        "naam en e-mailadres (of account) van de vrager, school, de tekst en toelichting, elke stap met wie die zette "
        "en wat die schreef",
        "de vraag laten beantwoorden en het antwoord terugbrengen",
        f"open zaken tot ze zijn beantwoord, gesloten of ingetrokken; daarna {settings.keep_cases} dagen na de laatste "
        "stap. Bij ‘vergeet mij’ meteen zonder naam en tekst: alleen aantallen blijven",
        database,
        "de vrager; de gekozen leidinggevende; communicatie. De vrager kiest of communicatie de naam ziet. Interne "
        f"notities ziet de vrager niet. Verder {operator}",
    )
    yield Processing(
        "Bereikbaarheid",
        "account, naam, antwoordadres, taal en wanneer iemand voor het laatst iets voorlegde of beantwoordde; de "
        "gekozen leidinggevende. In Microsoft Teams van iedereen die de app heeft of gebruikt: account, e-mailadres, "
        "gesprek en wanneer dat bekend werd",
        "een antwoord kunnen terugbrengen, in de goede taal; niet steeds opnieuw naar de leidinggevende vragen",
        _NO_END,
        database,
        operator,
    )
    yield Processing(
        "Bezorging van berichten over zaken",
        "aan wie en waar een bericht over een zaak gaat, wanneer het bezorgd is; geen tekst",
        "elk bericht één keer en op volgorde bezorgen, en zichtbaar maken wat niet lukt",
        f"zo lang als de zaak, dus tot {settings.keep_cases} dagen na de laatste stap",
        database,
        operator,
    )
    yield Processing(
        "Kenmerken van binnengekomen berichten",
        "het kenmerk dat het platform aan een bericht of formulier geeft; geen tekst, geen naam",
        "hetzelfde bericht niet twee keer verwerken",
        f"{settings.keep_event_ids} dagen",
        database,
        operator,
    )
    yield Processing(
        "‘Hielp dit?’",
        "het moment, ja of nee, en wat voor antwoord het was: soort, onderdeel, situatie, taal, of het zeker was, "
        "versie van het protocol. Alleen tekst als iemand die na ‘Nee’ erbij schrijft. Niet van wie",
        "zien waar het antwoord niet helpt",
        f"{settings.keep_feedback} dagen",
        database,
        f"communicatie, in het rapport, met namen uit de tekst gehaald; {operator}",
    )
    yield Processing(
        "Tellingen voor het rapport",
        "hoe vaak op een dag een soort antwoord, onderdeel en taal voorkwam; nooit een tekst of persoon",
        "zien waarover vragen gaan en wat het protocol mist",
        "onbeperkt: er is niemand in te herkennen",
        database,
        f"communicatie, in het rapport; {operator}",
    )
    yield Processing(
        "Voorstellen om de kennis aan te vullen",
        "een vraag en antwoord zonder namen, uit welke zaak; wie het voorstelde en wie besloot (naam en e-mailadres of "
        "account), en wanneer",
        "een antwoord hergebruiken, nagekeken door een tweede persoon",
        "wat wacht, tot iemand besluit; wat is goedgekeurd, zo lang als de kennis bestaat; wat is afgewezen of "
        f"ingetrokken, {settings.keep_proposals} dagen na het besluit. Van wie het was, {_NO_END}; wat dan nog wacht, "
        "wordt ingetrokken",
        database,
        f"communicatie; {operator}. Wat is goedgekeurd, leest iedereen, zonder naam",
    )
    yield Processing(
        "Logboek en metingen",
        "aantallen, tijden en technische fouten; nooit een tekst, naam of adres",
        "de server in de gaten houden",
        "zo lang als de server zijn logboek bewaart",
        "in de uitvoer van de server en op /metrics",
        "de beheerder van de server",
    )


def _recipients(settings: Settings) -> str:
    known = (("Slack", settings.slack_on), ("Microsoft Teams", settings.teams_on))
    platforms = [name for name, is_on in known if is_on]
    if not platforms:
        return "geen; de webpagina draait op de eigen server"
    return (
        f"{' en '.join(platforms)}, als kanaal: wat daar in een gesprek staat, valt onder de bewaartermijn die de "
        "organisatie daar heeft ingesteld. Protocolwijzer werkt zijn kaarten daar bij na ‘vergeet mij’; een antwoord "
        "dat al in een gesprek staat, blijft daar staan"
    )


def _where(settings: Settings) -> str:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "postgresql":
        return f"PostgreSQL, database {url.database} op {url.host or 'deze server'}, beheerd door de organisatie"
    return f"één SQLite-bestand op de eigen server: {url.database}"


def _security(settings: Settings, encryption: Encryption) -> str:
    return f"{_encrypted(settings, encryption)}. {_ADDRESSES}. {_erasing(settings)}"


def _encrypted(settings: Settings, encryption: Encryption) -> str:
    if not encryption.is_on:
        return "**teksten en namen zijn niet versleuteld**: er is geen sleutel ingesteld"
    source = (
        f"sleutelbestand {settings.encryption_key_file}, buiten de gegevensmap"
        if settings.encryption_key_file
        else "sleutel uit de omgeving van de server"
    )
    how = f"Fernet: AES-128 en HMAC-SHA256; {source}"
    if encryption.plain is None:
        return f"nieuwe teksten en namen worden versleuteld ({how}); **de database is hiervoor niet nagekeken**"
    if encryption.plain:
        return (
            f"nieuwe teksten en namen worden versleuteld ({how}); **{encryption.plain} oudere staan nog onversleuteld "
            "in de database**, tot een beheerder `protocolwijzer privacy rotate` doet"
        )
    return f"teksten en namen zijn in de database versleuteld ({how})"


def _erasing(settings: Settings) -> str:
    if make_url(settings.database_url).get_backend_name() == "postgresql":
        return (
            "Wat gewist is, geeft PostgreSQL vrij om te overschrijven (VACUUM); reservekopieën en logbestanden van "
            "PostgreSQL volgen hun eigen bewaartermijn"
        )
    return "Wat gewist is, wordt in het bestand overschreven; reservekopieën volgen hun eigen bewaartermijn"


def _listed(facts: Mapping[str, str]) -> list[str]:
    return [f"- **{name}:** {said}" for name, said in facts.items()]
