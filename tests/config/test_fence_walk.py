"""
The walk: every door of the portal, tried by every role, by an outsider of the district beside, and by nobody.

What must happen follows from the declaration: who is named gets in, who is not is refused with 403, who has not signed
in is led to the sign-in page (by the API refused in JSON), and to an outsider a row of another district is not there.
The world is made once for the module and lies in a transaction that is taken back at the end; so does every request.
"""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.contrib import admin
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import path, resolve
from pytest_django import DjangoDbBlocker

from communities.ground import access, doors, jobs
from communities.ground.access import PUBLIC, SIGNED_IN
from communities.ground.doors import Route
from communities.ground.models import Role, User
from communities.ground.roles import ADMINISTRATORS
from config.urls import urlpatterns as portal
from tests import samples
from tests.samples import BESIDE, MARK, OWN, World

REFUSED = {401, 403, 404}
LOGIN = "/accounts/login/"


@dataclass(frozen=True)
class Visitor:
    """Who tries the doors; `user` is None for nobody."""

    user: User | None
    client: Client

    @property
    def is_outsider(self) -> bool:
        """Whether nothing of the world lies within the reach."""
        return self.user is not None and self.user.prefix != OWN

    def is_let_in(self, who: access.Who | None) -> bool:
        """Say whether the declaration names this visitor."""
        roles = self.user.reach.roles if self.user else frozenset[str]()
        return (
            who == PUBLIC
            or (self.user is not None and who == SIGNED_IN)
            or (isinstance(who, frozenset) and bool(who & roles))
        )


@dataclass(frozen=True)
class Place:
    """The world and everybody who walks through it."""

    world: World
    visitors: dict[str, Visitor]


pytestmark = pytest.mark.django_db
PEOPLE = [*(f"{role} {prefix}" for prefix in (OWN, BESIDE) for role in Role), "without access", "nobody"]


@pytest.fixture(scope="module")
def place(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Place]:
    """Make the world once, and take it back."""
    with django_db_blocker.unblock(), transaction.atomic():
        world = samples.make_world()
        users = {f"{role} {prefix}": samples.an_account(role, prefix) for prefix in (OWN, BESIDE) for role in Role}
        users["without access"] = samples.an_account(None, OWN)
        visitors = {name: Visitor(user, samples.signed_in(user)) for name, user in users.items()}
        yield Place(world, visitors | {"nobody": Visitor(None, Client(raise_request_exception=False))})
        transaction.set_rollback(True)


@pytest.fixture
def world(place: Place, db: None) -> World:
    """The world; what a test does to it is taken back."""
    return place.world


@pytest.fixture(params=PEOPLE)
def visitor(request: pytest.FixtureRequest, place: Place, world: World) -> Visitor:
    """Everybody, one after the other."""
    return place.visitors[request.param]


def tried(visitor: Visitor, world: World, route: Route, method: str) -> tuple[str, Any]:
    """Try a door and take back what came of it; return the address and the answer."""
    sample = samples.sample_of(route)
    kept = {name: morsel.value for name, morsel in visitor.client.cookies.items()}
    with transaction.atomic():
        address = samples.address_of(route, sample, world, visitor.user)
        sent = sample.sent(world, visitor.user) if method == "POST" else None
        answer = getattr(visitor.client, method.lower())(address, sent)
        transaction.set_rollback(True)
    visitor.client.cookies.clear()
    visitor.client.cookies.load(kept)
    return address, answer


def complaint(visitor: Visitor, route: Route, method: str, address: str, answer: Any) -> str:
    """Return what is wrong with the answer; empty where it is what the declaration says."""
    sample, who = samples.sample_of(route), route.who(method)
    is_json = answer.headers.get("Content-Type", "").startswith("application/json")
    to_login = answer.status_code == 302 and answer.headers["Location"].startswith(LOGIN)
    if not visitor.is_let_in(who):
        refused = answer.status_code == 403 or (visitor.user is None and to_login)
        wanted = "403 in JSON" if route.answers_in_json else "403, or the sign-in page for nobody"
        right = (answer.status_code == 403 and is_json) if route.answers_in_json else refused
    elif visitor.is_outsider and "<" in route.address and not sample.names_nothing and who != PUBLIC:
        wanted, right = "404, as it lies in another district", answer.status_code == 404
    elif sample.found in REFUSED:
        wanted, right = str(sample.found), answer.status_code == sample.found
    else:
        wanted, right = (
            "to be let in",
            answer.status_code < 500 and answer.status_code not in REFUSED and not (to_login and who != PUBLIC),
        )
    told = f"{answer.status_code} {answer.headers.get('Location', '')}".strip()
    return "" if right else f"{method} {address} ({route.name}): {told}; wanted: {wanted}"


def asked_methods(route: Route) -> list[str]:
    """Return with which methods a door is tried: those it answers, looking alone where it does not say."""
    if route.register is not None:
        of_forms = ("add_view", "change_view", "delete_view")
        return ["GET", "POST"] if route.view.__name__ in of_forms else ["GET"]
    return [method for method in route.methods if method in ("GET", "POST")] or ["GET"]


def walked() -> list[tuple[Route, str]]:
    """Return every address with the methods it answers."""
    return [(route, method) for route in doors.routes() for method in asked_methods(route)]


def is_hidden_by(route: Route, address: str) -> bool:
    """Whether another address, tried before this one, answers in its place."""
    return resolve(address.partition("?")[0]).func is not route.view


def test_every_address_answers_every_visitor_as_it_declares(visitor: Visitor, world: World) -> None:
    wrong = []
    for route, method in walked():
        if is_elsewhere(visitor, route, method):
            continue
        try:
            address, answer = tried(visitor, world, route, method)
        except LookupError as missing:
            wrong.append(str(missing))
            continue
        if is_hidden_by(route, address):
            assert samples.is_closed_by_design(route)
            continue
        if told := complaint(visitor, route, method, address, answer):
            wrong.append(told)
    assert not wrong, "\n".join(wrong)


LISTED = 8  # lists of which the mark must be met by those whose area it is, or the test would find nothing anywhere


@pytest.mark.parametrize("role", list(Role))
def test_no_list_shows_what_belongs_to_the_district_beside(role: Role, place: Place, world: World) -> None:
    """Addresses without a key, of pages, registers and the interface, are where a list could show too much."""
    seen = {prefix: set[str]() for prefix in (OWN, BESIDE)}
    for prefix, found in seen.items():
        visitor = place.visitors[f"{role} {prefix}"]
        for route, method in walked():
            if method != "GET" or "<" in route.address or not visitor.is_let_in(route.who(method)):
                continue
            address, answer = tried(visitor, world, route, method)
            if not answer.streaming and MARK.encode() in answer.content:
                found.add(address)
    assert seen[BESIDE] == set()
    assert len(seen[OWN]) >= (LISTED if role not in ADMINISTRATORS else role != Role.AUDITOR)


def is_elsewhere(visitor: Visitor, route: Route, method: str) -> bool:
    """Whether a try tells nothing new: a row that is deleted, and what names no row, asked by an outsider."""
    if visitor.is_outsider and "<" not in route.address:
        return True
    deletes = method == "POST" and route.register is not None and route.view.__name__ == "delete_view"
    return deletes and visitor.is_let_in(route.who(method))


def test_every_register_does_what_the_table_says(visitor: Visitor, world: World) -> None:
    """The list offers the bulk actions of the role, and those of others do nothing; so does the admin's own check."""
    wrong = []
    for model, register in admin.site._registry.items():
        actions = {name: action for action, name, _label in register._get_base_actions()}  # type: ignore[attr-defined]
        may = {name for name, action in actions.items() if visitor.is_let_in(access.of_action(register, action))}
        offered = offered_by(visitor, register)
        if offered != may and visitor.is_let_in(access.of_register(register, "view")):
            wrong.append(f"{model._meta.label}: offers {offered}, declared are {may}")
        row = world.rows[model]
        wrong += [told for name in actions if (told := done_by(visitor, row, name, may))]
    assert not wrong, "\n".join(wrong)


def listed_at(row: type[Model] | Model) -> str:
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/"


def offered_by(visitor: Visitor, register: Any) -> set[str]:
    page = visitor.client.get(listed_at(register.model))
    form = page.context.get("action_form") if page.status_code == 200 else None
    return {name for name, _label in form.fields["action"].choices if name} if form else set()


def done_by(visitor: Visitor, row: Model, action: str, may: set[str]) -> str:
    """Send a bulk action about the row; return what is wrong about what came of it."""
    with transaction.atomic():
        sent = {"action": action, "_selected_action": [str(row.pk)], "post": "yes"}
        visitor.client.post(listed_at(row), sent)
        is_there = type(row)._base_manager.filter(pk=row.pk).exists()
        transaction.set_rollback(True)
    if is_there or (action in may and not visitor.is_outsider):
        return ""
    return f"{row._meta.label}: {action} was done"


@pytest.mark.parametrize("kind", sorted(jobs.kinds()))
def test_every_kind_of_job_is_asked_for_by_the_roles_it_names(kind: str, place: Place, world: World) -> None:
    for name, visitor in place.visitors.items():
        if visitor.user is None:
            continue
        may = bool(jobs.kinds()[kind] & visitor.user.reach.roles) and not visitor.is_outsider
        for prefix, right in ((OWN, may), ("3701", False)):
            assert handed_in(kind, visitor.user, prefix) is right, f"{name} {kind} {prefix}"


def handed_in(kind: str, user: User, prefix: str) -> bool:
    try:
        with transaction.atomic():
            jobs.submit(kind, by=user, prefix=prefix)
            transaction.set_rollback(True)
    except jobs.RefusedError:
        return False
    return True


def test_the_walk_meets_a_row_of_every_register_and_an_address_of_every_sample(world: World) -> None:
    assert samples.has_rows_of_every_register(world) == []
    names = {route.name or route.address for route in doors.routes()} | access.FOREIGN.keys()
    assert sorted(samples.SAMPLES.keys() - names) == []


# What says nothing fails


def a_view(request: Any) -> HttpResponse:
    return HttpResponse()


urlpatterns = [*portal, path("says-nothing/", a_view, name="says_nothing"), path("says-nothing/<int:key>/", a_view)]


def silent() -> list[str]:
    return [door.address for door in doors.undeclared()]


def test_every_door_says_who_may_use_it() -> None:
    assert silent() == []
    gone = set(access.FOREIGN) - {route.name for route in doors.routes()}
    assert {name for name in gone if not name.startswith("openid_connect_")} == set()  # those come with a setting


@pytest.mark.urls(__name__)
def test_an_address_that_says_nothing_is_named_and_lets_nobody_in(place: Place, world: World) -> None:
    assert silent() == ["/says-nothing/", "/says-nothing/<int:key>/"]
    with pytest.raises(CommandError, match=r"/says-nothing/ says_nothing.*Say it with @roles"):
        call_command("list_access", "--format", "csv")
    answers = {name: visitor.client.get("/says-nothing/").status_code for name, visitor in place.visitors.items()}
    assert set(answers.values()) == {302, 403}
    assert answers["nobody"] == 302


@pytest.mark.urls(__name__)
def test_an_address_without_a_sample_fails_the_walk() -> None:
    route = next(route for route in doors.routes() if route.address == "/says-nothing/<int:key>/")
    with pytest.raises(LookupError, match="needs a sample"):
        samples.sample_of(route)


def test_a_bulk_action_that_says_nothing_is_named_and_offered_to_nobody(
    place: Place, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shout(modeladmin: Any, request: Any, queryset: Any) -> None:
        """Do nothing."""

    register = next(one for model, one in admin.site._registry.items() if model._meta.label == "places.Census")
    monkeypatch.setattr(register, "actions", [shout])
    assert [str(door) for door in doors.undeclared()] == ["action places.census shout"]
    assert "shout" not in offered_by(place.visitors[f"officer {OWN}"], register)
    access.roles(Role.OFFICER)(shout)
    assert silent() == []
    assert "shout" in offered_by(place.visitors[f"officer {OWN}"], register)
    assert "shout" not in offered_by(place.visitors[f"clerk {OWN}"], register)


def test_a_register_of_which_the_table_says_nothing_is_named() -> None:
    from django.contrib.admin.models import LogEntry

    class SilentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
        """A register of a model that no role has a right to."""

    assert access.of_register(SilentAdmin(LogEntry, admin.site), "view") is None


def test_a_kind_of_job_that_says_nothing_cannot_be_registered() -> None:
    with pytest.raises(TypeError, match="roles"):
        jobs.handler("says_nothing")  # type: ignore[call-arg]


def test_the_page_of_the_manual_says_what_holds() -> None:
    """Asked of a process of its own, which knows no door that a test has opened for itself."""
    asked = [sys.executable, "manage.py", "list_access", "--format", "markdown", "--check", "docs/reference/access.md"]
    ended = subprocess.run(asked, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def test_a_page_of_the_manual_that_is_out_of_date_fails(tmp_path: Any) -> None:
    page = tmp_path / "access.md"
    page.write_text("yes")
    with pytest.raises(CommandError, match="out of date"):
        call_command("list_access", "--format", "markdown", "--check", str(page))


@pytest.mark.parametrize("form", ["text", "csv", "markdown"])
def test_the_list_names_every_role(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("list_access", "--format", form)
    told = capsys.readouterr().out
    assert all(role.value in told for role in Role)
    assert "organizations.person" in told
