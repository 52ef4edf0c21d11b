"""The pages of review, check, grades, notice, objections, appeals and results: who does what, and what is told."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from assessments.filings.flow import State
from assessments.filings.models import Filing, Mark, OutsideScore, Stage
from communities.ground import clock
from communities.ground.models import Role
from tests.factories.evaluated import AFTER_NOTICE, STREET, TODAY, Evaluation, an_evaluation
from tests.factories.judged import an_account
from tests.query_counting import assert_query_count

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today() -> Any:
    with clock.frozen(TODAY):
        yield


@pytest.fixture
def evaluation() -> Evaluation:
    return an_evaluation(1)


def page_of(filing: Filing) -> str:
    return reverse("filing_review", args=[filing.pk])


def send(client: Any, address: str, do: str, **more: Any) -> Any:
    return client.post(address, {"do": do, **more}, follow=True)


def line_of(page: Any, code: str) -> Any:
    return next(one for part in page.context["seen"].parts for one in part.lines if one.item.code == code)


def test_the_street_reads_answers_arithmetic_and_the_four_columns(client, evaluation):
    evaluation.to(State.FILED)
    client.force_login(evaluation.clerk)
    page = client.get(page_of(evaluation.filing))
    meetings = line_of(page, "meetings")
    assert [(one.label, one.text.split()[0], one.is_known) for one in meetings.said] == [("会议记录份数", "12", False)]
    assert any("3" in step for step in meetings.steps)
    assert [cell.text for cell in meetings.cells] == ["3", "—", "—", "—"]
    assert meetings.may_accept
    assert [one.is_known for one in line_of(page, "report").said] == [True, False]
    assert not line_of(page, "service").may_mark
    assert page.context["seen"].conclude[1]


def test_the_rest_is_accepted_in_one_click_and_the_review_concluded(client, evaluation):
    evaluation.to(State.FILED)
    client.force_login(evaluation.clerk)
    address = page_of(evaluation.filing)
    page = send(client, address, "accept_all")
    left = page.context["seen"].waiting
    for part in page.context["seen"].parts:
        for line in part.lines:
            if line.is_waiting:
                page = send(client, address, "adjust", item=line.item.code, points="1", reason="按现场情况给分")
    assert page.context["seen"].waiting == 0
    assert left < page.context["seen"].items
    page = send(client, address, "conclude")
    assert evaluation.filing.state == State.REVIEWED
    assert not page.context["seen"].may_mark


def test_points_without_a_reason_are_refused_and_what_was_typed_stays(client, evaluation):
    evaluation.to(State.FILED)
    client.force_login(evaluation.clerk)
    page = send(client, page_of(evaluation.filing), "adjust", item="report", points="0.5", reason="")
    assert page.status_code == 422
    report = line_of(page, "report")
    assert report.sent.wrong
    assert report.offered == "0.5"
    page = send(client, page_of(evaluation.filing), "adjust", item="report", points="0.5", reason="签到表少两人")
    changed = line_of(page, "report").changes[-1]
    assert (changed.reason, changed.by, str(changed.points)) == ("签到表少两人", evaluation.clerk, "0.50")
    assert line_of(page, "report").cells[1].text == "0.5"


def test_an_item_is_marked_kept_and_the_filing_given_back_with_words(client, evaluation):
    evaluation.to(State.FILED)
    client.force_login(evaluation.clerk)
    address = page_of(evaluation.filing)
    page = client.get(address)
    assert page.context["seen"].give_back[1]
    page = send(client, address, "return", item="election", reason="缺选举档案")
    assert line_of(page, "election").returned.reason == "缺选举档案"
    page = send(client, address, "keep", item="election")
    assert line_of(page, "election").returned is None
    send(client, address, "return", item="election", reason="缺选举档案")
    assert send(client, address, "give_back", reason="").status_code == 422
    send(client, address, "give_back", reason="请补选举档案")
    assert evaluation.filing.state == State.RETURNED


def test_the_district_draws_a_sample_and_checks_on_the_same_page(client):
    evaluation = an_evaluation(3).to(State.REVIEWED)
    client.force_login(evaluation.district)
    address = reverse("evaluation", args=[evaluation.cycle.pk])
    assert client.post(address, {"share": "viele"}).status_code == 422
    page = client.post(address, {"share": "34", "seed": "7"}, follow=True)
    (draw,) = page.context["draws"]
    assert (draw.seed, len(draw.drawn), len(draw.among)) == (7, 2, 3)
    sampled = next(one for one in evaluation.filings if one.is_sampled)
    other = next(one for one in evaluation.filings if not one.is_sampled)
    assert (
        client.get(page_of(sampled)).context["seen"].waiting > client.get(page_of(other)).context["seen"].waiting == 1
    )
    page = send(client, page_of(other), "adjust", item="service", points="3", reason="居民反映好")
    send(client, page_of(other), "conclude")
    other.refresh_from_db()
    assert other.state == State.CHECKED


def test_who_only_reads_has_no_button(client, evaluation):
    evaluation.to(State.FILED)
    client.force_login(evaluation.district)
    page = client.get(page_of(evaluation.filing))
    seen = page.context["seen"]
    assert (seen.may_mark, seen.conclude, seen.give_back) == (False, None, None)
    assert 'name="do"' not in page.content.decode()
    assert send(client, page_of(evaluation.filing), "accept", item="report").status_code == 403
    assert not Mark.objects.filter(stage=Stage.STREET).exists()


def test_a_filing_of_another_street_is_not_there(client, evaluation):
    client.force_login(an_account("beside", Role.CLERK, "370102002"))
    assert client.get(page_of(evaluation.filing)).status_code == 404
    assert client.get(reverse("evaluation", args=[evaluation.cycle.pk])).status_code == 404


def test_grades_are_given_certified_taken_back_and_published(client):
    evaluation = an_evaluation(2).to(State.REVIEWED)
    client.force_login(evaluation.bureau)
    address = reverse("evaluation_grades", args=[evaluation.cycle.pk])
    assert client.get(address).context["why_not_grade"]
    for filing in evaluation.filings:
        evaluation.check(filing)
    page = client.get(address)
    assert not page.context["why_not_grade"]
    assert [row.place for row in page.context["placed"]] == [1, 1]
    assert send(client, address, "grade", certified_by="").status_code == 422
    page = send(client, address, "grade", certified_by="王某")
    assert {one.state for one in evaluation.filings} == {State.GRADED}
    assert send(client, address, "regrade", reason="").status_code == 422
    send(client, address, "regrade", reason="复核时发现误算")
    assert {one.state for one in evaluation.filings} == {State.CHECKED}
    send(client, address, "grade", certified_by="王某")
    page = send(client, address, "publish")
    assert page.context["cycle"].notice_until == date(2009, 1, 9)
    assert page.context["conclude"]
    with clock.frozen(AFTER_NOTICE):
        send(client, address, "conclude")
    assert {one.state for one in evaluation.filings} == {State.FINAL}


def test_grades_are_for_the_organiser_and_results_for_nobody_below_before_they_are_public(client, evaluation):
    evaluation.to(State.GRADED)
    leader = an_account("leader", Role.LEADER, "3701")
    grades = reverse("evaluation_grades", args=[evaluation.cycle.pk])
    results = reverse("evaluation_results", args=[evaluation.cycle.pk])
    notice = reverse("evaluation_notice", args=[evaluation.cycle.pk])
    result = reverse("filing_result", args=[evaluation.filing.pk])
    for account, seen in ((evaluation.clerk, 404), (evaluation.worker, 404), (leader, 200), (evaluation.district, 200)):
        client.force_login(account)
        assert client.get(results).status_code == seen
        assert client.get(result).status_code == seen
        assert client.get(notice).status_code == 404
        assert client.get(grades).status_code == 403
    client.force_login(an_account("of-the-district", Role.OFFICER, "370102"))
    assert client.get(grades).status_code == 403


def test_the_notice_names_grade_period_and_address_and_no_points(client, evaluation):
    evaluation.to(State.PUBLISHED)
    client.force_login(evaluation.worker)
    text = client.get(reverse("evaluation_notice", args=[evaluation.cycle.pk])).content.decode()
    for part in ("第1社区居民委员会", "2009-01-05", "2009-01-09", "0531-00000000", "济南市"):
        assert part in text
    table = text.partition("<tbody>")[2].partition("</tbody>")[0]
    assert any(grade in table for grade in ("优秀", "合格"))
    assert str(evaluation.filing.total) not in table


def test_a_result_tells_four_scores_and_what_was_deducted(client, evaluation):
    evaluation.to(State.PUBLISHED)
    client.force_login(evaluation.worker)
    page = client.get(reverse("filing_result", args=[evaluation.filing.pk]))
    found = page.context["found"]
    assert found.totals[1] is not None
    assert "on_site_meeting" not in {one.item.code for one in found.deducted}
    assert found.totals[-1] == found.totals[2] == evaluation.filing.total
    assert {line.item.code for line in page.context["lost"]} == {one.item.code for one in found.deducted}
    assert page.context["can_appeal"]
    assert not page.context["may_hear"]


def test_an_appeal_is_decided_by_somebody_else_with_points_and_reason(client, evaluation):
    evaluation.to(State.PUBLISHED)
    address = reverse("filing_result", args=[evaluation.filing.pk])
    lost = evaluation_lost(client, evaluation, address)
    client.force_login(evaluation.clerk)
    assert send(client, address, "appeal", text="").status_code == 422
    send(client, address, "appeal", text="会议记录漏算", item=lost)
    assert evaluation.filing.state == State.APPEALED
    client.force_login(evaluation.bureau)
    assert client.get(address).context["may_decide"]
    client.force_login(evaluation.jury)
    assert client.get(address).context["may_decide"] == []
    assert send(client, address, "grant", decision="属实").status_code == 422
    before = evaluation.filing.total
    page = send(client, address, "grant", decision="记录属实，补分", **{f"points-{lost}": "1.5"})
    assert evaluation.filing.state == State.PUBLISHED
    assert evaluation.filing.total > before
    (told,) = page.context["appeals"]
    assert (told.is_granted, told.decided_by) == (True, evaluation.jury)


def evaluation_lost(client: Any, evaluation: Evaluation, address: str) -> str:
    client.force_login(evaluation.worker)
    lost = client.get(address).context["lost"]
    return str(next(line.item.code for line in lost if line.lost >= 1))


def test_an_objection_is_recorded_and_answered_before_the_end(client, evaluation):
    evaluation.to(State.PUBLISHED)
    address = reverse("filing_result", args=[evaluation.filing.pk])
    client.force_login(evaluation.bureau)
    assert send(client, address, "object", text="公开栏未更新", received_on="morgen").status_code == 422
    page = send(client, address, "object", text="公开栏未更新", received_on="2009-01-05")
    (objection,) = page.context["objections"]
    grades = client.get(reverse("evaluation_grades", args=[evaluation.cycle.pk]))
    assert any("第1社区" in sentence for sentence in grades.context["conclude"])
    page = send(client, address, "answer", objection=objection.pk, text="已核实更新")
    assert page.context["objections"][0].answer == "已核实更新"
    client.force_login(evaluation.clerk)
    assert send(client, address, "object", text="公开栏未更新", received_on="2009-01-05").status_code == 403


def test_a_survey_is_recorded_with_its_sample_and_stands_beside_the_filing(client, evaluation):
    evaluation.to(State.REVIEWED)
    address = reverse("outside_scores", args=[evaluation.cycle.pk])
    client.force_login(evaluation.bureau)
    typed = {
        "community": evaluation.filing.pk,
        "kind": "satisfaction",
        "held_on": "2008-12-20",
        "score": "90.32",
        "issued": "60",
        "returned": "61",
        "by_whom": "某调查公司",
    }
    page = client.post(address, typed)
    assert page.status_code == 422
    assert not OutsideScore.objects.exists()
    client.post(address, typed | {"returned": "58"})
    client.post(address, typed | {"returned": "58", "score": "91"})
    assert str(OutsideScore.objects.get().score) == "91.00"
    client.force_login(evaluation.district)
    assert client.get(page_of(evaluation.filing)).context["seen"].outside[0].issued == 60
    assert client.get(address).status_code == 403


def test_the_pages_need_as_many_queries_as_ever(client):
    evaluation = an_evaluation(3).to(State.PUBLISHED)
    client.force_login(evaluation.bureau)
    assert_query_count("filing review", client, page_of(evaluation.filing))
    assert_query_count("filing result", client, reverse("filing_result", args=[evaluation.filing.pk]))
    for name in ("evaluation", "evaluation_grades", "evaluation_results", "evaluation_notice", "outside_scores"):
        assert_query_count(name.replace("_", " of "), client, reverse(name, args=[evaluation.cycle.pk]))


def test_a_clerk_of_the_street_reads_the_results_of_the_street_alone(client):
    evaluation = an_evaluation(2).to(State.PUBLISHED)
    client.force_login(evaluation.worker)
    page = client.get(reverse("evaluation_results", args=[evaluation.cycle.pk]))
    assert [one.filing.pk for one in page.context["found"]] == [evaluation.filings[0].pk]
    client.force_login(an_account("of-the-street", Role.CLERK, STREET))
    page = client.get(reverse("evaluation_results", args=[evaluation.cycle.pk]))
    assert len(page.context["found"]) == 2
