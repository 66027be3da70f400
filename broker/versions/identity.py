"""Who an officer at the command line is: password and one-time code, slowed down like any sign-in."""

from dataclasses import dataclass
from datetime import datetime

from broker.site_secrets import SiteSecrets
from pki.one_time_codes import fitting_step
from pki.passwords import check_password
from pki.vault import Vault
from registry.staff import officers, throttle
from registry.staff.officers import Officer, Standing
from registry.store import Transaction

SOURCE = "command-line"


@dataclass(frozen=True, slots=True)
class NotKnown:
    """The proof failed; every wrong one gets the same answer. Returned and not raised, so that the failure is kept."""

    until: datetime | None = None

    def __str__(self) -> str:
        if self.until is not None:
            return f"sign_in.later: too many wrong attempts; again at {self.until.isoformat(timespec='seconds')}"
        return "sign_in.refused: the name, password or one-time code is wrong"


def identify(
    t: Transaction, vault: Vault, username: str, password: str, code: str, *, now: datetime
) -> Officer | NotKnown:
    """Return the officer who proves to be one."""
    tracks = throttle.tracks(username=username, source=SOURCE, device=None)
    waits = throttle.open_at(t, tracks, now)
    if waits is not None:
        return NotKnown(waits)
    found = officers.by_username(t, username)
    usable = found if found is not None and found.state is Standing.ACTIVE else None
    fits = check_password(usable.password_hash if usable else None, password)
    if usable is not None and fits:
        secret = SiteSecrets.of_site(t, vault, now=now).open(f"officer:{usable.id}", usable.totp_sealed or b"")[0]
        step = fitting_step(secret, code, now)
        if step is not None and officers.use_step(t, usable.id, step):
            throttle.clear(t, tracks)
            return usable
    throttle.fail(t, tracks, now)
    return NotKnown()
