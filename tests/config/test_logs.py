"""Log lines are events with fields, whoever writes them: our own code or a library."""

import io
import json
import logging
import logging.config
from typing import Any

import pytest
import structlog

from config import logs


def written(form: str, write: Any) -> str:
    """What one call writes to a handler that is set up as the settings do."""
    built = logs.configuration(form=form, level="INFO")["formatters"]["events"]
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=built["processors"], foreign_pre_chain=built["foreign_pre_chain"]
    )
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logger = logging.getLogger("test_logs")
    logger.addHandler(handler)
    try:
        write()
    finally:
        logger.removeHandler(handler)
    return stream.getvalue()


def own() -> None:
    structlog.get_logger("test_logs").warning("job_failed", job=7, why="没有字体")


def foreign() -> None:
    logging.getLogger("test_logs").warning("something of a library")


def failing() -> None:
    try:
        raise ValueError("no plan")
    except ValueError:
        structlog.get_logger("test_logs").exception("job_failed")


@pytest.mark.parametrize("write", [own, foreign, failing])
def test_a_collector_gets_one_object_for_each_line(write: Any) -> None:
    line = json.loads(written("json", write))
    assert {"event", "level", "logger", "timestamp"} <= set(line)


def test_the_fields_of_an_event_are_kept() -> None:
    line = json.loads(written("json", own))
    assert (line["job"], line["why"]) == (7, "没有字体")


def test_a_person_reads_text() -> None:
    assert "job_failed" in written("console", own)
