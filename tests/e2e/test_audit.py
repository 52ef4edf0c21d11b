"""The audit administrator in a real browser: searches, reads an event, takes events along, verifies the chain."""

from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from communities.ground import events, jobs, sealing
from communities.ground.models import Event, Job, Role, User
from tests.factories.judged import an_account

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def auditor() -> User:
    account = an_account("audit-li", Role.AUDITOR, "3701")
    account.full_name = "李审"
    account.save()
    return account


@pytest.fixture
def a_morning() -> None:
    """What some accounts did."""
    wang = an_account("wang", Role.OFFICER, "370102")
    wang.full_name = "王某"
    wang.save()
    events.record("signin.begin", by=wang, obj=wang, address="10.2.3.4")
    events.record(
        "ledger.import", by=wang, prefix="370102", file="历下区用房.xlsx", kind="facilities", created=118, wrong=2
    )
    events.record("row.change", by=wang, prefix="370102001003", fields=["built_area_m2", "during"])
    events.record("run.publish", by=wang, prefix="370102", plan="jinan-2007")
    events.record("page.refuse", by=wang, route="staff/accounts/", method="GET", asked=[])
    events.record("signin.fail", address="10.2.3.9", known=False)
    events.record("plan.load", prefix="3701", plan="jinan-2007", number=3)
    for _n in range(60):
        events.record("file.download", by=wang, prefix="370102", sha256="9f" * 32)
    sealing.seal()


def _signed_in(site, account: User) -> None:
    client = Client()
    client.force_login(account)
    host = urlsplit(site.address).hostname
    site.page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "domain": host, "path": "/"}]
    )


def test_the_auditor_searches_reads_takes_along_and_verifies(site, auditor, a_morning):
    _signed_in(site, auditor)
    page = site.open(reverse("audit"))
    site.picture("audit")
    assert not site.scrolls_sideways()
    page.get_by_role("link", name="下一页").or_(page.locator("a[rel=next]")).first.click()
    page.wait_for_load_state("load")
    page.locator("select[name=action]").select_option("run.publish")
    page.locator("form.filters button[type=submit]").click()
    page.wait_for_load_state("load")
    site.picture("audit-searched")
    assert page.locator("tbody tr").count() == 1
    page.locator("tbody th a").first.click()
    page.wait_for_load_state("load")
    site.picture("audit-event")
    assert page.locator("tbody tr").count() == 3  # its seal between two others
    assert not site.scrolls_sideways()

    page = site.open(reverse("audit_export") + "?action=run.publish")
    page.locator("input[name=purpose]").fill("年度审计检查")
    page.locator("main form button[type=submit]").click()
    page.wait_for_load_state("load")
    jobs.work(Job.objects.get(kind="export_events").pk)
    page.reload()
    site.picture("audit-export")
    with page.expect_download() as download:
        page.locator("table a[href*=files]").click()
    assert download.value.suggested_filename.endswith(".xlsx")

    page = site.open(reverse("audit_verification"))
    page.locator("main form button[type=submit]").click()
    page.wait_for_load_state("load")
    site.picture("audit-verification-queued")
    jobs.work(Job.objects.get(kind="verify_events").pk)
    page = site.open(reverse("audit_verification"))
    site.picture("audit-verification")
    assert str(sealing.head()) in page.locator("main").inner_text()


def test_a_fault_stands_on_the_page_of_verification(site, auditor, a_morning):
    from tests.ground.test_sealing import an_intruder

    with an_intruder() as do:
        do("UPDATE ground_event SET prefix = '370103' WHERE id = %s", [Event.objects.get(action="run.publish").pk])
        do("DELETE FROM ground_event WHERE id = %s", [Event.objects.get(action="page.refuse").pk])
    _signed_in(site, auditor)
    page = site.open(reverse("audit_verification"))
    page.locator("main form button[type=submit]").click()
    page.wait_for_load_state("load")
    jobs.work(Job.objects.get(kind="verify_events").pk)
    page = site.open(reverse("audit_verification"))
    site.picture("audit-faults")
    assert page.locator("tbody tr").count() == 2
    assert not site.scrolls_sideways()
