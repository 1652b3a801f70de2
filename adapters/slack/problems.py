"""What somebody has to mend before Slack works, in Dutch: for the operator."""

from __future__ import annotations

from collections.abc import Iterable

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.people import CALL_ERRORS
from adapters.slack.trouble import code, words

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
_OPTIONAL = "assistant:write"  # `manifest slack --no-agent`
FREE = ("auth.test", "views.open", "views.push", "views.publish", "apps.connections.open")  # no right of the bot


async def found(client: AsyncWebClient, desk: str) -> list[str]:
    """Return what is wrong; `desk` is the channel of the settings, or empty when it is set from inside Slack."""
    try:
        said = await client.auth_test()
    except CALL_ERRORS as error:
        return [f"Slack: {words(error)}"]
    granted = str({name.lower(): value for name, value in said.headers.items()}.get("x-oauth-scopes", ""))
    problems = _missing(scope.strip() for scope in granted.split(",")) if granted else []
    if desk:
        problems += await _of_desk(client, desk)
    return problems


def _missing(granted: Iterable[str]) -> list[str]:
    lacking = sorted(set(SCOPES) - {_OPTIONAL} - set(granted))
    if not lacking:
        return []
    return [f"Slack: de app mist {', '.join(lacking)}. Werk het manifest bij en installeer de app opnieuw."]


async def _of_desk(client: AsyncWebClient, desk: str) -> list[str]:
    try:
        channel = (await client.conversations_info(channel=desk))["channel"]
        if not channel.get("is_private"):
            return ["Slack: het kanaal van communicatie is openbaar. Maak het besloten, of kies een ander."]
        if channel.get("is_archived"):
            return ["Slack: het kanaal van communicatie is gearchiveerd. Kies een ander."]
        if channel.get("is_member") is False:
            return ["Slack: Protocolwijzer is geen lid van het kanaal van communicatie. Nodig de app er uit."]
        await client.conversations_members(channel=desk, limit=1)
    except SlackApiError as error:
        return [f"Slack: het kanaal van communicatie ({code(error)}). {words(error)}"]
    except CALL_ERRORS as error:
        return [f"Slack: {words(error)}"]
    return []
