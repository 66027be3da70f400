"""Auth profiles as data: what each is called, which parameters it has, which credentials it asks for.

A profile stands in a manifest (`[auth]`, or `auth` of an operation) or in a system's settings, which win. Parameters
are data anybody may see; credentials are settings, and secret ones are given by reference (`connectors/secrets.py`).
"""

from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from connectors.auth_credentials import (
    API_KEY,
    CERTIFICATE,
    CLIENT_CERTIFICATE,
    CLIENT_ID,
    CLIENT_KEY,
    CLIENT_SECRET,
    PASSWORD,
    PID,
    PRIVATE_KEY,
    PROVIDER_PASSWORD,
    PROVIDER_USERNAME,
    USERNAME,
    Credential,
    Words,
    asked,
)


class Profile(StrEnum):
    """How a call proves who is calling."""

    NONE = "none"
    BASIC = "basic"
    BODY_CREDENTIALS = "body-credentials"
    API_KEY = "api-key"
    OAUTH_CLIENT_CREDENTIALS = "oauth-client-credentials"
    MTLS = "mtls"
    JWS = "jws"
    WSS_X509 = "wss-x509"
    WSS_USERNAME = "wss-username"
    EXCHANGE_BASIC = "exchange-basic"
    EXCHANGE_OAUTH = "exchange-oauth"
    MINISTRY_ESB = "ministry-esb"


class AuthProfile(BaseModel):
    """What the profiles share. Unknown parameters are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: ClassVar[Words]
    asks: ClassVar[tuple[Credential, ...]] = ()

    profile: Profile

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """What this profile, with these parameters, asks for."""
        return self.asks


class NoAuth(AuthProfile):
    """Nobody is asked."""

    words = Words("بدون اعتبارنامه", "None", "سامانه نمی‌پرسد چه کسی می‌خواند", "The system does not ask who calls")
    profile: Literal[Profile.NONE] = Profile.NONE


class BasicAuth(AuthProfile):
    """RFC 7617."""

    words = Words(
        "نام کاربری در سرآیند", "HTTP Basic", "نام و گذرواژه در هر درخواست", "Name and password on every call"
    )
    asks = (USERNAME, PASSWORD)
    profile: Literal[Profile.BASIC] = Profile.BASIC


class BodyCredentials(AuthProfile):
    """The mapping writes the credentials into the message: `/$context/credential_username` and `…_password`."""

    words = Words(
        "اعتبارنامه در متن پیام",
        "Credentials in the body",
        "نام و گذرواژه از فیلدهای پیام است",
        "Name and password are fields of the message",
    )
    asks = (USERNAME, PASSWORD)
    profile: Literal[Profile.BODY_CREDENTIALS] = Profile.BODY_CREDENTIALS


class ApiKey(AuthProfile):
    """One key in one header."""

    words = Words("کلید دسترسی", "API key", "یک کلید در یک سرآیند", "One key in one header")
    asks = (API_KEY,)
    profile: Literal[Profile.API_KEY] = Profile.API_KEY
    header: str = Field(
        default="X-API-Key",
        pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
        json_schema_extra=asked("نام سرآیند", "Header", "سرآیندی که کلید در آن می‌رود", "The header the key goes in"),
    )
    scheme: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9-]*$",
        json_schema_extra=asked(
            "واژهٔ پیش از کلید", "Word before the key", "برای نمونه Bearer؛ بیشتر خالی", "Bearer, say; mostly empty"
        ),
    )


def _token_path(usual: str) -> Any:
    return Field(
        default=usual,
        pattern=r"^(/|https://).*$",
        json_schema_extra=asked(
            "نشانی گرفتن توکن",
            "Token path",
            "مسیری زیر نشانی سامانه، یا یک نشانی کامل",
            "A path under the system's address, or a whole address",
        ),
    )


class TokenProfile(AuthProfile):
    """Profiles that fetch a token first."""

    token_path: str = _token_path("/oauth2/token")
    scope: str = Field(
        default="",
        json_schema_extra=asked(
            "دامنه‌ها", "Scopes", "با فاصله از هم؛ خالی یعنی پیش‌فرض", "Separated by spaces; empty for the usual ones"
        ),
    )


class OauthClientCredentials(TokenProfile):
    """RFC 6749 §4.4; `private_key_jwt` is RFC 7523 §2.2."""

    words = Words(
        "OAuth 2.0، اعتبار متقاضی",
        "OAuth 2.0 client credentials",
        "توکنی که با اعتبارنامهٔ خود گذرگاه گرفته می‌شود",
        "A token fetched with the hub's own credentials",
    )
    profile: Literal[Profile.OAUTH_CLIENT_CREDENTIALS] = Profile.OAUTH_CLIENT_CREDENTIALS
    client_authentication: Literal["client_secret_basic", "client_secret_post", "private_key_jwt"] = Field(
        default="client_secret_basic",
        json_schema_extra=asked(
            "شیوهٔ اثبات متقاضی",
            "How the client proves itself",
            "راز در سرآیند، راز در فرم، یا گواهی امضاشده",
            "Secret in a header, secret in the form, or a signed assertion",
        ),
    )

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """A signing key instead of a secret for `private_key_jwt`."""
        proof = PRIVATE_KEY if self.client_authentication == "private_key_jwt" else CLIENT_SECRET
        return (CLIENT_ID, proof)


class MutualTls(AuthProfile):
    """The connection itself proves who calls (RFC 8446 §4.3.2)."""

    words = Words("TLS دوسویه", "Mutual TLS", "گواهی خود گذرگاه در هر اتصال", "Each connection shows a certificate")
    asks = (CLIENT_CERTIFICATE, CLIENT_KEY)
    profile: Literal[Profile.MTLS] = Profile.MTLS


class Jws(AuthProfile):
    """The body is signed: RFC 7515 with protected `crit`, `sigT` and `x5c`, the form the tax system uses."""

    words = Words("متن امضاشده (JWS)", "Signed body (JWS)", "هر متن با کلید گذرگاه امضا می‌شود", "Each body is signed")
    asks = (CERTIFICATE, PRIVATE_KEY)
    profile: Literal[Profile.JWS] = Profile.JWS
    placement: Literal["body", "header"] = Field(
        default="body",
        json_schema_extra=asked(
            "جای امضا",
            "Where the signature goes",
            "متن امضاشده به جای متن، یا امضای جدا در یک سرآیند",
            "The signed text instead of the body, or a detached signature in a header",
        ),
    )
    header: str = Field(
        default="X-JWS-Signature",
        pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
        json_schema_extra=asked("نام سرآیند", "Header", "برای امضای جدا", "For a detached signature"),
    )


class WssX509(AuthProfile):
    """WS-Security: the envelope is signed with a certificate."""

    words = Words("پاکت SOAP امضاشده", "Signed SOAP envelope", "WS-Security با گواهی", "WS-Security with a certificate")
    asks = (CERTIFICATE, PRIVATE_KEY)
    profile: Literal[Profile.WSS_X509] = Profile.WSS_X509


class WssUsername(AuthProfile):
    """WS-Security UsernameToken Profile 1.1."""

    words = Words(
        "نام کاربری در پاکت SOAP",
        "User name in the SOAP header",
        "WS-Security UsernameToken",
        "WS-Security UsernameToken",
    )
    asks = (USERNAME, PASSWORD)
    profile: Literal[Profile.WSS_USERNAME] = Profile.WSS_USERNAME
    password_type: Literal["digest", "text"] = Field(
        default="digest",
        json_schema_extra=asked(
            "شکل گذرواژه", "Form of the password", "چکیده، یا خود گذرواژه", "A digest, or the password itself"
        ),
    )


class ExchangeBasic(AuthProfile):
    """The classic bus of the exchange centre (GSB)."""

    words = Words(
        "مرکز تبادل، گذرگاه قدیم",
        "Exchange centre, classic bus",
        "نام و گذرواژه برای گذرگاه و نام و گذرواژهٔ دوم برای ارائه‌دهنده",
        "Name and password for the bus, and a second pair for the provider behind it",
    )
    asks = (USERNAME, PASSWORD, PROVIDER_USERNAME, PROVIDER_PASSWORD)
    profile: Literal[Profile.EXCHANGE_BASIC] = Profile.EXCHANGE_BASIC
    provider: Literal["headers", "message"] = Field(
        default="headers",
        json_schema_extra=asked(
            "جای اعتبارنامهٔ ارائه‌دهنده",
            "Where the provider's credentials go",
            "در دو سرآیند، یا در پیام به دست نگاشت",
            "In two headers, or into the message by the mapping",
        ),
    )


class ExchangeOauth(TokenProfile):
    """The newer bus of the exchange centre (PGSB): password grant with refresh, three headers."""

    words = Words(
        "مرکز تبادل، گذرگاه تازه",
        "Exchange centre, newer bus",
        "توکن، و دو سرآیند دیگر در هر درخواست",
        "A token, and two further headers on each call",
    )
    asks = (CLIENT_ID, CLIENT_SECRET, USERNAME, PASSWORD, PROVIDER_USERNAME, PROVIDER_PASSWORD, PID)
    profile: Literal[Profile.EXCHANGE_OAUTH] = Profile.EXCHANGE_OAUTH
    token_path: str = _token_path("/oauth/token")


class MinistryEsb(AuthProfile):
    """A ministry's WSO2 bus in front of the exchange: it adds the provider's credential itself."""

    words = Words(
        "گذرگاه وزارتخانه",
        "A ministry's bus",
        "تنها نام و گذرواژهٔ گذرگاه؛ اعتبار ارائه‌دهنده را خود گذرگاه می‌افزاید",
        "The bus's name and password only; it adds the provider's credential itself",
    )
    asks = (USERNAME, PASSWORD)
    profile: Literal[Profile.MINISTRY_ESB] = Profile.MINISTRY_ESB
    endpoint_suffix: str = Field(
        default="HttpSoap11Endpoint",
        pattern=r"^[\w.-]*$",
        json_schema_extra=asked(
            "پسوند نشانی سرویس", "Endpoint suffix", "به پایان نشانی افزوده می‌شود", "Put at the end of the address"
        ),
    )
    soap_action: str = Field(
        default="urn:mediate",
        json_schema_extra=asked("SOAPAction", "SOAPAction", "آنچه گذرگاه می‌خواهد", "What the bus wants"),
    )


Auth = Annotated[
    NoAuth
    | BasicAuth
    | BodyCredentials
    | ApiKey
    | OauthClientCredentials
    | MutualTls
    | Jws
    | WssX509
    | WssUsername
    | ExchangeBasic
    | ExchangeOauth
    | MinistryEsb,
    Field(discriminator="profile"),
]
