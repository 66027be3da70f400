import pytest

from connectors.http import HttpReply
from connectors.rest import decode, read_json, repair


def reply(body: bytes, content_type: str = "application/json", status: int = 200) -> HttpReply:
    return HttpReply(status, {"content-type": content_type}, body)


def test_an_object_carries_its_status() -> None:
    assert read_json(reply(b'{"a": 12345678901234567890}', status=299)) == {
        "a": 12345678901234567890,
        "$http": {"status": 299},
    }


def test_a_list_stays_a_list() -> None:
    assert read_json(reply(b"[1]")) == [1]


@pytest.mark.parametrize("body", ["<html>", "", "NaN", '{"cut": "sho', "[" * 100_000])
def test_what_is_no_json_is_text(body: str) -> None:
    assert read_json(reply(body.encode(), status=502)) == {"$text": body, "$http": {"status": 502}}


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("سلام یک".encode(), "text/plain; charset=windows-1256", "سلام یک"),
        (b"\xef\xbb\xbfok", "", "ok"),
        ("سلام".encode("cp1256"), "text/plain; charset=windows-1256", "سلام"),
        ("سلام".encode("cp1256"), "text/plain", "سلام"),
        ("سلام".encode("cp1256"), "text/plain; charset=nonsense", "سلام"),
        ("سلام".encode("utf-16"), "text/plain; charset=utf-16", "سلام"),
    ],
)
def test_bodies_are_decoded_by_what_they_are(body: bytes, content_type: str, text: str) -> None:
    assert decode(body, content_type) == text


@pytest.mark.parametrize("text", ["سلام دنیا", "۱۲۳ ی ک", "plain", "naïve café", "پژوهش"])
def test_only_text_that_round_trips_is_repaired(text: str) -> None:
    spoilt = text.encode().decode("cp1256")
    assert repair({"a": [spoilt, 1, None]}) == {"a": [text, 1, None]}
    assert repair(text) == text


@pytest.mark.parametrize(("wait", "seconds"), [("120", 120), ("Sat, 21 Nov 2026 08:00:00 GMT", None), ("-1", None)])
def test_the_wait_asked_for_is_read(wait: str, seconds: int | None) -> None:
    native = read_json(HttpReply(503, {"retry-after": wait}, b"{}"))
    assert native["$http"].get("retry_after") == seconds
