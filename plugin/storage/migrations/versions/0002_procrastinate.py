"""procrastinate's own tables, on PostgreSQL only: there it finds the worker for our rows."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        # Here, as every start reads this file to learn which version is the newest, and on SQLite needs none of it.
        from procrastinate.schema import SchemaManager

        cursor = connection.connection.cursor()
        cursor.execute(SchemaManager.get_schema())


def downgrade() -> None:
    raise NotImplementedError("procrastinate has no way back")
