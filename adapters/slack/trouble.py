"""What goes wrong in Slack: whether a message was taken, and in words what somebody has to do."""

from __future__ import annotations

import contextlib

import aiohttp
from slack_sdk.errors import SlackApiError

from adapters.sending import NotSentError, OutcomeUnknownError

WORDS = {
    "not_in_channel": "Protocolwijzer is geen lid van het kanaal. Typ daar: /invite @Protocolwijzer.",
    "channel_not_found": "Slack kent het kanaal niet, of Protocolwijzer is er geen lid van. Nodig de app er uit.",
    "is_archived": "Het kanaal is gearchiveerd. Koppel een ander kanaal met /protocol koppel.",
    "account_inactive": "De app is uit deze Slack verwijderd. Installeer die opnieuw.",
    "token_revoked": "Het bot-token is ingetrokken. Installeer de app opnieuw en stel het nieuwe token in.",
    "token_expired": "Het bot-token is verlopen. Installeer de app opnieuw en stel het nieuwe token in.",
    "invalid_auth": "Slack weigert het bot-token. Controleer PROTOCOLWIJZER_SLACK_BOT_TOKEN.",
    "not_authed": "Slack kreeg geen bot-token. Controleer PROTOCOLWIJZER_SLACK_BOT_TOKEN.",
    "missing_scope": "De app mist een recht. Werk het manifest bij en installeer de app opnieuw.",
    "no_permission": "De app mist een recht. Werk het manifest bij en installeer de app opnieuw.",
    "restricted_action": "Een instelling van deze Slack verbiedt de app hier te schrijven. Vraag de beheerder.",
    "cannot_dm_bot": "De ontvanger is een app, geen persoon.",
    "user_not_found": "Slack kent deze persoon niet.",
    "users_not_found": "Slack kent niemand met dit e-mailadres.",
    "user_disabled": "Het account van deze persoon in Slack is gesloten.",
    "messages_tab_disabled": "Privéberichten met de app staan uit. Werk het manifest bij.",
    "msg_blocks_too_long": "Het bericht is te lang voor Slack.",
    "invalid_blocks": "Slack weigert de opmaak van het bericht.",
}
GONE = ("message_not_found", "cant_update_message", "edit_window_closed")
NO_ENTRY = ("not_in_channel", "channel_not_found", "is_archived", "restricted_action")
_FOR_ALL = ("account_inactive", "token_revoked", "token_expired", "invalid_auth", "not_authed")
_LATER = ("ratelimited", "rate_limited", "service_unavailable", "team_added_to_org")
_PERHAPS = ("internal_error", "fatal_error", "request_timeout")  # "may have succeeded", says Slack's reference
_AWAY = 503
_BROKEN = 500
_TOO_FAST = 429


def code(error: SlackApiError) -> str:
    """Return Slack's name for an error; empty when the answer was not Slack's usual one."""
    data = getattr(error.response, "data", error.response)
    return str(data.get("error", "")) if isinstance(data, dict) else ""


def words(error: BaseException) -> str:
    """Return in Dutch what is wrong and what to do about it."""
    if isinstance(error, SlackApiError):
        found = code(error)
        missing = _needed(error)
        return WORDS.get(found, f"Slack weigert dit ({found or 'zonder reden'}).") + missing
    return "Slack antwoordt niet."


def is_passing(error: SlackApiError) -> bool:
    """Say whether the same may go well in a while without anybody mending anything."""
    status, found = _status(error), code(error)
    return status == _TOO_FAST or status >= _BROKEN or found in (*_LATER, *_PERHAPS)


def not_sent(error: Exception) -> Exception:
    """Return the courier's error for one of a call that was to send something."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return NotSentError("Slack is niet te bereiken.", platform_down=True)
    if not isinstance(error, SlackApiError):
        return OutcomeUnknownError("Slack antwoordt niet.")
    status, found = _status(error), code(error)
    if status == _TOO_FAST or found in ("ratelimited", "rate_limited"):
        return NotSentError("Slack vraagt om het rustiger aan te doen.", retry_after=_wait(error), platform_down=True)
    if status == _AWAY or found in _LATER:
        return NotSentError("Slack ligt eruit.", retry_after=_wait(error), platform_down=True)
    if status >= _BROKEN or found in _PERHAPS:
        return OutcomeUnknownError("Er ging iets mis bij Slack.")
    return NotSentError(words(error), blocked=True, platform_down=found in _FOR_ALL)


def _status(error: SlackApiError) -> int:
    return int(getattr(error.response, "status_code", 0) or 0)


def _wait(error: SlackApiError) -> float | None:
    headers = {str(name).lower(): value for name, value in (getattr(error.response, "headers", None) or {}).items()}
    with contextlib.suppress(KeyError, TypeError, ValueError):
        return max(0.0, float(headers["retry-after"]))
    return None


def _needed(error: SlackApiError) -> str:
    data = getattr(error.response, "data", None)
    needed = data.get("needed") if isinstance(data, dict) else None
    return f" Nodig is: {needed}." if needed else ""
