"""What somebody has to mend before Slack works, in Dutch: for the operator."""

from __future__ import annotations

from collections.abc import Iterable

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.sending import HTTP_TIMEOUT
from adapters.settings import Settings
from adapters.slack.people import CALL_ERRORS
from adapters.slack.trouble import code, words
from bot.events import Address

# every right that the app asks for, and the calls and events that need it
SCOPES: dict[str, tuple[str, ...]] = {
    "app_mentions:read": ("event app_mention",),
    "assistant:write": ("assistant.threads.setSuggestedPrompts",),
    "chat:write": ("chat.postMessage", "chat.update", "chat.delete"),
    "commands": ("command /protocol", "shortcut check_message", "shortcut check_draft"),
    "groups:history": ("conversations.history",),
    "groups:read": ("conversations.info", "conversations.members"),
    "im:history": ("event message.im", "conversations.history", "conversations.replies"),
    "im:write": ("conversations.open",),
    "users:read": ("users.info",),
    "users:read.email": ("users.lookupByEmail",),
}
_PUBLIC = "Slack: het kanaal van communicatie is openbaar. Maak het besloten, of kies een ander."
_OPTIONAL = "assistant:write"  # `manifest slack --no-agent`
# what needs no right of the bot
FREE = ("auth.test", "views.open", "views.push", "views.update", "views.publish", "apps.connections.open")


async def problems(settings: Settings, desks: Iterable[Address]) -> list[str]:
    """Return in Dutch what somebody has to mend before Slack works; nothing when all is well, or Slack is off."""
    if settings.slack_bot_token is None:
        return []
    linked = [desk.conversation for desk in desks if desk.platform == "slack"]
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=HTTP_TIMEOUT.total_seconds())) as session:
        client = AsyncWebClient(
            token=settings.slack_bot_token.get_secret_value(),
            base_url=settings.slack_api_url,
            retry_handlers=[],
            session=session,
        )
        told = await found(client, settings.slack_desk_channel or next(iter(linked), ""))
        if settings.slack_app_token is not None:
            told += await _of_socket(client, settings.slack_app_token.get_secret_value())
        return told


async def found(client: AsyncWebClient, desk: str) -> list[str]:
    """Return what is wrong; `desk` is the channel of communications, or empty when there is none."""
    try:
        said = await client.auth_test()
    except CALL_ERRORS as error:
        return [f"Slack: {words(error)}"]
    granted = str({name.lower(): value for name, value in said.headers.items()}.get("x-oauth-scopes", ""))
    told = _missing(scope.strip() for scope in granted.split(",")) if granted else []
    if not desk:
        return [*told, "Slack: er is nog geen kanaal van communicatie. Typ /protocol koppel in een besloten kanaal."]
    return [*told, *await _of_desk(client, desk)]


def _missing(granted: Iterable[str]) -> list[str]:
    lacking = sorted(set(SCOPES) - {_OPTIONAL} - set(granted))
    if not lacking:
        return []
    return [f"Slack: de app mist {', '.join(lacking)}. Werk het manifest bij en installeer de app opnieuw."]


async def _of_socket(client: AsyncWebClient, app_token: str) -> list[str]:
    try:
        await client.apps_connections_open(app_token=app_token)
    except SlackApiError as error:
        return [f"Slack weigert het app-token ({code(error)}). Maak er een met connections:write."]
    except CALL_ERRORS as error:
        return [f"Slack: {words(error)}"]
    return []


async def _of_desk(client: AsyncWebClient, desk: str) -> list[str]:
    try:
        channel = (await client.conversations_info(channel=desk))["channel"]
        if not channel.get("is_private"):
            return [_PUBLIC]
        if channel.get("is_archived"):
            return ["Slack: het kanaal van communicatie is gearchiveerd. Kies een ander."]
        if channel.get("is_member") is False:
            return ["Slack: Protocolwijzer is geen lid van het kanaal van communicatie. Nodig de app er uit."]
        await client.conversations_members(channel=desk, limit=1)
    except SlackApiError as error:
        if code(error) == "missing_scope":  # the app has the right for private channels alone
            return [_PUBLIC]
        return [f"Slack: het kanaal van communicatie ({code(error)}). {words(error)}"]
    except CALL_ERRORS as error:
        return [f"Slack: {words(error)}"]
    return []
