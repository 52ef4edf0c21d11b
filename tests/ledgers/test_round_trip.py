"""What is exported can be imported again and changes nothing; templates have the headings that are recognized."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from assessments.plans import imports
from assessments.plans.ledgers import LEDGERS, of_kind
from communities.ground import periods
from communities.ground.ledgers import exporting
from communities.ground.ledgers.cells import Choice
from communities.ground.models import Event
from communities.ground.registers import Register
from communities.places.models import Census, Classification, Community, Place, RegisterStatement
from communities.places.names import pinyin_key
from facilities.models import FacilityKind
from funding.models import Allocation, Allowance, WageBaseline
from organizations.models import Establishment, Organization, Person, Post, Term
from services.models import ServicePointKind
from tests.factories.facilities import FacilityFactory, FacilityUseFactory
from tests.factories.places import PlaceFactory
from tests.factories.services import ServicePointFactory

from .conftest import imported

pytestmark = pytest.mark.django_db
SINCE = periods.of(date(2007, 1, 1))
WITH_PLANS = {"reported_values"}


@pytest.fixture
def city():
    """One row, or two, in every register but that of reported values."""
    PlaceFactory(code="370100000000", name="济南市")
    PlaceFactory(code="370102000000", name="历下区")
    street = PlaceFactory(code="370102001000", name="解放路街道")
    place = PlaceFactory(code="370102001002", name="解放桥社区居民委员会")
    Community.objects.create(place=place, committee="residents")
    Classification.objects.create(place=place, during=SINCE, kind="urban", zone="urban", estate="old_city")
    Census.objects.create(place=place, counted_on=date(2008, 12, 31), households=2400)
    RegisterStatement.objects.create(place=place, register=Register.POSTS, as_of=date(2007, 1, 1))
    committee = Organization.objects.create(place=place, kind="residents_committee", name="解放桥居委会", during=SINCE)
    Establishment.objects.create(organization=committee, seats=8, during=SINCE)
    Term.objects.create(organization=committee, number=8, during=periods.of(date(2007, 1, 1), date(2009, 12, 31)))
    person = Person.objects.create(place=place, name="李明", sex="1", born_on=date(1985, 3, 1))
    post = Post.objects.create(person=person, organization=committee, title="director", elected=True, during=SINCE)
    rooms = FacilityFactory(place=place, name="=办公用房", usable_area_m2=Decimal("149.99"), ownership="lent")
    FacilityFactory(place=place, kind=FacilityKind.CULTURE_ROOM, built_area_m2=None, merged_with=rooms)
    FacilityUseFactory(facility=rooms)
    ServicePointFactory(place=place, facility=rooms, networked=None)
    ServicePointFactory(place=street, kind=ServicePointKind.CENTRE, one_stop=True)
    Allocation.objects.create(
        place=place, year=2008, stream="work", payer="city", amount_cny=Decimal("15000.50"), source="济财〔2008〕1号"
    )
    Allowance.objects.create(post=post, year=2008, amount_cny=Decimal(12000))
    for one in Place.objects.all():
        one.pinyin = pinyin_key(one.name)
        one.save()
    WageBaseline.objects.create(place=place, year=2007, amount_cny=Decimal("25672.00"))
    return place


@pytest.mark.parametrize(
    ("kind", "suffix"),
    [
        (ledger.kind, suffix)
        for ledger in LEDGERS
        if ledger.kind not in WITH_PLANS
        for suffix in ("xlsx", *(() if ledger.names_people else ("csv",)))  # those leave as workbooks only
    ],
)
def test_what_is_exported_comes_back_unchanged(city, tmp_path, kind, suffix):
    path = tmp_path / f"{kind}.{suffix}"
    written = imports.export_now(kind, path, purpose="核对台账")
    outcome = imported(path)
    assert outcome.ledger is of_kind(kind)
    assert (outcome.unchanged, outcome.problems) == (written, [])
    assert written >= 1


@pytest.mark.parametrize("kind", [ledger.kind for ledger in LEDGERS])
def test_a_template_has_headings_that_are_recognized_as_its_own_kind(db, tmp_path, kind):
    path = tmp_path / "template.xlsx"
    exporting.template(path, of_kind(kind))
    assert imported(path).ledger is of_kind(kind)


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda ledger: ledger.kind)
def test_every_choice_has_a_word_that_is_read_as_itself(ledger):
    for column in ledger.columns:
        if isinstance(column.cell, Choice):
            for value in column.cell.choices.values:
                word = str(column.cell.write(value))
                assert word != value, f"{column.heading}: {value} is exported as its code"
                assert column.cell.words[word] == value


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda ledger: ledger.kind)
def test_no_heading_means_two_columns(ledger):
    seen: dict[str, str] = {}
    for column in ledger.columns:
        for heading in (column.heading, *column.synonyms):
            assert seen.setdefault(heading, column.key) == column.key, heading


def test_an_export_stays_within_the_code_that_is_asked_for(city, tmp_path):
    assert imports.export_now("facilities", tmp_path / "a.csv", within="370102001002") == 2
    assert imports.export_now("facilities", tmp_path / "b.csv", within="370103000000") == 0
    assert Event.objects.filter(action="ledger.export").count() == 2


def test_a_text_that_a_spreadsheet_would_run_is_disarmed(city, tmp_path):
    path = tmp_path / "facilities.xlsx"
    imports.export_now("facilities", path)
    sheet: Any = load_workbook(path).active
    cells = [cell for line in sheet.iter_rows() for cell in line]
    assert "'=办公用房" in [cell.value for cell in cells]
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_the_command_says_what_it_wrote(city, tmp_path, capsys):
    call_command("export_ledger", "facilities", str(tmp_path / "f.csv"))
    assert "2" in capsys.readouterr().out
    with pytest.raises(CommandError, match="facilities"):
        call_command("export_ledger", "facilitys", str(tmp_path / "f.csv"))
    with pytest.raises(CommandError, match=r"\.xlsx"):
        call_command("export_ledger", "facilities", str(tmp_path / "f.pdf"))
