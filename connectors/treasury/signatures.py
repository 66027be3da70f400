"""The signature of a request, as we assume it: HMAC-SHA256 over the values that decide what is paid."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, Final

_SIGNED: Final = ("requestNo", "traceNo", "depositId", "billId", "payId", "amount")


def signature(native: Mapping[str, Any], key: str) -> str:
    """Hex over the values joined by `|`, in this order; what a request does not have is empty."""
    text = "|".join(str(native.get(name) or "") for name in _SIGNED)
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
