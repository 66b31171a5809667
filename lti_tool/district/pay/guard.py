"""Nobody changes or deletes an entry of the ledger. An erasure may empty `note`, and nothing else."""

from __future__ import annotations

from lti_tool.only_added import OnlyAdded

_GUARD = OnlyAdded(
    "pay_entry",
    emptied=("note",),
    same=(
        *("id", "district_id", "person_id", "series_id", "rule_id", "number", "unit", "year", "kind", "cause", "under", "amount", "over"),
        *("waits", "moved", "award_id", "microcredential_id", "batch_id", "key", "on_day", "at", "actor_id", "grouped"),
    ),
)
put_up, take_down = _GUARD.put_up, _GUARD.take_down
