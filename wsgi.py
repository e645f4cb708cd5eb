"""The application for any WSGI server: `waitress-serve wsgi:app`, `gunicorn --workers 1 --threads 8 wsgi:app`.

Settings come from the environment; the database is brought to the newest schema. Without `REDIS_URL` the workers are
threads of this process: run one process then, and let it load the application itself (no `--preload`).
`moderator serve` does the same with less to know.
"""

import atexit

from moderator import settings
from moderator.bootstrap import bootstrap, start_workers
from webui.app import create_app

_runtime = bootstrap(settings.load())
_runtime.database.migrate()
atexit.register(start_workers(_runtime).stop)

app = create_app(_runtime)
