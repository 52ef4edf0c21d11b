"""The API is described whole: the schema is valid, and what the API answers is what the schema says."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from communities.ground.models import Job, Role
from config.api import router
from config.wsgi import application

from .conftest import Reader, World

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
FEW = hypothesis.settings(
    max_examples=12, deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck)
)


def test_the_schema_is_complete_and_valid(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn")
    told = capsys.readouterr().out
    for prefix, _view, _name in router.registry:
        assert f"/api/v1/{prefix}:" in told
        assert f"/api/v1/{prefix}/{{" in told
    assert set(re.findall(r"^    (\w+):$", told.partition("components:")[0], re.MULTILINE)) == {"get"}


def test_every_input_is_described(officer: Reader) -> None:
    schema = officer.get("schema?format=json")
    bare = [
        f"{path} {parameter['name']}"
        for path, operations in schema["paths"].items()
        for parameter in operations["get"].get("parameters", [])
        if not parameter.get("description") and parameter["name"] != "id"
    ]
    assert bare == []


@pytest.mark.parametrize("address", ["/api/v1/", "/api/v1/schema"])
def test_the_description_is_for_those_who_are_signed_in(address: str, officer: Reader) -> None:
    assert officer.client.get(address).status_code == 200
    nobody = Client().get(address)
    assert nobody.status_code == 302
    assert nobody["location"].startswith("/accounts/login/")


def test_the_page_of_the_description_asks_nobody_else_and_runs_nothing_inline(officer: Reader) -> None:
    page = officer.client.get("/api/v1/").content.decode()
    assert "http" not in page
    assert "<style" not in page
    assert re.findall(r"<script(?! src=\")", page) == []


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Leave the connection open between requests, as Django's own test client does: it holds this test's rows."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def signed_in_as(reader: Reader) -> Any:
    """Return the portal as that account meets it: every request carries its session."""
    session = reader.client.cookies["sessionid"].value

    def portal(environ: dict[str, Any], start_response: Any) -> Any:
        return application({**environ, "HTTP_COOKIE": f"sessionid={session}"}, start_response)

    return portal


@pytest.mark.slow
@pytest.mark.usefixtures("one_connection")
def test_the_api_answers_what_its_schema_says(world: World, reader: Callable[..., Reader]) -> None:
    officer = reader(Role.OFFICER)
    Job.objects.create(kind="evaluate", prefix="3701", requested_by=officer.user)
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema", signed_in_as(officer))
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # an error would fail the test here

        @FEW
        @hypothesis.given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            case.call_and_validate(checks=CHECKS)

        ask()


@pytest.mark.usefixtures("one_connection")
def test_every_kind_of_row_is_as_the_schema_says(world: World, reader: Callable[..., Reader]) -> None:
    officer = reader(Role.OFFICER)
    Job.objects.create(kind="evaluate", prefix="3701", requested_by=officer.user)
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema", signed_in_as(officer))
    for prefix, view, _name in router.registry:
        page = schema[f"/api/v1/{prefix}"]["GET"].Case(query={"limit": 300}).call_and_validate(checks=CHECKS).json()
        key = getattr(view, "lookup_field", "pk").replace("pk", "id")
        path = {key: str(page["results"][-1][key])}
        one = schema[f"/api/v1/{prefix}/{{{key}}}"]["GET"].Case(path_parameters=path)
        assert one.call_and_validate(checks=CHECKS).status_code == 200
