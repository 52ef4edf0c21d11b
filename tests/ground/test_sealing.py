"""
The chain of seals finds what an intruder with every right on the database has done, and says where.

The intruder of these tests switches the triggers off, as whoever owns the tables can, and does not have the key.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from communities.ground import events, heads, jobs, keys, sealing, verifying
from communities.ground.models import Event, Job, Role, Seal, User
from communities.ground.sealing import Kind
from config.variables import BASE_DIR
from tests.factories.judged import an_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain() -> list[Event]:
    """Six sealed events."""
    account = User.objects.create_user("chen", prefix="370102")
    made = [events.record("job.cancel", by=account, prefix="370102", number=n, share=0.5) for n in range(6)]
    assert sealing.seal() == 6
    return made


@contextmanager
def an_intruder() -> Iterator[Callable[..., None]]:
    """Do statements as somebody who owns the tables: neither triggers nor foreign keys stop them."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("ground_event", "ground_seal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        yield cursor.execute
        for table in ("ground_event", "ground_seal"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")


def found(**options: Any) -> list[tuple[Kind, int | None]]:
    return [(fault.kind, fault.position) for fault in sealing.verify(**options).faults]


def test_events_are_sealed_once_in_the_order_of_their_numbers(chain):
    assert list(Seal.objects.order_by("position").values_list("position", "event_id")) == [
        (number, event.pk) for number, event in enumerate(chain, start=1)
    ]
    assert sealing.seal() == 0
    result = sealing.verify()
    assert (result.is_whole, result.checked, result.found, result.late) == (True, 6, 0, 0)
    assert str(result.head) == str(sealing.head()) == f"6:{Seal.objects.get(position=6).digest}"


def test_no_column_of_an_event_is_left_out_of_its_digest():
    assert set(sealing.COLUMNS) == {field.attname for field in Event._meta.concrete_fields}


@pytest.mark.parametrize(
    "change",
    [
        "at = at + interval '1 microsecond'",
        "actor_id = NULL",
        "action = 'job.cancem'",
        "object_type = 'ground.Job'",
        "object_key = '1'",
        "prefix = '370103'",
        "detail = jsonb_set(detail, '{number}', '22')",
        "detail = jsonb_set(detail, '{share}', '0.50')",
        "detail = jsonb_set(detail, '{share}', '\"0.5\"')",
        "detail = detail || '{\"more\": null}'",
        "request_id = 'x'",
    ],
)
def test_a_changed_byte_is_found_and_named_whatever_the_column(chain, change):
    with an_intruder() as do:
        do(f"UPDATE ground_event SET {change} WHERE id = %s", [chain[2].pk])
    result = sealing.verify()
    assert [(fault.kind, fault.position, fault.event) for fault in result.faults] == [(Kind.CHANGED, 3, chain[2].pk)]
    assert str(chain[2].pk) in result.faults[0].words
    assert result.checked == 6


def test_a_changed_number_of_an_event_is_found(chain):
    with an_intruder() as do:
        do("UPDATE ground_event SET id = 999999 WHERE id = %s", [chain[2].pk])
    assert found() == [(Kind.REMOVED, 3)]
    with an_intruder() as do:
        do("UPDATE ground_seal SET event_id = 999999 WHERE position = 3")
    assert found() == [(Kind.CHANGED, 3)]


def test_a_changed_seal_is_found(chain):
    stands = Seal.objects.get(position=3)
    with an_intruder() as do:
        do("UPDATE ground_seal SET sealed_at = sealed_at - interval '1 microsecond' WHERE position = 3")
    assert found() == [(Kind.CHANGED, 3)]
    other = stands.digest[:-1] + ("0" if stands.digest[-1] != "0" else "1")
    with an_intruder() as do:
        do("UPDATE ground_seal SET sealed_at = %s, digest = %s WHERE position = 3", [stands.sealed_at, other])
    assert found() == [(Kind.CHANGED, 3), (Kind.CHANGED, 4)]  # the next one follows what stood there
    with an_intruder() as do:
        do("UPDATE ground_seal SET digest = 'x' WHERE position = 3")
    assert found() == [(Kind.UNREADABLE, 3), (Kind.CHANGED, 4)]


def test_a_removed_event_is_found_where_its_seal_stands(chain):
    with an_intruder() as do:
        do("DELETE FROM ground_event WHERE id = %s", [chain[3].pk])
    assert found() == [(Kind.REMOVED, 4)]


def test_an_event_removed_with_its_seal_is_found_also_where_the_gap_was_closed(chain):
    with an_intruder() as do:
        do("DELETE FROM ground_seal WHERE position = 4")
        do("DELETE FROM ground_event WHERE id = %s", [chain[3].pk])
    assert found() == [(Kind.MISSING, 5)]
    with an_intruder() as do:
        do("UPDATE ground_seal SET position = 4 WHERE position = 5")
        do("UPDATE ground_seal SET position = 5 WHERE position = 6")
    assert found() == [(Kind.CHANGED, 4), (Kind.CHANGED, 5)]


def test_a_removed_beginning_is_found(chain):
    with an_intruder() as do:
        do("DELETE FROM ground_seal WHERE position <= 2")
        do("DELETE FROM ground_event WHERE id <= %s", [chain[1].pk])
    assert found() == [(Kind.MISSING, 3)]


def test_a_reordered_pair_is_found_and_told_as_one_fault(chain):
    second, third = chain[1].pk, chain[2].pk
    with an_intruder() as do:
        do("UPDATE ground_seal SET event_id = -1 WHERE position = 2")
        do("UPDATE ground_seal SET event_id = %s WHERE position = 3", [second])
        do("UPDATE ground_seal SET event_id = %s WHERE position = 2", [third])
    assert found() == [(Kind.SWAPPED, 2)]


def test_seals_that_changed_places_are_found(chain):
    with an_intruder() as do:
        do("UPDATE ground_seal SET position = 900 WHERE position = 2")
        do("UPDATE ground_seal SET position = 2 WHERE position = 3")
        do("UPDATE ground_seal SET position = 3 WHERE position = 900")
    assert {position for _kind, position in found()} >= {2, 3}


def test_events_whose_contents_were_exchanged_are_found(chain):
    with an_intruder() as do:
        do(
            "UPDATE ground_event a SET detail = b.detail FROM ground_event b "
            "WHERE (a.id, b.id) IN ((%s, %s), (%s, %s))",
            [chain[1].pk, chain[4].pk, chain[4].pk, chain[1].pk],
        )
    assert found() == [(Kind.CHANGED, 2), (Kind.CHANGED, 5)]


def test_an_event_put_in_past_the_portal_with_a_seal_of_its_own_is_found(chain):
    with an_intruder() as do:
        do("UPDATE ground_seal SET position = 7 WHERE position = 6")
        do(
            "INSERT INTO ground_event (id, at, action, object_type, object_key, prefix, detail, request_id) "
            "VALUES (888888, now(), 'job.cancel', '', '', '', '{}', '')"
        )
        do(
            "INSERT INTO ground_seal (position, event_id, digest, sealed_at) "
            "SELECT 6, 888888, digest, sealed_at FROM ground_seal WHERE position = 7"
        )
    assert found() == [(Kind.CHANGED, 6), (Kind.CHANGED, 7)]


def test_an_event_that_nobody_sealed_is_told_after_two_minutes(chain):
    late = datetime.now(UTC) - timedelta(minutes=3)
    Event.objects.create(action="job.cancel")
    assert found() == []
    waiting = Event.objects.create(action="job.cancel", at=late)
    result = sealing.verify()
    assert [(fault.kind, fault.event) for fault in result.faults] == [(Kind.UNSEALED, waiting.pk)]
    sealing.seal()
    assert found() == []


def test_an_event_whose_transaction_ended_late_is_sealed_in_a_later_round(chain):
    early = Event.objects.create(pk=chain[-1].pk + 2, action="job.cancel")
    assert sealing.seal() == 1
    late = Event.objects.create(pk=early.pk - 1, action="job.cancel")
    assert sealing.seal() == 1
    assert Seal.objects.get(event=late).position == Seal.objects.get(event=early).position + 1
    assert found() == []


def test_what_lies_further_back_than_a_day_is_sealed_by_the_hourly_round_and_counted_as_late(chain):
    Event.objects.create(action="job.cancel", at=datetime.now(UTC) - timedelta(days=3))
    assert sealing.seal() == 0
    assert sealing.seal(everything=True) == 1
    assert (found(), sealing.verify().late) == ([], 1)


def test_a_cut_off_end_is_seen_by_whoever_kept_a_head(chain):
    kept = sealing.head()
    early = heads.Head(2, Seal.objects.get(position=2).digest)
    with an_intruder() as do:
        do("DELETE FROM ground_seal WHERE position >= 5")
        do("DELETE FROM ground_event WHERE id >= %s", [chain[4].pk])
    assert found() == []  # what no chain can show by itself
    assert found(known=[early]) == []
    assert found(known=[kept, early]) == [(Kind.CUT, 6)]


def test_a_chain_made_anew_with_the_key_is_another_one_for_whoever_kept_a_head(chain):
    kept = sealing.head()
    with an_intruder() as do:
        do("DELETE FROM ground_seal")
        do("UPDATE ground_event SET prefix = '370103' WHERE id = %s", [chain[0].pk])
    sealing.seal(everything=True)
    assert found() == []
    assert found(known=[kept]) == [(Kind.OTHER_HEAD, 6)]


@pytest.fixture
def another_key(chain, settings):
    """The key and the suite were changed after six events; the seventh records it, the eighth came afterwards."""
    settings.DATA_KEYS_BEFORE = [settings.DATA_KEY]
    settings.DATA_KEY = keys.new_key()
    settings.CIPHER_SUITE = "sm"
    events.record("job.cancel", number=7)
    assert sealing.seal() == 2


@contextmanager
def who_has_the_former_key(settings) -> Iterator[None]:
    """Seal as somebody does who got hold of the key that was replaced."""
    kept = settings.DATA_KEY, settings.CIPHER_SUITE
    (settings.DATA_KEY,), settings.CIPHER_SUITE = settings.DATA_KEYS_BEFORE, "aes"
    yield
    settings.DATA_KEY, settings.CIPHER_SUITE = kept


def forged(position: int) -> None:
    """Alter the event at a position and make this seal and all after it anew."""
    with an_intruder() as do:
        do("UPDATE ground_event e SET prefix = '3' FROM ground_seal s WHERE s.event_id = e.id AND s.position = %s",
           [position])  # fmt: skip
        before = sealing._digest_at(position - 1) or sealing.NOTHING_BEFORE
        for link in list(sealing._links(position)):
            assert link.row is not None
            before = keys.digest(sealing.PURPOSE, sealing.content(before, link.position, link.sealed_at, link.row))
            do("UPDATE ground_seal SET digest = %s WHERE position = %s", [before, link.position])


def test_the_chain_goes_on_under_another_key_and_another_suite(another_key, settings):
    change = Event.objects.get(seal__position=7)
    assert (change.action, change.detail["was"][:3], change.detail["now"][:2]) == ("key.change", "aes", "sm")
    assert Seal.objects.get(position=7).digest.startswith("sm.")
    assert sealing.seal() == 0
    assert found() == found(since=7) == found(since=8) == []
    with an_intruder() as do:
        do(
            "UPDATE ground_event SET prefix = '3' "
            "WHERE id IN (SELECT event_id FROM ground_seal WHERE position IN (2, 8))"
        )
    assert found() == [(Kind.CHANGED, 2), (Kind.CHANGED, 8)]
    settings.DATA_KEYS_BEFORE = []
    assert [kind for kind, _position in found()] == [Kind.UNREADABLE] * 7 + [Kind.CHANGED]


def test_a_former_key_forges_nothing_from_its_replacement_on(another_key, settings):
    with who_has_the_former_key(settings):
        forged(8)
    assert found() == found(since=8) == [(Kind.KEY, 8)]


def test_a_former_key_does_not_forge_the_whole_chain(another_key, settings):
    with who_has_the_former_key(settings):
        forged(1)
    assert found() == [(Kind.KEY, 8)]
    with an_intruder() as do:
        do("DELETE FROM ground_seal WHERE position = 8")
    assert found() == [(Kind.KEY, 7)]


def test_what_stands_before_the_replacement_is_held_fast_by_the_new_key(another_key, settings):
    with an_intruder() as do:
        stood = list(Seal.objects.filter(position__gte=7).values_list("digest", "position"))
    with who_has_the_former_key(settings):
        forged(3)
    with an_intruder() as do:
        for digest, position in stood:
            do("UPDATE ground_seal SET digest = %s WHERE position = %s", [digest, position])
    assert found() == [(Kind.CHANGED, 7)]


def test_a_change_back_to_a_former_key_that_today_s_did_not_agree_to_is_found(another_key, settings):
    with who_has_the_former_key(settings):
        was = keys.maker_of(Seal.objects.get(position=8).digest)
        events.record("key.change", position=9, was=was, now=keys.maker(), agreed=f"{was}.{'0' * 64}")
        before = sealing.head()
        assert before is not None
        sealing._seal(sealing._unsealed(), before)
    assert found() == [(Kind.KEY, 9)]


def test_a_chain_that_ends_with_a_former_key_is_told_until_the_sealer_has_run(chain, settings):
    settings.DATA_KEYS_BEFORE, settings.DATA_KEY = [settings.DATA_KEY], keys.new_key()
    assert found() == [(Kind.KEY, 6)]
    assert sealing.seal() == 1
    assert found() == []


def test_a_chain_that_was_removed_is_not_begun_anew_until_an_auditor_has_acknowledged_it(chain):
    auditor = an_account("auditor", Role.AUDITOR, "3701")
    jobs.run_now(verifying.order())
    with an_intruder() as do:
        do("DELETE FROM ground_seal")
    assert sealing.seal(everything=True) == 0
    assert found() == [(Kind.EMPTY, None)]
    Job.objects.all().delete()  # the intruder's: the event of the verification still tells
    assert sealing.seal(everything=True) == 0
    assert found() == [(Kind.EMPTY, None)]
    job = jobs.run_now(verifying.order())
    verifying.acknowledge(job.pk, reason="恢复了旧备份", by=auditor)
    assert sealing.seal(everything=True) == 9  # two verifications and the acknowledgement besides
    assert found() == []


def test_a_chain_that_is_not_there_is_told_by_the_age_of_the_events():
    Event.objects.create(action="job.cancel", at=datetime.now(UTC) - timedelta(days=2))
    assert (Kind.EMPTY, None) in found()
    assert sealing.seal() == 1
    assert found() == []


def test_an_empty_portal_has_no_fault():
    assert found() == []


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING", "ERROR"])
def test_the_head_is_in_the_log_whatever_level_is_kept(level):
    environment = os.environ | {"LOG_LEVEL": level, "DJANGO_SETTINGS_MODULE": "config.settings"}
    said = subprocess.run(
        [sys.executable, "-c", LOGGED], capture_output=True, text=True, cwd=BASE_DIR, check=True, env=environment
    ).stderr
    assert "6:aes.1.2" in said
    assert ("another line" in said) is (level in ("DEBUG", "INFO"))


LOGGED = """
import django; django.setup()
import structlog
from communities.ground import sealing
sealing.head = lambda: "6:aes.1.2"
sealing.note_head()
structlog.get_logger("communities").info("another line")
"""


def test_a_verification_from_a_position_on_holds_it_against_the_one_before(chain):
    assert sealing.verify(since=4).checked == 3
    with an_intruder() as do:
        do("UPDATE ground_event SET prefix = '3' WHERE id IN (%s, %s)", [chain[1].pk, chain[3].pk])
    assert found(since=4) == [(Kind.CHANGED, 4)]


def test_all_faults_are_counted_and_the_first_are_kept(chain, monkeypatch):
    monkeypatch.setattr(sealing, "FAULTS_KEPT", 2)
    with an_intruder() as do:
        do("UPDATE ground_event SET prefix = '3'")
    result = sealing.verify()
    assert (result.found, len(result.faults)) == (6, 2)


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(detail=st.dictionaries(texts, values, max_size=4), other=st.dictionaries(texts, values, max_size=4))
def test_whatever_json_an_event_holds_it_verifies_as_it_is_and_not_as_anything_else(db, detail, other):
    with transaction.atomic():
        event = Event.objects.create(action="job.cancel", detail=detail)
        sealing.seal(everything=True)
        assert found() == []
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s::jsonb::text = %s::jsonb::text", [json.dumps(detail), json.dumps(other)])
            is_same = cursor.fetchone()[0]
        with an_intruder() as do:
            do("UPDATE ground_event SET detail = %s::jsonb WHERE id = %s", [json.dumps(other), event.pk])
        assert bool(found()) is not is_same
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_two_sealers_at_once_make_one_chain():
    for n in range(200):
        events.record("job.cancel", number=n)
    sealed: list[int] = []

    def work() -> None:
        try:
            for _round in range(5):
                events.record("job.cancel", number=-1)
                sealed.append(sealing.seal())
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sealed.append(sealing.seal())
    assert sum(sealed) == Seal.objects.count() == 220
    assert list(Seal.objects.order_by("position").values_list("position", flat=True)) == list(range(1, 221))
    assert sealing.verify().is_whole


@pytest.mark.django_db(transaction=True)
def test_a_sealer_that_finds_another_at_work_leaves_it_to_him():
    events.record("job.cancel")
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                assert sealing._alone()
                held.set()
                done.wait(10)
        finally:
            connection.close()

    other = threading.Thread(target=hold)
    other.start()
    held.wait(10)
    assert sealing.seal() == 0
    done.set()
    other.join()
    assert sealing.seal() == 1


def test_the_command_ends_well_over_a_whole_chain_and_prints_the_head(chain):
    out = StringIO()
    call_command("verify_events", stdout=out)
    assert str(sealing.head()) in out.getvalue()
    out = StringIO()
    call_command("verify_events", "--format", "json", "--from", "3", "--head", str(sealing.head()), stdout=out)
    assert json.loads(out.getvalue())["checked"] == 4


def test_the_command_fails_with_the_sentence_that_names_the_event(chain):
    kept = str(sealing.head())
    with an_intruder() as do:
        do("UPDATE ground_event SET prefix = '3' WHERE id = %s", [chain[2].pk])
    with pytest.raises(CommandError, match=str(chain[2].pk)):
        call_command("verify_events", stdout=StringIO())
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_events", "--format", "json", stdout=out)
    assert json.loads(out.getvalue())["faults"][0]["position"] == 3
    with pytest.raises(CommandError, match=str(len(chain))):
        call_command("verify_events", "--from", "4", "--head", f"9{kept}", stdout=StringIO())


@pytest.mark.parametrize("head", ["", "x", "1:", ":aes.1.2", "-1:aes"])
def test_a_head_that_is_none_is_refused(head):
    with pytest.raises(CommandError):
        call_command("verify_events", "--head", head, stdout=StringIO())


def test_the_command_seals(db):
    events.record("job.cancel")
    out = StringIO()
    call_command("seal_events", stdout=out)
    assert "1" in out.getvalue()
    assert Seal.objects.count() == 1


# What the database refuses to everybody


@pytest.mark.parametrize("table", ["ground_event", "ground_seal"])
def test_neither_events_nor_seals_are_emptied_at_a_stroke(chain, table):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="Cannot truncate"), transaction.atomic():
            cursor.execute(f"TRUNCATE {table} CASCADE")
    assert Seal.objects.count() == Event.objects.count() == 6
