"""Alembic, run from code so that the wheel needs no ini file."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from lti_tool.database import Database


def config(database: Database) -> Config:
    """Alembic's configuration for this database."""
    options = Config()
    options.set_main_option("script_location", str(Path(__file__).parent))
    options.attributes["engine"] = database.engine
    return options


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the tables up to a revision; safe when several processes start at once."""
    with database.alone():
        command.upgrade(config(database), revision)


def downgrade(database: Database, revision: str) -> None:
    """Take the tables down to a revision; `base` removes everything."""
    command.downgrade(config(database), revision)
