"""Whether a stored decision is what the rule makes of the stored scores: pure, for computing every decision again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

from lti_tool.review.policies import CriterionResult, Decided, LockedScores


def stored(results: Mapping[str, CriterionResult]) -> dict[str, Any]:
    """Results as a decision holds them, after they went through JSON."""
    return {key: {**asdict(result), "levels": list(result.levels)} for key, result in results.items()}


def basis(content_hash: str, locked: Collection[LockedScores]) -> str:
    """SHA-256 (hex) of what a decision rests on: the frozen rubric and every locked score. It stands in the trail with the decision."""
    scores = sorted((one.seat, sorted(one.levels.items())) for one in locked)
    return hashlib.sha256(json.dumps([content_hash, scores], separators=(",", ":")).encode()).hexdigest()


def differences(*, outcome: str, criteria: Mapping[str, Any], again: Decided) -> list[str]:
    """What differs between a stored decision and the one computed again, in words; empty when nothing does."""
    found = [] if outcome == again.outcome else [f"the outcome is {outcome}, and the scores give {again.outcome}"]
    computed = stored(again.criteria)
    found += [
        f"criterion {key}: {criteria.get(key)} is stored, the scores give {computed[key]}"
        for key in computed
        if criteria.get(key) != computed[key]
    ]
    return found + [f"criterion {key} is stored, and the rubric has none" for key in criteria if key not in computed]


def rubric_faults(*, frozen_hash: str, version_hash: str, content_hash: str) -> list[str]:
    """Whether the work was judged by the rubric that it was handed in for: the hash in the frozen copy, the version's and its content's."""
    found = [] if content_hash == version_hash else ["the rubric's text is not the one that was published"]
    return found if frozen_hash == version_hash else [*found, "the work was handed in for another rubric"]
