"""Start the practice LMS: python -m lti_tool.practice_lms --port 8001 --tool-url http://127.0.0.1:8000"""

from __future__ import annotations

import argparse
import sys

from werkzeug.serving import run_simple

from . import PracticeSettings, create_app


def main() -> None:
    """Read the command line and serve until stopped."""
    parser = argparse.ArgumentParser(prog="python -m lti_tool.practice_lms", description="A small LMS to try the tool with")
    parser.add_argument("--host", default="localhost", help="name or address to listen on")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--base-url", default="", help="what browsers see; default http://HOST:PORT")
    parser.add_argument("--tool-url", default="http://127.0.0.1:8000")
    for face in ("canvas", "moodle"):
        parser.add_argument(f"--{face}-registration-url", default="", help=f"fills in the {face} side's box of Add an app")
    given = parser.parse_args()
    urls = {"canvas": given.canvas_registration_url, "moodle": given.moodle_registration_url}
    base_url = (given.base_url or f"http://{given.host}:{given.port}").rstrip("/")
    settings = PracticeSettings(base_url, given.tool_url.rstrip("/"), registration_urls=urls)
    sys.stdout.write(f"Practice LMS: {settings.base_url}/\n")
    sys.stdout.flush()
    run_simple(given.host, given.port, create_app(settings), threaded=True)


if __name__ == "__main__":
    main()
