"""Create or drop a PostgreSQL database: scratch_database.py SERVER_URL create|drop NAME."""

import sys

from sqlalchemy import text

from lti_tool.database import Database

url, action, name = sys.argv[1:]
statement = f'CREATE DATABASE "{name}"' if action == "create" else f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
database = Database(url)
with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
    connection.execute(text(statement))
