"""Where the broker is and how to prove who we are: an `amqp://` or `amqps://` address read into a type.

The query keys are those of RabbitMQ's own URI specification; anything else is refused, so that a misspelt
`certfile` never turns into a connection without a certificate.
"""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

PORTS = {"amqp": 5672, "amqps": 5671}
KEYS = frozenset(
    {
        "heartbeat",
        "connection_timeout",
        "cacertfile",
        "certfile",
        "keyfile",
        "verify",
        "server_name_indication",
        "auth_mechanism",
    }
)


class AddressDamaged(ValueError):
    """An address that cannot be used. The sentence never repeats the address: it may hold a password."""


@dataclass(frozen=True, slots=True)
class Address:
    """`heartbeat` and `connection_timeout` are seconds. `external` proves us by client certificate, not password."""

    host: str
    port: int
    virtual_host: str
    username: str
    password: str = field(repr=False)
    heartbeat: int = 20
    connection_timeout: float = 10.0
    external: bool = False
    server_name: str | None = None
    tls: ssl.SSLContext | None = None

    @property
    def place(self) -> str:
        """Name the place for a log line: nothing secret."""
        return f"{self.host}:{self.port}{'' if self.virtual_host == '/' else '/' + self.virtual_host}"


def read_address(url: str) -> Address:
    """Read an address. Raises AddressDamaged.

    `amqps://host/vhost?cacertfile=…&certfile=…&keyfile=…&auth_mechanism=external` is the form for client certificates.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        query = dict(parse_qsl(parts.query, strict_parsing=True, keep_blank_values=True)) if parts.query else {}
    except ValueError as fault:
        raise AddressDamaged("the broker's address cannot be read") from fault
    if parts.scheme not in PORTS or not parts.hostname:
        raise AddressDamaged("the broker's address must be amqp://host or amqps://host")
    if unknown := sorted(set(query) - KEYS):
        raise AddressDamaged(f"the broker's address has an unknown key: {', '.join(unknown)}")
    external = query.get("auth_mechanism", "plain").lower() == "external"
    if external and (parts.scheme != "amqps" or "certfile" not in query):
        raise AddressDamaged("auth_mechanism=external needs amqps and a certfile")
    return Address(
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        virtual_host=unquote(parts.path[1:]) or "/",
        username=unquote(parts.username or "guest"),
        password=unquote(parts.password or "guest"),
        heartbeat=int(_number(query, "heartbeat", 20)),
        connection_timeout=_number(query, "connection_timeout", 10.0),
        external=external,
        server_name=query.get("server_name_indication"),
        tls=_context(query) if parts.scheme == "amqps" else None,
    )


def _number(query: dict[str, str], key: str, otherwise: float) -> float:
    try:
        number = float(query.get(key, otherwise))
    except ValueError as fault:
        raise AddressDamaged(f"{key} is not a number of seconds") from fault
    if not 1 <= number <= 600:  # noqa: PLR2004 - ten minutes; a longer silence would hide a dead broker.
        raise AddressDamaged(f"{key} must lie between 1 and 600 seconds")
    return number


def _context(query: dict[str, str]) -> ssl.SSLContext:
    if query.get("verify", "verify_peer") != "verify_peer":
        raise AddressDamaged("the broker's certificate is always verified; remove verify= from the address")
    for key in ("cacertfile", "certfile", "keyfile"):
        if key in query and not Path(query[key]).is_file():
            raise AddressDamaged(f"{key} names no file: {query[key]}")
    try:
        context = ssl.create_default_context(cafile=query.get("cacertfile"))
        if "certfile" in query:
            context.load_cert_chain(query["certfile"], query.get("keyfile"))
    except (ssl.SSLError, OSError) as fault:
        raise AddressDamaged(f"the certificate files of the broker's address cannot be used: {fault}") from fault
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
