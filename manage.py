#!/usr/bin/env python
"""The commands of Linli. Without DATABASE_URL they run beside the embedded PostgreSQL."""

import os
import sys

WITHOUT_DATABASE = {
    "help",
    "--help",
    "--version",
    "compilemessages",
    "makemessages",
    "collectstatic",
}


def main() -> None:
    """Start the embedded database first where one is needed, then let Django do the command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    if not os.environ.get("DATABASE_URL") and command not in WITHOUT_DATABASE:
        embedded = [sys.executable, "-m", "config.embedded", "run", sys.executable, *sys.argv]
        os.execv(sys.executable, embedded)  # noqa: S606 - no shell: this very program with its own arguments
    from django.core.management import execute_from_command_line

    import config.celery  # noqa: F401 - the app through which tasks are sent

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
