"""A credential inside a picture comes out as it went in, for us and for other readers."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lti_tool.badges.artwork import badge_png, badge_svg
from lti_tool.badges.baking import BakingError, bake, unbake
from lti_tool.catalog.content import BadgeDesign
from tests.unit.badges.test_signing import SIGNED

PNG = badge_png(badge_svg(BadgeDesign(), "Close reading", "Meadow Valley", 2026), 64)


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
