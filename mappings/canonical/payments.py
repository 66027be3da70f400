"""Payments to government accounts (treasury): by a 30-digit deposit identifier, or by bill and payment identifiers."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mappings import identifiers
from mappings.canonical.record import Record, described, named
from mappings.identifiers import IdentifierError
from mappings.values import BillId, DepositId, Digits, Instant, Line, Mobile, Reference, Rial, refusal

PaymentState = Literal["requested", "paid", "awaiting_confirmation", "settled", "revoked", "conflict"]

_AMOUNT = named("مبلغ (ریال)", "Amount (rial)")
_DEPOSIT = named("شناسه واریز", "Deposit identifier")
_BILL = named("شناسه قبض", "Bill identifier")
_PAYMENT = named("شناسه پرداخت", "Payment identifier")
_TRACE = named("شماره پیگیری خزانه", "Treasury's trace number")


def _payment_belongs_to_bill(bill_id: str, payment_id: str) -> None:
    try:
        identifiers.check_payment_id(payment_id, bill_id)
    except IdentifierError as wrong:
        raise refusal(
            wrong.code, wrong.message_en, wrong.message_fa, position=wrong.position, pointer="/payment_id"
        ) from wrong


class PaymentOrder(Record):
    """Asks the treasury to take a payment: into a deposit identifier, or for a bill.

    The amount of a bill stands in its payment identifier (`mappings.identifiers.payment_amount`) and must be repeated
    here, so that nobody pays what nobody has read.
    """

    model_config = described(
        "درخواست پرداخت",
        "Payment order",
        {
            "deposit_id": "999000000000000000000000000001",
            "amount_rial": 1250000,
            "subject": "عوارض نوسازی",
        },
    )

    deposit_id: Annotated[DepositId | None, _DEPOSIT] = None
    bill_id: Annotated[BillId | None, _BILL] = None
    payment_id: Annotated[Digits | None, _PAYMENT] = None
    amount_rial: Annotated[Rial, Field(ge=1), _AMOUNT]
    subject: Annotated[Line, named("بابت", "Subject")]
    payer_mobile: Annotated[Mobile | None, named("شماره همراه پرداخت‌کننده", "Payer's mobile number")] = None

    @model_validator(mode="after")
    def _says_what_is_paid(self) -> Self:
        if (self.deposit_id is None) == (self.bill_id is None):
            raise refusal(
                "payment_order.identifier",
                "either a deposit identifier or a bill identifier is needed, and not both",
                "یا شناسه واریز یا شناسه قبض لازم است، نه هر دو",
                pointer="/deposit_id",
            )
        if (self.bill_id is None) != (self.payment_id is None):
            raise refusal(
                "payment_order.payment_id",
                "bill and payment identifiers belong together",
                "شناسه قبض و شناسه پرداخت با هم می‌آیند",
                pointer="/payment_id",
            )
        if self.bill_id is not None and self.payment_id is not None:
            _payment_belongs_to_bill(self.bill_id, self.payment_id)
            if identifiers.payment_amount(self.payment_id) != self.amount_rial:
                raise refusal(
                    "payment_order.amount_rial",
                    "the payment identifier carries another amount",
                    "مبلغ با شناسه پرداخت نمی‌خواند",
                    pointer="/amount_rial",
                )
        return self


class PaymentQuery(Record):
    """Asks how far a payment is: by the asker's reference, the deposit identifier, or bill and payment identifiers."""

    model_config = described("پیگیری پرداخت", "Payment query", {"deposit_id": "999000000000000000000000000001"})

    reference: Annotated[Reference | None, named("شماره ارجاع", "Reference")] = None
    deposit_id: Annotated[DepositId | None, _DEPOSIT] = None
    bill_id: Annotated[BillId | None, _BILL] = None
    payment_id: Annotated[Digits | None, _PAYMENT] = None

    @model_validator(mode="after")
    def _asks_after_one(self) -> Self:
        ways = (self.reference, self.deposit_id, self.bill_id)
        if sum(way is not None for way in ways) != 1:
            raise refusal(
                "payment_query.reference",
                "exactly one of reference, deposit identifier and bill identifier is needed",
                "دقیقاً یکی از شماره ارجاع، شناسه واریز و شناسه قبض لازم است",
                pointer="/reference",
            )
        if (self.bill_id is None) != (self.payment_id is None):
            raise refusal(
                "payment_query.payment_id",
                "bill and payment identifiers belong together",
                "شناسه قبض و شناسه پرداخت با هم می‌آیند",
                pointer="/payment_id",
            )
        if self.bill_id is not None and self.payment_id is not None:
            _payment_belongs_to_bill(self.bill_id, self.payment_id)
        return self


class Payment(Record):
    """A payment as the treasury knows it."""

    model_config = described(
        "پرداخت",
        "Payment",
        {
            "trace_number": "900000000001",
            "state": "settled",
            "amount_rial": 1250000,
            "deposit_id": "999000000000000000000000000001",
            "paid_at": "2026-08-20T10:00:00+03:30",
        },
    )

    trace_number: Annotated[Reference, _TRACE]
    state: Annotated[PaymentState, named("وضعیت", "State")]
    amount_rial: Annotated[Rial, _AMOUNT]
    reference: Annotated[Reference | None, named("شماره ارجاع", "Reference")] = None
    deposit_id: Annotated[DepositId | None, _DEPOSIT] = None
    bill_id: Annotated[BillId | None, _BILL] = None
    payment_id: Annotated[Digits | None, _PAYMENT] = None
    pay_at: Annotated[Line | None, named("نشانی درگاه پرداخت", "Where to pay")] = None
    requested_at: Annotated[Instant | None, named("زمان درخواست", "Requested at")] = None
    paid_at: Annotated[Instant | None, named("زمان پرداخت", "Paid at")] = None
    settled_at: Annotated[Instant | None, named("زمان واریز", "Settled at")] = None


class PaymentConfirmation(Record):
    """Tells the treasury that the agency has seen a payment, so that it is settled and not given back."""

    model_config = described("تأیید پرداخت", "Payment confirmation", {"trace_number": "900000000001"})

    trace_number: Annotated[Reference, _TRACE]
