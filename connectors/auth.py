"""How the calls of an operation prove who calls: the profile's data, filled with the secrets of the settings.

What travels in headers is an `Authenticator`. `jws` signs the body, `mtls` is the connection's, `wss-…` the envelope's
(`connectors/auth_envelope.py`), `body-credentials` the mapping's: `/$context/credential_username` and `…_password`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from connectors.auth_body import BodySigner, body_signer
from connectors.auth_headers import Fixed, basic
from connectors.auth_profiles import ApiKey, AuthProfile, ExchangeBasic, ExchangeOauth, Jws, MinistryEsb
from connectors.auth_profiles import BasicAuth as Basic
from connectors.auth_profiles import OauthClientCredentials as ClientCredentials
from connectors.auth_token import client_credentials, exchange_oauth
from connectors.http import HttpClient
from connectors.reach import Reach


class Authenticator(Protocol):
    """Gives each call its headers."""

    async def headers(self, timeout: float) -> Mapping[str, str]:
        """The headers that prove the caller. May call the system for a token; raises Retryable."""
        ...

    def rejected(self, headers: Mapping[str, str]) -> bool:
        """The system answered 401 to a call made with these headers. True: another attempt may fare better."""
        ...


@dataclass(frozen=True, slots=True)
class Access:
    """How the calls of an operation prove who calls. `suffix` goes behind the path, `sign` changes the body."""

    authenticator: Authenticator
    suffix: str = ""
    sign: BodySigner | None = None


class Accesses:
    """The access of every operation of one system. Operations with the same profile and credentials share a token."""

    def __init__(self, reach: Reach, http: HttpClient) -> None:
        usual = reach.auth("")
        self._usual = access(reach, http, usual, "")
        own = {name.partition(".")[0] for name in reach.settings.credentials if "." in name}
        self._special = {
            name: access(reach, http, chosen, name)
            for name in reach.manifest.operations
            if (chosen := reach.auth(name)) != usual or name in own
        }

    def of(self, operation: str) -> Access:
        """The operation's access."""
        return self._special.get(operation, self._usual)


def access(reach: Reach, http: HttpClient, auth: AuthProfile, operation: str) -> Access:
    """The profile, filled with the operation's credentials."""
    if isinstance(auth, MinistryEsb):
        bus = _basic(reach, operation) | {"soapaction": f'"{auth.soap_action}"'}
        return Access(Fixed(bus), suffix=auth.endpoint_suffix)
    if isinstance(auth, Jws):
        return Access(Fixed({}), sign=body_signer(reach, auth, operation))
    return Access(_authenticator(reach, http, auth, operation))


def _authenticator(reach: Reach, http: HttpClient, auth: AuthProfile, operation: str) -> Authenticator:
    match auth:
        case Basic():
            return Fixed(_basic(reach, operation))
        case ApiKey():
            key = reach.settings.credential("key", operation)
            return Fixed({auth.header: f"{auth.scheme} {key}" if auth.scheme else key})
        case ClientCredentials():
            return client_credentials(reach, http, auth, operation)
        case ExchangeBasic():
            return Fixed(_exchange_basic(reach, auth, operation))
        case ExchangeOauth():
            return exchange_oauth(reach, http, auth, operation)
        case _:
            return Fixed({})


def _basic(reach: Reach, operation: str) -> dict[str, str]:
    return basic(reach.settings.credential("username", operation), reach.settings.credential("password", operation))


def _exchange_basic(reach: Reach, auth: ExchangeBasic, operation: str) -> dict[str, str]:
    """The classic bus of the exchange centre: Basic for the bus, and the provider behind it has a pair of its own."""
    if auth.provider == "message":
        return _basic(reach, operation)
    return _basic(reach, operation) | {
        "ext_username": reach.settings.credential("provider_username", operation),
        "ext_password": reach.settings.credential("provider_password", operation),
    }
