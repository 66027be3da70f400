"""Who a citizen is: a sign-in and a consent, each code once."""

from typing import Any

import pytest

from connectors.faults import FaultKind
from connectors.port import Refused, Retryable

BACK = "https://hub.example/back"


async def test_a_code_tells_who_signed_in_once(far: Any) -> None:
    signed_in = far.call("userinfo", {"code": "sandbox-9990000026", "redirect_uri": BACK})
    answer = await far.system.ask(signed_in)
    assert answer.data == {"national_id": "9990000026"}
    assert b"access_token" not in answer.reply
    with pytest.raises(Refused, match="sign_in_again"):
        await far.system.ask(signed_in)


async def test_a_lost_answer_is_not_asked_for_again_within_the_call(far: Any) -> None:
    far.context.faults.arm(FaultKind.LOST_ANSWER, operation="userinfo")
    signed_in = far.call("userinfo", {"code": "sandbox-9990000018", "redirect_uri": BACK})
    with pytest.raises(Retryable):
        await far.system.ask(signed_in)
    with pytest.raises(Refused, match="sign_in_again"):
        await far.system.ask(signed_in)


async def test_from_the_invitation_to_whose_consent_it_is(far: Any) -> None:
    asked = {"scopes": ["identity", "address"], "redirect_uri": BACK, "state": "s-1", "assurance": 3}
    invited = (await far.system.ask(far.call("consent", asked))).data
    brought = {"code": "sandbox-9990000069", "secure_code": invited["secure_code"]}
    token = (await far.system.ask(far.call("consent_token", brought))).data["token"]
    whose = (await far.system.ask(far.call("check_token", {"token": token}))).data
    assert (whose["national_id"], whose["scopes"], whose["assurance"]) == ("9990000069", ["identity", "address"], 3)
    with pytest.raises(Refused, match="consent_again"):
        await far.system.ask(far.call("consent_token", brought))
    with pytest.raises(Refused, match="invitation_unknown"):
        await far.system.ask(far.call("consent_token", brought | {"secure_code": "forged"}))
    assert (await far.system.ask(far.call("check_token", {"token": "sandbox-ended"}))).data == {"active": False}
