"""Every table, imported once: what migrations and tests hold against the database."""

from lti_tool import audit
from lti_tool.badges import models as badges
from lti_tool.badges import picture_models as badge_pictures
from lti_tool.catalog import approval_models as approvals
from lti_tool.catalog import entries as catalog_entries
from lti_tool.catalog import import_models as catalog_imports
from lti_tool.catalog import models as catalog
from lti_tool.catalog import stack_models as stacks
from lti_tool.database import Base
from lti_tool.district.cohorts import models as cohorts
from lti_tool.district.pay import models as pay
from lti_tool.district.reports import models as reports
from lti_tool.district.skills import models as skills
from lti_tool.evidence import keeping_models as keeping
from lti_tool.evidence import models as evidence
from lti_tool.evidence import stored_models as stored
from lti_tool.evidence import upload_models as uploads
from lti_tool.grading import models as grading
from lti_tool.grading import roster_models as rosters
from lti_tool.launch import models as launch
from lti_tool.linking import models as linking
from lti_tool.notices import models as notices
from lti_tool.platforms import models as platforms
from lti_tool.review import appeal_models as appeals
from lti_tool.review import calibration_models as calibration
from lti_tool.review import desk_models as desk
from lti_tool.review import models as review
from lti_tool.review import pool_models as pool
from lti_tool.web import models as web

metadata = Base.metadata
__all__ = [
    "appeals",
    "approvals",
    "audit",
    "badge_pictures",
    "badges",
    "calibration",
    "catalog",
    "catalog_entries",
    "catalog_imports",
    "cohorts",
    "desk",
    "evidence",
    "grading",
    "keeping",
    "launch",
    "linking",
    "metadata",
    "notices",
    "pay",
    "platforms",
    "pool",
    "reports",
    "review",
    "rosters",
    "skills",
    "stacks",
    "stored",
    "uploads",
    "web",
]
