"""`protocolwijzer manifest`: what each platform needs to know of the app."""

from __future__ import annotations

import click

from adapters.slack.manifest import command as slack


@click.group()
def manifest() -> None:
    """Write the description of the app that a platform asks for."""


manifest.add_command(slack)
