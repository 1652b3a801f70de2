"""What somebody has to mend before Teams works, in Dutch: for the operator."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import asynccontextmanager

from aiohttp import web

from adapters.settings import Settings
from adapters.teams.connector import NotDeliveredError
from adapters.teams.microsoft import Microsoft
from adapters.teams.tokens import TokenUnavailableError
from bot.events import Address
from bot.ports import StoreError

_NOT_GRANTED = (
    "Teams: Microsoft geeft geen token. Controleer PROTOCOLWIJZER_TEAMS_APP_ID, _TEAMS_APP_PASSWORD en "
    "_TEAMS_TENANT_ID, en of het wachtwoord verlopen is."
)
_NO_DESK = (
    "Teams: er is nog geen kanaal van communicatie. Schrijf @Protocolwijzer koppel in het kanaal van communicatie."
)
_ADD_OR_LINK = "Voeg de app toe aan dat team, of koppel een ander kanaal."


async def problems(settings: Settings, desks: Iterable[Address]) -> list[str]:
    """Return in Dutch what keeps Teams from working, and what to do; nothing when all is well, or Teams is off."""
    if not settings.teams_app_id:
        return []
    microsoft = Microsoft(settings)
    async with asynccontextmanager(microsoft.context)(web.Application()):
        try:
            await microsoft.token.get()
        except TokenUnavailableError:
            return [_NOT_GRANTED]
        linked = next((desk.conversation for desk in desks if desk.platform == "teams"), "")
        desk = settings.teams_desk_channel or linked
        if not desk:
            return [_NO_DESK]
        try:
            await microsoft.connector("").members(desk)
        except StoreError as error:
            return [f"Teams: {error}"]
        except NotDeliveredError as error:
            return [f"Teams: het kanaal van communicatie is onbereikbaar ({error}). {_ADD_OR_LINK}"]
    return []
