"""The clerk's pages: what is due, filling in item by item, two at one item, a whole street at once, filing; by whom."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assessments.filings import marks, reviewing
from assessments.filings.flow import State
from assessments.filings.models import Cycle, EvidenceUse, Filing
from communities.ground import clock
from communities.ground.models import Job, Role
from tests.factories.evaluated import ANSWERS, TODAY, an_evaluation, save
from tests.factories.judged import an_account
from tests.query_counting import assert_query_count

pytestmark = pytest.mark.django_db
JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def street():
    """Three communities of one street, opened; the clock stands on the day."""
    with clock.frozen(TODAY):
        yield an_evaluation(3)


@pytest.fixture
def clerk(client, street):
    client.force_login(street.clerk)
    return client


def page_of(filing, section=""):
    return reverse("filing", args=[filing.pk]) + (f"?section={section}" if section else "")


def answer_of(filing, code):
    return filing.answers.select_related("item__section").get(item__code=code)


def send(client, filing, code, seen=None, **more):
    """Save an item as the page does; `more` are its inputs, a dot in a name is written __."""
    answer = answer_of(filing, code)
    sent = {name.replace("__", "."): value for name, value in more.items()}
    sent |= {"seen": answer.version if seen is None else seen, "section": answer.item.section.code}
    return client.post(reverse("filing_item", args=[filing.pk, code]), sent, **JSON)


def test_what_is_due_tells_state_what_is_open_and_the_days_left(clerk, street):
    page = assert_query_count("evaluations of a clerk", clerk, reverse("evaluations"))
    listed = page.context["listed"]
    assert [one.filing.place.name for one in listed] == [f"第{n}社区居民委员会" for n in (1, 2, 3)]
    assert {one.days_left for one in listed} == {9}
    assert all(one.open for one in listed)
    assert not any(one.may_be_filed for one in listed)
    street.fill_in(street.filing)
    first = clerk.get(reverse("evaluations")).context["listed"][0]
    assert first.open == 0
    assert first.may_be_filed


def test_the_filing_opens_with_what_waits_first_and_what_is_known_folded(clerk, street):
    page = assert_query_count("filing", clerk, page_of(street.filing))
    shown, current = page.context["page"], page.context["current"]
    assert current.waiting
    assert shown.waiting[0] in current.items
    assert {one.item.code for one in shown.items if one.is_outside} == {"service"}
    assert shown.left + shown.done == len(shown.items)
    assert "disabled" in page.content.decode()


def test_an_item_is_saved_by_itself_and_its_arithmetic_told(clerk, street):
    told = send(clerk, street.filing, "meetings", fields__minutes="9")
    assert told.status_code == 200, told.content
    answer = answer_of(street.filing, "meetings")
    assert answer.typed == {"minutes": "9"}
    assert told.json()["version"] == answer.version
    assert told.json()["saved"] == "12:00"
    assert "1.5" in told.json()["state"]


def test_what_is_wrong_is_told_beside_its_input_and_nothing_is_saved(clerk, street):
    told = send(clerk, street.filing, "report", fields__present="sechzig")
    assert told.status_code == 422
    assert "sechzig" in told.json()["errors"]["fields.present"]
    assert answer_of(street.filing, "report").typed == {}


def test_who_saves_second_sees_both_texts_and_chooses(clerk, street):
    answer = answer_of(street.filing, "meetings")
    save(answer, ANSWERS["meetings"], street.worker)
    told = send(clerk, street.filing, "meetings", seen=answer.version - 1, fields__minutes="9")
    assert told.status_code == 409
    assert told.json()["theirs"]["fields.minutes"] == "12"
    assert ">9" in told.json()["conflict"]
    assert answer_of(street.filing, "meetings").typed == {"minutes": "12"}
    mine = send(clerk, street.filing, "meetings", seen=told.json()["version"], fields__minutes="9")
    assert mine.status_code == 200
    assert answer_of(street.filing, "meetings").typed == {"minutes": "9"}


def test_without_a_script_the_page_comes_back_whole_with_what_was_typed(clerk, street):
    answer = answer_of(street.filing, "report")
    address = reverse("filing_item", args=[street.filing.pk, "report"])
    sent = {"seen": answer.version, "section": answer.item.section.code, "fields.present": "sechzig"}
    page = clerk.post(address, sent)
    assert page.status_code == 422
    assert 'value="sechzig"' in page.content.decode()
    saved = clerk.post(address, sent | {"fields.present": "66", "fields.expected": "68"})
    assert saved.url == f"{page_of(street.filing, answer.item.section.code)}#item-report"


def test_without_a_script_a_conflict_is_shown_and_may_be_written_over(clerk, street):
    answer = answer_of(street.filing, "meetings")
    seen = answer.version
    save(answer, ANSWERS["meetings"], street.worker)
    address = reverse("filing_item", args=[street.filing.pk, "meetings"])
    page = clerk.post(address, {"seen": seen, "fields.minutes": "9"})
    assert page.status_code == 409
    version = answer_of(street.filing, "meetings").version
    assert f'name="seen" value="{version}"' in page.content.decode()
    clerk.post(address, {"seen": [seen, version], "fields.minutes": "9"})
    assert answer_of(street.filing, "meetings").typed == {"minutes": "9"}


def test_a_filled_filing_is_filed_and_taken_back(clerk, street):
    street.fill_in(street.filing)
    assert clerk.get(page_of(street.filing)).context["why_not_filed"] == ""
    clerk.post(reverse("filing_file", args=[street.filing.pk]))
    assert street.filing.state == State.FILED
    page = clerk.get(page_of(street.filing))
    assert page.context["may_take_back"]
    assert not page.context["may_answer"]
    clerk.post(reverse("filing_take_back", args=[street.filing.pk]))
    assert street.filing.state == State.OPEN


def test_an_open_filing_is_not_filed_and_says_what_is_missing(clerk, street):
    page = clerk.post(reverse("filing_file", args=[street.filing.pk]), follow=True)
    assert street.filing.state == State.OPEN
    assert page.context["messages"]


def test_several_are_filed_and_what_stops_one_is_told(clerk, street):
    street.fill_in(street.filings[0])
    keys = [filing.pk for filing in street.filings]
    page = clerk.post(reverse("filings_file"), {"filing": keys}, follow=True)
    assert [filing.state for filing in street.filings] == [State.FILED, State.OPEN, State.OPEN]
    told = [str(message) for message in page.context["messages"]]
    assert sum("第2社区" in one or "第3社区" in one for one in told) == 2


def test_a_returned_filing_opens_at_the_returned_item_with_the_reviewers_words(clerk, street):
    filing = street.filing
    street.file(filing)
    item = answer_of(filing, "meetings").item
    reviewing.return_item(filing, item, "三月没有记录", street.clerk)
    reviewing.give_back(filing, "缺记录", street.clerk)
    page = clerk.get(page_of(filing))
    (waiting,) = page.context["current"].waiting
    assert waiting.item.code == "meetings"
    assert "三月没有记录" in page.content.decode()
    others = [one for one in page.context["page"].items if one.item.code != "meetings"]
    assert all(one.is_closed for one in others)
    clerk.post(reverse("filing_reply", args=[filing.pk, "meetings"]), {"reply": "已补三月记录"})
    assert marks.open_returns(street.filing)[0].reply == "已补三月记录"
    assert clerk.get(page_of(filing)).context["page"].left == 0


def test_one_item_of_the_whole_street_stands_on_one_page(clerk, street):
    first = clerk.get(reverse("filing_batch_first", args=[street.cycle.pk]))
    assert first.status_code == 302
    page = assert_query_count(
        "one item of a street", clerk, reverse("filing_batch", args=[street.cycle.pk, "meetings"])
    )
    assert [filing.pk for filing, _one in page.context["rows"]] == [filing.pk for filing in street.filings]
    assert page.content.decode().count('name="fields.minutes"') == 3
    answer = answer_of(street.filing, "meetings")
    back = reverse("filing_batch", args=[street.cycle.pk, "meetings"])
    address = reverse("filing_item", args=[street.filing.pk, "meetings"])
    saved = clerk.post(address, {"seen": answer.version, "fields.minutes": "12", "back": back})
    assert saved.url == back
    elsewhere = {"seen": answer.version + 1, "fields.minutes": "11", "back": "//example.org/"}
    assert not clerk.post(address, elsewhere).url.startswith("//")
    assert clerk.get(reverse("filing_batch", args=[street.cycle.pk, "service"])).status_code == 404


def test_evidence_is_added_once_and_used_for_a_second_item(clerk, street):
    address = reverse("filing_evidence", args=[street.filing.pk, "meetings"])
    sent = {"upload": "yes", "title": "三月会议记录", "kind": "minutes", "dated_on": "2008-12-01"}
    assert clerk.get(address).status_code == 200
    for _again in range(2):
        file = SimpleUploadedFile("jilu.pdf", b"%PDF-1.7 minutes", content_type="application/pdf")
        page = clerk.post(address, sent | {"file": file}, follow=True)
    use = EvidenceUse.objects.get()
    assert "三月会议记录" in str(list(page.context["messages"])[-1])
    other = reverse("filing_evidence", args=[street.filing.pk, "boards"])
    assert [one.pk for one in clerk.get(other).context["offered"]] == [use.evidence_id]
    clerk.post(other, {"use": use.evidence_id})
    assert EvidenceUse.objects.count() == 2
    clerk.post(address, {"withdraw": use.pk})
    assert EvidenceUse.objects.get().item.code == "boards"
    file = SimpleUploadedFile("jilu.pdf", b"%PDF-1.7 more", content_type="application/pdf")
    refused = clerk.post(address, sent | {"file": file, "dated_on": "2010-01-01"})
    assert refused.status_code == 422


def test_the_data_behind_an_item_are_shown_with_where_they_are_put_right(clerk, street):
    page = assert_query_count("facts of an item", clerk, reverse("filing_facts", args=[street.filing.pk, "boards"]))
    assert page.context["fields"][0].registers
    for _name, address in page.context["fields"][0].registers:
        assert clerk.get(address).status_code == 200
    derived = next(one for one in street.filing.answers.select_related("item") if one.verdict)
    page = clerk.get(reverse("filing_facts", args=[street.filing.pk, derived.item.code]))
    assert page.context["told"].facts


def test_the_filing_is_printed_as_the_form(clerk, street):
    street.file(street.filing)
    page = assert_query_count("filing as a form", clerk, reverse("filing_form", args=[street.filing.pk]))
    assert page.status_code == 200
    assert any(one.four[0] for one in page.context["page"].items)


def test_how_far_an_evaluation_is_stands_by_street(client, street):
    street.file(street.filing)
    client.force_login(street.bureau)
    page = assert_query_count(
        "progress of an evaluation", client, reverse("evaluation_progress", args=[street.cycle.pk])
    )
    (one,) = page.context["streets"]
    assert (one.name, one.filings, one.filed) == ("解放路街道办事处", 3, 1)
    assert page.context["burden"].known


def test_an_evaluation_is_opened_after_saying_what_it_would_do(client, street):
    client.force_login(street.bureau)
    address = reverse("evaluation_open")
    proposed = client.get(address).context["form"].initial
    assert proposed["self_until"] > TODAY
    sent = {
        "organiser": street.cycle.place_id,
        "sheet_version": street.cycle.sheet_version_id,
        "plan_version": street.cycle.plan_version_id,
        "year": 2008,
        "as_of": "2008-12-31",
        "self_until": "2009-01-16",
        "street_until": "2009-01-23",
        "district_until": "2009-02-06",
        "contact": "市民政局",
    }
    page = client.post(address, sent)
    assert len(page.context["foreseen"].evaluated) == 3
    refused = client.post(address, sent | {"open": "yes"})
    assert refused.status_code == 422
    assert not Job.objects.filter(kind="filings.open").exists()
    taken = client.post(address, sent | {"open": "yes", "second_reason": "上级要求重评"})
    assert taken.url == reverse("job", args=[Job.objects.get(kind="filings.open").pk])
    assert Cycle.objects.count() == 1  # a worker does it


def test_nobody_else_sees_or_fills_in_a_filing(client, street):
    filing = street.filing
    beside = an_account("beside", Role.CLERK, "370102002")
    leader = an_account("leader", Role.LEADER, "3701")
    client.force_login(beside)
    assert client.get(page_of(filing)).status_code == 404
    assert send(client, filing, "meetings", fields__minutes="1").status_code == 404
    client.force_login(leader)
    assert client.get(page_of(filing)).status_code == 403
    assert client.get(reverse("evaluations")).status_code == 200
    client.force_login(street.bureau)
    page = client.get(page_of(filing))
    assert not page.context["may_answer"]
    assert send(client, filing, "meetings", fields__minutes="1").status_code == 403
    assert Filing.objects.get(pk=filing.pk).answers.get(item__code="meetings").typed == {}
