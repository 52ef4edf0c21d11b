"""The registers of people and money in the admin: fenced, in Chinese officials' order, no query for every row."""

from datetime import date

import pytest
from django.urls import reverse

from communities.ground import periods
from communities.ground.models import Access, Role, User
from organizations.models import Organization, Person, Post
from tests.factories.funding import AllocationFactory, AllowanceFactory, WageBaselineFactory
from tests.factories.organizations import (
    EstablishmentFactory,
    OrganizationFactory,
    PersonFactory,
    PostFactory,
    TermFactory,
)
from tests.factories.places import PlaceFactory

pytestmark = pytest.mark.django_db
# Each list, who makes a row of it, and the way from the row to its place.
LISTS = {
    "organizations_organization": (OrganizationFactory, "place"),
    "organizations_establishment": (EstablishmentFactory, "organization__place"),
    "organizations_term": (TermFactory, "organization__place"),
    "organizations_person": (PersonFactory, "place"),
    "organizations_post": (PostFactory, "organization__place"),
    "funding_allocation": (AllocationFactory, "place"),
    "funding_allowance": (AllowanceFactory, "post__organization__place"),
    "funding_wagebaseline": (WageBaselineFactory, "place"),
}


@pytest.fixture
def officer(client):
    user = User.objects.create_user("officer", is_staff=True)
    Access.objects.create(user=user, role=Role.OFFICER, prefix="370102", during=periods.of(date(2000, 1, 1)))
    client.force_login(user)
    return client


def place_of(n):
    return PlaceFactory(code=f"370102001{n:03}")


def made(name, n):
    factory, path = LISTS[name]
    return factory(**{path: place_of(n)})


@pytest.mark.parametrize("name", LISTS)
def test_a_list_needs_no_more_queries_for_more_rows(officer, name, django_assert_max_num_queries):
    made(name, 1)
    address = reverse(f"admin:{name}_changelist")
    officer.get(address)
    with django_assert_max_num_queries(40) as few:
        assert officer.get(address).status_code == 200
    for n in range(2, 6):
        made(name, n)
    with django_assert_max_num_queries(len(few)):
        page = officer.get(address)
    assert page.context["cl"].result_count == 5


@pytest.mark.parametrize("name", LISTS)
def test_the_form_opens_and_search_answers(officer, name):
    row = made(name, 1)
    assert officer.get(reverse(f"admin:{name}_change", args=[row.pk])).status_code == 200
    found = officer.get(reverse(f"admin:{name}_changelist"), {"q": "370102001001"})
    assert found.context["cl"].result_count == 1


def test_rows_of_another_district_are_not_there(officer):
    PostFactory(organization__place__code="370103001001")
    page = officer.get(reverse("admin:organizations_post_changelist"))
    assert page.context["cl"].result_count == 0


def test_the_roster_shows_full_names_and_inclusive_days(officer):
    PostFactory(
        organization__place__code="370102001001",
        person__name="李小明",
        during=periods.of(date(2007, 1, 1), date(2007, 12, 31)),
    )
    page = officer.get(reverse("admin:organizations_post_changelist")).content.decode()
    assert "李小明" in page
    assert "2007-01-01 – 2007-12-31" in page


def test_the_roster_is_narrowed_to_who_is_in_post_today(officer):
    PostFactory(organization__place=place_of(1), during=periods.of(date(2007, 1, 1), date(2007, 12, 31)))
    PostFactory(organization__place=place_of(2))
    page = officer.get(reverse("admin:organizations_post_changelist"), {"today": "holds"})
    assert page.context["cl"].result_count == 1


def test_an_officer_records_a_person_and_his_post(officer):
    committee = OrganizationFactory(place=place_of(1))
    person = {"place": committee.place_id, "name": "王建国", "sex": "1", "source": "花名册"}
    officer.post(reverse("admin:organizations_person_add"), person)
    post = {
        "organization": committee.pk,
        "person": Person.objects.get(name="王建国").pk,
        "title": "member",
        "elected": "on",
        "during_0": "2007-01-01",
        "during_1": "2009-12-31",
        "source": "选举结果报告单",
    }
    answer = officer.post(reverse("admin:organizations_post_add"), post)
    assert answer.status_code == 302
    saved = Post.objects.get()
    assert periods.last(saved.during) == date(2009, 12, 31)
    assert str(saved.recorded_by) == "officer"


def test_an_officer_cannot_record_an_organization_of_another_district(officer):
    elsewhere = PlaceFactory(code="370103001001")
    form = {"place": elsewhere.pk, "kind": "residents_committee", "name": "居委会", "during_0": "2007-01-01"}
    officer.post(reverse("admin:organizations_organization_add"), form)
    assert not Organization.objects.exists()


def people_offered(officer):
    asked = {"app_label": "organizations", "model_name": "post", "field_name": "person", "term": "王红"}
    answer = officer.get(reverse("admin:autocomplete"), asked, headers={"accept-language": "en"})
    return sorted(choice["text"] for choice in answer.json()["results"])


def test_people_of_one_name_are_told_apart_where_one_is_chosen(officer):
    bridge = PlaceFactory(code="370102001001", short_name="解放桥社区")
    PersonFactory(place=bridge, name="王红", born_on=date(1965, 3, 1))
    PersonFactory(place=bridge, name="王红")
    PersonFactory(place__code="370103001001", name="王红")
    assert people_offered(officer) == ["王红 (born 1965, 解放桥社区)", "王红 (解放桥社区)"]


def test_the_person_chosen_stands_in_the_form_as_offered(officer):
    post = PostFactory(organization__place=place_of(1), person__name="王红", person__born_on=date(1965, 3, 1))
    address = reverse("admin:organizations_post_change", args=[post.pk])
    page = officer.get(address, headers={"accept-language": "en"}).content.decode()
    assert f"王红 (born 1965, {post.person.place.short_name})" in page


def test_more_people_to_choose_from_need_no_more_queries(officer, django_assert_max_num_queries):
    PersonFactory(place=place_of(1), name="王红")
    people_offered(officer)
    with django_assert_max_num_queries(40) as few:
        people_offered(officer)
    for n in range(2, 6):
        PersonFactory(place=place_of(n), name="王红")
    with django_assert_max_num_queries(len(few)):
        assert len(people_offered(officer)) == 5


def posts_offered(officer):
    asked = {"app_label": "funding", "model_name": "allowance", "field_name": "post", "term": "王红"}
    answer = officer.get(reverse("admin:autocomplete"), asked, headers={"accept-language": "en"})
    return [choice["text"] for choice in answer.json()["results"]]


def test_posts_are_told_apart_where_one_is_chosen_for_an_allowance(officer):
    bridge = PlaceFactory(code="370102001001", short_name="解放桥社区")
    committee = OrganizationFactory(place=bridge, name="解放桥社区居民委员会")
    person = PersonFactory(place=bridge, name="王红")
    for title, first in ((Post.Title.MEMBER, 2007), (Post.Title.DIRECTOR, 2008)):
        PostFactory(person=person, organization=committee, title=title, during=periods.of(date(first, 1, 1)))
    PostFactory(person__name="王红", organization__place__code="370103001001")
    assert sorted(posts_offered(officer)) == [
        "王红, committee member, 解放桥社区居民委员会 (解放桥社区), 2007-01-01 –",
        "王红, director, 解放桥社区居民委员会 (解放桥社区), 2008-01-01 –",
    ]


def test_more_posts_to_choose_from_need_no_more_queries(officer, django_assert_max_num_queries):
    PostFactory(organization__place=place_of(1), person__name="王红")
    posts_offered(officer)
    with django_assert_max_num_queries(40) as few:
        posts_offered(officer)
    for n in range(2, 6):
        PostFactory(organization__place=place_of(n), person__name="王红")
    with django_assert_max_num_queries(len(few)):
        assert len(posts_offered(officer)) == 5


def test_outside_of_choices_a_post_names_its_holder_masked(officer):
    assert str(PostFactory(person__name="王红")).endswith("王*")


CENSUS = {"counted_on": "2008-12-31", "households": "5", "source": "统计报表"}


def test_without_a_script_a_place_is_named_in_words(officer):
    place = PlaceFactory(code="370102001001", name="解放桥社区居民委员会")
    PlaceFactory(code="370103001001", name="解放桥社区居民委员会")
    address = reverse("admin:places_census_add")
    assert '<noscript><input class="vTextField" type="text" name="place-said"' in officer.get(address).content.decode()
    assert officer.post(address, {**CENSUS, "place": "", "place-said": "解放桥"}).status_code == 302
    assert place.censuses.get().households == 5


def test_without_a_script_several_that_fit_are_named_with_their_numbers(officer):
    PlaceFactory(code="370102001001", name="解放桥社区居民委员会")
    place = PlaceFactory(code="370102001002", name="解放路社区居民委员会")
    address = reverse("admin:places_census_add")
    answer = officer.post(address, {**CENSUS, "place-said": "解放"})
    (told,) = answer.context["adminform"].form.errors["place"]
    assert f"#{place.pk}" in told
    assert 'name="place-said" value="解放"' in answer.content.decode()
    assert officer.post(address, {**CENSUS, "place-said": f"#{place.pk}"}).status_code == 302
    assert place.censuses.count() == 1


def test_without_a_script_nothing_beyond_the_fence_is_found(officer):
    place = PlaceFactory(code="370103001001", name="解放桥社区居民委员会")
    for said in ("解放桥", f"#{place.pk}", "370103001001"):
        answer = officer.post(reverse("admin:places_census_add"), {**CENSUS, "place-said": said})
        assert "place" in answer.context["adminform"].form.errors
    assert not place.censuses.exists()
