"""The WSGI entry for any server: `app` is Rejoin with the settings of the environment, its work running beside it.

`rejoin serve` is quicker and runs the same. On SQLite one process does everything, so start exactly one; on PostgreSQL
start as many as you like, and `rejoin worker` for the work.
"""

import atexit

from plugin.composition import start

_started = start()
atexit.register(_started.end)
app = _started.app
