"""A credential inside a picture comes out as it went in, for us and for other readers."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from openbadgeslib.baking import extract_svg
from PIL import Image

from lti_tool.badges.artwork import badge_png, badge_svg
from lti_tool.badges.baking import BakingError, bake, bake_ob2, bake_ob2_svg, bake_svg, unbake, unbake_ob2, unbake_svg
from lti_tool.catalog.content import BadgeDesign
from tests.unit.badges.test_signing import SIGNED

SVG = badge_svg(BadgeDesign(), "Close reading", "Meadow Valley", 2026)
PNG = badge_png(SVG, 64)


def test_a_real_credential_comes_out_byte_for_byte():
    assert unbake(bake(PNG, SIGNED)) == SIGNED


@settings(max_examples=50)
@given(st.text(min_size=1))
def test_any_text_comes_out_byte_for_byte(text):
    credential = text.encode("utf-8", "ignore")
    assert unbake(bake(PNG, credential)) == credential


def test_other_readers_find_it_under_its_keyword_and_see_the_same_picture():
    with Image.open(io.BytesIO(bake(PNG, SIGNED))) as baked, Image.open(io.BytesIO(PNG)) as plain:
        baked.load()
        assert baked.text["openbadgecredential"] == SIGNED.decode()
        assert baked.tobytes() == plain.tobytes()


def test_one_picture_carries_one_credential():
    with pytest.raises(ValueError, match="already"):
        bake(bake(PNG, SIGNED), SIGNED)


@pytest.mark.parametrize("noise", [b"", b"GIF89a", PNG[:40], PNG])
def test_what_carries_none_is_refused(noise):
    with pytest.raises(BakingError):
        unbake(noise)


def test_only_pictures_are_baked():
    with pytest.raises(BakingError):
        bake(b"no picture", SIGNED)


def test_both_versions_stand_side_by_side_in_one_picture():
    both = bake_ob2(bake(PNG, SIGNED), b'{"id":"x"}')
    assert (unbake(both), unbake_ob2(both)) == (SIGNED, b'{"id":"x"}')


@pytest.mark.parametrize("credential", [SIGNED, b'{"a":"]]>"}', '{"a":"é – <&> 漢"}'.encode()])
def test_a_drawing_gives_its_credential_back(credential):
    baked = bake_svg(SVG, credential)
    assert unbake_svg(baked) == credential
    root = etree.fromstring(baked)
    assert root[0].tag == "{https://purl.imsglobal.org/ob/v3p0}credential", "the first child, as the specification asks"
    assert extract_svg(baked, element="openbadges:credential", text_fallback=True) == credential.decode()
    assert len(root) == len(etree.fromstring(SVG.encode())) + 1


def test_a_drawing_of_version_2_names_the_address():
    baked = bake_ob2_svg(SVG, "https://badges.example.org/badges/1/ob2.json")
    assert extract_svg(baked) == "https://badges.example.org/badges/1/ob2.json"
    assert b'xmlns:openbadges="http://openbadges.org"' in baked
    with pytest.raises(ValueError, match="already"):
        bake_ob2_svg(baked.decode(), "https://x")
    with pytest.raises(BakingError):
        unbake_svg(baked)


@pytest.mark.parametrize("noise", ["", "<html/>", "no", "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg>&a;"])
def test_only_drawings_are_baked(noise):
    with pytest.raises(BakingError):
        bake_svg(noise, SIGNED)
