"""The credentials an auth profile can ask for, and what each is called for the administrator who enters it."""

from typing import Any, NamedTuple


class Words(NamedTuple):
    """A title and a sentence of help, each in both languages."""

    fa: str
    en: str
    help_fa: str
    help_en: str

    def shown(self) -> dict[str, Any]:
        """As they stand in a schema."""
        return {"x-title": {"fa": self.fa, "en": self.en}, "x-help": {"fa": self.help_fa, "en": self.help_en}}


class Credential(NamedTuple):
    """Something a profile asks of the administrator. `secret` ones are only ever given by reference."""

    name: str
    words: Words
    secret: bool = True
    required: bool = True


def asked(fa: str, en: str, help_fa: str, help_en: str) -> dict[str, Any]:
    """The words of one parameter, for its schema."""
    return Words(fa, en, help_fa, help_en).shown()


API_KEY = Credential(
    "key", Words("کلید", "Key", "کلیدی که مالک سامانه داده است", "The key the system's owner has given")
)
USERNAME = Credential(
    "username",
    Words("نام کاربری", "User name", "نامی که مالک سامانه داده است", "The name the system's owner has given"),
    secret=False,
)
PASSWORD = Credential(
    "password",
    Words("گذرواژه", "Password", "گذرواژهٔ همان نام کاربری", "The password of that user name"),
)
PROVIDER_USERNAME = Credential(
    "provider_username",
    Words(
        "نام کاربری ارائه‌دهنده",
        "Provider's user name",
        "نام کاربری دستگاهی که پشت گذرگاه است",
        "The user name at the agency behind the bus",
    ),
    secret=False,
)
PROVIDER_PASSWORD = Credential(
    "provider_password",
    Words(
        "گذرواژهٔ ارائه‌دهنده",
        "Provider's password",
        "گذرواژهٔ دستگاهی که پشت گذرگاه است",
        "The password at the agency behind the bus",
    ),
)
CLIENT_ID = Credential(
    "client_id",
    Words("شناسهٔ متقاضی", "Client identifier", "شناسهٔ ثبت‌شدهٔ این گذرگاه", "The identifier this hub is registered by"),
    secret=False,
)
CLIENT_SECRET = Credential(
    "client_secret",
    Words("راز متقاضی", "Client secret", "همراه شناسهٔ متقاضی داده شده است", "Given with the client identifier"),
)
PID = Credential(
    "pid",
    Words(
        "شناسهٔ pid",
        "The pid",
        "۲۴ رقم شانزده‌شانزدهی که مرکز تبادل برای هر سرویس می‌دهد",
        "24 hexadecimal digits that the exchange centre gives for each service",
    ),
    secret=False,
)
CERTIFICATE = Credential(
    "certificate",
    Words("گواهی امضا", "Signing certificate", "متن PEM گواهی", "The certificate's PEM text"),
    secret=False,
)
PRIVATE_KEY = Credential(
    "private_key",
    Words(
        "کلید خصوصی امضا", "Private signing key", "متن PEM کلید همان گواهی", "The PEM text of that certificate's key"
    ),
)
CLIENT_CERTIFICATE = Credential(
    "client_certificate",
    Words(
        "گواهی TLS متقاضی",
        "TLS client certificate",
        "متن PEM گواهی‌ای که اتصال با آن برقرار می‌شود",
        "The PEM text of the certificate that connections are made with",
    ),
    secret=False,
)
CLIENT_KEY = Credential(
    "client_key",
    Words("کلید TLS متقاضی", "TLS client key", "متن PEM کلید همان گواهی", "The PEM text of that certificate's key"),
)
PROVIDER_KEY = Credential(
    "provider_key",
    Words(
        "کلید عمومی رمزگذاری ارائه‌دهنده",
        "Provider's encryption key",
        "کلید عمومی P-521 به شکل PEM یا JWK، برای فیلدهای رمزشده",
        "The provider's public P-521 key in PEM or as a JWK, for encrypted fields",
    ),
    secret=False,
    required=False,
)

EVERYWHERE = (
    CLIENT_CERTIFICATE._replace(required=False),
    CLIENT_KEY._replace(required=False),
    PROVIDER_KEY,
)
"""Credentials that go with every profile: a client certificate under it, a key for encrypted fields above it."""


SECRET_NAMES = frozenset(
    one.name for one in (API_KEY, PASSWORD, PROVIDER_PASSWORD, CLIENT_SECRET, PRIVATE_KEY, CLIENT_KEY)
)
"""Names under which nothing may stand in clear in a configuration."""
