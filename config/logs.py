"""Log lines as events with fields (structlog): readable on a terminal, or one JSON object each for a collector.

Whatever a line was made of, a message, a field, a traceback or a library's words, identity numbers and mobile numbers
in it are masked as the last step.
"""

from typing import Any

import structlog

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=False),
    structlog.processors.StackInfoRenderer(),
]
# What the log is the only place outside the database for, written whatever level is set.
ALWAYS = ("linli.heads",)


def configuration(*, form: str, level: str) -> dict[str, Any]:
    """Django's LOGGING: everything, our own lines and the libraries', through one renderer to stderr."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"events": _formatter(form)},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "events"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {name: {"level": "WARNING"} for name in ("fontTools", "weasyprint", "kombu", "amqp")}
        | {name: {"level": "INFO"} for name in ALWAYS},
    }


def _formatter(form: str) -> dict[str, Any]:
    renderer: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if form == "json"
        else [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    )
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": SHARED,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer, _masked],
    }


def _masked(_logger: Any, _name: str, line: str) -> str:
    from communities.ground.numbers import without_personal_numbers  # not while the settings are read

    return without_personal_numbers(line)
