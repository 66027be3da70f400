"""`hub verify`: proofs, tokens and webhooks checked offline, with nothing but a file and a folder of keys.

Prints `{valid, reason, ...}` as JSON. Exit code 0: valid; 1: invalid; 2: cannot tell (`valid` is null), because a
file cannot be read or nothing is trusted.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Never

import typer

from pki.errors import PkiError, SignatureInvalid
from pki.trust_folder import TrustFolder, read_trust

verify = typer.Typer(
    name="verify",
    help="Check a proof, a token or a webhook offline / بررسی برون‌خط رسید، توکن یا پیام امضاشده",
    no_args_is_help=True,
)

_File = Annotated[Path, typer.Argument(metavar="FILE", help="What to check / پرونده‌ای که بررسی می‌شود")]
_Trust = Annotated[
    Path | None,
    typer.Option("--trust", metavar="DIR", help="Folder of *.vkey, *.jwk, *.pem, *.whsec / پوشهٔ کلیدهای مورد اعتماد"),
]
_At = Annotated[
    str | None, typer.Option("--at", metavar="TIME", help="RFC 3339 time to judge by, default now / زمان داوری")
]
_Json = Annotated[bool, typer.Option("--json", help="The answer is JSON in any case / پاسخ همیشه JSON است")]

_Answer = dict[str, Any]


class _CannotTell(Exception):
    """Neither valid nor invalid; `reason` is stable."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


def _finish(valid: bool | None, reason: str, details: _Answer) -> Never:
    typer.echo(json.dumps({"valid": valid, "reason": reason, **details}, ensure_ascii=False, indent=2))
    raise typer.Exit({True: 0, False: 1, None: 2}[valid])


def _moment(at: str | None) -> datetime:
    if at is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        raise _CannotTell("at.format", "--at is an RFC 3339 time") from error
    if moment.tzinfo is None:
        raise _CannotTell("at.zone", "--at needs an offset, such as Z or +03:30")
    return moment


def _believed(trust: Path | None) -> TrustFolder:
    if trust is None:
        raise _CannotTell("trust.missing", "--trust names the folder of keys to believe")
    return read_trust(trust)


def _answer(
    check: Callable[[bytes, TrustFolder, datetime], _Answer], file: Path, trust: Path | None, at: str | None
) -> Never:
    try:
        moment = _moment(at)
        details = check(file.read_bytes(), _believed(trust), moment)
    except SignatureInvalid as error:
        _finish(False, error.reason, {"text": error.text})
    except PkiError as error:
        _finish(None, error.reason, {"text": error.text})
    except _CannotTell as error:
        _finish(None, error.reason, {"text": str(error)})
    except OSError as error:
        _finish(None, "file.unreadable", {"text": str(error)})
    _finish(True, "valid", details)


def _check_proof(data: bytes, trust: TrustFolder, _now: datetime) -> _Answer:
    from pydantic import TypeAdapter

    from pki.receipt import Receipt, verify_receipt

    if not trust.vkeys:
        raise _CannotTell("trust.missing", "the trust folder holds no *.vkey")
    try:
        value = json.loads(data)
        if isinstance(value, dict):
            value = value.get("receipts", [value])
        receipts = TypeAdapter(list[Receipt]).validate_python(value)
    except ValueError as error:  # pydantic's ValidationError is one.
        raise _CannotTell("receipt.unreadable", "the file holds no receipt") from error
    if not receipts:
        raise _CannotTell("receipt.unreadable", "the file holds no receipt")
    proved = []
    for receipt in receipts:
        verdict = verify_receipt(receipt, trust.vkeys)
        if not verdict.valid:
            raise SignatureInvalid(verdict.reason, f"leaf {receipt.index}")
        proved.append(verdict.details)
    return {"receipts": proved}


def _check_jws(data: bytes, trust: TrustFolder, now: datetime) -> _Answer:
    from pki.jws import check_times
    from pki.jws import verify as verify_token

    if not trust.jwks:
        raise _CannotTell("trust.missing", "the trust folder holds no *.jwk and no public key in *.pem")
    try:
        token = data.decode("ascii").strip()
    except UnicodeDecodeError as error:
        raise _CannotTell("file.unreadable", "the file holds no token") from error
    claims = verify_token(token, trust.jwks)
    check_times(claims, now=now)
    return {"claims": claims}


def _split_message(data: bytes) -> tuple[dict[str, str], bytes]:
    for blank in (b"\r\n\r\n", b"\n\n"):
        head, found, body = data.partition(blank)
        if found:
            lines = head.decode("latin-1").splitlines()
            pairs = (line.partition(":") for line in lines if ":" in line)
            return {name.strip().lower(): value.strip() for name, _, value in pairs}, body
    raise _CannotTell("file.unreadable", "the file is not headers, an empty line and a body")


def _check_webhook(data: bytes, trust: TrustFolder, now: datetime) -> _Answer:
    from pki.webhook import verify as verify_message

    if not trust.secrets:
        raise _CannotTell("trust.missing", "the trust folder holds no *.whsec")
    headers, body = _split_message(data)
    *others, last = trust.secrets
    for secret in others:
        try:
            verify_message(secret, headers, body, now=now)
        except SignatureInvalid as error:
            if error.reason != "webhook.signature":
                raise
        else:
            return {"id": headers["webhook-id"], "timestamp": int(headers["webhook-timestamp"])}
    verify_message(last, headers, body, now=now)
    return {"id": headers["webhook-id"], "timestamp": int(headers["webhook-timestamp"])}


@verify.command("proof")
def proof(file: _File, trust: _Trust = None, at: _At = None, json_: _Json = True) -> None:  # noqa: ARG001 - see _Json.
    """Check a receipt, or a list of them, against the journal's verifier key / بررسی رسید دفتر."""
    _answer(_check_proof, file, trust, at)


@verify.command("jws")
def jws(file: _File, trust: _Trust = None, at: _At = None, json_: _Json = True) -> None:  # noqa: ARG001 - see _Json.
    """Check a compact JWS, such as the receipt of a status push / بررسی توکن امضاشده."""
    _answer(_check_jws, file, trust, at)


@verify.command("webhook")
def webhook(file: _File, trust: _Trust = None, at: _At = None, json_: _Json = True) -> None:  # noqa: ARG001 - see _Json.
    """Check a webhook kept as headers, an empty line and the body / بررسی پیام وب‌هوک."""
    _answer(_check_webhook, file, trust, at)
