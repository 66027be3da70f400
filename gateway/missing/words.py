"""What people call the states and steps of the register, Persian and English."""

from collections.abc import Mapping

from registry.missing import State, Step

STATES: Mapping[State, tuple[str, str]] = {
    State.NOTED: ("ثبت‌شده", "noted"),
    State.REQUESTED: ("درخواست‌شده", "requested"),
    State.ANSWERED: ("پاسخ‌داده‌شده", "answered"),
    State.AVAILABLE: ("در دسترس", "available"),
    State.REFUSED: ("ردشده", "refused"),
    State.WITHDRAWN: ("منتفی", "withdrawn"),
}
STEPS: Mapping[Step, tuple[str, str]] = {
    Step.NOTE: ("ثبت نیاز", "note the need"),
    Step.REQUEST: ("فرستادن نامهٔ درخواست", "send the request letter"),
    Step.REMIND: ("فرستادن نامهٔ پیگیری", "send a reminder"),
    Step.ANSWER: ("رسیدن پاسخ", "an answer came"),
    Step.REFUSE: ("رد شدن درخواست", "the request was refused"),
    Step.MAKE_AVAILABLE: ("در دسترس قرار گرفتن", "the service is there"),
    Step.WITHDRAW: ("منتفی شدن نیاز", "not needed any more"),
    Step.REOPEN: ("گشودن دوباره", "open again"),
}
