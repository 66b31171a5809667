"""gunicorn: one process with threads, enough for a district; addresses come from `lti-tool serve`."""

import gc
import os
from typing import Any

from gunicorn.glogging import Logger

from lti_tool.settings import load_settings


class QuietLogger(Logger):  # type: ignore[misc]
    """gunicorn's log without the addresses of requests, which carry frame keys."""

    def exception(self, msg: Any, *_args: Any, **kwargs: Any) -> None:
        """What failed, and where in the code."""
        super().exception(str(msg).partition("%s")[0].strip(), **kwargs)


_ours = load_settings()
logger_class = QuietLogger
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
threads = _ours.web_threads
loglevel = _ours.log_level.lower()
timeout = 60
graceful_timeout = 30
keepalive = 5
limit_request_line = 8190
limit_request_fields = 60
control_socket_disable = True
accesslog = None  # addresses carry frame keys; what matters is logged by the application
forwarded_allow_ips = "127.0.0.1,::1"


def post_worker_init(_worker: Any) -> None:
    """What was loaded stays: looking through it for garbage again and again finds none."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
