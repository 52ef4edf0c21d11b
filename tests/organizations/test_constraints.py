"""Each constraint of the registers of organizations and people refuses one bad row, in the database and in forms."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from communities.ground import periods
from organizations.choices import OrganizationKind, Title
from organizations.models import Organization
from tests.factories.organizations import (
    EstablishmentFactory,
    OrganizationFactory,
    PersonFactory,
    PostFactory,
    TermFactory,
)

pytestmark = pytest.mark.django_db
IN_2007 = periods.of(date(2007, 1, 1), date(2007, 12, 31))
FROM_MID_2007 = periods.of(date(2007, 7, 1))
FROM_2008 = periods.of(date(2008, 1, 1))


def assert_refused(factory, constraint, **values):
    """The database refuses the row by that constraint, and so does the form's validation."""
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        factory(**values)
    row = factory.build(**values)
    with pytest.raises(ValidationError):
        row.full_clean()


def test_a_place_has_one_residents_committee_at_a_time():
    first = OrganizationFactory(during=IN_2007)
    assert_refused(OrganizationFactory, "one_residents_committee_at_a_time", place=first.place, during=FROM_MID_2007)
    OrganizationFactory(place=first.place, during=FROM_2008)


def test_a_place_has_many_associations():
    first = OrganizationFactory(kind=OrganizationKind.SOCIAL_ORGANIZATION)
    OrganizationFactory(kind=OrganizationKind.SOCIAL_ORGANIZATION, place=first.place)
    assert Organization.objects.count() == 2


def test_an_organization_is_not_recorded_twice():
    first = OrganizationFactory(kind=OrganizationKind.SOCIAL_ORGANIZATION, name="老年人协会", during=IN_2007)
    assert_refused(
        OrganizationFactory,
        "an_organization_is_recorded_once",
        place=first.place,
        kind=OrganizationKind.SOCIAL_ORGANIZATION,
        name="老年人协会",
        during=FROM_MID_2007,
    )


def test_two_organizations_do_not_bear_one_credit_code():
    first = OrganizationFactory(credit_code="54330106ME1234567X")
    other = OrganizationFactory()
    assert_refused(
        OrganizationFactory,
        "a_credit_code_is_borne_by_one_organization",
        place=other.place,
        kind=OrganizationKind.OTHER,
        credit_code=first.credit_code,
    )


def test_a_credit_code_uses_only_its_alphabet():
    with pytest.raises(IntegrityError, match="credit_code_has_18_characters"):
        OrganizationFactory(credit_code="54330106ME123456IX")


def test_a_form_refuses_a_credit_code_with_the_wrong_check():
    with pytest.raises(ValidationError, match="credit_code"):
        OrganizationFactory.build(place=OrganizationFactory().place, credit_code="54330106ME1234567Y").full_clean()


def test_establishments_of_one_organization_do_not_overlap():
    first = EstablishmentFactory(during=IN_2007)
    assert_refused(
        EstablishmentFactory,
        "establishments_do_not_overlap",
        organization=first.organization,
        during=FROM_MID_2007,
    )
    EstablishmentFactory(organization=first.organization, during=FROM_2008)


def test_terms_of_one_organization_do_not_overlap():
    first = TermFactory(during=IN_2007)
    assert_refused(
        TermFactory,
        "terms_do_not_overlap",
        organization=first.organization,
        number=first.number + 1,
        during=periods.of(date(2007, 12, 31), date(2010, 12, 30)),
    )
    TermFactory(organization=first.organization, during=periods.of(date(2008, 1, 1), date(2010, 12, 31)))


def test_a_term_number_is_used_once():
    first = TermFactory(during=IN_2007)
    assert_refused(
        TermFactory,
        "one_term_of_a_number",
        organization=first.organization,
        number=first.number,
        during=periods.of(date(2008, 1, 1), date(2010, 12, 31)),
    )


def test_a_term_has_a_last_day():
    committee = OrganizationFactory()
    assert_refused(TermFactory, "a_term_begins_and_ends", organization=committee, during=FROM_2008)


def test_a_term_is_not_elected_in_the_year_20202():
    committee = OrganizationFactory()
    assert_refused(TermFactory, "term_elected_in_known_years", organization=committee, elected_on=date(2222, 1, 1))


def test_a_period_lies_in_known_years():
    place = OrganizationFactory(kind=OrganizationKind.OTHER).place
    assert_refused(
        OrganizationFactory,
        "organization_lasts",
        place=place,
        during=periods.of(date(1899, 12, 31)),
    )


def test_a_person_holds_a_post_once():
    first = PostFactory(during=IN_2007)
    same = {"person": first.person, "organization": first.organization}
    assert_refused(PostFactory, "a_post_is_held_once_by_a_person", **same, during=FROM_MID_2007)
    PostFactory(**same, during=FROM_2008)
    PostFactory(**same, title=Title.DIRECTOR, during=IN_2007)


def test_an_empty_period_is_refused():
    committee = OrganizationFactory()
    assert_refused(
        PostFactory,
        "post_lasts",
        organization=committee,
        person=PersonFactory(place=committee.place),
        during=type(IN_2007)(date(2007, 1, 1), date(2007, 1, 1), "[)"),
    )


def test_a_persons_name_is_masked_where_it_is_not_needed():
    assert str(PersonFactory(name="李小明")) == "李*"
    assert "小明" not in str(PostFactory(person=PersonFactory(name="李小明")))


def test_posts_are_fenced_by_the_place_of_their_organization():
    from organizations.models import Post

    here = PostFactory(organization__place__code="370102001001")
    PostFactory(organization__place__code="370103001001")
    assert list(Post.objects.within("370102")) == [here]
