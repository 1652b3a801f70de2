"""The courier's way into Teams: posts, edits, and what to do where Teams does not let us in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from botbuilder.schema import Activity

from adapters.places import PERSON, Place
from adapters.sending import NotSentError, OutcomeUnknownError
from adapters.teams.connector import Connector, NotDeliveredError, UnreachedError
from adapters.teams.known import Known, base
from adapters.teams.messages import messages
from adapters.teams.microsoft import Microsoft
from bot.events import Address
from bot.ports import StoreError
from bot.replies import Reply

CHAT = "https://teams.microsoft.com/l/chat/0/0"
_GONE = ("ActivityNotFoundInConversation", "MessageNotFound")
_DELETED = 404


@dataclass(frozen=True, slots=True)
class TeamsSender:
    """`sending.Sender` of Teams. One attempt each: the courier repeats. `invitation` by case number."""

    microsoft: Microsoft
    known: Known
    invitation: Callable[[str], str]

    async def send(self, address: Address, reply: Reply, key: str, edits: str) -> str:
        """Post a reply, or edit the messages `edits`; a large reply is several, their ids with commas between."""
        number = key.partition(".")[0]
        try:
            place = await self._place(address)
            connector = self.microsoft.connector(place.service_url, attempts=1)
            return await self._post(
                connector,
                place.conversation,
                messages(reply, shared=_is_shared(place.conversation)),
                [one for one in edits.split(",") if one],
            )
        except NotDeliveredError as error:
            raise await self._told(error, address, number) from None

    async def find(self, address: Address, key: str) -> str | None:
        return None  # Teams has no look-up by anything of ours; the card shows the case number

    async def locate(self, email: str, key: str) -> Address | None:
        """Return the chat with a colleague; raises `NotSentError` with a way to invite one who was never seen."""
        account = email.removeprefix("teams:")
        if account != email:
            return Address("teams", f"{PERSON}{account}")
        if "@" not in email:
            return None
        place = await self.known.of_email(email)
        if place is None:
            raise NotSentError(self._without_app(email, key.partition(".")[0]), blocked=True)
        return Address("teams", place.conversation)

    async def _post(
        self, connector: Connector, conversation: str, posts: Sequence[Activity], before: Sequence[str]
    ) -> str:
        made = []
        for number, activity in enumerate(posts):
            edited = before[number] if number < len(before) else ""
            made.append(await self._edit_or_send(connector, conversation, activity, edited))
        for surplus in before[len(posts) :]:
            await self._delete(connector, conversation, surplus)
        return ",".join(made)

    async def _edit_or_send(self, connector: Connector, conversation: str, activity: Activity, edited: str) -> str:
        if edited:
            try:
                activity.id = edited
                await connector.update_activity(conversation, edited, activity)
            except NotDeliveredError as error:
                if error.status != _DELETED and error.code not in _GONE:
                    raise
                activity.id = None
            else:
                return edited
        return (await connector.send_to_conversation(conversation, activity)).id or ""

    async def _delete(self, connector: Connector, conversation: str, message: str) -> None:
        try:
            await connector.delete_activity(conversation, message)
        except NotDeliveredError as error:
            if error.status != _DELETED:
                raise

    async def _place(self, address: Address) -> Place:
        """Return where to post."""
        try:
            account = address.conversation.removeprefix(PERSON)
            if account == address.conversation:
                known = await self.known.get(base(address.conversation))
                return Place(address.conversation, known.service_url if known else "")
            return await self.known.of_account(account) or await self._opened(account)
        except StoreError:
            raise NotSentError("De database is even weg.") from None

    async def _opened(self, account: str) -> Place:
        """Open the chat with somebody who wrote elsewhere; it exists already, or is made."""
        seen = self.known.seen_in(account) or await self.known.get(f"{PERSON}{account}")
        service_url = seen.service_url if seen else ""
        settings = self.microsoft.settings
        connector = self.microsoft.connector(service_url, attempts=1)
        conversation = await connector.create_personal(account, self.microsoft.bot, settings.teams_tenant_id)
        place = Place(conversation, service_url or settings.teams_service_url, account)
        self.known.note(place)
        return place

    async def _told(
        self, error: NotDeliveredError, address: Address, number: str
    ) -> NotSentError | OutcomeUnknownError:
        """Return what the courier does about it."""
        match error.status:
            case 0 if isinstance(error, UnreachedError):
                return NotSentError("Teams is niet te bereiken.", platform_down=True)
            case 401:
                why = "Teams weigert onze toegang. Is het geheim van de app verlopen?"
                return NotSentError(why, platform_down=True, blocked=True)
            case 403 | 404:
                return NotSentError(await self._not_in_there(address, number), blocked=True)
            case 412 | 429:
                return NotSentError("Teams heeft het druk.", platform_down=True, retry_after=error.retry_after)
            case 413:
                return NotSentError("Het bericht is te groot voor Teams.", blocked=True)
            case 400:
                return NotSentError("Teams neemt dit bericht niet aan.", blocked=True)
            case 500 | 503:
                return NotSentError("Teams heeft een storing.", platform_down=True, retry_after=error.retry_after)
        return OutcomeUnknownError("Teams gaf geen antwoord: misschien is het bericht aangekomen.")

    async def _not_in_there(self, address: Address, number: str) -> str:
        try:
            seen = await self.known.get(base(address.conversation))
        except StoreError:
            seen = None
        if _is_shared(address.conversation) and not (seen and seen.account):
            return "De app Protocolwijzer staat niet (meer) in dit kanaal of deze groep. Voeg de app daar toe."
        if seen and seen.email:
            return self._without_app(seen.email, number)
        return "Deze persoon heeft de app Protocolwijzer niet in Teams."

    def _without_app(self, email: str, number: str) -> str:
        message = self.invitation(number)
        link = f"{CHAT}?users={_quoted(email)}&message={_quoted(message)}"
        return f"{email} heeft de app Protocolwijzer niet in Teams. Schrijf zelf: {link}"


def _is_shared(conversation: str) -> bool:
    """Say whether it is a channel or a group: Teams begins the ids of all of those so."""
    return conversation.startswith("19:")


def _quoted(text: str) -> str:
    """Return a text for an address, without any character that is Markdown in a card."""
    return quote(text, safe="@").replace("_", "%5F").replace("~", "%7E")
