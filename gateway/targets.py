"""Where webhooks may be sent: https, or plain http on this machine for development."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from gateway.problems import FieldProblem, Problem


def check_target(url: str) -> str:
    """Return the address of a subscriber, or raise `request.invalid` at `/url`.

    Addresses inside the municipality's own network are right and usual. Those that never are a subscriber's are
    refused: link-local ones (where clouds keep their metadata), multicast, unspecified.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise _refuse("آدرس خوانده نمی‌شود.", "The address cannot be read.") from error
    host = parts.hostname
    plain = url.isascii() and not any(character <= " " or character in '\\<>"' for character in url)
    if not host or not plain or parts.fragment or port == 0:
        raise _refuse("آدرس درست نیست.", "The address is malformed.")
    if parts.username is not None or parts.password is not None:
        raise _refuse("نام و گذرواژه در آدرس پذیرفته نیست.", "A name or password in the address is not accepted.")
    address = _address(host)
    if address is not None and (address.is_link_local or address.is_multicast or address.is_unspecified):
        raise _refuse("این آدرس نمی‌تواند مقصد باشد.", "This address cannot be a subscriber's.")
    if not _confidential(parts, host, address):
        raise _refuse("آدرس باید https باشد.", "The address must be https, or http on a loopback address.")
    return url


def _confidential(parts: SplitResult, host: str, address: IPv4Address | IPv6Address | None) -> bool:
    if parts.scheme == "https":
        return True
    return parts.scheme == "http" and (host == "localhost" or (address is not None and address.is_loopback))


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _refuse(fa: str, en: str) -> Problem:
    return Problem("request.invalid", errors=[FieldProblem("/url", "subscription.url", fa, en)])
