"""Who a citizen is by the national services portal: a sign-in, and a token of consent."""

from typing import Annotated

from pydantic import Field

from mappings.canonical.record import Record, described, named
from mappings.values import Count, Line, Mobile, NationalId, Reference

_CODE = named("کد", "Code")


class SignInCode(Record):
    """What the browser brought back from a citizen's sign-in. A code counts once."""

    model_config = described(
        "کد ورود", "Sign-in code", {"code": "sandbox-9990000018", "redirect_uri": "https://hub.example/back"}
    )

    code: Annotated[Reference, _CODE]
    redirect_uri: Annotated[Line, named("نشانی بازگشت", "Where they came back to")]


class ConsentCode(Record):
    """What the browser brought back from a citizen's consent, with the secure code of the invitation."""

    model_config = described("کد رضایت", "Consent code", {"code": "sandbox-9990000018", "secure_code": "sandbox"})

    code: Annotated[Reference, _CODE]
    secure_code: Annotated[Reference, named("کد امن", "Secure code")]


class ConsentToken(Record):
    """The token that stands for a citizen's consent."""

    model_config = described("توکن رضایت", "Consent token", {"token": "t-1", "expires_in_seconds": 600})

    token: Annotated[Line, Field(min_length=1), named("توکن", "Token")]
    expires_in_seconds: Annotated[Count, named("عمر (ثانیه)", "Lives for (seconds)")]


class ConsentTokenQuery(Record):
    """Asks what a token of consent stands for."""

    model_config = described("پیگیری توکن رضایت", "Query of a consent token", {"token": "sandbox-9990000018"})

    token: Annotated[Line, Field(min_length=1), named("توکن", "Token")]


class ConsentedPerson(Record):
    """Whose token it is, for what and at which level of assurance; nobody's once it no longer counts."""

    model_config = described(
        "رضایت‌دهنده",
        "Who consented",
        {"active": True, "national_id": "9990000018", "scopes": ["identity"], "assurance": 2},
    )

    active: Annotated[bool, named("معتبر", "Counts")]
    national_id: Annotated[NationalId | None, named("کد ملی", "National ID")] = None
    mobile: Annotated[Mobile | None, named("شماره همراه", "Mobile")] = None
    scopes: Annotated[list[Line] | None, named("داده‌ها", "What it covers")] = None
    assurance: Annotated[int | None, Field(ge=1, le=4), named("سطح اطمینان", "Level of assurance")] = None
    expires_in_seconds: Annotated[Count | None, named("مانده (ثانیه)", "Seconds left")] = None
