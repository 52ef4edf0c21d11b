"""How Django talks to PostgreSQL: Linli knows no other database, so that every query is written once."""

from typing import Any

from config.variables import BadSetting, env

# Where no DATABASE_URL is given, nothing listens here: manage.py starts the embedded server first and sets it.
NOWHERE = "postgres://linli@/linli?host=/nonexistent/start-with-manage.py"


def connection(url: str) -> dict[str, Any]:
    """Django's DATABASES entry for a postgres:// address."""
    try:
        entry: dict[str, Any] = env.db_url_config(url or NOWHERE)
    except ValueError as error:
        raise BadSetting(
            f"DATABASE_URL cannot be read ({error}). Write postgres://USER:PASSWORD@HOST:PORT/DATABASE, with special "
            "characters of the password in percent notation."
        ) from error
    entry["ENGINE"] = "django.db.backends.postgresql"
    entry["ATOMIC_REQUESTS"] = False
    entry["CONN_HEALTH_CHECKS"] = True
    entry.setdefault("CONN_MAX_AGE", 60)
    entry.setdefault("OPTIONS", {}).setdefault("application_name", "linli")
    return entry
