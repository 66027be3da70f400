"""Passwords, kept as argon2id (RFC 9106). Both functions take tens of milliseconds: call them off the event loop."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 1024  # Characters.
_hasher = PasswordHasher()  # The library's defaults are RFC 9106's second recommended option.
_nobody: list[str] = []


def hash_password(password: str) -> str:
    """Return what is stored: an encoded argon2id hash with its own salt."""
    return _hasher.hash(password)


def check_password(stored: str | None, password: str) -> bool:
    """Tell whether the password fits. Without a stored hash it costs the same time and the answer is no."""
    if stored is None and not _nobody:
        _nobody.append(_hasher.hash(secrets.token_hex()))
    try:
        _hasher.verify(_nobody[0] if stored is None else stored, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def weakness(password: str, *, names: tuple[str, ...] = ()) -> str | None:
    """Say what makes a password unfit: `short`, `long`, `repeats` or `name`; None when it may be used.

    Length and no rule of character classes, as NIST SP 800-63B §5.1.1 advises.
    """
    if len(password) < SHORTEST:
        return "short"
    if len(password) > LONGEST:
        return "long"
    if len(set(password)) < 5:  # noqa: PLR2004 - fewer different characters are a pattern.
        return "repeats"
    lowered = password.casefold()
    if any(name and name.casefold() in lowered and len(lowered) - len(name) < SHORTEST // 2 for name in names):
        return "name"
    return None
