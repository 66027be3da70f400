"""The same translation as a programmer writes it by hand: the same checks, the same errors, nothing more.

Required fields are required, unknown codes are refused, numbers and dates are matched against their form, text that
may come as a number is made text; every error names its field. Folding of letters and the Jalali calendar come from
the same functions and library that the mapping uses, since nobody writes these twice.
"""

import re
from datetime import date
from typing import Any, NoReturn

from persiantools.jdatetime import JalaliDate

from mappings.errors import MappingError
from mappings.text import ascii_digits, fold, fold_arabic

_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_JALALI = re.compile(r"([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})")
_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")
_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3}){1,12}")
_BLANK = ("", "-")
_NO_DATE = ("", "-", "0")

_GENDER = {"male": "1", "female": "2"}
_KIND = {"new": "1", "repair": "2", "rebuild": "3"}
_USE = {"housing": "10", "office": "20", "trade": "30"}
_STATE = {"open": "1", "decided": "2", "closed": "3"}
_GENDER_BACK = {native: word for word, native in _GENDER.items()}
_KIND_BACK = {native: word for word, native in _KIND.items()}
_USE_BACK = {native: word for word, native in _USE.items()}
_STATE_BACK = {native: word for word, native in _STATE.items()}


def _fail(code: str, pointer: str) -> NoReturn:
    raise MappingError(f"mapping.{code}", pointer, "not acceptable")


def _needed(record: dict[str, Any], key: str, pointer: str) -> Any:
    value = record.get(key)
    if value is None:
        _fail("missing", pointer)
    return value


def _text(value: Any, pointer: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    _fail("type", pointer)


def _coded(value: Any, table: dict[str, str], pointer: str) -> str:
    found = table.get(value if isinstance(value, str) else _text(value, pointer))
    return _fail("unmapped", pointer) if found is None else found


def _whole(value: Any, pointer: str) -> int:
    text = ascii_digits(_text(value, pointer)).strip()
    if not _INTEGER.fullmatch(text):
        _fail("integer", pointer)
    return int(text)


def _fraction(value: Any, pointer: str) -> str | None:
    text = ascii_digits(_text(value, pointer)).strip().replace("\u066b", ".")
    if text in _BLANK:
        return None
    if not _DECIMAL.fullmatch(text):
        _fail("decimal", pointer)
    return text


def _number(value: Any, pointer: str) -> int | None:
    text = ascii_digits(_text(value, pointer)).strip()
    return None if text in _BLANK else _whole(text, pointer)


def _amount(value: Any, pointer: str) -> int | None:
    text = ascii_digits(_text(value, pointer)).strip().replace("٬", ",").replace("،", ",")
    if text in _BLANK:
        return None
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "")
    if not _INTEGER.fullmatch(text):
        _fail("money", pointer)
    return int(text)


def _grouped(value: Any, pointer: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        _fail("money", pointer)
    return f"{value:,}"


def _jalali(value: Any, pointer: str) -> str:
    text = ascii_digits(_text(value, pointer).strip())
    try:
        if not _ISO.fullmatch(text):
            _fail("date", pointer)
        day = JalaliDate(date.fromisoformat(text))
    except ValueError as error:
        raise MappingError("mapping.date", pointer, "not acceptable") from error
    return f"{day.year:04d}/{day.month:02d}/{day.day:02d}"


def _gregorian(value: Any, pointer: str) -> str | None:
    text = ascii_digits(_text(value, pointer).strip())
    if text in _NO_DATE:
        return None
    found = _JALALI.fullmatch(text)
    if found is None:
        _fail("date", pointer)
    try:
        day = JalaliDate(int(found[1]), int(found[2]), int(found[3])).to_gregorian()
    except ValueError as error:
        raise MappingError("mapping.date", pointer, "not acceptable") from error
    return str(day.isoformat())


def _part(parts: list[str], index: int) -> str | None:
    return parts[index] if index < len(parts) else None


def to_native(record: dict[str, Any], _context: Any = None) -> dict[str, Any]:
    """The native request of a canonical one."""
    owner, place = _needed(record, "owner", "/owner"), _needed(record, "place", "/place")
    given, family = (
        _needed(owner, "given_name", "/owner/given_name"),
        _needed(owner, "family_name", "/owner/family_name"),
    )
    father, alley, floor = owner.get("father_name"), place.get("alley"), place.get("floor")
    decided, expires = record.get("decided_on"), record.get("expires_on")
    office, clerk, note = record.get("office"), record.get("clerk"), record.get("note")
    plaque = (
        _text(_needed(record, "section", "/section"), "/section"),
        _text(_needed(record, "subsection", "/subsection"), "/subsection"),
        _text(_needed(record, "plaque_main", "/plaque_main"), "/plaque_main"),
        _text(_needed(record, "plaque_secondary", "/plaque_secondary"), "/plaque_secondary"),
    )
    postal_code = _needed(place, "postal_code", "/place/postal_code")
    native = {
        "Header": {
            "ReqNo": _needed(record, "request_number", "/request_number"),
            "Trace": _needed(record, "tracking_code", "/tracking_code"),
            "Form": _needed(record, "form", "/form"),
            "Ver": 3,
        },
        "Owner": {
            "NationalCode": _whole(_needed(owner, "national_id", "/owner/national_id"), "/owner/national_id"),
            "Name": given,
            "Family": family,
            "Father": "" if father is None else father,
            "FullName": f"{_text(given, '/owner/given_name')} {_text(family, '/owner/family_name')}",
            "Sex": _coded(_needed(owner, "gender", "/owner/gender"), _GENDER, "/owner/gender"),
            "BirthDate": _jalali(_needed(owner, "birth_date", "/owner/birth_date"), "/owner/birth_date"),
            "Mobile": _needed(owner, "mobile", "/owner/mobile"),
        },
        "Address": {
            "Province": _needed(place, "province", "/place/province"),
            "City": _needed(place, "city", "/place/city"),
            "Zone": _text(_needed(place, "district", "/place/district"), "/place/district").rjust(2, "0"),
            "Street": fold_arabic(_text(_needed(place, "street", "/place/street"), "/place/street")),
            "Alley": "" if alley is None else alley,
            "No": _needed(place, "house", "/place/house"),
            "Floor": "0" if floor is None else floor,
            "PostCode": postal_code,
            "PostZone": _text(postal_code, "/place/postal_code")[:5],
        },
        "Kind": _coded(_needed(record, "kind", "/kind"), _KIND, "/kind"),
        "Use": _coded(_needed(record, "use", "/use"), _USE, "/use"),
        "State": _coded(_needed(record, "state", "/state"), _STATE, "/state"),
        "ReqDate": _jalali(_needed(record, "requested_on", "/requested_on"), "/requested_on"),
        "DecDate": "-" if decided is None else _jalali(decided, "/decided_on"),
        "ExpDate": "-" if expires is None else _jalali(expires, "/expires_on"),
        "LandArea": _needed(record, "land_area", "/land_area"),
        "BuiltArea": _needed(record, "built_area", "/built_area"),
        "Floors": _text(_needed(record, "floors", "/floors"), "/floors"),
        "Units": _text(_needed(record, "units", "/units"), "/units"),
        "Fee": _grouped(_needed(record, "fee_rial", "/fee_rial"), "/fee_rial"),
        "Paid": _grouped(_needed(record, "paid_rial", "/paid_rial"), "/paid_rial"),
        "Serial": _text(_needed(record, "serial", "/serial"), "/serial"),
        "Heritage": "1" if _needed(record, "heritage", "/heritage") is True else "2",
        "Plaque": "/".join(plaque),
        "Clerk": clerk if clerk is not None else office if office is not None else "-",
        "By": "hub",
    }
    if note is not None:
        native["Note"] = note
    if office is not None:
        native["Office"] = ascii_digits(_text(office, "/office"))
    return native


def from_native(native: dict[str, Any], _context: Any = None) -> dict[str, Any]:
    """The canonical fields of a native reply, before the model has seen them. What is not there is left out."""
    header, owner, address = native.get("Header") or {}, native.get("Owner") or {}, native.get("Address") or {}
    plaque = _text(native["Plaque"], "/section").split("/") if "Plaque" in native else []
    made = _kept(
        request_number=header.get("ReqNo"),
        tracking_code=header.get("Trace"),
        form=header.get("Form"),
        kind=_if(native.get("Kind"), _KIND_BACK, "/kind"),
        use=_if(native.get("Use"), _USE_BACK, "/use"),
        state=_if(native.get("State"), _STATE_BACK, "/state"),
        requested_on=None if (day := native.get("ReqDate")) is None else _gregorian(day, "/requested_on"),
        decided_on=None if (day := native.get("DecDate")) is None else _gregorian(day, "/decided_on"),
        expires_on=None if (day := native.get("ExpDate")) is None else _gregorian(day, "/expires_on"),
        land_area=None if (area := native.get("LandArea")) is None else _fraction(area, "/land_area"),
        built_area=None if (area := native.get("BuiltArea")) is None else _fraction(area, "/built_area"),
        floors=None if (count := native.get("Floors")) is None else _number(count, "/floors"),
        units=None if (count := native.get("Units")) is None else _number(count, "/units"),
        fee_rial=None if (fee := native.get("Fee")) is None else _amount(fee, "/fee_rial"),
        paid_rial=None if (fee := native.get("Paid")) is None else _amount(fee, "/paid_rial"),
        serial=None if (serial := native.get("Serial")) is None else _number(serial, "/serial"),
        heritage=native.get("Heritage") == "1",
        section=_part(plaque, 0),
        subsection=_part(plaque, 1),
        plaque_main=_part(plaque, 2),
        plaque_secondary=_part(plaque, 3),
        note=native.get("Note"),
        office=None if (office := native.get("Office")) is None else fold(_text(office, "/office")),
        clerk=native.get("Clerk", "-"),
    )
    made["owner"] = _kept(
        national_id=None
        if (code := owner.get("NationalCode")) is None
        else _text(code, "/owner/national_id").rjust(10, "0"),
        given_name=None if (name := owner.get("Name")) is None else fold(_text(name, "/owner/given_name")),
        family_name=None if (name := owner.get("Family")) is None else fold(_text(name, "/owner/family_name")),
        father_name=None if (name := owner.get("Father")) is None else fold(_text(name, "/owner/father_name")),
        gender=_if(owner.get("Sex"), _GENDER_BACK, "/owner/gender"),
        birth_date=None if (day := owner.get("BirthDate")) is None else _gregorian(day, "/owner/birth_date"),
        mobile=None if (mobile := owner.get("Mobile")) is None else ascii_digits(_text(mobile, "/owner/mobile")),
    )
    made["place"] = _kept(
        province=address.get("Province"),
        city=address.get("City"),
        district=address.get("Zone"),
        street=None if (street := address.get("Street")) is None else fold(_text(street, "/place/street")),
        alley=None if (alley := address.get("Alley")) is None else fold(_text(alley, "/place/alley")),
        house=None if (house := address.get("No")) is None else _text(house, "/place/house"),
        floor=address.get("Floor"),
        unit=address.get("Unit"),
        postal_code=address.get("PostCode"),
    )
    return made


def _if(value: Any, table: dict[str, str], pointer: str) -> str | None:
    return None if value is None else _coded(value, table, pointer)


def _kept(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
