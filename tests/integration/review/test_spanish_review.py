"""Whoever reads Spanish in their LMS, or asks a public page for it, is spoken to in Spanish; what others wrote stays as they wrote it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from lti_tool.badges import service
from lti_tool.evidence.models import Submission
from lti_tool.grading.models import ScoreDelivery
from lti_tool.launch.models import Person
from lti_tool.tool import Tool
from tests.factories.world import FrameBrowser, World
from tests.integration.review.conftest import Scene
from tests.integration.review.test_agreement import score
from tests.integration.review.test_appeals import Case, make
from tests.integration.test_badges import Earned

MEXICO = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}


def reads(scene: Scene, person: Person, *rights: str, locale: str = "es") -> FrameBrowser:
    return scene.world.browser(person, *rights, activity=scene.activity, launch={"locale": locale})


def says(page: str, *words: str, lang: str = "es-US") -> None:
    assert f'<html lang="{lang}"' in page
    for one in words:
        assert one in page, one


def test_a_reviewer_finds_their_list_and_their_desk(scene: Scene) -> None:
    _, [first, second] = scene.seated()
    reviewer = reads(scene, scene.person(first), "earner", "reviewer")
    says(reviewer.get("/review/").text, "Hay una revisión abierta.", "Trabajo que espera su evaluación", "Empezar", "Cómo se decide")
    desk = reviewer.get(f"/review/{first.id}").text
    says(desk, "Lo que se entregó", "Terminar y cerrar", "Guardar borrador", "Renunciar a esta revisión")
    says(desk, "Reconozco de quién es este trabajo", "Asking good questions", "Comentario sobre planning")
    english = scene.world.browser(scene.person(second), "earner", "reviewer", context=scene.context).get("/review/").text
    says(english, "One review is open.", lang="en-US")


def test_what_a_form_refuses_is_said_in_spanish(scene: Scene) -> None:
    _, [first, _] = scene.seated()
    reviewer = reads(scene, scene.person(first), "earner", "reviewer")
    answer = reviewer.post(f"/review/{first.id}/decline", {"kind": "time", "reason": ""})
    assert answer.status_code == 422
    says(answer.text, "Diga en pocas palabras por qué.")
    answer = reviewer.post(f"/review/{first.id}", {"revision": "7", "page": "other", "finish": "1"})
    assert "Esta revisión se cambió en otra ventana" in answer.text


def test_coordinators_see_open_work_people_and_rules(scene: Scene) -> None:
    scene.seated()
    console = reads(scene, scene.dana, "console", "facilitator")
    says(console.get("/open-work/").text, "Trabajo abierto", "En revisión", "sin empezar", "Fecha límite")
    says(console.get("/review/people").text, "Nombre a colegas que conozcan la competencia", "Añadir un revisor", "Ruth Feldman")
    says(console.get("/open-work/settings").text, "Reglas de", "Los revisores se calibran antes de evaluar")
    says(console.get("/open-work/reviewers").text, "Cuánto trabajo tienen los revisores", "Abiertas")
    submission = scene.rows(Submission)[0]
    says(
        console.get(f"/review/submissions/{submission.id}").text,
        "Quién revisa este trabajo",
        "Primer revisor",
        "tiene o tuvo un puesto en él",
    )


def test_figures_are_written_by_the_customs_of_their_reader(scene: Scene) -> None:
    score(scene, [(2, 2)] * 25 + [(1, 2)] * 5)
    spain = reads(scene, scene.dana, "console", locale="es-ES").get("/review/agreement/").text
    says(spain, "Acuerdo por microcredencial", "Qué significan las cifras", lang="es-ES")
    america = reads(scene, scene.dana, "console").get("/review/agreement/").text
    assert re.search(r"<strong>0,\d\d</strong>", spain)
    assert re.search(r"<strong>0\.\d\d</strong>", america)
    own = reads(scene, scene.reviewers[0], "earner", "reviewer").get("/review/agreement/own").text
    says(own, "Sus cifras", "Entregas que evaluaron usted y otro revisor")


@pytest.fixture(name="case")
def _case(stage: Callable[..., Scene]) -> Case:
    return make(stage(pool=5))


def test_an_appeal_goes_its_way_in_spanish(case: Case) -> None:
    case.file()
    scene = case.scene
    ada = reads(scene, scene.ada, "earner")
    says(ada.get(f"/appeals/mine/{case.appeal().id}").text, "Quien dirige el programa la está mirando", "La rúbrica se leyó mal")
    runner = reads(scene, scene.dana, "facilitator")
    assert "Filed" in case.runner().get("/appeals/").text, "what an English reader has just seen does not stay"
    says(runner.get("/appeals/").text, "Presentada", "Apelaciones", "La rúbrica se leyó mal", "presentada el")
    page = runner.get(f"/appeals/{case.appeal().id}").text
    says(page, "Nombra un motivo: responde un panel", "On page two, all three questions are open.")
    [seat, *_] = case.accept()
    member = next(one for one in scene.reviewers if one.id == seat.reviewer_id)
    says(
        reads(scene, member, "earner", "reviewer").get(f"/appeals/panel/{seat.id}").text, "¿Qué es lo correcto?", "La decisión se mantiene"
    )


def test_scores_on_their_way(scene: Scene, world: World) -> None:
    _, reviews = scene.seated()
    for review in reviews:
        world.judge(review, 2)
    assert scene.rows(ScoreDelivery)
    page = reads(scene, scene.dana, "facilitator").get(f"/scores/activities/{scene.activity.id}").text
    says(page, "Puntuaciones", "En camino", "Su LMS la recibe en un minuto.", "100 de 100")


def test_the_gradebook_hears_the_language_of_the_teacher(scene: Scene, world: World) -> None:
    with world.tool.database.unit() as session:
        session.get_one(Person, scene.ada.id).locale = "es-MX"
    _, reviews = scene.seated()
    for review in reviews:
        world.judge(review, 2)
    [score] = scene.rows(ScoreDelivery)
    assert score.comment == "Obtenida: revisores independientes encontraron logrados todos los criterios."


def test_badges_and_their_public_pages(world: World, tool: Tool) -> None:
    earned = Earned(world, tool)
    assert service.sign_due(tool) == 1
    earned.show()
    mine = world.browser(earned.teacher, "earner", activity=earned.activity, launch={"locale": "es"})
    says(mine.get(mine.prefix + "/badges/").text, "1 insignia, 1 pública.", "Cerca de 12 horas de trabajo.", "Hacer privada")
    says(mine.get(f"{mine.prefix}/badges/{earned.id}").text, "Es suya. Usted decide quién la ve", "Publicar en LinkedIn")
    says(mine.get(mine.prefix + "/badges/transcript").text, "Expediente de microcredenciales", "versión 1, 2 criterios, todo logrado")
    stranger = earned.stranger
    page = stranger.get(earned.address, headers=MEXICO).text
    says(
        page, "Concedida a <strong>Ada Teacher</strong>", "<strong>Dos revisores</strong>", "The teacher asks open questions.", lang="es-MX"
    )
    assert "Two reviewers" in stranger.get(earned.address).text
    assert '<html lang="es-MX"' in stranger.get(f"{earned.address}/embed", headers=MEXICO).text
    ask = stranger.get("/badges/verify", headers=MEXICO).text
    says(ask, "Comprobar una insignia", "Qué pasa con ella", lang="es-MX")
    wrong = stranger.post("/badges/verify", data={"text": "nothing"}, headers=MEXICO)
    says(wrong.text, "Esto no es una insignia", lang="es-MX")


def test_what_is_signed_stays_as_it_was_signed(world: World, tool: Tool) -> None:
    earned = Earned(world, tool)
    assert service.sign_due(tool) == 1
    earned.show()
    spanish = earned.stranger.get(f"{earned.address}.json", headers=MEXICO)
    assert spanish.data == earned.stranger.get(f"{earned.address}.json").data
    assert "The teacher showed this in their own classroom" in spanish.text
