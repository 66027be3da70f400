"""The record that every translator of the benchmark translates: forty fields each way, as agencies write them."""

from typing import Annotated, Literal

from mappings.canonical.record import Record, named
from mappings.values import IsoDate, Line, Mobile, NationalId, Reference, Rial

_NAME = named("فیلد", "Field")


class Owner(Record):
    """Who applies."""

    national_id: Annotated[NationalId, _NAME]
    given_name: Annotated[Line, _NAME]
    family_name: Annotated[Line, _NAME]
    father_name: Annotated[Line | None, _NAME] = None
    gender: Annotated[Literal["male", "female"], _NAME]
    birth_date: Annotated[IsoDate, _NAME]
    mobile: Annotated[Mobile, _NAME]


class Place(Record):
    """Where the building stands."""

    province: Annotated[Line, _NAME]
    city: Annotated[Line, _NAME]
    district: Annotated[Line, _NAME]
    street: Annotated[Line, _NAME]
    alley: Annotated[Line | None, _NAME] = None
    house: Annotated[Line, _NAME]
    floor: Annotated[Line | None, _NAME] = None
    unit: Annotated[Line | None, _NAME] = None
    postal_code: Annotated[Line, _NAME]


class Application(Record):
    """An application for a building permit: forty fields."""

    request_number: Annotated[Reference, _NAME]
    tracking_code: Annotated[Reference, _NAME]
    owner: Annotated[Owner, _NAME]
    place: Annotated[Place, _NAME]
    kind: Annotated[Literal["new", "repair", "rebuild"], _NAME]
    use: Annotated[Literal["housing", "office", "trade"], _NAME]
    state: Annotated[Literal["open", "decided", "closed"], _NAME]
    requested_on: Annotated[IsoDate, _NAME]
    decided_on: Annotated[IsoDate | None, _NAME] = None
    expires_on: Annotated[IsoDate | None, _NAME] = None
    land_area: Annotated[Line, _NAME]
    built_area: Annotated[Line, _NAME]
    floors: Annotated[int, _NAME]
    units: Annotated[int, _NAME]
    fee_rial: Annotated[Rial, _NAME]
    paid_rial: Annotated[Rial, _NAME]
    serial: Annotated[int, _NAME]
    heritage: Annotated[bool, _NAME]
    section: Annotated[Line, _NAME]
    subsection: Annotated[Line, _NAME]
    plaque_main: Annotated[Line, _NAME]
    plaque_secondary: Annotated[Line, _NAME]
    note: Annotated[Line | None, _NAME] = None
    office: Annotated[Line | None, _NAME] = None
    clerk: Annotated[Line | None, _NAME] = None
    form: Annotated[Line, _NAME]


#: The message of a request: canonical.
APPLICATION = {
    "request_number": "12345678",
    "tracking_code": "05000112345678901234",
    "owner": {
        "national_id": "9990000018",
        "given_name": "نمونه",
        "family_name": "آزمایشی",
        "father_name": "پدر",
        "gender": "female",
        "birth_date": "1990-12-13",
        "mobile": "09120000000",
    },
    "place": {
        "province": "تهران",
        "city": "تهران",
        "district": "7",
        "street": "خیابان نمونه",
        "alley": "کوچه یک",
        "house": "12",
        "postal_code": "1619735744",
    },
    "kind": "new",
    "use": "housing",
    "state": "decided",
    "requested_on": "2026-08-20",
    "decided_on": "2026-09-01",
    "land_area": "250.75",
    "built_area": "1200.5",
    "floors": 5,
    "units": 10,
    "fee_rial": 9007199254740993,
    "paid_rial": 1250000,
    "serial": 12345678901234567890,
    "heritage": False,
    "section": "84",
    "subsection": "1",
    "plaque_main": "2345",
    "plaque_secondary": "0",
    "note": "طبق نقشه",
    "office": "ناحیه ۳",
    "form": "P-7",
}

#: The message of a reply: the system's own.
NATIVE = {
    "Header": {"ReqNo": "12345678", "Trace": "05000112345678901234", "Form": "P-7", "Ver": 3},
    "Owner": {
        "NationalCode": 9990000018,
        "Name": "نمونه",
        "Family": "آزمايشي",
        "Father": "پدر",
        "Sex": 2,
        "BirthDate": "1369/09/22",
        "Mobile": "۰۹۱۲۰۰۰۰۰۰۰",
    },
    "Address": {
        "Province": "تهران",
        "City": "تهران",
        "Zone": "7",
        "Street": "خيابان نمونه",
        "Alley": "کوچه يک",
        "No": 12,
        "PostCode": "1619735744",
    },
    "Kind": "1",
    "Use": "10",
    "State": 2,
    "ReqDate": "1405/05/29",
    "DecDate": "1405/06/10",
    "ExpDate": "-",
    "LandArea": "250.75",
    "BuiltArea": "۱۲۰۰٫۵",
    "Floors": "5",
    "Units": "10",
    "Fee": "9,007,199,254,740,993",
    "Paid": "1,250,000",
    "Serial": "12345678901234567890",
    "Heritage": "2",
    "Plaque": "84/1/2345/0",
    "Note": "طبق نقشه",
    "Office": "",
}

_NATIVE_FIELDS = """
  Header/ReqNo: {path: /request_number}
  Header/Trace: {path: /tracking_code}
  Header/Form: {path: /form}
  Header/Ver: {constant: 3}
  Owner/NationalCode: [{path: /owner/national_id}, integer]
  Owner/Name: {path: /owner/given_name}
  Owner/Family: {path: /owner/family_name}
  Owner/Father: [{path: /owner/father_name}, {default: ""}]
  Owner/FullName: {concat: [{path: /owner/given_name}, {path: /owner/family_name}], with: " "}
  Owner/Sex: [{path: /owner/gender}, {lookup: {table: gender}}]
  Owner/BirthDate: [{path: /owner/birth_date}, {date: {in: iso, out: "jalali:%Y/%m/%d"}}]
  Owner/Mobile: {path: /owner/mobile}
  Address/Province: {path: /place/province}
  Address/City: {path: /place/city}
  Address/Zone: [{path: /place/district}, {pad: {width: 2}}]
  Address/Street: [{path: /place/street}, {fold: arabic}]
  Address/Alley: [{path: /place/alley}, {default: ""}]
  Address/No: {path: /place/house}
  Address/Floor: [{path: /place/floor}, {default: "0"}]
  Address/PostCode: {path: /place/postal_code}
  Address/PostZone: [{path: /place/postal_code}, {slice: {to: 5}}]
  Kind: [{path: /kind}, {lookup: {table: kind}}]
  Use: [{path: /use}, {lookup: {table: use}}]
  State: [{path: /state}, {lookup: {table: state}}]
  ReqDate: [{path: /requested_on}, {date: {in: iso, out: "jalali:%Y/%m/%d"}}]
  DecDate: [{path: /decided_on}, {date: {in: iso, out: "jalali:%Y/%m/%d"}}, {default: "-"}]
  ExpDate: [{path: /expires_on}, {date: {in: iso, out: "jalali:%Y/%m/%d"}}, {default: "-"}]
  LandArea: {path: /land_area}
  BuiltArea: {path: /built_area}
  Floors: [{path: /floors}, text]
  Units: [{path: /units}, text]
  Fee: [{path: /fee_rial}, {money: {write: true, commas: true}}]
  Paid: [{path: /paid_rial}, {money: {write: true, commas: true}}]
  Serial: [{path: /serial}, text]
  Heritage: {when: {path: /heritage, is: true, then: {constant: "1"}, else: {constant: "2"}}}
  Plaque:
    concat: [{path: /section}, {path: /subsection}, {path: /plaque_main}, {path: /plaque_secondary}]
    with: "/"
  Note: {path: /note}
  Office: [{path: /office}, {digits: ascii}]
  Clerk: {coalesce: [{path: /clerk}, {path: /office}, {constant: "-"}]}
  By: {constant: hub}
"""

_CANONICAL_FIELDS = """
  request_number: {path: /Header/ReqNo}
  tracking_code: {path: /Header/Trace}
  form: {path: /Header/Form}
  owner/national_id: [{path: /Owner/NationalCode}, text, {pad: {width: 10}}]
  owner/given_name: [{path: /Owner/Name}, fold]
  owner/family_name: [{path: /Owner/Family}, fold]
  owner/father_name: [{path: /Owner/Father}, fold]
  owner/gender: [{path: /Owner/Sex}, {lookup: {table: gender, reverse: true}}]
  owner/birth_date: [{path: /Owner/BirthDate}, {date: {in: "jalali:%Y/%m/%d", out: iso}}]
  owner/mobile: [{path: /Owner/Mobile}, {digits: ascii}]
  place/province: {path: /Address/Province}
  place/city: {path: /Address/City}
  place/district: {path: /Address/Zone}
  place/street: [{path: /Address/Street}, fold]
  place/alley: [{path: /Address/Alley}, fold]
  place/house: [{path: /Address/No}, text]
  place/floor: {path: /Address/Floor}
  place/unit: {path: /Address/Unit}
  place/postal_code: {path: /Address/PostCode}
  kind: [{path: /Kind}, {lookup: {table: kind, reverse: true}}]
  use: [{path: /Use}, {lookup: {table: use, reverse: true}}]
  state: [{path: /State}, {lookup: {table: state, reverse: true}}]
  requested_on: [{path: /ReqDate}, {date: {in: "jalali:%Y/%m/%d", out: iso}}]
  decided_on: [{path: /DecDate}, {date: {in: "jalali:%Y/%m/%d", out: iso}}]
  expires_on: [{path: /ExpDate}, {date: {in: "jalali:%Y/%m/%d", out: iso}}]
  land_area: [{path: /LandArea}, decimal]
  built_area: [{path: /BuiltArea}, decimal]
  floors: [{path: /Floors}, integer]
  units: [{path: /Units}, integer]
  fee_rial: [{path: /Fee}, {money: {commas: true}}]
  paid_rial: [{path: /Paid}, {money: {commas: true}}]
  serial: [{path: /Serial}, integer]
  heritage: {when: {path: /Heritage, is: "1", then: {constant: true}, else: {constant: false}}}
  section: [{path: /Plaque}, {split: {by: "/", index: 0}}]
  subsection: [{path: /Plaque}, {split: {by: "/", index: 1}}]
  plaque_main: [{path: /Plaque}, {split: {by: "/", index: 2}}]
  plaque_secondary: [{path: /Plaque}, {split: {by: "/", index: 3}}]
  note: {path: /Note}
  office: [{path: /Office}, fold]
  clerk: [{path: /Clerk}, {default: "-"}]
"""


def document_text(number: int = 0) -> str:
    """The mapping document."""
    return (
        f"id: benchmark.application_{number}\nversion: 1\ntitle: {{fa: درخواست, en: Application}}\n"
        "canonical: {request: Application, answer: Application}\ngrade: assumed\n"
        'tables:\n  gender: {male: "1", female: "2"}\n  kind: {new: "1", repair: "2", rebuild: "3"}\n'
        '  use: {housing: "10", office: "20", trade: "30"}\n  state: {open: "1", decided: "2", closed: "3"}\n'
        f"to_native:{_NATIVE_FIELDS}from_native:{_CANONICAL_FIELDS}"
    )
