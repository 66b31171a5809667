"""Whatever is handed in is a badge's document, or is told to be none: reading never breaks."""

from __future__ import annotations

import io
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openbadgeslib.baking import ITXT_KEYWORD, ITXT_KEYWORD_OB3, SVG_ELEMENT, SVG_ELEMENT_OB3, SVG_NS, SVG_NS_OB3, bake_png, bake_svg
from PIL import Image

from lti_tool.badges.verifying.findings import Identity, Unreadable
from lti_tool.badges.verifying.holders import holder, matches
from lti_tool.badges.verifying.reading import parse, read

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJkaWQ6d2ViOmEifQ.c2lnbmF0dXJl"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(file, "PNG")
    return file.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    for start in (b"", b"\x89PNG\r\n\x1a\n", b"<svg", b"{", b"["):
        with suppress(Unreadable):
            assert read(start + data).text


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=4))
def test_any_document_is_read_as_it_is_or_refused(document: dict[str, object]) -> None:
    text = json.dumps(document)
    try:
        assert parse(text) == document
    except Unreadable:
        assert "\\u0000" in text or "\\ud" in text


@given(st.integers(0, 400), st.integers(0, 255))
def test_one_wrong_byte_in_a_picture(place: int, value: int) -> None:
    picture = bytearray(bake_png(png(), TOKEN, keyword=ITXT_KEYWORD_OB3))
    picture[place % len(picture)] = value
    with suppress(Unreadable):
        assert read(bytes(picture)).carrier == "PNG picture"


@pytest.mark.parametrize("text", [TOKEN, '{"type": "x"}', "https://maple.example/b/1"])
def test_every_way_to_carry_a_badge(text: str) -> None:
    for keyword in (ITXT_KEYWORD, ITXT_KEYWORD_OB3):
        found = read(bake_png(png(), text, keyword=keyword))
        assert (found.text, found.carrier) == (text, "PNG picture")
    for element, namespace in ((SVG_ELEMENT, SVG_NS), (SVG_ELEMENT_OB3, SVG_NS_OB3)):
        for as_text in (True, False):
            found = read(bake_svg(SVG, text, element=element, namespace=namespace, as_text=as_text))
            assert (found.text, found.carrier) == (text, "SVG picture")
    assert read(text.encode()).text == text
    assert [read(sample.encode()).kind for sample in (TOKEN, "{}", "https://a.example/")] == ["token", "json", "address"]


def test_a_member_named_twice_is_told_by_name() -> None:
    with pytest.raises(Unreadable) as caught:
        parse('{"issuer": {"id": "a", "name": "x", "id": "b"}}')
    assert "“id”" in caught.value.text


@given(st.emails(), st.text(max_size=10))
def test_an_address_is_known_by_its_fingerprint(email: str, salt: str) -> None:
    import hashlib

    for form in (email, email.lower()):
        for name in ("sha256", "md5"):
            digest = hashlib.new(name, f"{form}{salt}".encode()).hexdigest()
            assert matches(Identity("emailAddress", hashed=True, digest=f"{name}${digest}", salt=salt), f" {email} ")
            assert not matches(Identity("emailAddress", hashed=True, digest=f"{name}${digest}", salt=salt), f"x{email}")


def test_a_holder_in_words() -> None:
    hashed = Identity("emailAddress", hashed=True, digest="sha256$" + "0" * 64, salt="s")
    assert holder((), "").title == "It does not say whose it is"
    assert holder((), "a@b.example").state == "unsure"
    assert holder((hashed,), "").title == "It does not say openly whose it is"
    assert holder((hashed,), "a@b.example").state == "bad"
    assert holder((Identity("name", hashed=False, digest="Ada"), hashed), "").title == "Issued to Ada"
    assert holder((Identity("emailAddress", hashed=False, digest="Ada@Example.org"),), "ada@example.org").state == "good"
    assert holder((Identity("emailAddress", hashed=True, digest="rot13$x"),), "ada@example.org").state == "bad"
