"""Time-based one-time codes (RFC 6238): six digits every thirty seconds, from a secret shared with a phone."""

from datetime import datetime

import pyotp

STEP = 30  # Seconds.
DRIFT = 1  # Steps by which a phone's clock may be off.


def new_code_secret() -> str:
    """Draw a secret of 160 bits, as base32 text."""
    return pyotp.random_base32()


def enrolment_uri(secret: str, *, account: str, issuer: str) -> str:
    """Return the `otpauth:` address that authenticator apps read, usually as a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def code_at(secret: str, now: datetime) -> str:
    """Return the code of this moment."""
    return pyotp.TOTP(secret).at(now)


def fitting_step(secret: str, code: str, now: datetime) -> int | None:
    """Return the time step whose code this is, or None. The caller refuses a step that was used before."""
    generator = pyotp.TOTP(secret)
    step = int(now.timestamp()) // STEP
    for drift in range(-DRIFT, DRIFT + 1):
        if pyotp.utils.strings_equal(generator.at((step + drift) * STEP), code):
            return step + drift
    return None
