"""The WSGI entry for any server: `app` is Rejoin with the settings of the environment, its work running beside it.

`rejoin serve` runs it with granian. On SQLite one process does everything, so start exactly one; on PostgreSQL start
as many as you like, and `rejoin worker` for the work.
"""

from plugin.composition import start

app = start()
