"""
The main job from end to end, in a real browser, with a real web process and a real worker beside it.

A civil-affairs officer, in Chinese and without a command line: looks into a register and corrects it, brings in a
pack that is broken, mends it, tries it, sees which verdicts turn, publishes it, judges, publishes the run, asks why,
orders the report and downloads it.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from playwright.sync_api import Browser, Page, expect

from assessments.compliance.models import Run
from assessments.plans.models import PlanVersion
from communities.ground.models import Event, Role
from communities.places.models import Census
from tests.factories.judged import PACK, JudgedCity, a_judged_city, an_account

from .conftest import Site, watched

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SOUND = PACK.read_text(encoding="utf-8")
STRICTER = SOUND.replace('{value: "5", clause: 一}', '{value: "6", clause: 一}')
BROKEN = STRICTER.replace("posts(organization", "postz(organization", 1)
A_JOB = 90_000  # milliseconds a job may take on a busy machine


@pytest.fixture
def city(transactional_db: None, settings: Any) -> JudgedCity:
    """With an account whose password the served portal can check: it knows no quick hash of tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    an_account("chen", Role.OFFICER, "3701")
    return a_judged_city()


@pytest.fixture
def address(city: JudgedCity, database_url: str, tmp_path: Path) -> Iterator[str]:
    """`make serve` on a free port: a web process and a worker over the queue of one machine."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "DATABASE_URL": database_url, "VAR_DIR": str(tmp_path), "PORT": str(port)}
    environment |= {"REDIS_URL": "", "DEBUG": "true", "LOG_LEVEL": "WARNING", "PYTEST_CURRENT_TEST": ""}
    serving = subprocess.Popen(
        [sys.executable, "-m", "config.serve"], env=environment, cwd=portal.BASE_DIR, start_new_session=True
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/healthz", serving)
        yield f"http://127.0.0.1:{port}"
    finally:
        serving.send_signal(signal.SIGTERM)
        serving.wait(30)


@pytest.fixture
def site(browser: Browser, address: str) -> Iterator[Site]:
    with watched(browser, address) as begin:
        yield begin()


def _wait_for(address: str, serving: subprocess.Popen[bytes]) -> None:
    for _attempt in range(240):
        assert serving.poll() is None, "the server ended"
        try:
            urllib.request.urlopen(address, timeout=2)  # noqa: S310 - our own server
        except OSError:
            time.sleep(0.25)
        else:
            return
    raise AssertionError("the server did not answer")


def follow_the_job(page: Page) -> None:
    """Stay on the job's page until it says that it is done."""
    page.wait_for_url("**/jobs/*/")
    page.locator(".job.done").wait_for(timeout=A_JOB)


def test_the_main_job_from_the_register_to_the_report(site: Site, city: JudgedCity) -> None:
    page = site.log_in("chen")
    correct_a_register(site)
    read_the_errors_of_a_broken_pack(site)
    try_the_mended_pack(page)
    publish_the_version(page)
    judge_and_publish(site)
    ask_why(site)
    download_the_report(site)
    site.picture("the main job")
    assert not site.scrolls_sideways()


def correct_a_register(site: Site) -> None:
    """In the admin, behind the portal's own menu."""
    page = site.open("/admin/places/census/")
    page.locator("#result_list tbody th a").first.click()
    page.locator("input[name=households]").fill("1450")
    page.locator("input[name=_save]").click()
    page.wait_for_url("**/admin/places/census/")
    assert Census.objects.filter(households=1450).exists()


def read_the_errors_of_a_broken_pack(site: Site) -> None:
    """The line is told and quoted, the text is still there, nothing was written."""
    site.expect(422)
    page = site.open("/plans/upload/")
    page.locator("input[type=file]").set_input_files(
        {"name": "试行方案.yaml", "mimeType": "text/yaml", "buffer": BROKEN.encode()}
    )
    page.locator("main .form-actions button").click()
    line = BROKEN.splitlines().index(next(text for text in BROKEN.splitlines() if "postz(" in text)) + 1
    expect(page.locator(".problems tbody th")).to_have_text(str(line))
    expect(page.locator(".quoted")).to_contain_text("postz(organization")
    assert page.locator("textarea").input_value().replace("\r\n", "\n").strip() == BROKEN.strip()
    assert PlanVersion.objects.count() == 1


def try_the_mended_pack(page: Page) -> None:
    """Mended in the page itself; the trial tells which verdicts would turn."""
    page.locator("textarea").fill(STRICTER)
    page.locator("main .form-actions button").click()
    page.wait_for_url("**/plans/trial/versions/2/")
    expect(page.locator("main")).to_contain_text("minimum_members")
    page.locator("#try button").click()
    follow_the_job(page)
    page.locator(".job a.button").click()
    page.wait_for_url("**/plans/trial/versions/2/#flips")
    expect(page.locator("#flips tbody").first.locator("tr")).to_have_count(1)
    expect(page.locator("#flips .verdict.not_met").first).to_be_visible()
    assert Run.objects.filter(version__number=2, published_at=None).count() == 1


def publish_the_version(page: Page) -> None:
    page.locator(".page-actions a.primary").click()
    page.locator("main form.form-actions button").click()
    expect(page.locator(".notice.success")).to_be_visible()
    assert PlanVersion.objects.published().filter(number=2, published_by__username="chen").exists()


def judge_and_publish(site: Site) -> None:
    """Plan, area and day, the button, the job, the run."""
    page = site.open("/runs/")
    page.locator("#id_area").fill("3701")
    page.locator("#id_as_of").fill("2008-12-31")
    page.locator("main form .form-actions button").click()
    follow_the_job(page)
    page.locator(".job a.button").click()
    page.wait_for_url("**/runs/*/")
    expect(page.locator(".trial-mark").first).to_be_visible()
    page.locator(".page-actions a.primary").click()
    page.locator("main form.form-actions button").click()
    expect(page.locator(".notice.success")).to_be_visible()
    assert Run.objects.published().filter(version__number=2, published_by__username="chen").exists()


def ask_why(site: Site) -> None:
    """From a number of the overview to the places behind it, and from there to the facts."""
    page = site.open("/?place=3701")
    page.locator(".heat .cell.not_met a").first.click()
    page.locator(".sheet-of-findings tbody td a").first.click()
    page.wait_for_url("**/why/**")
    expect(page.locator(".answer .verdict")).to_have_class("verdict not_met big")
    page.locator(".sums a").first.click()
    anchor = page.url.partition("#")[2]
    assert anchor
    assert page.locator("table.used tbody tr").count() >= 2
    assert not site.scrolls_sideways()


def download_the_report(site: Site) -> None:
    page = site.open("/reports/?place=370102")
    page.locator("main form .form-actions button").first.click()
    follow_the_job(page)
    with page.expect_download() as coming:
        page.locator(".job a.button").click()
    paper = coming.value
    assert Path(paper.path()).read_bytes().startswith(b"%PDF-")
    assert "历下区" in paper.suggested_filename
    assert paper.suggested_filename.endswith(".pdf")
    assert Event.objects.filter(action="file.download", actor__username="chen").exists()
