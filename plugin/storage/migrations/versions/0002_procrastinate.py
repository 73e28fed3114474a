"""procrastinate's own tables, on PostgreSQL only: there it finds the worker for our rows."""

import procrastinate
from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        cursor = connection.connection.cursor()
        cursor.execute(SchemaManager.get_schema())


def downgrade() -> None:
    raise NotImplementedError(f"procrastinate {procrastinate.__version__} has no way back")
