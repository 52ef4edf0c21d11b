"""Real files: titles, units, two lines of headings, merged cells, totals, signatures, old encodings."""

from decimal import Decimal

import pytest

from communities.ground.ledgers.files import LedgerError
from communities.places.models import Census
from facilities.ledgers import FACILITIES
from facilities.models import Facility
from funding.models import Allocation
from tests.factories.places import PlaceFactory

from .conftest import HEAD, imported

pytestmark = pytest.mark.django_db
ROW = ["370102001002", "办公和服务用房", "办公用房", 400, "2008-07-01"]


def test_title_units_total_and_signatures_are_no_data(community, book):
    path = book(
        ["解放路街道社区用房台账"],
        ["填报单位:解放路街道 填报日期:2008-12-31 单位:平方米、户、万元"],
        ["序号", *HEAD, "备注"],
        [1, *ROW, "无"],
        ["合计", None, None, None, 400],
        [],
        ["填表人:张三 审核人:李四 负责人:(签字盖章)"],
    )
    outcome = imported(path)
    assert (outcome.created, outcome.wrong) == (1, 0)
    assert outcome.ledger is FACILITIES
    assert Facility.objects.get().built_area_m2 == 400


def test_headings_may_take_two_lines(community, book):
    path = book(
        ["序号", "区划代码", "设施类型", "面积(平方米)", None],
        [None, None, None, "建筑面积", "使用面积"],
        [1, "370102001002", "办公用房", 52, 41.5],
        merged=["A1:A2", "B1:B2", "C1:C2", "D1:E1"],
    )
    imported(path)
    facility = Facility.objects.get()
    assert (facility.built_area_m2, facility.usable_area_m2) == (Decimal(52), Decimal("41.50"))


def test_a_merged_cell_says_the_same_for_each_of_its_lines(community, book):
    path = book(HEAD, ROW, [None, "警务室", "警务室", 20, None], merged=["A2:A3"])
    assert imported(path).created == 2


def test_as_above_is_replaced_by_what_stands_above(community, book):
    assert imported(book(HEAD, ROW, ["同上", "警务室", "警务室", 20, "〃"])).created == 2


def test_a_place_may_be_said_by_names(community, book):
    PlaceFactory(code="370102002000", name="泉城路街道")
    PlaceFactory(code="370102002002", name="解放桥社区居委会")
    path = book(["街道", "社区", "总户数", "统计日期"], ["解放路街道", "解放桥社区", 2400, "2008年末"])
    imported(path)
    assert Census.objects.get().place == community
    with pytest.raises(LedgerError):
        imported(book(["社区", "总户数", "统计日期"], ["解放桥社区", 2400, "2008年末"]))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_file_may_come_in_either_encoding(community, table, encoding):
    assert imported(table(HEAD, ROW, encoding=encoding)).created == 1


@pytest.mark.parametrize(
    ("heading", "above", "written", "yuan"),
    [
        ("金额(元)", "", 15000, 15000),
        ("金额(万元)", "", "1.5", 15000),
        ("金额", "单位:万元", 1.5, 15000),
        ("金额", "填报单位:解放路街道 单位:元", 15000, 15000),
        ("金额", "", "1.5万元", 15000),
    ],
)
def test_money_is_turned_into_yuan(community, book, heading, above, written, yuan):
    head = ["区划代码", "年度", "经费类别", "拨款级次", heading, "拨款文号"]
    path = book([above], head, ["370102001002", "2008年", "工作经费", "市级", written, "济财〔2008〕1号"])
    imported(path)
    assert Allocation.objects.get().amount_cny == yuan


def test_a_heading_in_a_unit_nobody_can_convert_is_refused(community, book):
    path = book(["区划代码", "设施类型", "建筑面积(亩)"], ["370102001002", "办公用房", 1])
    with pytest.raises(LedgerError, match="亩"):
        imported(path)


def test_missing_columns_are_named(community, book):
    with pytest.raises(LedgerError, match="建筑面积"):
        imported(book(["区划代码", "设施类型"], ["370102001002", "办公用房"]), "facilities")


def test_an_unknown_kind_is_answered_with_the_known_ones(community, book):
    with pytest.raises(LedgerError, match="service_points"):
        imported(book(HEAD, ROW), "facilitys")


@pytest.mark.parametrize(("name", "content"), [("a.xlsx", b"no zip"), ("a.csv", b"\xff\xfe\x00\x81"), ("a.xls", b"x")])
def test_what_is_no_ledger_is_refused_in_a_sentence(db, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(LedgerError):
        imported(tmp_path / name)


def test_an_empty_file_is_refused(db, book):
    with pytest.raises(LedgerError):
        imported(book())


def test_a_column_the_ledger_does_not_know_is_left_out_and_named(community, book):
    outcome = imported(book([*HEAD, "水电费"], [*ROW, 12]))
    assert any("水电费" in note for note in outcome.notes)
