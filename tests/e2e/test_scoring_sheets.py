"""
A scoring sheet from a broken text to the form on paper, in a real browser.

An officer pastes a sheet in which points do not add up, mends it by the line she is told, looks at what would change,
keeps it as a draft, moves points in the editor, publishes it and prints the blank form.
"""

import pytest
from playwright.sync_api import expect

from assessments.filings import actions
from assessments.filings.models import SheetItem, SheetVersion
from communities.ground.models import Role
from tests.factories.judged import a_judged_city, an_account
from tests.filings.conftest import SOUND

from .conftest import Site

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
LATER = SOUND.replace("label: {zh: 服务成效}", "label: {zh: 服务成效好}")


@pytest.fixture
def officer(site: Site, transactional_db: None) -> Site:
    a_judged_city()
    actions.load(actions.check(SOUND))
    an_account("chen", Role.OFFICER, "3701")
    site.log_in("chen")
    return site


def test_a_sheet_is_mended_tried_worked_on_published_and_printed(officer: Site) -> None:
    page = officer.page
    officer.expect(422)
    officer.open("/sheets/")
    page.get_by_role("link", name="上传考核表").click()
    page.locator("textarea[name=text]").fill(LATER.replace('base: "20"', 'base: "21"'))
    page.get_by_role("button", name="检查并存为草稿").click()
    line = SOUND[: SOUND.index('base: "20"')].count("\n") + 1
    expect(page.locator("table.problems tbody th")).to_have_text(str(line))
    officer.picture("sheet-problems")

    page.locator("textarea[name=text]").fill(LATER)
    page.get_by_role("button", name="只检查").click()
    expect(page.locator(".table tbody tr")).to_have_count(1)
    assert SheetVersion.objects.count() == 1
    page.get_by_role("button", name="检查并存为草稿").click()
    expect(page).to_have_url(f"{officer.address}/sheets/trial-sheet/versions/2/")

    page.get_by_role("link", name="修改草稿").click()
    expect(page.locator("#sheetitems-group")).to_be_visible()
    codes = page.locator("input[name^=sheetitems-][name$=-code]")
    names = {codes.nth(n).input_value(): codes.nth(n).get_attribute("name") for n in range(codes.count())}
    service, meetings = (str(names[code]).replace("-code", "-full") for code in ("service", "meetings"))
    page.locator(f"input[name={service}]").fill("3.5")
    page.locator("input[name=_save]").click()
    expect(page.locator(".errorlist.nonform").first).to_contain_text("sections.facilities.full")
    officer.picture("sheet-draft")
    page.locator(f"input[name={meetings}]").fill("2.5")
    page.locator("input[name=_save]").click()
    expect(page).to_have_url(f"{officer.address}/sheets/trial-sheet/versions/2/")

    page.get_by_role("link", name="发布考核表…").click()
    page.get_by_role("button", name="发布考核表").click()
    assert SheetVersion.objects.get(number=2).is_published
    assert str(SheetItem.objects.get(version__number=2, code="service").full) == "3.50"

    page.get_by_role("link", name="空白表").click()
    page.emulate_media(media="print")
    expect(page.locator("table.paper")).to_be_visible()
    expect(page.locator(".sidenav")).to_be_hidden()
    officer.picture("sheet-form")
