"""An S3-compatible store to test against: moto in server mode, on loopback."""

from __future__ import annotations

import secrets
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.factories.served import served

BUCKET = "evidence"


@contextmanager
def s3_server() -> Iterator[str]:
    """Its origin, with an empty bucket."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import boto3
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        application = DomainDispatcherApplication(create_backend_app)
    with served(application) as origin:
        boto3.client("s3", endpoint_url=origin, region_name="us-east-1", aws_access_key_id="k", aws_secret_access_key="s").create_bucket(
            Bucket=BUCKET
        )
        yield origin


def s3_settings(origin: str) -> dict[str, Any]:
    """For Settings; each call names a folder of its own."""
    return {
        "s3_bucket": BUCKET,
        "s3_endpoint_url": origin,
        "s3_access_key": "k",
        "s3_secret_key": "s",
        "s3_prefix": f"{secrets.token_hex(4)}/",
    }
