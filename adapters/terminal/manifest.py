"""`protocolwijzer manifest …`: what each platform asks for before it lets the app in."""

from __future__ import annotations

import click

from adapters.teams.manifest import teams


@click.group()
def manifest() -> None:
    """App packages for the platforms."""


manifest.add_command(teams)
