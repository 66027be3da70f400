"""What keeps a page the hub's own: which hosts it answers, where a form may come from, what a browser may load."""

import secrets
from urllib.parse import urlsplit

from starlette.requests import Request

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
SAFE = frozenset({"GET", "HEAD"})
CSRF_FIELD, CSRF_HEADER = "csrf", "x-csrf-token"


def policy(nonce: str) -> str:
    """The Content Security Policy of a page (CSP 3): scripts by nonce, everything else from here or not at all."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def headers(nonce: str) -> dict[str, str]:
    """What every page carries. A page is one person's: nothing on the way keeps it."""
    return {
        "Content-Security-Policy": policy(nonce),
        "X-Content-Type-Options": "nosniff",
        # Not `no-referrer`: a form would then be sent with the origin `null`.
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
        "Cache-Control": "no-store",
    }


def host_of(address: str) -> str:
    """The host and port of an address, as a browser writes them in `Host`."""
    return urlsplit(address).netloc.lower()


def known_host(host: str, base_url: str) -> bool:
    """Tell whether a request was meant for this hub: a name that an attacker points here is not ours."""
    return host.lower() == host_of(base_url)


def same_machine(host: str, base_url: str) -> bool:
    """Tell whether both are names of this machine for itself, at the same port."""
    asked, ours = _parted(host.lower()), _parted(host_of(base_url))
    return asked[0] in LOOPBACK and ours[0] in LOOPBACK and asked[1] == ours[1]


def _parted(host: str) -> tuple[str, str]:
    name, colon, port = host.rpartition(":")
    return (name, port) if colon and port.isdigit() else (host, "")


def foreign_page(request: Request, base_url: str) -> bool:
    """Tell whether the browser says that another site's page sent this (Fetch Metadata, RFC 6454)."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return True
    origin = request.headers.get("origin")
    return origin is not None and origin != base_url


def right_token(given: str, expected: str) -> bool:
    """Compare the token of a form in constant time; an empty one is never right."""
    return bool(expected) and secrets.compare_digest(given.encode(), expected.encode())


def local_path(text: str) -> str | None:
    """Take an address to go on to only if it is a page of the console: no other site and no other scheme."""
    inside = text == "/console" or text.startswith(("/console/", "/console?"))
    plain = text.isprintable() and "\\" not in text and "//" not in text
    return text if inside and plain else None
