"""The rule of judging in words, for everybody whom it concerns: before submitting, while judging, while running it."""

from lti_tool.language import later

RULE_IN_WORDS = (
    later("Two reviewers judge alone, without knowing whose work it is and without seeing each other's scores."),
    later("If both find every criterion met, the microcredential is earned."),
    later("If both find something not met yet, the work comes back with their feedback and can be sent in again."),
    later("If they differ, a third reviewer looks only at the criteria they differ on, and that judgement counts."),
    later("In a further attempt, what was met stays met and is not judged again, as long as its evidence is unchanged."),
)
