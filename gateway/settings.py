"""What an operator may set: `HUB_*` variables over `hub.toml` over the defaults below."""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from broker.roles import EVERY, Role, read_roles
from connectors.reach import ConnectorSettings
from connectors.secrets import in_clear


class SettingsDamaged(Exception):
    """Settings that cannot be used; every line of the message names one and says why."""


class Settings(BaseSettings):
    """`HUB_*` variables over `hub.toml` over these defaults. `systems.<name>` holds a connector's settings."""

    model_config = SettingsConfigDict(
        env_prefix="HUB_",
        env_nested_delimiter="__",
        toml_file="hub.toml",
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
    )

    database: str = Field(default="sqlite:///var/hub.db", pattern=r"^(sqlite:///.+|postgresql://.+)$")
    """Where the ledger is: `sqlite:///` and a path, or `postgresql://user:password@host/database`."""
    broker: str = Field(default="memory:", pattern=r"^(memory:|amqps?://.+)$")
    """What moves messages: `memory:` is in this process, `amqp://…` or `amqps://…` is RabbitMQ."""
    state: Path = Path("var")
    """The folder of the keys that the hub makes for itself."""
    master_key: SecretStr | None = None
    """Seals payloads: 64 hex digits, or 43 characters of base64url. Stands over `master_key_file`."""
    master_key_file: Path | None = None
    """A file with the master key; left out, `<state>/master.key`, made at the first start."""
    listen: str = Field(default="127.0.0.1:8080", pattern=r"^\[?[0-9a-zA-Z.:-]+\]?:\d{1,5}$")
    """Host and port of the hub."""
    base_url: str | None = None
    """How callers reach the hub, when that is not the address it listens on."""
    agency_number: int = Field(default=1000, ge=0, le=9999)
    """The number of the agency that runs the hub; its tracking codes carry it."""
    sandbox: str = Field(default="http://127.0.0.1:8090", pattern=r"^https?://\S+$")
    """Where the simulated systems are."""
    trust: Path | None = None
    """A folder with the root certificates (`*.pem`) under which callers may sign SOAP messages; without it nobody."""
    systems: dict[str, ConnectorSettings] = Field(default_factory=dict)
    """Each outside system's own settings, by connector."""
    keep_replies_days: int = Field(default=90, ge=1)
    """For how many days the native replies recorded with inquiries are kept, sealed, for trials of new mappings."""
    approve_mappings: bool = False
    """`true`: a mapping version comes into force only when a second person has approved its exact bytes."""
    kill_at: str | None = None
    """Only for the crash test: the flow point at which the process kills itself."""

    @field_validator("systems")
    @classmethod
    def _no_secret_in_clear(cls, systems: dict[str, ConnectorSettings]) -> dict[str, ConnectorSettings]:
        shown = [f"{system}.{name}" for system, one in systems.items() for name in in_clear(one.credentials)]
        if shown:
            raise ValueError(f"secrets in clear: {', '.join(shown)}; give env:NAME, file:PATH, or seal them")
        return systems

    @property
    def embedded_database(self) -> bool:
        """The ledger is a file that one process writes."""
        return self.database.startswith("sqlite:")

    @property
    def embedded_broker(self) -> bool:
        """Messages are moved inside this process."""
        return self.broker == "memory:"

    def parted(self, roles: str) -> frozenset[Role]:
        """Read the roles a process shall have. Raises ValueError when these settings allow only all of them."""
        chosen = read_roles(roles)
        if chosen != EVERY and self.embedded_database:
            raise ValueError(
                "SQLite is written by one process, which then has every role; set HUB_DATABASE=postgresql://…"
            )
        if chosen != EVERY and self.embedded_broker:
            raise ValueError("the in-process broker reaches no other process; set HUB_BROKER=amqp://…")
        return chosen

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the library passes it by name.
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same.
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def read_settings() -> Settings:
    """Read the settings. Raises SettingsDamaged, which never repeats a value: it may be a secret."""
    try:
        return Settings()
    except ValidationError as damaged:
        lines = [
            f"HUB_{'__'.join(str(step).upper() for step in problem['loc'])}: {problem['msg']}"
            for problem in damaged.errors(include_url=False, include_input=False, include_context=False)
        ]
        raise SettingsDamaged("\n".join(lines)) from None
    except (OSError, ValueError) as unreadable:
        raise SettingsDamaged(f"hub.toml: {unreadable}") from unreadable
