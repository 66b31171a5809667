"""What a badge says, against the official schema where it lies beside the project and against our own reading of it everywhere."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone

import jsonschema
import pytest
from hypothesis import given, settings

from lti_tool.badges import signing
from lti_tool.badges.credential import Profile, compose, hashed_email, utc_seconds
from tests.unit.badges.samples import KEY, KEY_ID, SIGNED_AT, content, contents, facts, official


def signed(award):
    return json.loads(signing.sign(compose(award), KEY, KEY_ID, created=SIGNED_AT))


def must_be_a_badge(document):
    """Required members and array forms of Open Badges 3.0, and what the schema leaves out: a subject has an id or an identifier."""
    assert document["@context"][:2] == [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ]
    assert document["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    for member in ("id", "issuer", "validFrom", "name"):
        assert document[member]
    subject = document["credentialSubject"]
    achievement = subject["achievement"]
    assert subject.get("id") or subject.get("identifier")
    assert all(achievement[member] for member in ("id", "name", "description", "criteria"))
    for holder, members in ((document, ["proof"]), (subject, ["result", "identifier"]), (achievement, ["tag", "alignment"])):
        assert all(isinstance(holder.get(member, []), list) for member in members)
    schema = official("schemas/ob_v3p0_achievementcredential_schema.json")
    if schema is not None:
        checker = jsonschema.Draft201909Validator(schema, format_checker=jsonschema.Draft201909Validator.FORMAT_CHECKER)
        assert [error.message for error in checker.iter_errors(document)] == []


def test_a_full_badge_is_a_badge():
    must_be_a_badge(signed(facts()))


def test_a_bare_badge_is_a_badge():
    bare = facts(content=content(tags=[], alignments=[]), earner_email=None, earner_name=None, publish_results=False, results={})
    document = signed(bare)
    must_be_a_badge(document)
    assert set(document["credentialSubject"]) == {"id", "type", "achievement"}


@settings(max_examples=25, deadline=None)
@given(contents())
def test_whatever_an_author_writes_becomes_a_badge_that_can_be_signed(written):
    must_be_a_badge(signed(facts(content=written, results={})))


def test_the_schema_would_notice():
    broken = signed(facts())
    broken["credentialSubject"]["achievement"].pop("criteria")
    with pytest.raises((AssertionError, KeyError)):
        must_be_a_badge(broken)


def test_results_are_told_only_if_the_teacher_wants():
    assert "result" not in compose(facts(publish_results=False))["credentialSubject"]
    told = compose(facts())["credentialSubject"]
    described = {d["id"]: d for d in told["achievement"]["resultDescription"]}
    for result in told["result"]:
        description = described[result["resultDescription"]]
        level = next(level for level in description["rubricCriterionLevel"] if level["id"] == result["achievedLevel"])
        assert level["name"] == result["value"] == "Met"
        assert description["requiredLevel"] == result["achievedLevel"]


@pytest.mark.parametrize("results", [{"unheard-of": 1}, {"planning": 3}, {"planning": -1}])
def test_results_that_the_rubric_does_not_know_are_refused(results):
    with pytest.raises(KeyError):
        compose(facts(results=results))


def test_levels_stand_from_low_to_high():
    levels = compose(facts())["credentialSubject"]["achievement"]["resultDescription"][0]["rubricCriterionLevel"]
    assert [(level["level"], level["name"]) for level in levels] == [("0", "Not yet"), ("1", "Almost"), ("2", "Met")]


def test_the_narrative_says_what_was_shown_and_who_judged():
    text = compose(facts())["credentialSubject"]["achievement"]["criteria"]["narrative"]
    assert "The teacher asks open questions." in text
    assert "- **Planning**: at least “Met”." in text
    assert "two independent blind reviewers" in text
    assert "12 hours" in text


def test_hours_of_work_are_no_credit_hours():
    assert "creditsAvailable" not in json.dumps(compose(facts()))


def test_no_plain_address_and_nothing_outside_both_revisions_of_the_context():
    text = json.dumps(compose(facts()))
    assert "teacher@example.org" not in text
    assert '"jti"' not in text
    assert '"endorsementJwt"' not in text
    assert '"evidence"' not in text


def test_an_address_is_hashed_lower_case_with_the_salt_behind():
    expected = "sha256$" + hashlib.sha256(b"ana@example.orgpepper").hexdigest()
    assert hashed_email(" Ana@Example.ORG ", "pepper").identity_hash == expected


def test_times_are_whole_seconds_of_utc():
    assert compose(facts())["awardedDate"] == "2026-03-01T23:59:59Z"
    assert utc_seconds(datetime(2026, 3, 1, 22, tzinfo=timezone(timedelta(hours=-5)))) == "2026-03-02T03:00:00Z"
    with pytest.raises(ValueError, match="naive"):
        utc_seconds(datetime(2026, 3, 1, tzinfo=UTC).replace(tzinfo=None))


def test_an_item_of_a_case_framework_is_named_by_its_guid():
    guid = "8c2ae3b4-7b1a-4a3e-9d55-0a7f4f3f2a11"
    case = {"framework": "F", "name": "N", "code": "T.3", "url": f"https://case.example.org/ims/case/v1p0/CFItems/{guid}"}
    plain = {"framework": "F", "name": "N", "code": "T.3", "url": "https://example.org/t3"}
    said = {"framework": "F", "name": "N", "code": "T.3", "url": "https://example.org/t3", "case_item": guid}
    achievement = compose(facts(content=content(alignments=[case, plain, said])))["credentialSubject"]["achievement"]
    [first, second, third] = achievement["alignment"]
    assert (first["targetType"], first["targetCode"], first["targetDescription"]) == ("CFItem", guid, "T.3")
    assert "targetType" not in second
    assert second["targetCode"] == "T.3"
    assert third == first | {"targetUrl": "https://example.org/t3"}, "a designer who gives the identifier may link to any page"


FULL = {
    "valid_until": datetime(2029, 1, 1, tzinfo=UTC),
    "evidence_summary": "I asked *open* questions.",
    "status_list_url": "https://badges.example.org/issuers/meadow-valley/status/1.json",
    "status_index": 94567,
    "ob2_version_url": "https://badges.example.org/issuers/meadow-valley/microcredentials/7/ob2.json",
    "profile": Profile(
        email="badges@example.org",
        address={"streetAddress": "1 Main Street", "addressCountry": "USA"},
        logo_url="https://badges.example.org/issuers/meadow-valley/logo.png",
        ob2_url="https://badges.example.org/issuers/meadow-valley/ob2.json",
    ),
}


@pytest.mark.parametrize("is_test", [False, True])
def test_a_badge_that_says_everything_is_a_badge(is_test):
    document = signed(facts(**FULL, is_test=is_test))
    must_be_a_badge(document)
    assert document["validUntil"] == "2029-01-01T00:00:00Z"
    assert document["credentialStatus"]["statusListIndex"] == "94567"
    assert document["evidence"][0]["narrative"] == "I asked *open* questions."
    assert document["name"].startswith("TEST – ") is is_test
