"""As known then: a run, an explanation and the page read the registers as they stood in the portal at a moment."""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pghistory
import pgtrigger
import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from assessments.compliance import actions, changing, telling
from assessments.compliance.comparing import beside
from assessments.compliance.models import Finding, Run
from assessments.plans.models import PlanVersion
from communities.ground import clock, history, periods
from communities.ground.models import User
from communities.ground.registers import Register
from communities.places.models import Census, Place, PlaceCode, RegisterStatement
from organizations.models import Post
from tests.factories.organizations import OrganizationFactory, PersonFactory, PostFactory
from tests.factories.places import CommunityFactory, PlaceFactory

from .test_terms import a_plan, a_target

pytestmark = pytest.mark.django_db
DAY = date(2008, 12, 31)
TEN_YEARS = periods.of(date(2000, 1, 1), date(2009, 12, 31))
POSTS = 'posts(organization="residents_committee")'


def at(day: int, hour: int = 12) -> datetime:
    """Return a moment of March 2009."""
    return clock.moment(f"2009-03-{day:02}T{hour:02}:00")


def recorded(row: Any, moment: datetime) -> Any:
    """Say that the row was first recorded at `moment`; this correction itself leaves no history."""
    with pgtrigger.ignore():
        type(row).objects.filter(pk=row.pk).update(recorded_at=moment)
    return row


def happened(model: Any, moment: datetime) -> None:
    """Say that what was last changed or removed of `model` happened at `moment`."""
    last = history.superseded(model).order_by("-pgh_id").first()
    history.superseded(model).filter(pgh_id=last.pgh_id).update(pgh_created_at=moment)


@pytest.fixture
def city(db: None) -> Place:
    for code in ("370102", "370102001"):
        PlaceFactory(code=code.ljust(12, "0"))
    return PlaceFactory(code="370100000000")


@pytest.fixture
def place(city: Place) -> Place:
    made: Place = CommunityFactory(code="370102001001", name="一社区")
    recorded(Census.objects.create(place=made, counted_on=date(2008, 6, 30), households=300), at(1))
    return made


def households(version: PlanVersion, known_at: datetime | None, place: Place, target: str = "asked") -> Decimal | None:
    run = actions.evaluate(version=version, as_of=DAY, known_at=known_at)
    told = telling.explain(run, target, place)
    assert told.agrees
    assert told.known_at == known_at
    now = telling.explain_now(version, target, place, DAY, known_at=known_at)
    assert (now.verdict, now.measured) == (told.verdict, told.measured)
    return Finding.objects.get(run=run, place=place, rule__target__code=target).measured


def test_a_row_counts_from_when_it_was_recorded(place: Place) -> None:
    version = a_plan(a_target("asked", "households"))
    assert households(version, at(1, 11), place) is None
    assert households(version, at(1, 12), place) == 300


def test_an_edit_counts_from_when_it_was_made_and_before_it_the_old_value(place: Place) -> None:
    version = a_plan(a_target("asked", "households"))
    for day, number in ((2, 310), (3, 320)):
        Census.objects.update(households=number)
        happened(Census, at(day))
    told = {
        day: households(version, at(day, hour), place) for day, hour in ((1, 13), (2, 11), (2, 12), (3, 11), (3, 12))
    }
    assert told == {1: 300, 2: 310, 3: 320}
    assert households(version, at(2, 11), place) == 300
    assert households(version, at(3, 11), place) == 310
    assert households(version, None, place) == 320


def test_what_was_removed_since_counts_as_it_was(place: Place) -> None:
    version = a_plan(a_target("asked", "households"))
    Census.objects.all().delete()
    happened(Census, at(5))
    assert households(version, at(5, 11), place) == 300
    assert households(version, at(5, 12), place) is None
    assert households(version, at(1, 11), place) is None


def test_what_a_row_counted_for_then_is_what_is_read(place: Place) -> None:
    other = CommunityFactory(code="370102001002")
    version = a_plan(a_target("asked", "households"))
    Census.objects.update(place=other)
    happened(Census, at(4))
    assert households(version, at(3), place) == 300
    assert households(version, at(3), other) is None
    assert households(version, at(5), other) == 300


def test_a_register_stated_complete_later_was_not_known_to_be_complete(place: Place) -> None:
    version = a_plan(a_target("asked", POSTS))
    said = RegisterStatement.objects.create(place=place, register=Register.POSTS, as_of=date(2008, 1, 1))
    recorded(said, at(10))
    assert households(version, at(9), place) is None
    assert households(version, at(11), place) == 0


def test_posts_are_read_as_they_were_known_with_what_they_belong_to(place: Place) -> None:
    version = a_plan(a_target("asked", POSTS))
    recorded(RegisterStatement.objects.create(place=place, register=Register.POSTS, as_of=date(2008, 1, 1)), at(1))
    body = recorded(OrganizationFactory(place=place), at(1))
    for day in (1, 2, 3):
        post = recorded(PostFactory(organization=body), at(day))
        recorded(post.person, at(1))
    Post.objects.filter(pk=Post.objects.earliest("pk").pk).update(during=periods.of(date(2000, 1, 1), date(2008, 1, 1)))
    happened(Post, at(4))
    told = [households(version, at(day, 13), place) for day in (1, 2, 3, 4)]
    assert told == [1, 2, 3, 2]


def test_the_code_of_then_says_where_a_place_belonged(place: Place, city: Place) -> None:
    PlaceFactory(code="370103000000")
    version = a_plan(a_target("asked", "total(households, over=community)", "district"))
    PlaceCode.objects.filter(place=place).update(code="370103001001")
    happened(PlaceCode, at(6))
    first, second = (Place.objects.by_code(f"{code}000000", DAY) for code in ("370102", "370103"))
    assert [households(version, at(hour), first) for hour in (5, 7)] == [300, 0]
    assert [households(version, at(hour), second) for hour in (5, 7)] == [0, 300]


def test_every_metric_can_be_asked_as_known_then(place: Place) -> None:
    from assessments.plans.catalogue import METRICS

    asked = [one for one in METRICS if "community" in one.levels and one.type == "number"]
    more = ["total(facility_built_area, over=facility)", "count(elected, over=post)", "total(seats, over=organization)"]
    targets = [a_target(f"t{n}", text) for n, text in enumerate([*(one.code for one in asked), *more])]
    version = a_plan(*targets, a_target("t_term", "funds(during=term)"))
    now = actions.evaluate(version=version, as_of=DAY)
    then = actions.evaluate(version=version, as_of=DAY, known_at=clock.now())
    rows = [
        list(
            Finding.objects.filter(run=run)
            .order_by("rule", "place")
            .values_list("rule", "place", "verdict", "measured")
        )
        for run in (now, then)
    ]
    assert rows[0] == rows[1]


def test_nothing_stays_of_what_was_known_then(place: Place) -> None:
    version = a_plan(a_target("asked", "households"))
    actions.evaluate(version=version, as_of=DAY, known_at=at(1, 11))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind = 'v'")
        assert cursor.fetchone() == (0,)
    assert Census.objects.get().households == 300


def test_such_a_run_is_never_published_nor_compared_nor_taken_for_the_latest(place: Place) -> None:
    version = a_plan(a_target("asked", "households"))
    official = actions.publish(actions.evaluate(version=version, as_of=DAY))
    then = actions.evaluate(version=version, as_of=DAY, known_at=at(1, 11))
    with pytest.raises(ValidationError):
        actions.publish(then)
    assert beside(then).base is None
    assert beside(Run.objects.get(pk=official.pk)).later is None
    out = StringIO()
    call_command("explain", plan="term", target="asked", subject="370102001001", format="json", stdout=out)
    assert json.loads(out.getvalue())["run"] == official.pk


def test_a_moment_to_come_is_refused(place: Place) -> None:
    version = a_plan(a_target("asked", "households"))
    with pytest.raises(ValidationError):
        actions.evaluate(version=version, as_of=DAY, known_at=clock.now() + timedelta(minutes=1))


def test_the_commands_take_a_moment_or_a_day_for_its_end(place: Place) -> None:
    a_plan(a_target("asked", "households"))
    said: dict[str, Any] = {}
    for text in ("2009-03-01T11:59", "2009-03-01"):
        out = StringIO()
        call_command("evaluate", plan="term", as_of="2008-12-31", known_at=text, format="json", stdout=out)
        said[text] = json.loads(out.getvalue())["findings"][0]["measured"]
        out = StringIO()
        call_command(
            "explain",
            plan="term",
            target="asked",
            subject="370102001001",
            as_of="2008-12-31",
            known_at=text,
            stdout=out,
        )
        assert text[:10] in out.getvalue().splitlines()[0]
    assert said == {"2009-03-01T11:59": None, "2009-03-01": "300"}
    with pytest.raises(CommandError):
        call_command("evaluate", plan="term", known_at="gestern")


def test_the_explanation_of_a_run_says_what_changed_since_who_did_it_and_when(place: Place) -> None:
    version = a_plan(a_target("asked", "households"))
    run = actions.publish(actions.evaluate(version=version, as_of=DAY))
    assert telling.explain(run, "asked", place).changes == ()
    Run.objects.filter(pk=run.pk).update(created_at=at(2))
    run.refresh_from_db()
    clerk = User.objects.create(username="clerk", full_name="李文书")
    with pghistory.context(user=clerk.pk):
        Census.objects.update(households=310, recorded_by=clerk)
    told = telling.explain(run, "asked", place)
    (change,) = told.changes
    assert told.changed
    assert (change.before.split()[-1], change.after.split()[-1]) == ("300", "310")
    assert change.by == "李文书"
    assert change.at is not None
    assert change.at > at(2)


def test_a_row_that_no_longer_counts_is_told_with_what_was_changed(place: Place) -> None:
    version = a_plan(a_target("asked", "households"))
    run = actions.publish(actions.evaluate(version=version, as_of=DAY))
    Run.objects.filter(pk=run.pk).update(created_at=at(2))
    run.refresh_from_db()
    Census.objects.update(counted_on=date(2009, 6, 30))
    (change,) = telling.explain(run, "asked", place).changes
    assert (change.before.split()[-1], change.after.split()[-1]) == ("2008-06-30", "2009-06-30")


def test_a_row_that_came_to_count_is_told_with_what_was_changed(place: Place) -> None:
    Census.objects.update(counted_on=date(2009, 6, 30))
    happened(Census, at(1, 13))
    run = judged_long_ago(a_plan(a_target("asked", "households")))
    Census.objects.update(counted_on=date(2008, 6, 30))
    (change,) = telling.explain(run, "asked", place).changes
    assert (change.before.split()[-1], change.after.split()[-1]) == ("2009-06-30", "2008-06-30")


def test_a_row_superseded_by_a_later_one_is_told_as_such(place: Place) -> None:
    run = judged_long_ago(a_plan(a_target("asked", "households")))
    Census.objects.create(place=place, counted_on=date(2008, 9, 30), households=5)
    with translation.override("en"):
        told = [(one.text[-10:], one.before, one.after) for one in telling.explain(run, "asked", place).changes]
    assert told == [("2008-06-30", "counted", "not counted"), ("2008-09-30", "not recorded", "counted")]


def a_staff(place: Place, number: int) -> list[Post]:
    """Record so many posts of the residents' committee, all known since the first of March."""
    recorded(RegisterStatement.objects.create(place=place, register=Register.POSTS, as_of=date(2008, 1, 1)), at(1))
    body = recorded(OrganizationFactory(place=place), at(1))
    people = [recorded(PersonFactory(place=place), at(1)) for _n in range(number)]
    posts = [Post(organization=body, person=one, title="member", during=TEN_YEARS) for one in people]
    made = Post.objects.bulk_create(posts)
    with pgtrigger.ignore():
        Post.objects.update(recorded_at=at(1))
    return made


def judged_long_ago(version: PlanVersion) -> Run:
    """Judge, and say that it was done on the second of March."""
    run = actions.publish(actions.evaluate(version=version, as_of=DAY))
    Run.objects.filter(pk=run.pk).update(created_at=at(2))
    run.refresh_from_db()
    return run


def test_of_more_rows_than_are_looked_through_only_what_changed_is_told(place: Place) -> None:
    posts = a_staff(place, changing.MOST_ROWS + 20)
    run = judged_long_ago(a_plan(a_target("asked", POSTS)))
    assert telling.explain(run, "asked", place).changes == ()
    Post.objects.filter(pk=posts[0].pk).delete()
    told = telling.explain(run, "asked", place)
    assert (len(told.changes), told.more_changes) == (1, 0)


def test_many_changes_are_cut_with_their_number_and_cost_no_more_queries_than_few(place: Place) -> None:
    posts = a_staff(place, 30)
    run = judged_long_ago(a_plan(a_target("asked", POSTS)))
    telling.explain(run, "asked", place)  # reads the rulebook, which stays
    asked = []
    for number in (2, 26):
        for post in posts[:number]:
            clerk = User.objects.create(username=f"clerk {number} {post.pk}", full_name=f"李{post.pk}")
            with pghistory.context(user=clerk.pk):
                Post.objects.filter(pk=post.pk).update(title="director" if number == 2 else "head")
        with CaptureQueriesContext(connection) as queries:
            told = telling.explain(run, "asked", place)
        asked.append(len(queries))
        assert len({change.by for change in told.changes}) == min(number, changing.MOST_CHANGES)
        assert (len(told.changes), told.more_changes) == ((2, 0) if number == 2 else (20, 6))
    assert asked[0] == asked[1]


def test_a_post_removed_with_its_person_is_told(place: Place) -> None:
    (post,) = a_staff(place, 1)
    run = judged_long_ago(a_plan(a_target("asked", POSTS)))
    person = post.person
    post.delete()
    person.delete()
    (change,) = telling.explain(run, "asked", place).changes
    assert str(person) in change.text


def test_a_row_removed_since_the_run_is_told(place: Place) -> None:
    version = a_plan(a_target("asked", "households"))
    run = actions.publish(actions.evaluate(version=version, as_of=DAY))
    Run.objects.filter(pk=run.pk).update(created_at=at(2))
    run.refresh_from_db()
    Census.objects.all().delete()
    (change,) = telling.explain(run, "asked", place).changes
    assert change.text == f"{place} 2008-06-30"
    later = Census.objects.create(place=place, counted_on=date(2008, 9, 30), households=5)
    assert [one.text for one in telling.explain(run, "asked", place).changes][-1] == str(later)
