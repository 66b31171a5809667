"""A real LTI platform to test against: Open edX's (`lti-consumer-xblock`), served by itself.

Runs with the Python of `.venv-interop` and shares no code with the tool. What Open edX takes from the rest of itself (course, people,
gradebook) stands here as small stand-ins; everything LTI is Open edX's own. Each block of the course is a resource link of its own,
all blocks share one registration. `/control/...` lets a test start launches and read what arrived.
"""

import argparse
import uuid
from pathlib import Path
from types import SimpleNamespace

import django
from django.conf import settings

COURSE, ORG = "course-v1:Maple+PL1+2026", "Maple+PL1+2026"
COLLEAGUES = 450
POINTS = 20  # what a block is worth in this gradebook, whatever the tool counts in
_USAGE_ID = r"(?P<usage_id>(?:i4x://?[^/]+/[^/]+/[^/]+/[^@]+(?:@[^/]+)?)|(?:[^/]+))"


def _people():
    """Everybody in the course by user name: numbers as Open edX counts its users, ids as it shows them to tools."""
    named = [("dana", "staff"), ("ada", "student"), ("ruth", "student"), ("raj", "student"), ("rosa", "student")]
    everybody = [*named, *((f"colleague{number:03}", "student") for number in range(COLLEAGUES))]
    return {
        name: {
            "id": number,
            "username": name,
            "name": f"{name.title()} of Maple",
            "email": f"{name}@maple.example",
            "roles": [role],
            "external_id": str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.maple.example")),
        }
        for number, (name, role) in enumerate(everybody, start=1)
    }


PEOPLE = _people()
REQUESTS: list[dict] = []
GRADES: list[dict] = []


class Block:
    """The LTI block of a course unit, as far as the platform asks it."""

    has_score, accept_grades_past_due, weight, lti_1p3_passport_id = True, True, POINTS, None

    def __init__(self, location):
        self.location, self.context_id, self.display_name = location, COURSE, location.block_id
        self.scope_ids = SimpleNamespace(usage_id=location, user_id=None)

    def is_past_due(self):
        return False

    def max_score(self):
        return self.weight

    def set_user_module_score(self, user, score, max_score, comment=""):
        """The gradebook: Open edX hands over a share between 0 and 1."""
        GRADES.append({"block": self.display_name, "user": user, "points": score * max_score, "of": max_score, "comment": comment})


def note_requests(get_response):
    """Middleware: keep what the tool's server asked for, so that a test can see pages and content types."""

    def handle(request):
        response = get_response(request)
        if not request.path.startswith("/control/"):
            REQUESTS.append({"method": request.method, "path": request.get_full_path(), "status": response.status_code})
        return response

    return handle


def configure(given):
    """Django's settings, then the tables. Open edX's middleware comes in its own order."""
    settings.configure(
        SECRET_KEY=uuid.uuid4().hex,
        ALLOWED_HOSTS=["localhost", "127.0.0.1"],
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": given.data_dir / "openedx.db",
                "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
            }
        },
        INSTALLED_APPS=[
            *("django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"),
            *("config_models", "rest_framework", "django_filters", "statici18n", "lti_consumer"),
        ],
        MIDDLEWARE=[
            f"{__name__}.note_requests",
            "edx_django_utils.cache.middleware.RequestCacheMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "edx_django_utils.cache.middleware.TieredCacheMiddleware",
        ],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        LOGGING={"version": 1, "disable_existing_loggers": False, "root": {"level": "WARNING"}},
        USAGE_ID_PATTERN=_USAGE_ID,
        LMS_ROOT_URL=f"http://localhost:{given.port}",
        LMS_BASE=f"localhost:{given.port}",
        LEARNING_MICROFRONTEND_URL=f"http://localhost:{given.port}/learning",
        PLATFORM_NAME="Maple's Open edX",
        FEATURES={},
    )
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def stand_in():
    """Put our stand-ins where the platform reaches into the rest of Open edX."""
    from lti_consumer.exceptions import LtiError
    from lti_consumer.plugin import compat, views

    by_external_id = {person["external_id"]: name for name, person in PEOPLE.items()}

    def user_of(external_id):
        if external_id not in by_external_id:
            raise LtiError("Invalid User")
        return by_external_id[external_id]

    compat.load_enough_xblock = compat.load_block_as_user = Block
    compat.get_user_from_external_user_id = user_of
    compat.user_has_studio_write_access = lambda user, _course: "staff" in PEOPLE.get(user.get_username(), {"roles": []})["roles"]
    compat.get_course_members = lambda _course: {person["id"]: dict(person) for person in PEOPLE.values()}
    compat.merge_course_forum_roles = lambda _course, members: members
    views.get_lti_pii_sharing_state_for_course = lambda _course: True
    views.LtiNrpsContextMembershipViewSet.attach_external_user_ids = lambda _view, _members: None


def register(given):
    """The tool's registration, and the people who can sign in."""
    from django.contrib.auth import get_user_model
    from lti_consumer.models import Lti1p3Passport

    users = get_user_model()
    users.objects.bulk_create([users(id=person["id"], username=name) for name, person in PEOPLE.items()])
    return Lti1p3Passport.objects.create(name="The tool", lti_1p3_client_id=given.client_id, lti_1p3_tool_keyset_url=given.tool_jwks_url)


def block_settings(given, passport, name):
    """The settings of a block, made when it is first named."""
    from lti_consumer.models import LtiConfiguration
    from opaque_keys.edx.keys import UsageKey

    return LtiConfiguration.objects.get_or_create(
        location=UsageKey.from_string(f"block-v1:{ORG}+type@lti_consumer+block@{name}"),
        defaults={
            "version": LtiConfiguration.LTI_1P3,
            "config_store": LtiConfiguration.CONFIG_ON_DB,
            "lti_1p3_passport": passport,
            "lti_1p3_oidc_url": given.login_url,
            "lti_1p3_launch_url": given.launch_url,
            "lti_advantage_deep_linking_launch_url": given.launch_url,
            "lti_advantage_deep_linking_enabled": True,
            "lti_advantage_enable_nrps": True,
            "lti_advantage_ags_mode": LtiConfiguration.LTI_ADVANTAGE_AGS_DECLARATIVE,
        },
    )[0]


def control(given, passport):
    """The control views: start a launch (`user`, `block`, `message`), and read what there is as JSON."""
    from django.contrib.auth import get_user_model, login
    from django.http import HttpResponseRedirect, JsonResponse
    from django.urls import path
    from lti_consumer.data import Lti1p3LaunchData
    from lti_consumer.models import LtiAgsScore, LtiDlContentItem

    root = settings.LMS_ROOT_URL
    service = f"{root}/api/lti_consumer/v1"
    details = {
        "issuer": root,
        "client_id": passport.lti_1p3_client_id,
        "deployment_id": "1",
        "auth_url": f"{service}/launch/",
        "token_url": f"{service}/token/{passport.passport_id}",
        "jwks_url": f"{service}/public_keysets/{passport.passport_id}",
    }

    def launch(request):
        """Sign the person in and send their browser to the tool's login, as the block's button does."""
        person = PEOPLE[request.GET["user"]]
        login(request, get_user_model().objects.get(id=person["id"]), backend="django.contrib.auth.backends.ModelBackend")
        block = block_settings(given, passport, request.GET["block"])
        chosen = LtiDlContentItem.objects.filter(lti_configuration=block, content_type="ltiResourceLink").first()
        message = request.GET.get("message", "LtiResourceLinkRequest")
        data = Lti1p3LaunchData(
            user_id=person["id"],
            user_role=person["roles"][0],
            external_user_id=person["external_id"],
            preferred_username=person["username"],
            name=person["name"],
            email=person["email"],
            config_id=block.config_id,
            resource_link_id=str(block.location),
            launch_presentation_document_target="iframe",
            message_type=message,
            context_id=COURSE,
            context_type=["course_offering"],
            context_title="Professional learning",
            context_label="PL1",
            deep_linking_content_item_id=chosen.id if chosen and message == "LtiResourceLinkRequest" else None,
        )
        return HttpResponseRedirect(block.get_lti_consumer().prepare_preflight_url(data))

    def items(request):
        block = block_settings(given, passport, request.GET["block"])
        rows = LtiDlContentItem.objects.filter(lti_configuration=block).order_by("id")
        return JsonResponse([{"type": row.content_type, **row.attributes} for row in rows], safe=False)

    def grades(_request):
        scores = LtiAgsScore.objects.order_by("id").values()
        return JsonResponse({"gradebook": GRADES, "scores": list(scores)})

    return [
        path("control/platform", lambda _request: JsonResponse(details)),
        path("control/launch", launch),
        path("control/items", items),
        path("control/grades", grades),
        path("control/people", lambda _request: JsonResponse(PEOPLE)),
        path("control/requests", lambda _request: JsonResponse(REQUESTS, safe=False)),
    ]


def main():
    """Serve until stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    for name in ("client-id", "tool-jwks-url", "login-url", "launch-url"):
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args()
    configure(given)
    stand_in()
    from django.core.servers.basehttp import run
    from django.core.wsgi import get_wsgi_application
    from django.urls import include, path

    settings.ROOT_URLCONF = (*control(given, register(given)), path("api/", include("lti_consumer.plugin.urls")))
    run("127.0.0.1", given.port, get_wsgi_application(), threading=True)


if __name__ == "__main__":
    main()
