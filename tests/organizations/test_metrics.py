"""What is counted of organizations and people, as at a day; each metric beside a plain-Python count."""

from datetime import date
from random import Random
from typing import Any

import pytest

from communities.ground import periods
from organizations.choices import OrganizationKind, Title
from organizations.metrics import METRICS, POPULATIONS
from organizations.models import Organization, Post
from tests.factories.organizations import (
    EstablishmentFactory,
    OrganizationFactory,
    PersonFactory,
    PostFactory,
    TermFactory,
)
from tests.factories.places import PlaceFactory
from tests.measuring import measured, named

pytestmark = pytest.mark.django_db
DAY = date(2007, 12, 31)
COMMITTEE = OrganizationKind.RESIDENTS_COMMITTEE
PARTY = OrganizationKind.PARTY_ORGANIZATION
POSTS = named(METRICS, "posts")


def party_beside(committee, **more):
    return OrganizationFactory(kind=PARTY, place=committee.place, **more)


def test_a_post_that_ended_the_day_before_does_not_count_and_one_that_ends_today_does():
    committee = OrganizationFactory()
    PostFactory(organization=committee, during=periods.of(date(2007, 1, 1), date(2007, 12, 30)))
    PostFactory(organization=committee, during=periods.of(date(2007, 1, 1), DAY))
    PostFactory(organization=committee, during=periods.of(date(2008, 1, 1)))
    assert measured(POSTS, DAY, organization=COMMITTEE) == {committee.place_id: 1}


def test_a_person_with_two_posts_counts_once():
    committee = OrganizationFactory()
    director = PostFactory(organization=committee, title=Title.DIRECTOR).person
    PostFactory(organization=committee, person=director, title=Title.MEMBER)
    PostFactory(organization=party_beside(committee), person=director, title=Title.SECRETARY)
    assert measured(POSTS, DAY) == {committee.place_id: 1}
    assert measured(POSTS, DAY, organization=PARTY) == {committee.place_id: 1}


def test_posts_are_narrowed_by_title_and_election():
    committee = OrganizationFactory()
    PostFactory(organization=committee, title=Title.DIRECTOR)
    PostFactory(organization=committee, title=Title.MEMBER)
    PostFactory(organization=committee, title=Title.MEMBER, elected=False)
    here = committee.place_id
    assert measured(POSTS, DAY, title=Title.MEMBER) == {here: 2}
    assert measured(POSTS, DAY, elected="yes") == {here: 2}
    assert measured(POSTS, DAY, elected="no", title=Title.MEMBER) == {here: 1}


def test_a_place_without_posts_has_no_row_so_that_the_statement_decides_between_none_and_unknown():
    committee = OrganizationFactory()
    assert measured(POSTS, DAY, organization=COMMITTEE) == {}
    PostFactory(organization=party_beside(committee))
    assert measured(POSTS, DAY, organization=COMMITTEE) == {committee.place_id: 0}


def test_organizations_are_counted_by_kind_while_they_exist():
    committee = OrganizationFactory()
    party_beside(committee, during=periods.of(date(2008, 1, 1)))
    organizations = named(METRICS, "organizations")
    assert measured(organizations, DAY, kind=COMMITTEE) == {committee.place_id: 1}
    assert measured(organizations, DAY, kind=PARTY) == {committee.place_id: 0}


def test_established_posts_are_unknown_where_nobody_established_any():
    known = EstablishmentFactory(seats=7, during=periods.of(date(2007, 1, 1), DAY))
    EstablishmentFactory(organization=known.organization, seats=9, during=periods.of(date(2008, 1, 1)))
    unknown = OrganizationFactory()
    seats = named(METRICS, "established_posts")
    assert measured(seats, DAY) == {known.organization.place_id: 7, unknown.place_id: None}
    assert measured(seats, DAY, organization=PARTY) == {known.organization.place_id: 0, unknown.place_id: 0}
    assert measured(seats, date(2008, 1, 1))[known.organization.place_id] == 9


def test_established_posts_of_several_organizations_are_unknown_if_one_is():
    committee = EstablishmentFactory(seats=7).organization
    party = party_beside(committee)
    seats = named(METRICS, "established_posts")
    assert measured(seats, DAY) == {committee.place_id: None}
    EstablishmentFactory(organization=party, seats=3)
    assert measured(seats, DAY) == {committee.place_id: 10}


def test_a_term_ends_on_its_last_day_also_when_that_has_passed():
    committee = OrganizationFactory()
    TermFactory(organization=committee, during=periods.of(date(2003, 1, 1), date(2005, 12, 31)))
    TermFactory(organization=committee, during=periods.of(date(2006, 1, 1), date(2008, 12, 31)))
    ends = named(METRICS, "term_ends")
    assert measured(ends, DAY, organization=COMMITTEE) == {committee.place_id: date(2008, 12, 31)}
    assert measured(ends, date(2005, 1, 1)) == {committee.place_id: date(2005, 12, 31)}
    assert measured(ends, date(2012, 1, 1)) == {committee.place_id: date(2008, 12, 31)}
    assert measured(ends, date(2002, 1, 1)) == {}


def test_one_shoulder_is_one_person_in_both_chairs_on_the_day():
    committee = OrganizationFactory()
    party = party_beside(committee)
    director = PostFactory(organization=committee, title=Title.DIRECTOR).person
    PostFactory(organization=party, person=director, title=Title.DEPUTY_SECRETARY)
    one_shoulder = named(METRICS, "one_shoulder")
    assert measured(one_shoulder, DAY) == {committee.place_id: False}
    PostFactory(organization=party, person=director, title=Title.SECRETARY, during=periods.of(DAY))
    assert measured(one_shoulder, DAY) == {committee.place_id: True}
    assert measured(one_shoulder, date(2007, 12, 30)) == {committee.place_id: False}


def test_the_secretary_of_another_community_does_not_make_one_shoulder():
    committee = OrganizationFactory()
    director = PostFactory(organization=committee, title=Title.DIRECTOR).person
    PostFactory(organization=OrganizationFactory(kind=PARTY), person=director, title=Title.SECRETARY)
    assert measured(named(METRICS, "one_shoulder"), DAY)[committee.place_id] is False
    assert measured(named(METRICS, "members_of_both"), DAY)[committee.place_id] == 0


def test_members_of_both_bodies_are_counted_as_persons():
    committee = OrganizationFactory()
    party = party_beside(committee)
    both = PostFactory(organization=committee, title=Title.DIRECTOR).person
    PostFactory(organization=committee, person=both, title=Title.MEMBER)
    PostFactory(organization=committee)
    PostFactory(organization=party, person=both, title=Title.SECRETARY)
    PostFactory(organization=party)
    assert measured(named(METRICS, "members_of_both"), DAY) == {committee.place_id: 1}


def test_an_organization_is_asked_for_its_own_attributes():
    committee = EstablishmentFactory(seats=7).organization
    TermFactory(organization=committee, method="direct", during=periods.of(date(2006, 1, 1), date(2008, 12, 31)))
    person = PostFactory(organization=committee, title=Title.DIRECTOR).person
    PostFactory(organization=committee, person=person)
    empty = party_beside(committee)

    def of(code):
        return measured(named(METRICS, code, "organization"), DAY)

    assert of("organization_kind") == {committee.pk: COMMITTEE, empty.pk: PARTY}
    assert of("seats") == {committee.pk: 7, empty.pk: None}
    assert of("people_in_post") == {committee.pk: 1, empty.pk: 0}
    assert of("term_ends") == {committee.pk: date(2008, 12, 31), empty.pk: None}
    assert of("election") == {committee.pk: "direct", empty.pk: None}
    assert of("began_on") == {committee.pk: date(2000, 1, 1), empty.pk: date(2000, 1, 1)}


def test_a_post_is_asked_for_its_own_attributes_and_its_holders():
    post = PostFactory(in_social_worker_series=True, person__sex="2", person__born_on=date(1970, 5, 1))

    def of(code):
        return measured(named(METRICS, code, "post"), DAY)[post.pk]

    assert of("organization_kind") == COMMITTEE
    assert of("title") == Title.MEMBER
    assert of("elected") is True
    assert of("in_social_worker_series") is True
    assert of("channel") is None
    assert (of("sex"), of("born_on")) == ("2", date(1970, 5, 1))


def test_the_population_of_posts_names_persons():
    names = {population.level: population.names_persons for population in POPULATIONS}
    assert names == {"organization": False, "post": True}


def test_every_metric_of_posts_agrees_with_a_plain_count_on_a_small_made_up_city():
    rng = Random(2007)  # noqa: S311 - a made-up city, not a secret
    for _n in range(8):
        committee = OrganizationFactory(place=PlaceFactory())
        bodies = [committee, party_beside(committee)]
        people = [PersonFactory(place=committee.place) for _n in range(5)]
        for person in people:
            for body in bodies:
                if rng.random() < 0.6:
                    ends = rng.choice((None, date(2007, 6, 30), DAY))
                    titles = (Title.DIRECTOR, Title.MEMBER) if body is committee else (Title.SECRETARY, Title.MEMBER)
                    PostFactory(
                        person=person,
                        organization=body,
                        title=rng.choice(titles),
                        during=periods.of(date(2006, 1, 1), ends),
                    )
    held = [post for post in Post.objects.select_related("organization") if DAY in post.during]
    for code, plain in (("posts", plain_posts), ("members_of_both", plain_both), ("one_shoulder", plain_one_shoulder)):
        given: dict[str, Any] = {"organization": COMMITTEE} if code == "posts" else {}
        assert measured(named(METRICS, code), DAY, **given) == plain(held)


def holders(held, place, kind, *titles):
    return {
        post.person_id
        for post in held
        if post.organization.place_id == place
        and post.organization.kind == kind
        and (not titles or post.title in titles)
    }


def plain_posts(held):
    return {place: len(holders(held, place, COMMITTEE)) for place in {p.organization.place_id for p in held}}


def committees(held):
    return {post.organization.place_id for post in held if post.organization.kind == COMMITTEE}


def plain_both(held):
    return {place: len(holders(held, place, COMMITTEE) & holders(held, place, PARTY)) for place in committees(held)}


def plain_one_shoulder(held):
    return {
        place: bool(holders(held, place, COMMITTEE, Title.DIRECTOR) & holders(held, place, PARTY, Title.SECRETARY))
        for place in committees(held)
    }


def test_a_source_of_posts_reads_one_statement(django_assert_num_queries):
    PostFactory()
    with django_assert_num_queries(1):
        measured(POSTS, DAY, organization=COMMITTEE)
    assert Organization.objects.count() == 1
