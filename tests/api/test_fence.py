"""Nobody reads over the API what lies outside his area or his role."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client, RequestFactory
from rest_framework.views import APIView

from assessments.compliance import actions as judging
from assessments.plans import actions as plans
from communities.ground.access import declared
from communities.ground.api import FencedViewSet
from communities.ground.models import Job, Role
from communities.ground.permissions import DeclaredAccess
from communities.ground.roles import ADMINISTRATORS, BUSINESS
from config.api import router

from .conftest import DAY, LIXIA, SHIZHONG, SOUND, Reader, World

LISTS = [prefix for prefix, _view, _name in router.registry]


def test_a_district_reads_only_its_own_places_findings_and_roll_ups(
    world: World, reader: Callable[..., Reader]
) -> None:
    lixia = reader(Role.CLERK, LIXIA)
    for path, field in (("places", "code"), ("findings", "place"), ("roll-ups", "place")):
        rows = lixia.all(path, limit=1000)
        assert rows
        assert {row[field][:6] for row in rows} == {LIXIA}


def test_what_lies_in_another_district_is_not_there(
    world: World, officer: Reader, reader: Callable[..., Reader]
) -> None:
    shizhong, leader = reader(Role.OFFICER, SHIZHONG), reader(Role.LEADER, SHIZHONG)
    of_lixia = {
        "places": f"{LIXIA}001001",
        "findings": officer.get("findings", within=LIXIA)["results"][0]["id"],
        "roll-ups": officer.get("roll-ups", within=LIXIA)["results"][0]["id"],
    }
    for path, key in of_lixia.items():
        assert officer.get(f"{path}/{key}")
        shizhong.get(f"{path}/{key}", 404)
        leader.get(f"{path}/{key}", 404)
        assert shizhong.get(path, within=LIXIA)["results"] == []


def test_an_account_of_another_city_sees_nothing_at_all(world: World, reader: Callable[..., Reader]) -> None:
    stranger = reader(Role.OFFICER, "3301")
    for path in LISTS:
        assert stranger.get(path)["results"] == []
    stranger.get("findings", 400, run=world.run.pk)
    stranger.get(f"runs/{world.run.pk}", 404)
    stranger.get(f"plans/{world.version.plan.code}", 404)


def test_a_run_over_another_district_is_hidden_and_one_over_the_city_is_not(
    world: World, reader: Callable[..., Reader]
) -> None:
    of_lixia = judging.evaluate(version=world.version, as_of=DAY, within=LIXIA)
    assert {row["id"] for row in reader(Role.OFFICER, LIXIA).get("runs")["results"]} == {of_lixia.pk, world.run.pk}
    assert {row["id"] for row in reader(Role.OFFICER, SHIZHONG).get("runs")["results"]} == {world.run.pk}


@pytest.mark.parametrize("role", [Role.LEADER, Role.CLERK])
def test_a_trial_is_read_by_officers_only(
    world: World, officer: Reader, reader: Callable[..., Reader], role: Role
) -> None:
    trial = judging.evaluate(version=world.version, as_of=date(2009, 6, 30))
    other = reader(role)
    assert officer.get("runs", published="false")["results"][0]["id"] == trial.pk
    assert [row["id"] for row in other.get("runs")["results"]] == [world.run.pk]
    other.get(f"runs/{trial.pk}", 404)
    other.get("findings", 400, run=trial.pk)
    assert {row["run"] for row in other.get("findings")["results"]} == {world.run.pk}


def test_a_version_that_waits_is_read_by_officers_only(
    world: World, officer: Reader, reader: Callable[..., Reader]
) -> None:
    changed = SOUND.read_text(encoding="utf-8").replace('value: "300"', 'value: "301"')
    waiting, _is_new = plans.load(plans.check(changed, "changed.yaml"), publish=False)
    leader = reader(Role.LEADER)
    assert officer.get(f"plan-versions/{waiting.pk}")["published_at"] is None
    leader.get(f"plan-versions/{waiting.pk}", 404)
    assert {row["version"] for row in leader.all("targets") + leader.all("parameters")} == {world.version.number}
    assert [row["number"] for row in leader.get("plans/trial")["versions"]] == [world.version.number]
    assert len(officer.get("plans/trial")["versions"]) == 2


def test_jobs_are_those_of_ones_area(reader: Callable[..., Reader]) -> None:
    lixia = reader(Role.CLERK, LIXIA)
    own = Job.objects.create(kind="import", prefix=LIXIA, requested_by=lixia.user)
    near = Job.objects.create(kind="import", prefix=f"{LIXIA}001")
    far = Job.objects.create(kind="import", prefix=SHIZHONG)
    assert [(row["id"], row["is_mine"]) for row in lixia.get("jobs")["results"]] == [(near.pk, False), (own.pk, True)]
    assert [row["id"] for row in lixia.get("jobs", mine="true")["results"]] == [own.pk]
    lixia.get(f"jobs/{far.pk}", 404)


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
@pytest.mark.parametrize("path", [*LISTS, "nothing/here"])
def test_an_administrator_reads_nothing_over_the_api(path: str, role: Role, reader: Callable[..., Reader]) -> None:
    reader(role).get(path, 403)


def test_an_administrator_does_not_even_see_the_description(reader: Callable[..., Reader]) -> None:
    assert [reader(Role.AUDITOR).client.get(f"/api/v1/{path}").status_code for path in ("", "schema")] == [403, 403]


@pytest.mark.parametrize("path", LISTS)
def test_nobody_is_refused_in_json(path: str, db: None) -> None:
    response = Client().get(f"/api/v1/{path}")
    assert (response.status_code, list(response.json())) == (403, ["detail"])


@pytest.mark.parametrize("path", LISTS)
def test_an_account_without_access_is_refused(path: str, reader: Callable[..., Reader]) -> None:
    reader().get(path, 403)


@pytest.mark.parametrize("path", LISTS)
def test_an_account_whose_access_has_ended_is_signed_in_no_more(path: str, reader: Callable[..., Reader]) -> None:
    assert reader(Role.OFFICER, "3701", until=date(2020, 1, 1)).get(path, 401)["code"] == "session_over"


def test_a_superuser_has_no_business_data(reader: Callable[..., Reader]) -> None:
    system = reader()
    system.user.is_superuser = True
    system.user.save()
    system.get("places", 403)


def test_every_view_declares_its_roles() -> None:
    for _prefix, view, _name in router.registry:
        assert declared(view) == BUSINESS
        assert issubclass(view, FencedViewSet)
        assert view.permission_classes == [DeclaredAccess]


def test_a_view_that_declares_nothing_lets_nobody_in(officer: Reader) -> None:
    request = APIView().initialize_request(RequestFactory().get("/"))
    request.user = officer.user
    assert not DeclaredAccess().has_permission(request, APIView())


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_nothing_is_written_over_the_api(method: str, officer: Reader) -> None:
    for path in ("places", "runs/1", "jobs"):
        assert getattr(officer.client, method)(f"/api/v1/{path}").status_code == 405


def test_an_address_that_is_not_there_is_404_in_json(officer: Reader) -> None:
    assert "detail" in officer.get("nothing/here", 404)
