"""Who sees what of a submission that a link opens, what a place in an LMS takes, and as what a card is embedded."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.linking.policies import View, Viewer, badge_type, card_type, extensions, listed, misfit, view

VIEWERS = st.builds(
    Viewer,
    owner=st.booleans(),
    review=st.sampled_from(["", "open", "locked"]),
    by_name=st.booleans(),
    runs_course=st.booleans(),
    handed_here=st.booleans(),
    console=st.booleans(),
)


@pytest.mark.parametrize(
    ("who", "shown"),
    [
        (Viewer(), View.REFUSED),
        (Viewer(by_name=True), View.REFUSED),
        (Viewer(owner=True), View.OWN),
        (Viewer(runs_course=True), View.STANDING),
        (Viewer(console=True), View.STANDING),
        (Viewer(handed_here=True), View.WHOLE),
        (Viewer(review="open"), View.DESK),
        (Viewer(review="open", by_name=True), View.LIST),
        (Viewer(review="locked"), View.DESK),
        (Viewer(review="locked", by_name=True), View.LIST),
        (Viewer(review="open", runs_course=True), View.DESK),
        (Viewer(review="open", handed_here=True, by_name=True), View.LIST),
        (Viewer(review="locked", runs_course=True), View.STANDING),
    ],
)
def test_view(who: Viewer, shown: View) -> None:
    assert view(who) is shown


@given(VIEWERS)
def test_a_reviewer_who_still_judges_never_sees_a_page_with_a_name(who: Viewer) -> None:
    shown = view(replace(who, owner=False, review="open"))
    assert shown in (View.DESK, View.LIST)
    assert (shown is View.LIST) is who.by_name


@given(VIEWERS)
def test_the_evidence_with_its_name_is_for_the_owner_and_the_course_it_was_handed_in_to(who: Viewer) -> None:
    if view(who) is View.WHOLE:
        assert who.handed_here
        assert not who.owner
    if not (who.owner or who.review or who.runs_course or who.handed_here or who.console):
        assert view(who) is View.REFUSED


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("", ()),
        ("pdf", ("pdf",)),
        (" .PDF, docx ;txt,pdf,", ("pdf", "docx", "txt")),
        ("../x, a b, <b>", ()),
        ("x" * 11, ()),
    ],
)
def test_extensions(said: str, found: tuple[str, ...]) -> None:
    assert extensions(said) == found


@given(st.text(max_size=500))
def test_extensions_of_anything_are_plain_words(said: str) -> None:
    assert all(one.isalnum() and one == one.lower() for one in extensions(said))


@pytest.mark.parametrize(
    ("name", "media_type", "allowed", "media_types", "why"),
    [
        ("a.pdf", "application/pdf", (), (), ""),
        ("a.PDF", "application/pdf", ("pdf",), ("*/*",), ""),
        ("a.png", "image/png", ("pdf", "docx"), (), "This assignment takes only pdf and docx files."),
        ("a", "image/png", ("png",), (), "This assignment takes only png files."),
        ("a.png", "image/png", (), ("image/*",), ""),
        ("a.png", "image/png", (), ("text/plain", " Image/PNG "), ""),
        ("a.png", "image/png", (), ("application/pdf",), "This assignment takes other kinds of files."),
        ("a.png", "image/png", (), ("imag/*",), "This assignment takes other kinds of files."),
    ],
)
def test_misfit(name: str, media_type: str, allowed: tuple[str, ...], media_types: tuple[str, ...], why: str) -> None:
    assert misfit(name, media_type, allowed=allowed, media_types=media_types) == why


def test_what_is_embedded_is_what_is_accepted() -> None:
    everything = ("link", "file", "html", "ltiResourceLink", "image")
    assert (card_type(everything), badge_type(everything)) == ("ltiResourceLink", "html")
    assert (card_type(("link", "html")), badge_type(("link",))) == ("html", "link")
    assert (card_type(("image",)), badge_type(("ltiResourceLink",))) == ("", "")


def test_lists_for_people() -> None:
    assert [listed(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
