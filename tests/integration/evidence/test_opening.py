"""Pictures, documents and recordings, opened by their owner and by reviewers."""

from __future__ import annotations

import io
import wave
import zipfile

import pikepdf
import pytest
from PIL import Image

from lti_tool.database import new_id
from lti_tool.district.queries import traced
from lti_tool.evidence import stored_policies as policies
from lti_tool.evidence.examining import examine_due
from lti_tool.evidence.models import Artifact
from lti_tool.evidence.stored_models import StoredFile
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.integration.evidence import hostile
from tests.integration.evidence.conftest import Desk
from tests.integration.evidence.opening import delete, fetch, judging, links, picture, upload, work

WHOSE = (b"Ada", b"Lovelace", b"Exif", b"GPS", b"taken by")


def wav(seconds: int = 1) -> bytes:
    """Silence."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(bytes(8000 * seconds))
    return out.getvalue()


def test_a_picture_is_drawn_anew_without_what_the_phone_wrote(desk: Desk) -> None:
    known = upload(desk, hostile.photo(2000, 1000), "ada at home.jpg")
    assert (known.outcome, known.width, known.height, known.due_at) == ("made", 1000, 2000, None)
    page = desk.get("/requirement/plan")
    [small] = links(page, "img")
    shown = picture(fetch(desk, small))
    assert shown.size == (640, 1280)
    full, original = (link for link in links(page) if link != small)
    copy = fetch(desk, full)
    assert picture(copy).size == (1000, 2000), "turned as the phone said"
    red, blue = picture(copy).getpixel((500, 100)), picture(copy).getpixel((500, 1900))
    assert red[0] > 200 > 60 > red[2]  # type: ignore[index]
    assert blue[2] > 200 > 60 > blue[0]  # type: ignore[index]
    assert [word for word in WHOSE if word in copy.data or word in fetch(desk, small).data] == []
    assert not picture(copy).getexif()
    own = fetch(desk, original)
    assert own.data == hostile.photo(2000, 1000), "the owner can take back what they sent"
    assert own.headers["Content-Disposition"] == 'attachment; filename="ada at home.jpg"'


def test_reviewers_get_the_drawn_picture_with_their_own_mark_and_never_the_original(desk: Desk, clock: Clock) -> None:
    upload(desk, hostile.photo(2000, 1000), "ada at home.jpg")
    owners = picture(fetch(desk, links(desk.get("/requirement/plan"), "img")[0]))
    reviewer, path = judging(desk)
    page = reviewer.get(path)
    found = links(page)
    assert len(found) == 2, "the small one and the large one"
    for link in found:
        answer = fetch(desk, link)
        image = picture(answer)
        assert [word for word in WHOSE if word in answer.data] == []
        assert answer.headers["Content-Disposition"] == 'inline; filename="evidence-1.jpg"'
        assert image.size in ((640, 1280), (1000, 2000))
        if image.size == owners.size:
            different = sum(a != b for a, b in zip(image.convert("L").tobytes(), owners.convert("L").tobytes(), strict=True))
            assert different > image.width * image.height / 50, "something is written across it"
    assert "ada at home" not in page.text
    before = fetch(desk, found[0]).data
    clock.tick(minutes=5)
    assert fetch(desk, found[0]).data == before
    other = policies.watermark(new_id(), clock().date())
    assert other != policies.watermark(desk.ada.id, clock().date())


def test_whose_mark_it_is_can_be_found_out(desk: Desk) -> None:
    mark = policies.reference(desk.ada.id)
    with desk.world.tool.database.read() as session:
        for written in (mark, mark.lower(), f" {mark.replace('-', '')} "):
            [found] = traced(session, written)
            assert (found.label, found.email) == (desk.ada.label, desk.ada.email)
        for nonsense in ("", "%", "1234-567", "GGGG-GGGG", "0" * 8):
            assert traced(session, nonsense) == ()


def test_until_a_picture_is_drawn_its_owner_waits_and_others_see_nothing(desk: Desk, tool: Tool) -> None:
    desk.upload("plan", hostile.photo(), "a.jpg")
    page = desk.get("/requirement/plan")
    assert 'data-evidence="waiting"' in page.text
    assert "being made ready" in page.text
    assert links(page, "img") == []
    reviewer, path = judging(desk)
    seen = reviewer.get(path)
    assert "being made ready" in seen.text
    assert links(seen) == []
    work(tool)
    assert 'data-evidence="waiting"' not in reviewer.get(path).text
    assert len(links(reviewer.get(path))) == 2


def test_a_signed_address_to_the_original_helps_nobody_else(desk: Desk) -> None:
    """Even an address that we signed ourselves: serving asks again."""
    from lti_tool.evidence.files import Look, file_url

    known = upload(desk, hostile.photo(), "a.jpg")
    ends = int(desk.world.tool.clock().timestamp()) + 60
    for part, owner, status in (("original", False, 403), ("original", True, 200), ("copy", False, 200), ("preview", False, 200)):
        look = Look(desk.ada.id, new_id(), desk.ada.district_id, known.blob_key, part, "a.jpg", owner, ends)  # type: ignore[arg-type]
        assert fetch(desk, file_url(desk.world.tool, look)).status_code == status, (part, owner)
    elsewhere = Look(desk.ada.id, new_id(), new_id(), known.blob_key, "copy", "a.jpg", False, ends)
    assert fetch(desk, file_url(desk.world.tool, elsewhere)).status_code == 404


def test_pictures_of_every_kind(desk: Desk) -> None:
    kinds = {"PNG": "RGBA 1 I;16 P", "GIF": "P L", "WEBP": "RGBA", "JPEG": "L CMYK"}
    for kind, modes in kinds.items():
        for mode in modes.split():
            known = upload(desk, hostile.plain(kind, mode), f"a.{kind.lower()}")
            assert (known.outcome, known.width, known.height) == ("made", 40, 30), (kind, mode)
            delete(desk, desk.rows(Artifact)[0])


def test_documents_lose_their_author_for_reviewers_and_keep_the_rest(desk: Desk) -> None:
    content = hostile.docx(("word/media/image1.png", hostile.plain("PNG")), ("docProps/custom.xml", b"<x>Ada Lovelace</x>"))
    known = upload(desk, content, "Plan von Ada.docx")
    assert (known.outcome, known.copy_type) == ("made", known.media_type)
    owners = desk.get("/requirement/plan")
    assert "without the author’s name" in owners.text
    assert fetch(desk, links(owners)[0]).data == content, "the owner's own stays as it was"
    reviewer, path = judging(desk)
    [link] = links(reviewer.get(path))
    answer = fetch(desk, link)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="evidence-1.docx"'
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        assert archive.read("word/media/image1.png") == hostile.plain("PNG")
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"Ada " not in everything
    assert b"Maple Valley" not in everything


def test_opendocument_keeps_its_first_part_first(desk: Desk) -> None:
    upload(desk, hostile.odt(), "plan.odt")
    reviewer, path = judging(desk)
    data = fetch(desk, links(reviewer.get(path))[0]).data
    assert data[30:].startswith(b"mimetypeapplication/vnd.oasis.opendocument.text")
    assert b"Lovelace" not in data


def test_a_pdf_loses_author_scripts_and_attachments_for_reviewers(desk: Desk) -> None:
    upload(desk, hostile.pdf(), "Ada.pdf")
    reviewer, path = judging(desk)
    [link] = links(reviewer.get(path))
    answer = fetch(desk, link)
    assert answer.headers["Content-Disposition"] == 'inline; filename="evidence-1.pdf"'
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    with pikepdf.open(io.BytesIO(answer.data)) as pdf:
        assert len(pdf.pages) == 1
        assert "/OpenAction" not in pdf.Root
        assert "/Info" not in pdf.trailer or not pdf.docinfo
    assert b"Lovelace" not in answer.data


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old.doc", "The properties of this kind of file stay"),
        (hostile.pdf()[:200], "cut.pdf", "could not be read through"),
    ],
)
def test_documents_that_stay_as_they_are_say_so_to_their_owner(desk: Desk, content: bytes, name: str, words: str) -> None:
    assert upload(desk, content, name).outcome == "as_is"
    assert words in desk.get("/requirement/plan").text
    reviewer, path = judging(desk)
    assert fetch(desk, links(reviewer.get(path))[0]).data == content


def test_recordings_play_from_a_link_that_ends_with_the_visit(desk: Desk, clock: Clock) -> None:
    upload(desk, wav(), "lesson.wav")
    reviewer, path = judging(desk)
    page = reviewer.get(path)
    assert "<audio" in page.text
    [link] = links(page)
    clock.tick(minutes=90)
    part = fetch(desk, link, headers={"Range": "bytes=8-11"})
    assert (part.status_code, part.data) == (206, b"WAVE")
    clock.tick(minutes=31)
    assert fetch(desk, link).status_code == 410, "two hours are the most"
    assert fetch(desk, links(reviewer.get(path))[0]).status_code == 200, "the page gives a new one"


def test_a_recording_is_not_played_after_its_visit(desk: Desk, clock: Clock, tool: Tool) -> None:
    upload(desk, wav(), "lesson.wav")
    reviewer, path = judging(desk)
    clock.tick(hours=tool.settings.session_hours - 1)
    [link] = links(reviewer.get(path))
    clock.tick(minutes=59)
    assert fetch(desk, link).status_code == 200
    clock.tick(minutes=2)
    assert fetch(desk, link).status_code == 410


def test_reviewers_hear_a_recording_without_the_name_in_it(desk: Desk) -> None:
    content = wav()[:36] + b"LIST" + (20).to_bytes(4, "little") + b"INFOIART Ada Lovelac" + wav()[36:]
    upload(desk, content, "lesson.wav")
    assert fetch(desk, links(desk.get("/requirement/plan"))[0]).data == content
    reviewer, path = judging(desk)
    [link] = links(reviewer.get(path))
    heard = fetch(desk, link)
    assert len(heard.data) == len(content)
    assert b"Ada" not in heard.data
    assert fetch(desk, link, headers={"Range": "bytes=36-59"}).data == heard.data[36:60]


def test_long_ranges_of_a_recording_come_in_pieces(desk: Desk) -> None:
    content = wav(700)
    upload(desk, content, "lesson.wav")
    [link] = links(desk.get("/requirement/plan"), "audio")
    got, asked = b"", 0
    while len(got) < len(content):
        part = fetch(desk, link, headers={"Range": f"bytes={len(got)}-"})
        assert part.status_code == 206
        assert part.headers["Content-Range"] == f"bytes {len(got)}-{len(got) + len(part.data) - 1}/{len(content)}"
        assert len(part.data) <= 4 << 20
        got, asked = got + part.data, asked + 1
    assert got == content
    assert asked == 2


def test_removing_a_piece_removes_what_was_made_of_it(desk: Desk) -> None:
    upload(desk, hostile.photo(), "a.jpg")
    assert desk.stored_files() == 3
    [piece] = desk.rows(Artifact)
    assert delete(desk, piece).status_code == 303
    assert desk.stored_files() == 0
    assert desk.rows(StoredFile) == []


def test_a_file_that_was_removed_while_it_was_looked_at_leaves_nothing(desk: Desk, tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    from lti_tool.evidence import examining

    desk.upload("plan", hostile.photo(), "a.jpg")
    [piece] = desk.rows(Artifact)
    honest = examining.taken_apart

    def removing(*given: object, **more: object) -> object:
        monkeypatch.setattr(examining, "taken_apart", honest)
        assert delete(desk, piece).status_code == 303
        return honest(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(examining, "taken_apart", removing)
    work(tool)
    assert desk.rows(StoredFile) == []
    assert desk.stored_files() == 0


def test_files_from_before_are_found_and_a_lost_examiner_costs_only_time(desk: Desk, tool: Tool, clock: Clock) -> None:
    desk.upload("plan", hostile.photo(), "a.jpg")
    with tool.database.unit() as session:
        session.query(StoredFile).delete()
    assert "being made ready" in desk.get("/requirement/plan").text
    from lti_tool.evidence import examining

    examining._sweep(tool)
    claimed = examining._claim(tool)
    assert claimed is not None
    assert examining._claim(tool) is None, "it is taken"
    clock.tick(minutes=16)
    work(tool)
    [known] = desk.rows(StoredFile)
    assert (known.outcome, known.tries) == ("made", 2)
    work(tool)
    assert desk.rows(StoredFile)[0].tries == 2, "done once"


def test_a_file_that_ends_its_examiner_is_not_tried_for_ever(desk: Desk, tool: Tool, clock: Clock) -> None:
    from lti_tool.evidence import examining

    desk.upload("plan", hostile.photo(), "a.jpg")
    for _ in range(policies.MOST_TRIES):
        assert examining._claim(tool) is not None
        clock.tick(minutes=16)
    work(tool)
    [known] = desk.rows(StoredFile)
    assert (known.outcome, known.reason) == ("refused", "too_hard")
    assert "could not be made ready" in desk.get("/requirement/plan").text
    assert examine_due(tool) is None


def test_heic_from_a_phone_is_drawn_for_everybody(desk: Desk) -> None:
    known = upload(desk, hostile.heic(), "IMG_0001.HEIC")
    assert (known.outcome, known.copy_type) == ("made", "image/jpeg")
    image = Image.open(io.BytesIO(fetch(desk, links(desk.get("/requirement/plan"), "img")[0]).data))
    assert image.size == (known.width, known.height)
