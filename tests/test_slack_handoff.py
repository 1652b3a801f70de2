"""The forms and buttons of cases in Slack, beyond the one scenario of test_slack_cases.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.fakes.slack import FakeSlack
from tests.fakes.slack_payloads import finished
from tests.fakes.slack_user import Http, User, button, shown
from tests.test_slack_places import hand_off
from tests.test_slack_trouble import open_form

Start = Callable[..., Any]
CLEARED = {"response_action": "clear"}


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


@pytest.fixture
async def school(slack: FakeSlack, start: Start) -> Callable[[str], User]:
    line = Http(await start(**slack.settings))
    return lambda account: User(slack, line, account)


async def form_for_manager(teacher: User) -> dict[str, Any]:
    slack = teacher.slack
    await open_form(teacher)
    answer = next(one for one in reversed(slack.methods.shown("D1")) if "Vraag mijn leidinggevende" in str(one))
    await teacher.presses(button(answer["blocks"], "Vraag mijn leidinggevende"), answer)
    await finished(slack)
    return slack.methods.views[-1]


def input_of(form: Any, name: str) -> dict[str, Any]:
    [block] = [one for one in form["blocks"] if one["type"] == "input" and f":{name}:" in one["block_id"]]
    found: dict[str, Any] = block
    return found


async def test_the_manager_is_chosen_from_slacks_own_people_and_remembered(
    school: Callable[[str], User], slack: FakeSlack
) -> None:
    teacher = school("U1")
    form = await form_for_manager(teacher)
    assert input_of(form, "manager")["element"]["type"] == "users_select"
    assert await teacher.submits(form, manager="U2") == CLEARED
    await slack.happens(lambda: "DU2" in slack.methods.channels and bool(slack.methods.shown("DU2")))
    assert "Zaak 1" in shown(slack.methods.shown("DU2")[0]["blocks"])
    again = await form_for_manager(teacher)
    assert input_of(again, "manager")["element"]["initial_user"] == "U2"


@pytest.mark.parametrize("chosen", ["UGUEST", "UBOT", "UOPEN"])
async def test_a_guest_a_bot_or_somebody_unconfirmed_cannot_be_the_manager(
    school: Callable[[str], User], slack: FakeSlack, chosen: str
) -> None:
    form = await form_for_manager(school("U1"))
    answer = await school("U1").submits(form, manager=chosen, note="Mijn toelichting")
    block_id = input_of(form, "manager")["block_id"]
    assert answer == {
        "response_action": "errors",
        "errors": {block_id: "Dat is geen e-mailadres van onze organisatie."},
    }


async def test_what_tells_about_a_pupil_is_shown_redacted_first_and_either_can_be_sent(
    school: Callable[[str], User], slack: FakeSlack
) -> None:
    await school("UADMIN").commands("koppel", "G1")
    form = await open_form(school("U1"))
    telling = "Mag Sanne Bakker uit groep 6 op de foto? Bel 06-12345678."
    warned = await school("U1").submits(form, text=telling)
    assert warned["response_action"] == "update"
    view = warned["view"]
    before, after = input_of(form, "text"), input_of(view, "text")
    assert "Sanne" not in after["element"]["initial_value"] and before["block_id"] != after["block_id"]
    assert "Sanne Bakker" in shown(view["blocks"])
    assert await school("U1").submits({**form, **view, "hash": "2"}, version="original") == CLEARED
    await slack.happens(lambda: bool(slack.methods.shown("G1")))
    assert "Sanne Bakker" in shown(slack.methods.shown("G1")[0]["blocks"])


async def test_a_draft_longer_than_an_input_is_handed_on_whole(school: Callable[[str], User], slack: FakeSlack) -> None:
    await school("UADMIN").commands("koppel", "G1")
    teacher = school("U1")
    draft = "controleer: " + "Vandaag waren we met de hele groep in het museum & het was leuk. " * 80
    await teacher.says(draft.replace("&", "&amp;"))
    await finished(slack)
    review = slack.methods.shown("D1")[-1]
    press = {"type": "button", "action_id": "press-0", "block_id": "b", "value": '["ask-communications", "", "nl"]'}
    await teacher.presses(press, review)
    await slack.until("views.open")
    form = slack.methods.views[-1]
    assert "Deze tekst is te lang om hier te wijzigen." in shown(form["blocks"])
    assert await teacher.submits(form, note="Kan dit?") == CLEARED
    await slack.happens(lambda: bool(slack.methods.shown("G1")))
    card = slack.methods.shown("G1")[0]
    await school("U3").presses(button(card["blocks"], "Lees alles"), card)
    told = await slack.until("respond")  # to who pressed alone
    assert {one["response_type"] for one in told} == {"ephemeral"}
    whole = " ".join(shown(block for one in told for block in one["blocks"]).split())
    assert whole.count("in het museum & het was leuk.") == 80


async def test_the_desk_asks_back_passes_on_and_closes(school: Callable[[str], User], slack: FakeSlack) -> None:
    await school("UADMIN").commands("koppel", "G1")
    teacher, joke, karel = school("U1"), school("U3"), school("U2")
    await hand_off(teacher)
    desk, own = slack.methods.shown("G1"), slack.methods.shown("D1")
    await slack.happens(lambda: bool(desk))

    await step(joke, desk[0], "Vraag terug", text="Welke foto?")
    await slack.happens(lambda: "vraagt bij zaak 1" in shown(own[-1]["blocks"]))
    assert "Welke foto?" in shown(own[-1]["blocks"])

    await step(teacher, own[-1], "Vul aan", text="Die van de open dag.")
    await slack.happens(lambda: "De vrager vulde zaak 1 aan." in shown(desk[-1]["blocks"]))

    await step(joke, desk[0], "Naar leidinggevende", manager="U2")
    await slack.happens(lambda: "DU2" in slack.methods.channels and bool(slack.methods.shown("DU2")))
    await step(karel, slack.methods.shown("DU2")[0], "Sluit", text="Besproken.")
    await slack.happens(lambda: any("Zaak 1 is gesloten." in shown(one["blocks"]) for one in own))
    assert slack.refused == []


async def step(who: User, message: dict[str, Any], label: str, **values: str) -> None:
    """Press a button of a case that asks for words, and send them."""
    count = len(who.slack.methods.views)
    await who.presses(button(message["blocks"], label), dict(message))
    await who.slack.happens(lambda: len(who.slack.methods.views) > count)
    assert await who.submits(who.slack.methods.views[-1], **values) == CLEARED


async def test_nobody_else_takes_a_step(school: Callable[[str], User], slack: FakeSlack) -> None:
    await school("UADMIN").commands("koppel", "G1")
    await hand_off(school("U1"))
    await slack.happens(lambda: bool(slack.methods.shown("G1")))
    card = slack.methods.shown("G1")[0]
    for stranger in ("U2", "UGUEST"):  # the guest is in the desk's channel
        before = len(slack.called("respond"))
        await school(stranger).presses(button(card["blocks"], "Pak op"), card)
        refused = (await slack.until("respond", before + 1))[-1]
        assert refused["response_type"] == "ephemeral" and "Zaak 1 is niet voor jou." in shown(refused["blocks"])
    assert "Opgepakt" not in shown(slack.methods.shown("G1")[0]["blocks"])
