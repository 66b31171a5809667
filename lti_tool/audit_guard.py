"""Nobody changes or deletes a row of the trail. An erasure may empty `reason` and its salt, and nothing else."""

from __future__ import annotations

from lti_tool.only_added import OnlyAdded

_GUARD = OnlyAdded(
    "audit_event",
    emptied=("reason", "reason_salt"),
    same=("id", "district_id", "at", "actor_id", "action", "subject_id", "details", "sequence", "previous", "hash", "reason_digest"),
)
put_up, take_down = _GUARD.put_up, _GUARD.take_down
