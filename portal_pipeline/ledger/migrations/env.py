"""Entry point of the alembic command line for developers; the product calls ``migrate``."""

from alembic import context
from sqlalchemy import create_engine

from portal_pipeline.ledger.schema import metadata

with create_engine(context.config.get_main_option("sqlalchemy.url") or "").begin() as connection:
    context.configure(connection=connection, target_metadata=metadata)
    context.run_migrations()
