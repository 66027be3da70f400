"""The simulated portal's citizens: signing in by a code that counts once, and consenting by token.

Nobody has to be clicked through: the code `sandbox-<national ID>` is what a browser would bring back, for every ID of
the invented range 999…, once; the page `/oauth2/authorize?…&national_id=…` hands out further ones.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from .shelf import Refusal

WRONG_SECRET: Final = "wrong"  # noqa: S105 - it opens nothing.
MOBILE: Final = "09120000000"
_LIVES: Final = timedelta(minutes=10)
_OWN: Final = "sandbox-"
#: The one token of the sandbox that no longer counts.
ENDED: Final = "sandbox-ended"


class Citizens:
    """Codes, access tokens and consent tokens."""

    def __init__(self, clock: Callable[[], datetime], random: Random) -> None:
        self._clock = clock
        self._random = random
        self._codes: dict[str, str] = {}
        self._used: set[str] = set()
        self._signed_in: dict[str, tuple[str, datetime]] = {}
        self._invited: dict[str, Mapping[str, Any]] = {}
        self._consents: dict[str, tuple[str, Mapping[str, Any], datetime]] = {}

    def code_for(self, national_id: str) -> str:
        """A new code, as the portal's page hands it to the browser."""
        code = self._drawn()
        self._codes[code] = national_id
        return code

    def sign_in(self, code: str) -> str | None:
        """An access token for the code; None for one that is used or was never given."""
        national_id = self._whose(code)
        if national_id is None:
            return None
        token = self._drawn()
        self._signed_in[token] = (national_id, self._clock() + _LIVES)
        return token

    def claims(self, authorization: str) -> dict[str, str] | None:
        """The claims behind a bearer header; None where the token does not count."""
        national_id, ends = self._signed_in.get(authorization.partition(" ")[2], ("", self._clock()))
        return {"sub": f"u-{national_id[-4:]}", "nationalCode": national_id} if self._clock() < ends else None

    def invite(self, asked: Mapping[str, Any]) -> dict[str, str]:
        """An invitation to consent. Raises Refusal."""
        self._check(asked)
        if not str(asked.get("redirect_uri", "")).startswith("https://"):
            raise Refusal(200, "REDIRECT_NOT_REGISTERED", "نشانی بازگشت ثبت نشده است")
        secure = self._drawn()
        self._invited[secure] = dict(asked)
        return {"authorize_url": f"https://portal.sandbox/consent/{secure}", "secure_code": secure}

    def grant(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A consent token for a code. Raises Refusal."""
        self._check(asked)
        secure = asked.get("secure_code", "")
        invitation = self._invited.get(secure)
        if invitation is None and secure != "sandbox":
            raise Refusal(200, "SECURE_CODE_INVALID", "کد امن شناخته نیست")
        national_id = self._whose(str(asked.get("code", "")))
        if national_id is None:
            raise Refusal(200, "CODE_INVALID", "کد رضایت نامعتبر است یا به کار رفته است")
        token = self._drawn()
        self._consents[token] = (national_id, invitation or {"scopes": "identity", "loa": 2}, self._clock() + _LIVES)
        return {"access_token": token, "expires_in": int(_LIVES.total_seconds())}

    def state(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """What a consent token stands for. Raises Refusal for one that was never given."""
        self._check(asked)
        token = str(asked.get("access_token", ""))
        if token == ENDED:
            return {"active": False}
        known = self._consents.get(token)
        if known is None and _invented(token.removeprefix(_OWN)):
            known = (token.removeprefix(_OWN), {"scopes": "identity mobile", "loa": 2}, self._clock() + _LIVES)
        if known is None:
            raise Refusal(200, "TOKEN_UNKNOWN", "توکن شناخته نیست")
        national_id, invitation, ends = known
        left = int((ends - self._clock()).total_seconds())
        if left <= 0:
            return {"active": False}
        said = {"active": True, "national_code": national_id, "scopes": invitation["scopes"], "loa": invitation["loa"]}
        return said | {"mobile_number": MOBILE, "expires_in": left}

    def _whose(self, code: str) -> str | None:
        national_id = self._codes.get(code, code.removeprefix(_OWN))
        if code in self._used or not _invented(national_id):
            return None
        self._used.add(code)
        return national_id

    def _check(self, asked: Mapping[str, Any]) -> None:
        if not asked.get("client_id") or asked.get("client_secret") in {None, "", WRONG_SECRET}:
            raise Refusal(200, "INVALID_CLIENT", "شناسه یا رمز سامانه پذیرفته نشد")

    def _drawn(self) -> str:
        return f"{self._random.getrandbits(128):032x}"


def _invented(national_id: str) -> bool:
    return len(national_id) == len("9990000018") and national_id.isascii() and national_id.startswith("999")
