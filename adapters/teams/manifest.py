"""The app package for Teams: `manifest/teams/` filled in and zipped."""

from __future__ import annotations

import json
import re
import zipfile
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import click

from adapters.settings import ROOT

TEMPLATE = ROOT / "manifest" / "teams"
_FILES = ("manifest.json", "en.json", "color.png", "outline.png")
_MADE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can hold: the same input gives the same bytes
LONGEST_DEVELOPER = 32  # characters of developer.name in Teams' schema 1.30
_PLACE = re.compile(r"\{(version|app_id|url|developer)\}")


def package(url: str, app_id: str, developer: str) -> bytes:
    """Return the zip; raises `ValueError` with what is wrong with what was given."""
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("The address must be https:// and the server's name, as in https://protocol.example.nl.")
    if not 0 < len(developer.strip()) <= LONGEST_DEVELOPER:
        raise ValueError(f"--developer is 1 to {LONGEST_DEVELOPER} characters, says Teams: give a shorter name.")
    try:
        app_id = str(UUID(app_id))
    except ValueError:
        raise ValueError("The app id is that of the Azure bot: 8-4-4-4-12 hexadecimal digits.") from None
    known = {"version": version("protocolwijzer"), "app_id": app_id, "url": url.rstrip("/"), "developer": developer}
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in _FILES:
            content = (TEMPLATE / name).read_bytes()
            if name == "manifest.json":
                content = _PLACE.sub(lambda found: _inside_json(known[found[1]]), content.decode()).encode()
            archive.writestr(zipfile.ZipInfo(name, _MADE), content)
    return made.getvalue()


def _inside_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


@click.command("teams")
@click.option("--url", required=True, help="Public address of the server, such as https://protocol.example.nl.")
@click.option("--app-id", required=True, help="The Microsoft app id of the Azure bot.")
@click.option("--developer", default="Protocolwijzer", help="Who offers the app, as colleagues know them.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=Path("protocolwijzer-teams.zip"))
def teams(url: str, app_id: str, developer: str, out: Path) -> None:
    r"""Write the app package for Microsoft Teams.

    \b
    protocolwijzer manifest teams --url https://protocol.example.nl --app-id 11111111-2222-3333-4444-555555555555
    """
    try:
        content = package(url, app_id, developer)
        out.write_bytes(content)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"Cannot write {out}: {error.strerror}. Choose another file with --out.") from None
    click.echo(f"{out} is ready: upload it in the Teams admin centre.")
