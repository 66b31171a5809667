"""The picture for networks: its size, its words, and nothing drawn over something else."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from lti_tool.badges.artwork import badge_svg
from lti_tool.badges.preview import HEIGHT, WIDTH, preview_png, preview_svg
from lti_tool.catalog.content import BadgeDesign

LONG = "Enseigner à lire à des élèves plurilingues : une démarche coopérative, documentée et évaluée pour l’école élémentaire"
WHO = "Maria-Magdalena Konstantinopoulou-Schwarzenberger de la Fuente"


def picture(title: str, issuer: str, who: str) -> Image.Image:
    image = Image.open(
        io.BytesIO(preview_png(preview_svg(badge_svg(BadgeDesign(color="amber"), title, issuer, 2026), "amber", title, issuer, who)))
    )
    return image.convert("RGB")


@pytest.mark.parametrize("title", ["Z", LONG, "日本語の授業"])
@pytest.mark.parametrize("issuer", ["Żółć", "Académie de Bourgogne-Franche-Comté, Département du développement professionnel", "東京都"])
@pytest.mark.parametrize("who", ["", "Ada Teacher", WHO])
def test_words_stay_above_the_line_and_inside(title: str, issuer: str, who: str) -> None:
    image = picture(title, issuer, who)
    assert image.size == (WIDTH, HEIGHT) == (1200, 630)
    if image.getpixel((700, 600)) == (255, 255, 255):
        for box in ((590, 500, 1200, 527), (1132, 20, 1200, 520), (590, 16, 1200, 58)):
            assert image.crop(box).getcolors() == [((box[2] - box[0]) * (box[3] - box[1]), (255, 255, 255))], box


def test_a_name_that_is_not_shown_is_not_drawn() -> None:
    badge = badge_svg(BadgeDesign(), "<b>", "&", 2026)
    assert preview_svg(badge, "teal", "Title", "Issuer", "") != preview_svg(badge, "teal", "Title", "Issuer", "Ada")
    assert not re.search(r"<(image|text|script)", preview_svg(badge, "teal", "<b>", "&", "<script>"))
