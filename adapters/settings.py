"""All settings: environment variables that begin with PROTOCOLWIJZER_, or a file `.env`."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, Self

from platformdirs import user_data_path
from pydantic import Field, IPvAnyNetwork, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """A setting is missing or wrong; the text says which and what to do."""


class Settings(BaseSettings):
    """Everything that an operator can choose. A platform is on when its settings are complete, off when none is set."""

    model_config = SettingsConfigDict(
        env_prefix="PROTOCOLWIJZER_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    organisation: str = Field("unicoz", pattern=r"^[a-z0-9-]+$", description="folder under knowledge/")
    knowledge: Path = Field(ROOT / "knowledge", description="folder with the organisations' content")
    cache: Path | None = Field(None, description="folder for the learnt model; default the user's cache folder")
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8080, ge=0, le=65535, description="port to listen on")
    url: str = Field(
        "",
        pattern=r"^(https?://[^/\s]+/?)?$",
        description="public address, such as https://protocol.example.nl; its Origin is accepted",
    )
    proxies: int = Field(0, ge=0, le=5, description="reverse proxies in front; the client's address is taken from them")
    questions_per_minute: int = Field(300, ge=1, description="limit for each address; a whole school may share one")
    log_format: Literal["auto", "console", "json"] = "auto"

    database: SecretStr | None = Field(
        None, description="postgresql://user:password@host/name; default a SQLite file in the data folder"
    )
    data: Path | None = Field(None, description="folder for the database file; default the user's data folder")
    staff_list: Path | None = Field(None, description="CSV with the columns staff, manager, school (e-mail addresses)")
    demonstration: bool | None = Field(
        None,
        description="invented people on the web page; default on this computer alone, "
        "without platforms, proxies or a database of others",
    )
    identity_header: str = Field("", description="header in which the school's proxy says who is signed in (e-mail)")
    identity_name_header: str = Field("", description="header with that person's name")
    identity_proxies: tuple[IPvAnyNetwork, ...] = Field((), description="addresses of that proxy, as a JSON list")
    desk_members: tuple[str, ...] = Field((), description="e-mail addresses of communications, as a JSON list")

    keep_cases: int = Field(90, ge=1, le=3650, description="days that an ended case is kept after its last change")
    keep_event_ids: int = Field(7, ge=1, le=90, description="days that it is kept which events came in")
    keep_proposals: int = Field(
        90, ge=1, le=3650, description="days that a rejected or withdrawn proposal is kept after it was decided"
    )
    keep_feedback: int = Field(365, ge=1, le=3650, description="days that feedback is kept")
    encryption_keys: SecretStr | None = Field(
        None, description="keys for texts and names in the database, commas between; the first encrypts"
    )
    encryption_key_file: Path | None = Field(
        None, description="file with those keys, a line each; outside the data folder"
    )

    slack_bot_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_app_token: SecretStr | None = Field(None, description="xapp-…: Socket Mode, instead of the signing secret")
    slack_team_id: str = Field("", pattern=r"^(T[A-Z0-9]+)?$", description="the workspace; default the token's own")
    slack_desk_channel: str = Field(
        "", pattern=r"^([CG][A-Z0-9]+)?$", description="the private channel of communications; or /protocol koppel"
    )
    slack_api_url: str = "https://slack.com/api/"

    teams_app_id: str = ""
    teams_app_password: SecretStr | None = None
    teams_tenant_id: str = ""
    teams_login_url: str = "https://login.microsoftonline.com"
    teams_openid_url: str = "https://login.botframework.com/v1/.well-known/openidconfiguration"
    teams_service_url: str = Field(
        "https://smba.trafficmanager.net/teams/", description="Microsoft's address for a place that was never seen"
    )
    teams_graph_url: str = "https://graph.microsoft.com/v1.0"
    teams_managed_identity: bool = Field(False, description="on Azure: a user-assigned identity instead of a password")
    teams_development: bool = Field(False, description="answer without credentials, on this computer alone")
    teams_desk_channel: str = Field(
        "", description="id of the channel in which communications works (19:…@thread.tacv2)"
    )

    @model_validator(mode="after")
    def _whole_or_absent(self) -> Self:
        self._slack_whole_or_absent()
        self._teams_whole_or_absent()
        if bool(self.identity_header) != bool(self.identity_proxies):
            raise ValueError(
                "Who is signed in is half set: set both PROTOCOLWIJZER_IDENTITY_HEADER and "
                "PROTOCOLWIJZER_IDENTITY_PROXIES, or neither; else anybody could pretend to be a colleague"
            )
        if self.demonstration and not self.on_loopback:
            raise ValueError(
                "PROTOCOLWIJZER_DEMONSTRATION lets everybody be everybody, so it works on this computer alone: "
                "set PROTOCOLWIJZER_HOST to 127.0.0.1, or set PROTOCOLWIJZER_IDENTITY_HEADER instead"
            )
        if self.demonstration and self.identity_header:
            raise ValueError("Set either PROTOCOLWIJZER_DEMONSTRATION or PROTOCOLWIJZER_IDENTITY_HEADER, not both")
        if self.encryption_keys and self.encryption_key_file:
            raise ValueError(
                "Set either PROTOCOLWIJZER_ENCRYPTION_KEYS or PROTOCOLWIJZER_ENCRYPTION_KEY_FILE, not both"
            )
        if self.encryption_key_file and self.encryption_key_file.resolve().is_relative_to(self.data_folder.resolve()):
            raise ValueError(
                "PROTOCOLWIJZER_ENCRYPTION_KEY_FILE lies in the data folder, so that who copies the one has the other: "
                "move it elsewhere"
            )
        return self

    def _slack_whole_or_absent(self) -> None:
        if self.slack_app_token is None:
            needed: dict[str, object] = {
                "SLACK_BOT_TOKEN": self.slack_bot_token,
                "SLACK_SIGNING_SECRET": self.slack_signing_secret,
            }
            _all_or_none("Slack", needed)
        else:  # Socket Mode needs no signing secret
            _all_or_none("Slack", {"SLACK_BOT_TOKEN": self.slack_bot_token, "SLACK_APP_TOKEN": self.slack_app_token})
            if not self.slack_app_token.get_secret_value().startswith("xapp-"):
                raise ValueError("PROTOCOLWIJZER_SLACK_APP_TOKEN is no app-level token: those begin with xapp-")
        if (self.slack_team_id or self.slack_desk_channel) and not self.slack_on:
            raise ValueError("Slack is half set: set PROTOCOLWIJZER_SLACK_BOT_TOKEN too, or remove the others")

    def _teams_whole_or_absent(self) -> None:
        named: dict[str, object] = {"TEAMS_APP_ID": self.teams_app_id, "TEAMS_TENANT_ID": self.teams_tenant_id}
        if not self.teams_managed_identity:
            named["TEAMS_APP_PASSWORD"] = self.teams_app_password
        _all_or_none("Teams", named)
        if self.teams_managed_identity and (self.teams_app_password or not self.teams_app_id):
            raise ValueError(
                "With PROTOCOLWIJZER_TEAMS_MANAGED_IDENTITY set PROTOCOLWIJZER_TEAMS_APP_ID and "
                "PROTOCOLWIJZER_TEAMS_TENANT_ID, and no PROTOCOLWIJZER_TEAMS_APP_PASSWORD: Azure gives the token"
            )
        if self.teams_development and (self.teams_app_id or not self.on_loopback):
            raise ValueError(
                "PROTOCOLWIJZER_TEAMS_DEVELOPMENT answers everybody, so it works on this computer alone and without "
                "credentials: set PROTOCOLWIJZER_HOST to 127.0.0.1 and remove PROTOCOLWIJZER_TEAMS_APP_ID, or remove it"
            )

    @property
    def demonstrating(self) -> bool:
        """Whether invented people can be tried on the web page; by itself only where no real cases can be."""
        if self.demonstration is not None:
            return self.demonstration
        real = self.slack_on or self.teams_on or self.shares_database
        in_front = bool(self.identity_header or self.url or self.proxies)
        return self.on_loopback and not real and not in_front

    @property
    def shares_database(self) -> bool:
        """Whether the database is one that other servers can reach too."""
        return self.database is not None and not self.database_url.startswith("sqlite")

    @property
    def database_url(self) -> str:
        if self.database is not None:
            return self.database.get_secret_value()
        return f"sqlite:///{(self.data_folder / f'{self.organisation}.sqlite3').absolute()}"

    @property
    def data_folder(self) -> Path:
        return self.data or user_data_path("protocolwijzer")

    @property
    def knowledge_folder(self) -> Path:
        return self.knowledge / self.organisation

    @property
    def slack_on(self) -> bool:
        return self.slack_bot_token is not None and bool(self.slack_bot_token.get_secret_value())

    @property
    def teams_on(self) -> bool:
        return bool(self.teams_app_id) or self.teams_development

    @property
    def on_loopback(self) -> bool:
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def read_encryption_keys(settings: Settings) -> tuple[str, ...]:
    """Return the keys for texts in the database, the one that encrypts first; none when none is set.

    Raises `SettingsError`.
    """
    if settings.encryption_keys:
        return _keys(settings.encryption_keys.get_secret_value().split(","))
    file = settings.encryption_key_file
    if file is None:
        return ()
    try:
        keys = _keys(line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    except OSError as error:
        raise SettingsError(
            f"{file} is niet te lezen: {error.strerror}. Kijk naar PROTOCOLWIJZER_ENCRYPTION_KEY_FILE."
        ) from None
    except UnicodeDecodeError:
        raise SettingsError(f"{file} is geen tekst: er hoort één sleutel per regel in te staan.") from None
    if not keys:
        raise SettingsError(f"Er staat geen sleutel in {file}: protocolwijzer privacy new-key >> {file} zet er een in.")
    return keys


def _keys(parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(key for part in parts if (key := part.strip()))


def _all_or_none(platform: str, named: dict[str, object]) -> None:
    missing = [name for name, value in named.items() if not value]
    if missing and len(missing) < len(named):
        wanted = " and ".join(f"PROTOCOLWIJZER_{name}" for name in missing)
        raise ValueError(f"{platform} is half set: set {wanted} too, or remove the others")


def read_settings(**overrides: object) -> Settings:
    """Return the settings; raises `SettingsError` with a line per mistake, without any value in it."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = []
        for mistake in error.errors(include_url=False, include_input=False, include_context=False):
            name = "PROTOCOLWIJZER_" + "_".join(str(part) for part in mistake["loc"]).upper()
            said = mistake["msg"].removeprefix("Value error, ")
            lines.append(f"{said}." if not mistake["loc"] else f"{name}: {said}.")
        raise SettingsError("\n".join(lines)) from None
