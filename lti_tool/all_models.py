"""Every table, imported once: what migrations and tests hold against the database."""

from lti_tool import audit
from lti_tool.badges import models as badges
from lti_tool.badges import picture_models as badge_pictures
from lti_tool.catalog import models as catalog
from lti_tool.database import Base
from lti_tool.evidence import keeping_models as keeping
from lti_tool.evidence import models as evidence
from lti_tool.evidence import stored_models as stored
from lti_tool.evidence import upload_models as uploads
from lti_tool.grading import models as grading
from lti_tool.launch import models as launch
from lti_tool.linking import models as linking
from lti_tool.platforms import models as platforms
from lti_tool.review import models as review
from lti_tool.web import models as web

metadata = Base.metadata
__all__ = [
    "audit",
    "badge_pictures",
    "badges",
    "catalog",
    "evidence",
    "grading",
    "keeping",
    "launch",
    "linking",
    "metadata",
    "platforms",
    "review",
    "stored",
    "uploads",
    "web",
]
