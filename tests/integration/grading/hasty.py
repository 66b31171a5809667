"""The `lti-tool` command with seconds where it has minutes, so that a test sees a lease end and a pause pass."""

from __future__ import annotations

from datetime import timedelta

from lti_tool import http
from lti_tool.cli import main
from lti_tool.grading import claims, lanes, policies, pump
from lti_tool.platforms import tokens

claims.LEASE, claims.ONE_TRY = timedelta(seconds=3), timedelta(seconds=2)
lanes._LONGEST = timedelta(seconds=2)
pump._LOOK_AGAIN = timedelta(seconds=1)
policies._FIRST, policies._MOST = timedelta(seconds=1), timedelta(seconds=2)
tokens._ASKING = timedelta(seconds=3)
http._READ = 2.0

if __name__ == "__main__":
    main()
