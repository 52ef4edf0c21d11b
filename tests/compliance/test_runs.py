"""
What holds of every run: it adds up, it can be proved from what it kept, and it does not matter how it was cut.

Over a piece of Jinan with example data: four districts, eight streets, all their urban communities.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.timezone import localtime

from assessments.compliance import actions, recorded, running, telling
from assessments.compliance.facts import WIDTHS
from assessments.compliance.models import Finding, RollUp, Run, Snapshot, Verdict
from assessments.compliance.recorded import NOT_ASKED, Answered, RecordedFacts
from assessments.compliance.rulebook import rulebook
from assessments.formulas import Subject
from assessments.plans import actions as plans
from assessments.plans.models import PlanVersion
from communities.ground import periods
from communities.ground.models import Event
from communities.ground.publishing import AlreadyPublishedError
from communities.places.models import Place, PlaceCode

from .cases import PACK, changed_plan
from .conftest import DISTRICTS

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

DAY = date(2008, 12, 31)
SEED = 2007
SHORT = (Verdict.NOT_MET, Verdict.ATTENTION, Verdict.REPORTED)
COLUMNS = (
    "rule__target__code",
    "place__codes__code",
    "milestone",
    "verdict",
    "measured",
    "required",
    "shortfall",
    "missing",
    "detail",
)
Row = dict[str, Any]


def rows(run: Run) -> dict[tuple[str, str, int], Row]:
    """Return the findings of a run by target, code and milestone."""
    found = Finding.objects.filter(run=run).values(*COLUMNS)
    return {(one["rule__target__code"], one["place__codes__code"], one["milestone"]): one for one in found}


def same_place(found: dict[tuple[str, str, int], Row], below: str) -> dict[tuple[str, str, int], Row]:
    return {key: row for key, row in found.items() if key[1].startswith(below)}


def counted(run: Run) -> dict[tuple[int, int, int], Row]:
    """Return the roll-ups of a run by rule, milestone and place."""
    found = RollUp.objects.filter(run=run).values()
    return {(one["rule_id"], one["milestone"], one["place_id"]): {**one} for one in found}


@pytest.fixture
def run(jinan: PlanVersion) -> Run:
    """The piece of the city, judged."""
    return actions.evaluate(version=jinan, as_of=DAY)


def test_a_run_made_twice_says_the_same(jinan: PlanVersion, run: Run) -> None:
    again = actions.evaluate(version=jinan, as_of=DAY)
    assert rows(again) == rows(run)
    assert again.counts == run.counts


def test_the_example_city_shows_every_verdict_of_the_plan(jinan: PlanVersion, run: Run) -> None:
    later = actions.evaluate(version=jinan, as_of=date(2008, 6, 30))
    assert {*run.counts, *later.counts} == set(Verdict.values) - {Verdict.NO_RULE, Verdict.REPORTED}
    assert run.has_example_data


def test_a_run_cut_by_district_says_what_the_uncut_one_says(jinan: PlanVersion, run: Run) -> None:
    parts: dict[tuple[str, str, int], Row] = {}
    for district in DISTRICTS:
        parts |= rows(actions.evaluate(version=jinan, as_of=DAY, within=district))
    whole = rows(run)
    assert parts == {key: row for key, row in whole.items() if not key[1].endswith("00000000")}
    assert len(parts) == len(whole) - 2  # the two targets of the city


def test_a_run_within_a_street_judges_its_places_and_nothing_above(jinan: PlanVersion, run: Run) -> None:
    street = Place.objects.within(DISTRICTS[1]).of_level("street").with_code(DAY).first()
    assert street is not None
    code = street.code_on(DAY)
    narrow = actions.evaluate(version=jinan, as_of=DAY, within=code)
    assert rows(narrow) == same_place(rows(run), code[:9])
    wide, own = counted(run), counted(narrow)
    assert {key: _counts(one) for key, one in own.items()} == {
        key: _counts(one) for key, one in wide.items() if key[2] == street.pk
    }


def test_aggregates_run_over_all_members_even_where_only_one_place_is_judged(jinan: PlanVersion, run: Run) -> None:
    district = DISTRICTS[0].ljust(12, "0")
    narrow = actions.evaluate(version=jinan, as_of=DAY, within=DISTRICTS[0])
    key = ("no_gap", district, 0)
    assert rows(narrow)[key] == rows(run)[key]
    assert rows(run)[key]["detail"]["of"] > 1


def _counts(one: Row) -> Row:
    return {name: one[name] for name in (*Verdict.values, "shortfall")}


def test_roll_ups_are_the_findings_counted_at_every_level(run: Run) -> None:
    levels = {"street": 9, "district": 6, "city": 4}
    codes = dict(PlaceCode.objects.values_list("place_id", "code"))
    level_of = dict(Place.objects.values_list("pk", "level"))
    tally: dict[tuple[int, int, str], Counter[str]] = {}
    short: dict[tuple[int, int, str], Decimal] = {}
    for one in Finding.objects.filter(run=run).values():
        code = codes[one["place_id"]]
        for level, width in levels.items():
            if WIDTHS[level] < WIDTHS[level_of[one["place_id"]]]:
                key = (one["rule_id"], one["milestone"], code[:width].ljust(12, "0"))
                tally.setdefault(key, Counter())[one["verdict"]] += 1
                if one["shortfall"] is not None and one["verdict"] in SHORT:
                    short[key] = short.get(key, Decimal(0)) + one["shortfall"]
    told = {(rule, milestone, codes[place]): one for (rule, milestone, place), one in counted(run).items()}
    assert set(told) == set(tally)
    for key, counter in tally.items():
        assert {v: told[key][v] for v in Verdict.values} == {v: counter[v] for v in Verdict.values}
        assert told[key]["shortfall"] == short.get(key)


def test_the_run_counts_its_own_findings(run: Run) -> None:
    assert run.counts == dict(Counter(Finding.objects.filter(run=run).values_list("verdict", flat=True)))
    assert run.places == Place.objects.within("3701").exclude(community__committee="villagers").count()


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return Decimal(int(value))
    return value if isinstance(value, Decimal) else None


def _differences(answered: Answered, row: Row, what: tuple[str, str, int]) -> Iterator[str]:
    told = (answered.verdict, _number(answered.measured.value), _number(answered.shortfall))
    kept = (row["verdict"], row["measured"], row["shortfall"])
    if told != kept:
        yield f"{what}: kept {kept}, reckoned again {told}"
    if (
        row["required"] is not None
        and row["verdict"] not in NOT_ASKED
        and _number(answered.required) != row["required"]
    ):
        yield f"{what}: required {row['required']}, reckoned again {answered.required}"


def test_every_verdict_can_be_derived_again_from_what_the_run_kept(jinan: PlanVersion, run: Run) -> None:
    book = rulebook(jinan)
    kept = Snapshot.objects.filter(run=run).values_list("level", "subject_id", "day", "code", "facts")
    facts = RecordedFacts.of(book, DAY, kept)
    questions = {(q.target.code, q.milestone): q for q in book.questions(DAY)}
    ids = {code: place for place, code in PlaceCode.objects.values_list("place_id", "code")}
    found = rows(run)
    assert len(found) > 1000
    wrong = [
        line
        for what, row in found.items()
        if what[1].startswith(DISTRICTS[3]) or what[1].endswith("00")
        for question in [questions[what[0], what[2]]]
        for line in _differences(
            recorded.answer(question, Subject(question.target.subject, ids[what[1]], what[1]), facts), row, what
        )
    ]
    assert wrong == []


def test_ten_places_judged_now_stand_as_the_run_says(jinan: PlanVersion, run: Run) -> None:
    book = rulebook(jinan)
    asked = tuple(book.questions(DAY))
    found = rows(run)
    rng = Random(SEED)  # noqa: S311
    for code in rng.sample(sorted({key[1] for key in found}), 10):
        place = Place.objects.by_code(code, DAY)
        facts = recorded.of_today(running.Judging(book, DAY, code[: WIDTHS[place.level]], asked))
        own = [question for question in asked if question.target.subject == place.level]
        assert own
        for question in own:
            what = (question.target.code, code, question.milestone)
            answered = recorded.answer(question, Subject(place.level, place.pk, code), facts)
            assert list(_differences(answered, found[what], what)) == []
        target = rng.choice(own).target.code
        told = telling.explain_now(jinan, target, place, DAY)
        kept = telling.explain(run, target, place)
        assert kept.agrees
        assert (told.verdict, told.measured, told.required, told.lines) == (
            kept.verdict,
            kept.measured,
            kept.required,
            kept.lines,
        )


def queries(version: PlanVersion, within: str | None) -> list[str]:
    asked: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql[:60])
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        actions.evaluate(version=version, as_of=DAY, within=within)
    return asked


def test_a_run_asks_as_many_questions_of_one_district_as_of_the_city(jinan: PlanVersion) -> None:
    assert len(queries(jinan, DISTRICTS[0])) == len(queries(jinan, DISTRICTS[2]))
    more = len(queries(jinan, None)) - len(queries(jinan, DISTRICTS[0]))
    assert 0 <= more <= 2  # one roll-up more, and the code of the part looked up
    assert len(queries(jinan, None)) < 150


def test_a_run_is_a_trial_until_it_is_published_and_then_stays_as_it_is(run: Run) -> None:
    assert run.published_at is None
    assert run not in Run.objects.published()
    published = actions.publish(run)
    assert published.published_at is not None
    assert run in Run.objects.published()
    with pytest.raises(AlreadyPublishedError, match=f"{localtime(published.published_at):%Y-%m-%d %H:%M}"):
        actions.publish(run)
    run.refresh_from_db()
    assert run.published_at == published.published_at
    assert Event.objects.filter(action="run.publish").count() == 1


def test_a_run_by_a_version_that_waits_cannot_be_published(jinan: PlanVersion) -> None:
    checked = plans.check(_seven_members(), "waiting.yaml")
    waiting, _done = plans.load(checked, publish=False)
    run = actions.evaluate(version=waiting, as_of=DAY, within=DISTRICTS[3])
    with pytest.raises(ValidationError):
        actions.publish(run)
    assert not Run.objects.published().exists()


def _seven_members() -> str:
    text = PACK.read_text(encoding="utf-8")
    changed = text.replace(
        '{from: 2007-07-09, value: "5", clause: 二(三)}', '{from: 2007-07-09, value: "7", clause: 二(三)}'
    )
    assert changed != text
    return changed


def test_two_versions_flip_exactly_the_verdicts_that_differ(jinan: PlanVersion, run: Run) -> None:
    def seven(pack: Any) -> None:
        pack["parameters"]["minimum_members"]["values"][-1]["value"] = "7"

    after = actions.evaluate(version=changed_plan(seven), as_of=DAY)
    old, new = rows(run), rows(after)
    assert set(old) == set(new)
    expected = {
        (key, old[key]["verdict"], new[key]["verdict"]) for key in old if old[key]["verdict"] != new[key]["verdict"]
    }
    in_all, flips = actions.flips(run, after, most=10_000)
    told = {((flip.target, flip.code, flip.milestone), flip.before, flip.after) for flip in flips}
    assert told == expected
    assert in_all == len(expected) > 0
    assert {flip.target for flip in flips} <= {"committee_floor", "committee_by_households"}
    assert [flip.code for flip in flips if flip.target == "committee_floor"] == sorted(
        flip.code for flip in flips if flip.target == "committee_floor"
    )
    assert actions.flips(run, run) == (0, [])


def test_the_same_places_under_new_codes_are_found_by_the_code_of_the_day(jinan: PlanVersion, run: Run) -> None:
    """A street whose number changes in 2009 is judged under the old one before and the new one after."""
    street = PlaceCode.objects.get(place__in=Place.objects.within(DISTRICTS[0]).of_level("street")[:1])
    old, new = street.code, "370102888000"
    PlaceCode.objects.filter(pk=street.pk).update(during=periods.of(None, DAY))
    PlaceCode.objects.create(place=street.place, code=new, during=periods.of(date(2009, 1, 1)))
    before = actions.evaluate(version=jinan, as_of=DAY, within=DISTRICTS[0])
    after = actions.evaluate(version=jinan, as_of=date(2009, 1, 1), within=DISTRICTS[0])
    assert Finding.objects.filter(run=before, place=street.place).exists()
    assert Finding.objects.filter(run=after, place=street.place).exists()
    assert actions.evaluate(version=jinan, as_of=DAY, within=old).prefix == old[:9]
    with pytest.raises(ValidationError):
        actions.evaluate(version=jinan, as_of=DAY, within=new)
