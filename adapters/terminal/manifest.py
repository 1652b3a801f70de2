"""`protocolwijzer manifest`: what each platform asks for before it lets the app in."""

from __future__ import annotations

import click

from adapters.slack.manifest import command as slack
from adapters.teams.manifest import teams


@click.group()
def manifest() -> None:
    """Write the description of the app, or its package, for a platform."""


manifest.add_command(slack)
manifest.add_command(teams)
