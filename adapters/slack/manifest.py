"""`protocolwijzer manifest slack`: the app as Slack wants it described, with the address of this server."""

from __future__ import annotations

import string
from typing import Any
from urllib.parse import urlsplit

import click
import yaml

from adapters.settings import ROOT
from bot.events import LANGUAGES, Language

FOLDER = ROOT / "manifest" / "slack"


def manifest(url: str, language: Language, *, agent: bool = True) -> dict[str, Any]:
    """Return the manifest of an app whose requests come to `url`; without one, over Socket Mode.

    The agent's container is there on paid plans alone; without it the direct message does.
    """
    template: dict[str, Any] = yaml.safe_load((FOLDER / "manifest.yaml").read_text(encoding="utf-8"))
    texts: dict[str, str] = yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    filled: dict[str, Any] = _filled(template, {**texts, "url": url.rstrip("/")})
    if not url:
        filled["settings"]["socket_mode_enabled"] = True
        del filled["settings"]["event_subscriptions"]["request_url"]
        del filled["settings"]["interactivity"]["request_url"]
        for command in filled["features"]["slash_commands"]:
            del command["url"]
    if not agent:
        del filled["features"]["agent_view"]
        filled["oauth_config"]["scopes"]["bot"].remove("assistant:write")
    return filled


def _filled(value: Any, texts: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(one, texts) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, texts) for one in value]
    return string.Template(value).substitute(texts) if isinstance(value, str) else value


@click.command("slack")
@click.option("--url", default="", help="Public address of this server, such as https://protocol.example.nl.")
@click.option("--socket", is_flag=True, help="Socket Mode: no public address is needed.")
@click.option("--no-agent", is_flag=True, help="For a plan of Slack without agents: no suggested questions.")
@click.option("--lang", type=click.Choice(LANGUAGES), default="nl", help="Language of the app's own texts in Slack.")
def command(url: str, socket: bool, no_agent: bool, lang: Language) -> None:
    r"""Print the Slack app's manifest, to paste at https://api.slack.com/apps under "From an app manifest".

    \b
    protocolwijzer manifest slack --url https://protocol.example.nl > slack.yaml
    protocolwijzer manifest slack --socket > slack.yaml
    """
    if socket == bool(url):
        raise click.UsageError("Give either --url https://… or --socket.")
    parts = urlsplit(url)
    if url and (parts.scheme != "https" or not parts.netloc or parts.path.strip("/")):
        raise click.UsageError("Slack reaches the server by https alone: --url https://protocol.example.nl")
    click.echo(
        yaml.safe_dump(manifest(url, lang, agent=not no_agent), allow_unicode=True, sort_keys=False, width=120),
        nl=False,
    )
