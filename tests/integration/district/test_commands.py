"""`lti-tool district`, as an operator types it."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result
from sqlalchemy import select

from lti_tool import cli, migrations
from lti_tool.audit import AuditEvent
from lti_tool.database import Database
from lti_tool.platforms.models import District


def test_districts_are_made_listed_and_renamed(tmp_path: Path) -> None:
    environment = {"LTI_TOOL_DATA_DIR": str(tmp_path), "LTI_TOOL_BASE_URL": "https://tool.example.org", "LTI_TOOL_DATABASE_URL": ""}
    database = Database(f"sqlite:///{tmp_path / 'lti_tool.db'}")
    migrations.upgrade(database)

    def types(*arguments: str) -> Result:
        return CliRunner().invoke(cli.main, ["district", *arguments], env=environment)

    assert types("list").output == ""
    assert types("add", " Maple  Valley ").output == "Maple Valley is here; its short name is maple-valley.\n"
    assert types("add", "maple valley").exit_code == 1
    assert types("add", "  ").exit_code == 2
    assert types("add", "Oak Hills").exit_code == 0
    assert types("rename", "oak-hills", "MAPLE VALLEY").exit_code == 1
    assert types("rename", "no-such", "X").exit_code == 1
    assert types("rename", "oak-hills", " ").exit_code == 2
    assert types("rename", "oak-hills", "Oak County").output == "oak-hills is called Oak County now.\n"
    assert types("list").output == (
        "maple-valley              Maple Valley  (0 LMSs, 0 on)\noak-hills                 Oak County  (0 LMSs, 0 on)\n"
    )
    with database.read() as session:
        assert session.scalars(select(District.name).order_by(District.name)).all() == ["Maple Valley", "Oak County"]
        actions = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
        assert actions == ["district:district:added", "district:district:added", "district:district:renamed"]
    database.dispose()
