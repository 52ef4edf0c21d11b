"""A prefilled value that is wrong: proposed where it stands, accepted by whom it belongs to, then taken anew."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from assessments.filings import correcting, taking
from assessments.filings.models import Answer, Filing
from communities.ground import clock, proposals
from communities.ground.models import Role
from communities.places.models import Census
from tests.factories.evaluated import TODAY, an_evaluation
from tests.factories.judged import an_account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]


def test_a_value_that_was_wrong_is_corrected_in_its_register_and_the_answer_follows() -> None:
    evaluation = an_evaluation(1)
    Filing.objects.update(taken_at=evaluation.cycle.opened_at - timedelta(days=1))  # the test is one transaction
    own = Answer.objects.select_related("item", "filing__place", "run__version__plan").get(
        item__code="members_by_households"
    )
    assert (own.verdict, own.required) == ("met", 5)
    told = correcting.facts_behind(own, evaluation.worker)
    assert told is not None
    assert told.target == "by_households"
    census = Census.objects.get(place=own.filing.place)
    keeper = an_account("keeper", Role.OFFICER, "370102")
    with clock.frozen(TODAY):
        made = correcting.claim_wrong(
            own, census, "households", 1600, reason="户数应为1600户，见户籍册", by=evaluation.worker
        )
        assert correcting.claims(own) == [made.pk]
        proposals.accept(made, by=keeper)
        assert taking.is_stale(evaluation.filing)
        changed = taking.refresh_filing(evaluation.filing, evaluation.worker)
    assert [(one.item, one.verdict_before, one.verdict) for one in changed] == [
        ("members_by_households", "met", "attention")
    ]
    own.refresh_from_db()
    assert (own.verdict, own.required) == ("attention", 6)


def test_what_no_register_stands_behind_is_changed_in_the_answer_itself() -> None:
    evaluation = an_evaluation(1)
    own = Answer.objects.select_related("item", "filing").get(item__code="election")
    census = Census.objects.get()
    with clock.frozen(TODAY), pytest.raises(ValidationError, match="No register stands behind"):
        correcting.claim_wrong(own, census, "households", 1600, reason="有误", by=evaluation.worker)


def test_nothing_is_stale_where_no_register_was_changed() -> None:
    evaluation = an_evaluation(1)
    assert not taking.is_stale(evaluation.filing)
