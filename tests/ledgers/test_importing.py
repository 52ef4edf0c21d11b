"""Imports: all or nothing, or what is right and a file with the rest; twice is once; behind the fence."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from assessments.plans import imports
from assessments.plans.ledgers import LEDGERS
from communities.ground import jobs, periods
from communities.ground.ledgers.files import LedgerError
from communities.ground.ledgers.importing import WrongRowsError, import_file
from communities.ground.ledgers.storing import Stamp
from communities.ground.ledgers.uploads import EXCEL
from communities.ground.models import Access, Event, Job, Role, StoredFile, User
from communities.places.models import Community, Place, PlaceCode
from facilities.models import Facility, FacilityUse
from organizations.ledgers import ROSTER
from organizations.models import Organization, Person, Post
from tests.factories.facilities import FacilityFactory

from .conftest import HEAD, imported, lines_of

pytestmark = pytest.mark.django_db
CODE = "370102001002"
ROW = [CODE, "办公和服务用房", "办公用房", 400, "2008-07-01"]


def wrong(path: Path, kind: str = "") -> list[str]:
    """What the import says is wrong; nothing may have been written."""
    with pytest.raises(WrongRowsError) as refused:
        imported(path, kind)
    assert not Facility.objects.exists()
    assert not Job.objects.exists()
    return [str(problem) for problem in refused.value.outcome.problems]


def with_(**cells: object) -> list[object]:
    """The right row with some cells changed: code, kind, name, area, since."""
    order = ["code", "kind", "name", "area", "since"]
    return [cells.get(key, cell) for key, cell in zip(order, ROW, strict=True)]


@pytest.mark.parametrize(
    ("row", "address", "said"),
    [
        (with_(code="370102001003"), "A2", "370102001002"),
        (with_(code="37010200100"), "A2", "11"),
        (with_(code="3.70102E+11"), "A2", "E+11"),
        (with_(area=-1), "D2", "0"),
        (with_(area="约400"), "D2", "约400"),
        (with_(since="20202-01-01"), "E2", "5"),
        (with_(since="2008-02-30"), "E2", "2008-02-30"),
        (with_(kind="游泳池"), "B2", "警务室"),
        (with_(kind=None), "B2", ""),
    ],
)
def test_a_wrong_cell_is_named_and_nothing_is_written(community, book, row, address, said):
    right = [CODE, "警务室", "警务室", 20, None]
    (problem,) = wrong(book(HEAD, row, right))
    assert problem.startswith(f"Sheet!{address} ")
    assert said in problem


def test_the_same_row_twice_is_refused(community, book):
    (problem,) = wrong(book(HEAD, ROW, ROW))
    assert problem.startswith("Sheet!3:")
    assert "Sheet!2" in problem


def test_a_usable_area_larger_than_the_built_one_is_refused_at_its_cell(community, book):
    (problem,) = wrong(book([*HEAD, "使用面积"], [*ROW, 401]))
    assert problem.startswith("Sheet!F2 ")


def test_what_only_the_database_can_refuse_is_said_in_its_words(community, book):
    head = ["区划代码", "组织类型", "组织名称", "成立日期"]
    path = book(
        head, *([CODE, "居委会", f"第{n}居委会", "2007-01-01"] for n in range(2)), [CODE, "业委会", "业委会", None]
    )
    with pytest.raises(WrongRowsError) as refused:
        imported(path, "organizations")
    (problem,) = refused.value.outcome.problems
    assert problem.address == "3"
    outcome = imported(path, "organizations", leave_out_wrong=True, wrong_rows=path.with_name("wrong.xlsx"))
    assert (outcome.created, outcome.wrong) == (2, 1)
    assert Organization.objects.count() == 2


def test_with_errors_the_right_rows_are_written_and_the_wrong_ones_come_back(community, book, tmp_path):
    rest = tmp_path / "rest.xlsx"
    path = book(HEAD, ROW, with_(name="二", area=-1), with_(name="@SUM(1)", code="370102001009"))
    outcome = imported(path, leave_out_wrong=True, wrong_rows=rest)
    assert (outcome.created, outcome.wrong) == (1, 2)
    head, first, second = lines_of(rest)
    assert head[-1] == "原因"
    assert "-1" in str(first[-1])
    assert second[head.index("设施名称")] == "'@SUM(1)"
    assert second[0] == "370102001009"


def test_a_corrected_file_of_wrong_rows_can_be_imported(community, book, tmp_path):
    rest = tmp_path / "rest.xlsx"
    imported(book(HEAD, with_(area=-1)), leave_out_wrong=True, wrong_rows=rest)
    workbook = load_workbook(rest)
    sheet: Any = workbook.active
    sheet.cell(2, [cell.value for cell in sheet[1]].index("建筑面积(平方米)") + 1).value = 1
    workbook.save(rest)
    assert imported(rest).created == 1


def test_a_dry_run_says_everything_and_writes_nothing(community, book):
    outcome = imported(book(HEAD, ROW, with_(name="二", area=-1)), dry_run=True)
    assert (outcome.created, outcome.wrong) == (1, 1)
    assert not Facility.objects.exists()
    assert not Event.objects.exists()


def test_a_second_import_changes_nothing_and_a_corrected_one_changes_one_row(community, book):
    imported(book(HEAD, ROW, with_(name="二")))
    again = imported(book(HEAD, ROW, with_(name="二")))
    assert (again.created, again.changed, again.unchanged) == (0, 0, 2)
    corrected = imported(book(HEAD, ROW, with_(name="二", area="401.5")))
    assert (corrected.created, corrected.changed, corrected.unchanged) == (0, 1, 1)
    facility = Facility.objects.get(name="二")
    assert (facility.built_area_m2, facility.version) == (Decimal("401.50"), 2)
    history = facility.events.all()  # type: ignore[attr-defined]
    assert [old.built_area_m2 for old in history] == [Decimal(400)]


def test_what_the_file_has_no_column_for_stays(community, book):
    FacilityFactory(
        place=community,
        name="办公用房",
        usable_area_m2=Decimal(150),
        during=periods.of(date(2008, 7, 1), date(2009, 6, 30)),
    )
    imported(book(HEAD, ROW))
    facility = Facility.objects.get()
    assert (facility.built_area_m2, facility.usable_area_m2) == (Decimal(400), Decimal(150))
    assert periods.last(facility.during) == date(2009, 6, 30)


def test_every_row_says_which_import_and_which_file_wrote_it(community, book):
    imported(book(HEAD, ROW, name="台账.xlsx"))
    facility = Facility.objects.get()
    assert facility.source == "台账.xlsx"
    assert facility.imported_by == Job.objects.get(kind="import_ledger", status="done")
    assert Event.objects.get(action="ledger.import").detail["created"] == 1


def test_example_rows_are_refused_beside_real_ones(community, book):
    FacilityFactory(place=community)
    with pytest.raises(WrongRowsError) as refused:
        imported(book([*HEAD, "示例数据"], [*ROW, "是"]))
    assert refused.value.outcome.problems[0].address == "F2"


def test_a_real_row_takes_the_place_of_the_same_example_row(community, book):
    imported(book([*HEAD, "示例数据"], [*ROW, "是"]))
    assert imported(book(HEAD, ROW)).changed == 1
    assert not Facility.objects.get().is_example


def test_one_person_may_stand_in_several_rows_of_the_roster(community, book):
    for kind in ("社区党组织", "居委会"):
        imported(book(["区划代码", "组织类型", "组织名称"], [CODE, kind, f"解放桥{kind}"]), "organizations")
    head = ["社区", "姓名", "性别", "出生年月", "政治面貌", "现任职务", "是否选举产生", "任职时间"]
    roster = book(
        ["解放路街道社区工作者花名册"],
        head,
        ["解放桥社区", "李  明", "男", "1985.03", "党员", "书记", "否", "2007年7月"],
        ["同上", "李明", None, "1985年3月", None, "居委会主任", "√", "2007年7月"],
        [None, "王芳", "女", "1990.12", "群众", "委员", "√", "2007年7月"],
        merged=["A4:A5"],
    )
    outcome = imported(roster)
    assert outcome.ledger is ROSTER
    assert outcome.created == 3
    assert Person.objects.count() == 2
    person = Person.objects.get(name="李明")
    assert (person.sex, person.political_status, person.born_on) == ("1", "01", date(1985, 3, 1))
    assert set(person.posts.values_list("organization__kind", "title", "elected")) == {
        ("party_organization", "secretary", False),
        ("residents_committee", "director", True),
    }
    assert imported(roster).unchanged == 3
    assert Post.objects.count() == 3


def test_uses_find_their_facility_by_name(community, book):
    imported(book(HEAD, ROW))
    head = ["区划代码", "设施名称", "用途", "起始日期", "截止日期"]
    imported(book(head, [CODE, "办公用房", "出租", "2008-08", "2008-10"]))
    use = FacilityUse.objects.get()
    assert (use.purpose, periods.last(use.during)) == ("rented_out", date(2008, 10, 31))
    with pytest.raises(WrongRowsError, match="1"):
        imported(book(head, [CODE, "没有的房", "出租", "2008-08", None]))


def test_divisions_and_communities_make_places_and_codes(db, table):
    divisions = table(
        ["code", "name", "level"],
        ["370100000000", "济南市", "city"],
        ["370176000000", "济南高新区", "district"],
        ["370102401000", "某开发区", "street"],
    )
    assert imported(divisions).created == 3
    assert list(Place.objects.filter(is_statistical=True).order_by("level").values_list("level", flat=True)) == [
        "district",
        "street",
    ]
    communities = table(["code", "name"], ["370102001002", "解放桥社区居委会"], ["370102001201", "某村委会"])
    assert imported(communities).created == 2
    assert dict(Community.objects.values_list("place__short_name", "committee")) == {
        "解放桥社区": "residents",
        "某村": "villagers",
    }
    code = PlaceCode.objects.get(code="370102001002")
    assert (code.edition, code.during.lower, code.during.upper, code.place.pinyin[:3]) == ("2023", None, None, "jie")
    assert imported(communities).unchanged == 2
    renamed = table(["code", "name"], ["370102001002", "新桥社区居委会"])
    assert imported(renamed).changed == 1
    assert Place.objects.by_code("370102001002").short_name == "新桥社区"


@pytest.mark.parametrize("code", ["370102001000", "37010200100"])
def test_a_code_of_another_level_is_no_community(db, table, code):
    with pytest.raises(WrongRowsError):
        imported(table(["code", "name"], [code, "解放桥社区居委会"]), "communities")


# Behind the fence


@pytest.fixture
def account(db):
    """Make an account with a role below a prefix, from 2000 on."""

    def make(role: Role, prefix: str) -> User:
        user = User.objects.create_user(f"{role}-{prefix}")
        Access.objects.create(user=user, role=role, prefix=prefix, during=periods.of(date(2000, 1, 1)))
        return user

    return make


def by(user: User, path: Path) -> object:
    """Import as the account does in the browser, without the job around it."""
    return import_file(path, ledgers=LEDGERS, scope=user.scope(), stamp=Stamp(by=user))


def test_a_row_outside_the_reach_of_the_account_is_refused(community, book, account):
    with pytest.raises(WrongRowsError) as refused:
        by(account(Role.OFFICER, "370103"), book(HEAD, ROW))
    assert refused.value.outcome.problems[0].address == "A2"
    by(account(Role.CLERK, "370102001"), book(HEAD, ROW))
    assert str(Facility.objects.get().recorded_by) == "clerk-370102001"


def test_a_leader_writes_nothing(community, book, account):
    with pytest.raises(WrongRowsError):
        by(account(Role.LEADER, "3701"), book(HEAD, ROW))


def test_a_clerk_does_not_import_the_code_list(db, table, account):
    path = table(["code", "name"], ["370102001002", "解放桥社区居委会"])
    with pytest.raises(WrongRowsError):
        by(account(Role.CLERK, "370102001"), path)
    by(account(Role.OFFICER, "3701"), path)


def test_an_upload_is_imported_as_a_job_with_its_wrong_rows_as_artefact(community, book, account):
    officer = account(Role.OFFICER, "3701")
    path = book(HEAD, ROW, with_(name="二", area=-1))
    file = StoredFile.keep(path.read_bytes(), name="台账.xlsx", content_type=EXCEL, prefix="3701", by=officer)
    job = jobs.run_now(imports.order(file, imports.Order(leave_out_wrong=True), by=officer))
    assert job.status == Job.Status.DONE
    assert str(job.artefact).endswith(".xlsx")
    assert Facility.objects.get().imported_by == job
    refused = imports.order(file, imports.Order(), by=officer)
    with pytest.raises(LedgerError, match="D3"):
        jobs.run_now(refused)


# Doors


def test_the_command_prints_one_line_and_ends_with_an_error_where_a_row_is_wrong(community, book, capsys):
    call_command("import_ledger", str(book(HEAD, ROW)))
    assert capsys.readouterr().out.count("\n") == 1
    with pytest.raises(CommandError):
        call_command("import_ledger", str(book(HEAD, with_(area=-1))))
    assert "D2" in capsys.readouterr().err
    with pytest.raises(CommandError):
        call_command("import_ledger", "/nowhere/ledger.xlsx")


@pytest.mark.slow
def test_the_codes_of_the_four_cities_are_imported(db, settings):
    data = settings.BASE_DIR / "data"
    assert imported(data / "divisions.csv").created == 693
    assert imported(data / "communities.csv").created == 12_294
    assert Community.objects.filter(committee="residents", place__codes__code__startswith="3701").count() == 1061


@pytest.mark.slow
def test_rows_of_several_batches_are_all_there(community, book):
    rows = [with_(name=f"第{n}室", area=n % 900) for n in range(2500)]
    outcome = imported(book(HEAD, *rows))
    assert (outcome.created, outcome.wrong) == (2500, 0)
