"""The badge's picture: every choice of the author, any title, legible colors, nothing that the showing machine must bring along."""

import io
import re
from itertools import product
from typing import get_args
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lti_tool.badges import lettering
from lti_tool.badges.artwork import OUTLINES, PALETTES, SIDE, badge_png, badge_svg
from lti_tool.badges.pictograms import PICTOGRAMS
from lti_tool.catalog.content import BadgeDesign

SVG = "{http://www.w3.org/2000/svg}"
LONG = "Design Thinking for Teachers of Young Learners Across Subjects and Grades in Small Rural Schools of the Northern Valleys"


def choices(field):
    return get_args(BadgeDesign.model_fields[field].annotation)


def luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_everything_an_author_can_choose_is_drawn():
    assert set(OUTLINES) == set(choices("shape"))
    assert set(PALETTES) == set(choices("color"))
    assert set(PICTOGRAMS) == set(choices("pictogram"))


@pytest.mark.parametrize(("shape", "pictogram"), list(product(choices("shape"), choices("pictogram"))))
def test_every_design_becomes_a_picture_with_free_corners(shape, pictogram):
    svg = badge_svg(BadgeDesign(shape=shape, pictogram=pictogram), "Close reading", "Meadow Valley", 2026)
    with Image.open(io.BytesIO(badge_png(svg, 64))) as image:
        assert image.size == (64, 64)
        assert image.mode == "RGBA"
        alpha = image.getchannel("A")
        assert [alpha.getpixel(corner) for corner in ((0, 0), (63, 0), (0, 63), (63, 63))] == [0, 0, 0, 0]
        assert alpha.getpixel((32, 32)) == 255


@pytest.mark.parametrize("color", sorted(PALETTES))
def test_words_and_pictogram_stand_out(color):
    palette = PALETTES[color]
    assert contrast(palette.deep, "#ffffff") >= 7
    assert contrast(palette.bottom, "#ffffff") >= 4.5
    assert contrast(palette.tint, palette.bottom) >= 4.5
    assert contrast("#ffffff", palette.top) >= 3
    assert contrast(palette.tint, palette.top) >= 3


@pytest.mark.parametrize("pictogram", sorted(PICTOGRAMS))
def test_the_pictogram_still_dominates_at_64_pixels(pictogram):
    """On its dark ground it is light, and spans most of the room above the plate."""
    svg = badge_svg(BadgeDesign(shape="circle", pictogram=pictogram), "Close reading", "Meadow Valley", 2026)
    with Image.open(io.BytesIO(badge_png(svg, 64))) as image:
        left, top, right, bottom = image.convert("L").crop((12, 7, 52, 37)).point(lambda value: 255 * (value > 150)).getbbox()
    assert right - left >= 18
    assert bottom - top >= 18


def test_a_reader_hears_what_the_picture_shows():
    root = ElementTree.fromstring(badge_svg(BadgeDesign(), "Less < more & “so on”", "Meadow <Valley>", 2026))
    assert root.get("role") == "img"
    labels = root.get("aria-labelledby").split()
    texts = {element.get("id"): element.text for element in root if element.tag in (f"{SVG}title", f"{SVG}desc")}
    assert texts[labels[0]] == "Less < more & “so on”, Meadow <Valley>, 2026"
    assert "Less < more & “so on”" in texts[labels[1]]


def test_the_drawing_needs_nothing_from_elsewhere():
    root = ElementTree.fromstring(badge_svg(BadgeDesign(), LONG, "Meadow Valley", 2026))
    for element in root.iter():
        assert element.tag.removeprefix(SVG) not in {"text", "image", "style", "script", "use", "foreignObject"}
        assert not {"style", "href", "class"} & set(element.attrib)
        assert not any(name.startswith("on") for name in element.attrib)


@settings(max_examples=60, deadline=None)
@given(title=st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=120))
def test_any_title_becomes_a_picture(title):
    assert badge_png(badge_svg(BadgeDesign(), title, title, 2026), 32).startswith(b"\x89PNG")


def test_letters_without_a_drawing_leave_the_plate_away_but_not_the_description():
    svg = badge_svg(BadgeDesign(), "教えること", "Meadow Valley", 2026)
    assert "教えること" in svg
    assert 'rx="20"' not in svg


@pytest.mark.parametrize(
    ("written", "drawn"), [("Año  nuevo", "Año nuevo"), ("ﬁnally", "finally"), ("naïve", "naïve"), ("ệ", "e"), ("日", None)]
)
def test_spelling(written, drawn):
    assert lettering.spell(written) == drawn


@pytest.mark.parametrize("text", ["Wait time", "Productive small group work", LONG, "Donaudampfschifffahrtskapitänsmütze" * 3, "W" * 120])
def test_words_stay_on_the_plate(text):
    block = lettering.fit(text, width=520, height=70, largest=48, smallest=19)
    assert block.height <= 70
    assert all(lettering.measure(line, block.size) <= 520 for line in block.lines)


def test_short_titles_are_set_large_and_long_ones_are_all_there():
    assert lettering.fit("Wait time", width=520, height=70, largest=48, smallest=19).size == 48
    block = lettering.fit(LONG, width=520, height=90, largest=48, smallest=19)
    assert " ".join(block.lines) == LONG


def test_lines_are_of_even_length():
    block = lettering.fit("Productive small group work for everybody", width=300, height=90, largest=30, smallest=19)
    widths = [lettering.measure(line, block.size) for line in block.lines]
    assert min(widths) > max(widths) * 0.6


def test_the_same_facts_give_the_same_bytes():
    one, two = (badge_svg(BadgeDesign(), "Close reading", "Meadow Valley", 2026) for _ in range(2))
    assert one == two
    assert badge_png(one) == badge_png(two)
    with Image.open(io.BytesIO(badge_png(one))) as image:
        assert image.size == (SIDE, SIDE)


@pytest.mark.parametrize("shape", OUTLINES)
def test_the_small_one_says_the_same_without_letters(shape):
    design = BadgeDesign(shape=shape)
    small, full = (badge_svg(design, "Asking", "Maple Valley", 2026, small=small) for small in (True, False))
    for part in (r"<title[^>]*>[^<]*</title>", r"<desc[^>]*>[^<]*</desc>"):
        assert re.search(part, small)[0] == re.search(part, full)[0]
    assert 'role="img"' in small
    assert len(small) < len(full) / 2
    image = Image.open(io.BytesIO(badge_png(small, 64)))
    assert image.size == (64, 64)


def test_words_that_can_not_be_drawn_leave_room_for_the_pictogram():
    assert "<rect x=" not in badge_svg(BadgeDesign(), "日本語の授業", "Maple Valley", 2026)
    assert "日本語の授業" in badge_svg(BadgeDesign(), "日本語の授業", "Maple Valley", 2026)


def test_no_line_begins_with_a_mark():
    block = lettering.fit("Lire à des élèves plurilingues : une démarche", width=150, height=400, largest=30, smallest=20)
    assert not any(line.startswith(":") for line in block.lines)


def test_characters_that_no_drawing_may_hold_are_left_out():
    title = "Asking\x00 \x1b[31mgood\ud800 questions\uffff\x0b"
    svg = badge_svg(
        BadgeDesign(picture="0" * 64, picture_alt="\x07Bell"),
        title,
        "Maple\x08 Valley",
        2026,
        picture=badge_png(badge_svg(BadgeDesign(), "A", "B", 2026)),
    )
    ElementTree.fromstring(svg)
    assert badge_png(svg, 64).startswith(b"\x89PNG")
    assert "Asking [31mgood questions" in svg
