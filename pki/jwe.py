"""Single values as compact JWE (RFC 7516), as services of the exchange centre take them.

plaintext = {"data": value, "iat": unix seconds}
ECDH-ES+A256KW with A256GCM, the provider's key on P-521
"""

import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from pki.errors import KeyUnusable, SealBroken
from pki.strict import json_object

_ALGORITHMS: Final = ["ECDH-ES+A256KW", "A256GCM"]
_HEADER: Final = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}
_CURVE: Final = "P-521"
_MOST_CHARACTERS: Final = 65_536
_PARTS: Final = 5


@lru_cache(maxsize=64)
def _key(text: str) -> ECKey:
    try:
        key = ECKey.import_key(json.loads(text) if text.lstrip().startswith("{") else text.encode())
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise KeyUnusable("jwe.key", "neither a PEM nor a JWK of an elliptic-curve key") from error
    if key.curve_name != _CURVE:
        raise KeyUnusable("jwe.curve", f"values are encrypted for keys on {_CURVE}, not {key.curve_name}")
    return key


def encrypt_value(value: Any, provider_key: str, *, now: datetime) -> str:
    """`value` (anything JSON can hold) for the holder of `provider_key`, a public P-521 key in PEM or as a JWK.

    Raises KeyUnusable: `jwe.key`, `jwe.curve`.
    """
    text = json.dumps({"data": value, "iat": int(now.timestamp())}, ensure_ascii=False, separators=(",", ":"))
    return jwe.encrypt_compact(_HEADER, text.encode(), _key(provider_key), algorithms=_ALGORITHMS)


def decrypt_value(token: str, private_key: str, *, now: datetime, max_age: timedelta = timedelta(minutes=5)) -> Any:
    """For the provider's side, and its simulators: the value in a token no older than `max_age`.

    Raises SealBroken: `jwe.format`, `jwe.mismatch` (another key, another algorithm, altered), `jwe.content`,
    `jwe.iat` (too old, or from the future); KeyUnusable for the key itself.
    """
    if len(token) > _MOST_CHARACTERS or token.count(".") != _PARTS - 1:
        raise SealBroken("jwe.format", "a compact JWE has five parts")
    key = _key(private_key)
    try:
        plaintext = jwe.decrypt_compact(token, key, algorithms=_ALGORITHMS).plaintext
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise SealBroken("jwe.mismatch", "another key, another algorithm, or altered bytes") from error
    try:
        content = json_object(plaintext or b"")
        value, issued = content["data"], datetime.fromtimestamp(content["iat"], tz=UTC)
    except (ValueError, KeyError, TypeError, OverflowError, OSError) as error:
        raise SealBroken("jwe.content", "not an object with data and iat") from error
    if abs(now - issued) > max_age:
        raise SealBroken("jwe.iat", "the value was encrypted at another time; compare the clocks")
    return value


def generate_key() -> tuple[str, str]:
    """A new P-521 key for simulators and small sites: (private, public) as JWK text."""
    key = ECKey.generate_key(_CURVE)
    return json.dumps(key.as_dict(private=True)), json.dumps(key.as_dict(private=False))
