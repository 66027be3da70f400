"""Credentials by reference: what stands in a configuration, and how it becomes a value in memory.

    env:NAME        the environment variable NAME
    file:PATH       the file's text, its last line end left out (container and systemd secrets)
    sealed:TEXT     the value itself, sealed with the site's master key for this one place (`hub connectors seal`)

What is no secret (a user name, a certificate) may also stand in clear. A secret that does is refused, by name.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from connectors.auth_credentials import SECRET_NAMES

SEALED = "sealed:"
_REFERENCES = ("env:", "file:", SEALED)


class SecretUnusable(Exception):
    """A reference that leads to nothing. The text names the place, never a value."""


class Opener(Protocol):
    """What opens sealed secrets (`pki.vault.Vault`)."""

    def open_secret(self, place: str, sealed: str) -> str:
        """The secret sealed for this place."""
        ...


def in_clear(credentials: Mapping[str, SecretStr]) -> list[str]:
    """The names of secrets that stand in clear. A name is `<credential>` or `<operation>.<credential>`."""
    return [
        name
        for name, value in credentials.items()
        if name.rpartition(".")[2] in SECRET_NAMES and not value.get_secret_value().startswith(_REFERENCES)
    ]


def place_of(system: str, name: str) -> str:
    """What a sealed secret is bound to: one credential of one system."""
    return f"systems/{system}/{name}"


def resolved(
    system: str,
    credentials: Mapping[str, SecretStr],
    *,
    vault: Callable[[], Opener],
    environment: Mapping[str, str] = os.environ,
) -> dict[str, SecretStr]:
    """The credentials with every reference followed. `vault` is only asked where something is sealed.

    Raises SecretUnusable; the vault's own errors for sealed text that does not open.
    """
    return {
        name: SecretStr(_followed(place_of(system, name), value.get_secret_value(), vault, environment))
        for name, value in credentials.items()
    }


def _followed(place: str, text: str, vault: Callable[[], Opener], environment: Mapping[str, str]) -> str:
    kind, colon, rest = text.partition(":")
    match kind + colon:
        case "env:":
            if rest not in environment:
                raise SecretUnusable(f"{place}: there is no environment variable {rest}")
            return environment[rest]
        case "file:":
            try:
                return Path(rest).read_text(encoding="utf-8").removesuffix("\n")
            except (OSError, UnicodeDecodeError) as problem:
                raise SecretUnusable(f"{place}: {rest} cannot be read ({type(problem).__name__})") from problem
        case "sealed:":
            return vault().open_secret(place, rest)
        case _:
            return text
