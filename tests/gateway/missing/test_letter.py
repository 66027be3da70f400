"""The request letter: its words in both languages, its paper, and the text layer under what is seen."""

import re
from dataclasses import replace
from datetime import date

import pytest

from gateway.missing.bodies import Need
from gateway.missing.fonts import FontMissing, find_fonts
from gateway.missing.letter import Earlier, compose, in_persian_digits
from gateway.missing.paper import set_letter
from registry.seeding import seed_missing
from tests.gateway.missing.conftest import NOW, runs_of, words_of

SEED = {one.id: one for one in seed_missing(NOW)}
DEEDS = SEED["deeds-ownership"]


def said(letter):
    rows = [cell for row in letter.rows for cell in row]
    lists = [text for label, items in letter.lists for text in (label, *items)]
    return "\n".join([
        letter.invocation, letter.sender, letter.draft, *letter.facts, letter.addressee, letter.subject,
        *letter.paragraphs, letter.table_title, *letter.labels, *rows, *letter.closing, *letter.signature, *lists,
    ])  # fmt: skip


@pytest.mark.parametrize("service", SEED.values(), ids=SEED)
def test_what_the_seed_needs_is_whole(service):
    need = Need.model_validate(service.record)
    assert {one.direction for one in need.fields} == {"asked", "answered"}
    assert need.calls_per_day is None, "nobody has estimated it"


def test_a_persian_letter_names_who_asks_whom_for_what_and_why(names, sent):
    letter = compose(DEEDS, sent, names=names, language="fa")
    assert letter.facts == ["شماره: ۱۲۳/۴۵۶-الف", "تاریخ: ۱۴۰۵/۰۹/۰۱", "پیوست: دارد"]
    assert letter.subject == "درخواست ایجاد سرویس «استعلام مالکیت ملک از روی پلاک ثبتی» در مرکز ملی تبادل اطلاعات"
    assert (letter.sender, letter.draft) == ("شهرداری تهران", "")
    told = said(letter)
    for wanted in (
        "کارگروه تعامل‌پذیری", "سازمان ثبت اسناد", "معاونت شهرسازی و معاونت مالی", "بند ۱۰-۲ مصوبهٔ ۱/۵۵۲۷۸",
        "هنوز برآورد نشده", "تا تاریخ ۱۴۰۵/۱۰/۰۱", "ویرایش ۳", "سارا احمدی", "national_id",
    ):  # fmt: skip
        assert wanted in told
    assert re.findall("[0-9]", told) == [], "digits are Persian"


def test_an_english_letter_says_the_same(names, sent):
    letter = compose(DEEDS, sent, names=names, language="en")
    assert letter.facts[1:] == ["Date: 2026-11-22 (1405/09/01)", "Annex: yes"]
    told = said(letter)
    for wanted in ("Municipality of Tehran", "article 10-2", "by 2026-12-22", "third edition", "Sara Ahmadi"):
        assert wanted in told
    assert re.findall("[\u0600-\u06ff]+", told.replace("-الف", "")) == []


def test_a_draft_a_reminder_and_a_volume(names, sent):
    draft = compose(DEEDS, None, names=names, language="fa")
    assert draft.draft == "پیش‌نویس"
    assert draft.facts[0] == "شماره: …"
    assert "ظرف ۳۰ روز" in said(draft)
    again = compose(DEEDS, sent, names=names, language="fa", earlier=[Earlier("12", date(2026, 9, 1))])
    assert again.subject.startswith("پیگیری")
    assert "پیرو نامهٔ شمارهٔ ۱۲ مورخ ۱۴۰۵/۰۶/۱۰" in said(again)
    busy = {**DEEDS.record, "calls_per_day": 12_500, "effect": "once"}
    counted = compose(replace(DEEDS, record=busy), None, names=names, language="fa")
    assert "۱۲٬۵۰۰ در روز" in said(counted)
    assert "شمارهٔ مرجع" in said(counted)


@pytest.mark.parametrize(("given", "written"), [("بند 3 از 12", "بند ۳ از ۱۲"), ("WGS84 و v2", "WGS84 و v2")])
def test_numbers_are_persian_and_codes_stay(given, written):
    assert in_persian_digits(given) == written


def test_without_the_font_the_error_names_what_builds_it(tmp_path):
    with pytest.raises(FontMissing, match=r"Vazirmatn-Regular\.ttf .* `make assets`"):
        find_fonts(tmp_path)


def test_the_persian_paper_can_be_read_and_searched(fonts, names, sent):
    pdf = set_letter(compose(DEEDS, sent, names=names, language="fa"), fonts, made_at=NOW)
    assert pdf == set_letter(compose(DEEDS, sent, names=names, language="fa"), fonts, made_at=NOW)
    read = words_of(pdf, right_to_left=True)
    for wanted in (
        "شهرداری تهران",
        "تعامل‌پذیری",
        "استعلام مالکیت ملک از روی پلاک ثبتی",
        "خواهشمند",
        "رونوشت",
        "سارا احمدی",
    ):
        assert wanted in read
    seen = words_of(pdf, right_to_left=False)
    for wanted in ("۱۴۰۵/۰۹/۰۱", "۱۲۳/۴۵۶", "۱/۵۵۲۷۸", "secondary_plaque"):
        assert wanted in seen, "numbers and Latin words stand from left to right"
    glyphs = [glyph for run in runs_of(pdf) for glyph in run]
    assert "�" not in glyphs
    assert all(glyphs)
    assert b"/Lang (fa-IR)" in pdf


def test_the_english_paper_joins_persian_names_too(fonts, names, sent):
    pdf = set_letter(compose(DEEDS, sent, names=names, language="en"), fonts, made_at=NOW)
    seen = words_of(pdf, right_to_left=False)
    for wanted in ("Municipality of Tehran", "Date: 2026-11-22 (1405/09/01)", "123/456", "Sara Ahmadi"):
        assert wanted in seen


def test_a_long_table_goes_over_the_page_with_its_head(fonts, names, sent):
    many = {**DEEDS.record, "fields": DEEDS.record["fields"] * 8}
    service = replace(DEEDS, record=many)
    pdf = set_letter(compose(service, sent, names=names, language="fa"), fonts, made_at=NOW)
    read = words_of(pdf, right_to_left=True).splitlines()
    pages = read.count("نام فیلد")
    assert pages >= 2
    assert [line for line in read if line.startswith("صفحهٔ")][:2] == ["صفحهٔ ۱", "صفحهٔ ۲"]
    signed, asked = read.index("سارا احمدی"), next(n for n, line in enumerate(read) if "خواهشمند است نتیجه" in line)
    assert all(not line.startswith("صفحهٔ") for line in read[asked:signed]), "who signs stands with what is asked"
