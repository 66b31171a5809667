"""Forms of notices."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import SelectMultipleField

from lti_tool.language import later
from lti_tool.notices.queries import Choices


class ChoicesForm(FlaskForm):  # type: ignore[misc]
    """What comes by e-mail."""

    topics = SelectMultipleField(later("Tell me by e-mail"))

    def offer(self, shown: Choices) -> None:
        """The topics of this person."""
        self.topics.choices = [(key, topic.label) for key, topic in shown.topics.items()]
