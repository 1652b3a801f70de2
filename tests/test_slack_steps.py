"""A step that says nothing itself is seen to be taken, wherever its button stood."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from adapters.storage.case_store import CaseStore
from bot.ports import StoreError
from tests.fakes.slack import Answer, FakeSlack
from tests.fakes.slack_payloads import finished
from tests.fakes.slack_rules import buttons
from tests.fakes.slack_user import Http, User, button, shown
from tests.test_slack_places import hand_off

Start = Callable[..., Any]


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


@pytest.fixture
async def school(slack: FakeSlack, start: Start) -> Callable[[str], User]:
    line = Http(await start(**slack.settings))
    people = {account: User(slack, line, account) for account in slack.methods.users}
    await people["UADMIN"].commands("koppel", "G1")
    await hand_off(people["U1"])
    await slack.happens(lambda: bool(slack.methods.shown("G1")) and len(slack.methods.shown("D1")) == 2)
    return people.__getitem__


async def opened_from_home(who: User) -> dict[str, Any]:
    """Open case 1 from App Home; return the modal."""
    slack = who.slack
    await who.event({"type": "app_home_opened", "tab": "home", "channel": who.direct})
    await slack.happens(lambda: who.account in slack.methods.homes)
    home, count = slack.methods.homes[who.account], len(slack.methods.views)
    await who.presses_in(home, button(home["blocks"], "Zaak 1"))
    await slack.happens(lambda: len(slack.methods.views) > count)
    return slack.methods.views[-1]


async def shown_in_dm(who: User) -> dict[str, Any]:
    """Ask for case 1; return the message that shows it."""
    slack = who.slack
    count = len(slack.methods.shown(who.direct))
    await who.says("zaken 1")
    await slack.happens(lambda: len(slack.methods.shown(who.direct)) > count)
    return slack.methods.shown(who.direct)[-1]


def labels(view: Any) -> list[str]:
    return [one["text"]["text"] for one in buttons(view["blocks"])]


async def test_a_step_in_a_modal_shows_the_case_as_it_is_now(school: Callable[[str], User], slack: FakeSlack) -> None:
    view = await opened_from_home(school("U3"))
    assert "Pak op" in labels(view)
    await school("U3").presses_in(view, button(view["blocks"], "Pak op"))
    await slack.until("views.update")
    assert "Pak op" not in labels(view) and "Geef vrij" in labels(view)
    assert "Opgepakt door: Joke" in shown(view["blocks"])
    assert not slack.called("views.push") and slack.refused == []


async def test_a_modal_that_was_closed_meanwhile_leaves_a_word(school: Callable[[str], User], slack: FakeSlack) -> None:
    view = await opened_from_home(school("U3"))
    slack.will_say("views.update", Answer({"ok": False, "error": "not_found"}))
    slack.will_say("views.push", Answer({"ok": False, "error": "not_found"}))
    await school("U3").presses_in(view, button(view["blocks"], "Pak op"))
    await slack.happens(lambda: "Gedaan." in str(slack.methods.shown(school("U3").direct)))


async def test_a_case_that_cannot_be_read_again_leaves_a_word_too(
    school: Callable[[str], User], slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = await opened_from_home(school("U3"))

    def away(self: CaseStore) -> Any:
        raise StoreError("The database is away.")

    with monkeypatch.context() as context:
        context.setattr(CaseStore, "reading", away)
        await school("U3").presses_in(view, button(view["blocks"], "Pak op"))
        await slack.until("views.push")
    assert shown(slack.methods.views[-1]["blocks"]) == "Gedaan."
    await slack.happens(lambda: "Opgepakt door: Joke" in shown(slack.methods.shown("G1")[0]["blocks"]))


async def test_a_step_on_a_card_that_was_asked_for_is_said_to_be_taken(
    school: Callable[[str], User], slack: FakeSlack
) -> None:
    joke = school("U3")
    card = await shown_in_dm(joke)
    await joke.presses(button(card["blocks"], "Pak op"), card)
    await slack.happens(lambda: shown(slack.methods.shown(joke.direct)[-1]["blocks"]) == "Gedaan.")


async def test_who_withdraws_reads_that_it_is_done(school: Callable[[str], User], slack: FakeSlack) -> None:
    card = await shown_in_dm(school("U1"))
    await school("U1").presses(button(card["blocks"], "Trek in"), card)
    await slack.happens(lambda: shown(slack.methods.shown("D1")[-1]["blocks"]) == "Gedaan.")


async def test_on_the_desks_own_card_the_card_says_it(school: Callable[[str], User], slack: FakeSlack) -> None:
    card = slack.methods.shown("G1")[0]
    await school("U3").presses(button(card["blocks"], "Pak op"), card)
    await slack.happens(lambda: "Opgepakt door: Joke" in shown(slack.methods.shown("G1")[0]["blocks"]))
    await finished(slack)
    assert "Gedaan." not in str(slack.calls)
