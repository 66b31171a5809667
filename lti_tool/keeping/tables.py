"""What happens to each table when a person is erased: the one list of everything that refers to people.

A test holds it against the models: a new table that refers to a person, or to something of a person, has to be put here, and `erasing`
has to know what to do with it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fate:
    """`columns` refer to a person; `words` say what an erasure does to the rows of that person."""

    words: str
    columns: tuple[str, ...] = ()


FATES: dict[str, Fate] = {
    "person": Fate("emptied: names, e-mail, language and the LMS's id go; the row stays as the anchor of what has to stay"),
    "frame_session": Fate("deleted: open visits end", ("person_id", "supporter_id")),
    "membership": Fate("deleted", ("person_id",)),
    "roster_member": Fate("deleted: a later reading of the list knows nothing of before", ("person_id",)),
    "notice": Fate("deleted", ("person_id",)),
    "mail": Fate("deleted: what was not sent yet is not sent", ("person_id",)),
    "mail_choice": Fate("deleted", ("person_id",)),
    "mail_stop": Fate("deleted", ("person_id",)),
    "role_grant": Fate("revoked, its reason goes; who gave or took a role stays as an id", ("person_id", "granted_by", "revoked_by")),
    "district_setting": Fate("stays: it is the district's; who changed it stays as an id", ("changed_by",)),
    "enrollment": Fate("stays; one that goes on is withdrawn", ("person_id",)),
    "answer": Fate("deleted"),
    "self_assessment": Fate("deleted"),
    "artifact": Fate(
        "emptied: title, text, link, file name and place of consent go, and the bytes; hash, size and declaration stay", ("person_id",)
    ),
    "artifact_use": Fate("deleted"),
    "reminder": Fate("deleted"),
    "upload": Fate("ended; file name and what was said of it go", ("person_id",)),
    "upload_part": Fate("stays: sizes and hashes of parts, until the upload is swept"),
    "handed_file": Fate("deleted: the LMS can't fetch it any more", ("person_id",)),
    "handed_submission": Fate("deleted: no course reads it any more", ("person_id",)),
    "submission": Fate("one that was decided keeps hash, outcome and the hashes of its pieces; one that was not is deleted"),
    "review": Fate(
        "of the person's work: levels stay, words go; by the person: what is sealed stays, open ones go to others", ("reviewer_id",)
    ),
    "decision": Fate("stays; the words in which an exception was explained go, who decided it stays as an id", ("actor_id",)),
    "double_score": Fate("stays: levels without words, and who gave them as ids without a name", ("first_id", "second_id")),
    "open_work": Fate("goes with what is not decided"),
    "co_teacher": Fate("of the person's work: deleted; where others named them: deleted", ("person_id",)),
    "qualification": Fate("ended; stays as an id without a name", ("person_id", "given_by")),
    "workplace": Fate("deleted; where they were named as a supervisor, nobody is", ("person_id", "supervisor_id")),
    "anchor": Fate("taken from the person's work: retired and emptied; levels stay", ("made_by",)),
    "calibration": Fate("stays: levels only", ("person_id",)),
    "calibration_call": Fate("stays without its reason", ("person_id", "asked_by")),
    "review_note": Fate("of the person's work: words go; by the person: as their review"),
    "phrase": Fate("deleted", ("person_id",)),
    "submission_return": Fate("of the person's work: deleted; who sent another's back stays as an id", ("returned_by",)),
    "appeal": Fate("ground and outcome stay, words go; an open one is closed", ("person_id", "answered_by")),
    "panel_seat": Fate("of the person's appeal: votes stay, words go; by the person: as reviews", ("reviewer_id",)),
    "artifact_hold": Fate("texts and replacement go", ("owner_id", "raised_by", "decided_by")),
    "artifact_view": Fate(
        "of the person's evidence: deleted; what the person saw of others' stays, without a name", ("owner_id", "viewer_id")
    ),
    "legal_hold": Fate("blocks an erasure; one that was lifted stays", ("person_id", "placed_by", "lifted_by")),
    "score_delivery": Fate("stays; what was not sent yet is not sent any more", ("person_id", "decided_by")),
    "award": Fate(
        "signed bytes stay, so that a badge which was given away can be verified; the public page, the name on it and what the person"
        " wrote of their evidence go",
        ("person_id",),
    ),
    "skill_profile": Fate("deleted: nobody finds them by skill", ("person_id",)),
    "skill_shown": Fate("deleted", ("person_id",)),
    "cohort": Fate("stays: it is the district's; who made it is an id without a name", ("created_by",)),
    "cohort_goal": Fate("stays: what a cohort works towards"),
    "cohort_member": Fate("deleted; who invited others stays as an id", ("person_id", "invited_by")),
    "community_post": Fate("deleted; who hid another's note stays as an id", ("person_id", "hidden_by")),
    "badge_picture": Fate("stays: badges show it; who gave it is an id without a name", ("added_by",)),
    "badge_terms": Fate("stays: it says how badges of a microcredential are issued"),
    "badge_revocation": Fate(
        "of the person's badge: the note goes; who proposed and decided stays as an id", ("proposed_by", "decided_by")
    ),
    "employee": Fate("deleted: what payroll was not given yet stays listed as held back", ("person_id",)),
    "pay_rule": Fate("stays; who made it is an id without a name", ("made_by",)),
    "pay_year": Fate("stays: sums, under an id without a name", ("person_id",)),
    "pay_entry": Fate("stays: the district's accounts, under an id without a name; what somebody wrote goes", ("person_id", "actor_id")),
    "pay_open": Fate("stays: what is owed is owed", ("person_id",)),
    "pay_batch": Fate("stays: what payroll was given, by employee numbers and without names", ("made_by", "ended_by")),
    "pay_batch_line": Fate("stays: ids only"),
    "microcredential": Fate("stays; its author is an id without a name", ("author_id",)),
    "microcredential_version": Fate("stays; who published it is an id without a name", ("published_by",)),
    "catalog_entry": Fate("stays: it holds nothing of a person"),
    "stack_member": Fate("stays: it holds nothing of a person"),
    "catalog_import": Fate("deleted: a file that was not taken in yet", ("person_id",)),
    "stack": Fate("stays; who made it is an id without a name", ("made_by",)),
    "activity": Fate("stays: it is the course's"),
    "draft_writer": Fate("stays: who wrote a draft may not judge it; an id without a name", ("person_id",)),
    "approval_round": Fate("stays: it is about the district's catalog; who handed it in is an id without a name", ("submitted_by",)),
    "approval_vote": Fate("stays: what was decided and why; who voted is an id without a name", ("person_id",)),
    "approval_comment": Fate("stays: what was said of a draft; who said it is an id without a name", ("person_id", "resolved_by")),
    "audit_event": Fate(
        "stays: it holds ids, never names; a reason that was given for more time, a role or a look goes, its hash stays in the chain",
        ("actor_id",),
    ),
}
