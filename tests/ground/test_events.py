"""What is recorded when people use the pages, what is refused to be recorded, and what the auditor sees of it."""

import ast
import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from openpyxl import load_workbook

from communities.ground import audit, audit_exports, events, heads, jobs, sealing, verifying
from communities.ground.models import Event, Job, Role, StoredFile, User
from communities.ground.numbers import holds_personal_number
from tests.factories.judged import an_account
from tests.factories.people import identity_number, mobile_number
from tests.factories.places import CommunityFactory
from tests.ground.test_sealing import an_intruder
from tests.query_counting import assert_query_count

PASSWORD = "yi-ge-hen-chang-de-mima"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_fresh_cache():
    cache.clear()


@pytest.fixture
def auditor() -> User:
    return an_account("auditor", Role.AUDITOR, "3701")


@pytest.fixture
def officer() -> User:
    return an_account("officer", Role.OFFICER, "370102")


def recorded(action: str) -> list[Event]:
    return list(Event.objects.filter(action=action).order_by("pk"))


# What may be recorded


def test_an_action_that_is_not_on_the_list_is_refused():
    with pytest.raises(events.UnknownActionError, match=r"events\.ACTIONS"):
        events.record("ledger exported")
    assert not Event.objects.exists()


def test_every_action_that_the_code_records_is_on_the_list():
    named = {name for path in _sources() for name in _recorded_in(path)}
    assert {"run.publish", "ledger.import", "signin.fail", "row.change"} <= named
    assert named <= events.ACTIONS.keys(), named - events.ACTIONS.keys()


def _sources() -> list[Path]:
    roots = [settings.BASE_DIR / name for name in ("communities", "organizations", "assessments", "config")]
    return [path for root in roots for path in root.rglob("*.py")]


def _recorded_in(path: Path) -> list[str]:
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    names = [call for call in calls if ast.unparse(call.func) in ("events.record", "_record", "self._record")]
    said = [call.args[0].value for call in names if call.args and isinstance(call.args[0], ast.Constant)]
    return [one for one in said if isinstance(one, str) and "." in one]


def test_actions_are_called_thing_and_verb():
    assert all(part.replace("_", "").islower() for name in events.ACTIONS for part in name.split("."))
    assert {name.count(".") for name in events.ACTIONS} == {1}


@pytest.mark.parametrize(
    "detail",
    [
        {"reason": f"证件号{identity_number()}有误"},
        {"to": [f"请拨打{mobile_number()}"]},
        {"to": {mobile_number(): 1}},
        {"full_name": "王芳"},
        {"phone": "x"},
    ],
)
def test_an_event_keeps_neither_a_personal_number_nor_a_name(detail):
    with pytest.raises(events.PersonalDetailError):
        events.record("job.cancel", **detail)


def test_an_event_belongs_to_the_area_of_its_object_or_else_of_its_account(officer):
    assert events.record("job.cancel", by=officer, prefix="3702").prefix == "3702"
    assert events.record("job.cancel", by=officer).prefix == "370102"
    assert events.record("job.cancel").prefix == ""


def test_an_event_under_a_former_name_reads_and_is_found_like_one_of_today(client, auditor):
    Event.objects.create(action="ledger exported", prefix="3701")
    events.record("ledger.export", prefix="3701")
    client.force_login(auditor)
    found = client.get(reverse("audit"), {"action": "ledger.export"}).context["found"]
    assert [told.event.action for told in found] == ["ledger.export", "ledger exported"]
    assert len({told.did for told in found}) == 1


# What pages record


def test_signing_in_and_out_is_recorded_with_where_from(client, officer):
    officer.set_password(PASSWORD)
    officer.save()
    client.post(reverse("account_login"), {"login": "officer", "password": PASSWORD})
    (begun,) = recorded("signin.begin")
    assert begun.actor == officer
    assert begun.detail["address"] == "127.0.0.1"
    assert begun.detail["account"] == "officer"  # what it was called then; the key alone says that to the database only
    assert begun.request_id
    client.post(reverse("account_logout"))
    (ended,) = recorded("signin.end")
    assert ended.actor == officer


def test_a_failed_sign_in_names_the_account_where_there_is_one_and_never_what_was_typed(client, officer):
    client.post(reverse("account_login"), {"login": "officer", "password": "wrong-password"})
    client.post(reverse("account_login"), {"login": "my-secret-password", "password": "x"})
    known, unknown = recorded("signin.fail")
    assert (known.object_key, known.detail["known"], known.actor) == (str(officer.pk), True, None)
    assert (unknown.object_key, unknown.detail["known"]) == ("", False)
    assert "my-secret-password" not in str(list(Event.objects.values()))


def test_a_refused_page_is_recorded_once_a_minute(client):
    client.force_login(an_account("leader", Role.LEADER, "3701"))
    for _again in range(5):
        assert client.get(reverse("imports")).status_code == 403
    (refused,) = recorded("page.refuse")
    assert (refused.actor.username, refused.prefix) == ("leader", "3701")
    assert refused.detail == {"route": "imports/", "method": "GET", "asked": []}
    assert client.get(reverse("audit")).status_code == 403
    assert len(recorded("page.refuse")) == 2


def test_a_refusal_of_the_interface_is_recorded_too(client):
    client.force_login(an_account("system", Role.SYSTEM, "3701"))
    assert client.get("/api/v1/runs").status_code == 403
    (refused,) = recorded("page.refuse")
    assert "runs" in refused.detail["route"]


def test_what_lies_outside_the_reach_is_recorded_when_it_is_asked_for(client, officer):
    job = jobs.submit("evaluate", by=officer, prefix="370102", version=1)
    client.force_login(an_account("other", Role.OFFICER, "370103"))
    assert client.get(reverse("job", args=[job.pk])).status_code == 404
    (missed,) = recorded("page.miss")
    assert (missed.prefix, missed.detail["asked"]) == ("370103", [str(job.pk)])


def test_nobody_who_is_not_signed_in_fills_the_table(client):
    assert client.get("/jobs/").status_code == 302
    assert client.get("/nothing/here/").status_code == 404
    assert not Event.objects.exists()


def test_a_change_of_a_register_by_hand_is_recorded_by_its_fields_and_not_by_what_they_hold(client, officer):
    place = CommunityFactory(code="370102001001", name="历下东社区居民委员会")
    client.force_login(officer)
    address = reverse("admin:facilities_facility_add")
    form = _filled(client, address) | {
        "place": place.pk,
        "kind": "office",
        "name": "王芳办公室",
        "built_area_m2": "120",
    }
    form |= {"kind": _first_choice(client, address, "kind"), "during_0": "2020-01-01", "during_1": ""}
    answer = client.post(address, form)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    (added,) = recorded("row.add")
    assert (added.object_type, added.prefix, added.actor) == ("facilities.Facility", "370102001001", officer)
    change = reverse("admin:facilities_facility_change", args=[added.object_key])
    answer = client.post(change, _filled(client, change) | {"name": "李四办公室"})
    assert answer.status_code == 302, answer.context["errors"]
    (changed,) = recorded("row.change")
    assert changed.detail == {"fields": ["name"]}
    client.post(reverse("admin:facilities_facility_delete", args=[added.object_key]), {"post": "yes"})
    (removed,) = recorded("row.remove")
    assert removed.object_key == added.object_key
    assert "办公室" not in str(list(Event.objects.values("detail", "object_key")))


def _filled(client, address: str) -> dict[str, object]:
    """What a browser would send back: the form as it was shown, with those of the rows below it."""
    context = client.get(address).context
    forms = [context["adminform"].form]
    for beside in context["inline_admin_formsets"]:
        forms += [beside.formset.management_form, *beside.formset.forms]
    values: dict[str, object] = {}
    for form in forms:
        for bound in form:
            widget, value = bound.field.widget, bound.value()
            if hasattr(widget, "decompress"):
                parts = value if isinstance(value, list) else widget.decompress(value)
                values |= {f"{bound.html_name}_{n}": "" if part is None else part for n, part in enumerate(parts)}
            elif value is not None and value is not False:
                values[bound.html_name] = value
    return values


def _first_choice(client, address: str, name: str):
    field = client.get(address).context["adminform"].form.fields[name]
    return next(code for code, _label in field.choices if code)


# What the auditor sees


@pytest.mark.parametrize("role", [role for role in Role if role != Role.AUDITOR])
def test_nobody_but_the_auditor_reads_events(client, role):
    event = events.record("job.cancel", prefix="3701")
    client.force_login(an_account("somebody", role, "3701"))
    for name in ("audit", "audit_export", "audit_verification", "audit_verification_progress"):
        assert client.get(reverse(name)).status_code == 403
        assert client.post(reverse(name)).status_code == 403
    assert client.get(reverse("audit_event", args=[event.pk])).status_code == 403
    assert client.get(reverse("audit_export_file", args=[1])).status_code == 403


def test_an_auditor_sees_events_of_his_area_of_its_accounts_and_of_nobody(client):
    here = User.objects.create_user("here", prefix="370102")
    there = User.objects.create_user("there", prefix="370103")
    rows = {
        "here": events.record("job.cancel", prefix="370102001"),
        "by one of ours elsewhere": events.record("job.cancel", by=here, prefix="370103"),
        "elsewhere": events.record("job.cancel", by=there, prefix="370103"),
        "above": events.record("job.cancel", by=there, prefix="3701"),
        "of nobody": events.record("plan.load"),
    }
    client.force_login(an_account("auditor", Role.AUDITOR, "370102"))
    found = {told.event.pk for told in client.get(reverse("audit")).context["found"]}
    seen = {name for name, event in rows.items() if event.pk in found}
    assert seen == {"here", "by one of ours elsewhere", "of nobody"}
    for name, event in rows.items():
        assert client.get(reverse("audit_event", args=[event.pk])).status_code == (200 if name in seen else 404)
    assert client.get(reverse("audit"), {"account": there.pk}).status_code == 404
    assert client.get(reverse("audit"), {"before": rows["elsewhere"].pk}).status_code == 404


def test_an_event_and_a_search_are_sentences_of_the_language(monkeypatch, officer):
    """Every part of a sentence stands in the translator's hand: no blank, colon or comma is put between them by us."""
    spoken = {
        "{who} {did} {about}": "{who}{did}：{about}",
        "{who} {did}": "{who}{did}",
        "{what}: {value}": "{what}：{value}",
        "{some}; {last}": "{some}；{last}",
        "{some}, {last}": "{some}、{last}",
        "{name} ({account})": "{name}（{account}）",
        "{kind} {number}": "{kind}{number}",
        "account": "账号",
        "job": "作业",
    }
    monkeypatch.setattr(audit, "_", lambda text: spoken[text])
    job = jobs.submit("evaluate", by=officer, prefix="370102", version=1)
    about = events.record("job.cancel", by=officer, obj=job, fields=["a", "b"])
    (told,) = audit.told([about])
    assert str(told) == f"{audit.named(officer)}{events.label('job.cancel')}：{audit.kind_of('ground.Job')}{job.pk}"
    assert told.more[0][1] == "a、b"
    assert audit.Search({"words": "甲", "within": "3701"}).told().count("；") == 1


def test_events_are_searched_by_each_part(client, auditor, officer):
    old = Event.objects.create(action="run.publish", prefix="3701", at=datetime(2020, 3, 1, 15, 59, tzinfo=UTC))
    other = events.record("file.download", by=officer, obj=officer, prefix="370102", sha256="abc", plan="jinan-2007")
    Event.objects.create(action="page.refuse", prefix="370103", request_id="4f5e6d7c-rest")
    client.force_login(auditor)

    def found(**asked: object) -> set[int]:
        page = client.get(reverse("audit"), asked)
        assert page.status_code == 200, page.context["form"].errors
        return {told.event.pk for told in page.context["found"]}

    third = Event.objects.get(action="page.refuse").pk
    assert found(since="2020-03-01", until="2020-03-01") == {old.pk}  # a day of Shanghai
    assert found(since="2020-03-02", until="2020-03-02") == set()
    assert other.pk in found(actor="officer")
    assert found(actor="nobody-of-that-name") == set()
    assert found(action="run.publish") == {old.pk}
    assert found(kind="ground.User", key=str(officer.pk), action="file.download") == {other.pk}
    assert found(within="370103") == {third}
    assert found(within="370103000000") == {third}
    assert found(request="4f5e6d7c") == {third}
    assert found(words="JINAN-2007") == {other.pk}
    assert found(words="jinan-2007", action="run.publish") == set()
    assert other.pk in found(account=officer.pk)


@pytest.mark.parametrize(
    "asked", [{"since": "yesterday"}, {"within": "12345"}, {"action": "x.y"}, {"words": mobile_number()}]
)
def test_what_cannot_be_searched_is_said(client, auditor, asked):
    client.force_login(auditor)
    page = client.get(reverse("audit"), asked)
    assert page.status_code == 422
    assert not holds_personal_number(page.content.decode())
    assert page.context["form"].errors


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "0"])
def test_a_page_that_is_not_there_is_not_there(client, auditor, before):
    client.force_login(auditor)
    assert client.get(reverse("audit"), {"before": before}).status_code == 404


def test_the_pages_of_a_search_hold_every_event_once(client, auditor):
    moment = datetime(2020, 3, 1, tzinfo=UTC)
    rows = [Event(action="job.cancel", prefix="3701", at=moment + timedelta(seconds=n // 7)) for n in range(120)]
    made = {event.pk for event in Event.objects.bulk_create(rows)}
    client.force_login(auditor)
    address, seen = reverse("audit") + "?action=job.cancel", []
    while address:
        context = client.get(address).context
        seen += [told.event.pk for told in context["found"]]
        address = reverse("audit") + context["after_url"] if context["after_url"] else ""
    assert len(seen) == 120
    assert set(seen) == made


def test_words_are_looked_for_in_a_part_of_the_events_at_a_time(client, auditor, monkeypatch):
    monkeypatch.setattr(audit, "SEARCHED", 10)
    first = events.record("job.cancel", prefix="3701", plan="jinan-2007")
    for _n in range(25):
        events.record("job.cancel", prefix="3701")
    client.force_login(auditor)
    address, seen, pages = reverse("audit") + "?words=jinan", [], 0
    while address:
        context = client.get(address).context
        seen += [told.event.pk for told in context["found"]]
        pages += 1
        address = reverse("audit") + context["after_url"] if context["after_url"] else ""
    assert (seen, pages) == ([first.pk], 3)


def test_an_event_is_told_as_a_sentence_with_its_seal_and_what_stands_beside_it(client, auditor, officer):
    User.objects.filter(pk=officer.pk).update(full_name="王某")
    for _n in range(3):
        events.record("account.close", by=officer, obj=auditor, prefix="370102", reason="调离")
    sealing.seal()
    middle = recorded("account.close")[1]
    client.force_login(auditor)
    page = client.get(reverse("audit_event", args=[middle.pk]))
    text = page.content.decode()
    assert str(page.context["told"]).startswith("王某（officer）")
    assert "调离" in text
    assert str(page.context["seal"].digest) in text
    assert [one.position - page.context["seal"].position for one, *_told in page.context["beside"]] == [-1, 1]


def test_a_seal_beside_of_another_area_is_shown_without_its_event(client, auditor):
    events.record("job.cancel", prefix="3301", plan="hangzhou-2001")
    mine = events.record("job.cancel", prefix="3701")
    sealing.seal()
    client.force_login(auditor)
    page = client.get(reverse("audit_event", args=[mine.pk]))
    assert "hangzhou-2001" not in page.content.decode()
    assert len(page.context["beside"]) == 1


# What the auditor takes along


def _exported(client, form: str, **asked: str):
    address = reverse("audit_export") + "?" + "&".join(f"{key}={value}" for key, value in asked.items())
    assert client.post(address, {"purpose": "年度审计检查", "form": form}).status_code == 302
    job = jobs.work(Job.objects.filter(kind=audit_exports.KIND).latest("pk").pk)
    assert job.status == Job.Status.DONE, job.error
    return job, b"".join(client.get(reverse("audit_export_file", args=[job.artefact_id])).streaming_content)


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_an_export_holds_what_was_searched_with_purpose_and_head(client, auditor, form):
    events.record("plan.load", prefix="3701", plan="=cmd|'/c calc'!A1")
    Event.objects.create(action="plan.load", prefix="3701", object_type="plans.PlanVersion", object_key="=1+1")
    events.record("plan.load", prefix="3301")
    events.record("run.publish", prefix="3701")
    sealing.seal()
    client.force_login(auditor)
    job, content = _exported(client, form, action="plan.load")
    if form == "xlsx":
        book = load_workbook(io.BytesIO(content))
        rows: list[Any] = list(book.worksheets[0].values)[1:]
        foot: dict[Any, Any] = dict(cast("Any", book.worksheets[1].values))
    else:
        lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        end = lines.index([])
        rows, foot = lines[1:end], dict(lines[end + 1 :])
    assert len(rows) == 2
    assert "'=1+1" in rows[1]
    assert not any(str(cell).startswith("=") for row in rows for cell in row)
    assert rows[0][12] == Event.objects.get(pk=int(rows[0][0])).seal.digest
    assert {"年度审计检查", str(sealing.head()), auditor.username} <= {str(said) for said in foot.values()}
    (event,) = recorded("event.export")
    assert (event.actor, event.detail["rows"], event.detail["purpose"]) == (auditor, 2, "年度审计检查")
    assert event.detail["sha256"] == job.artefact.sha256
    assert recorded("file.download")[-1].actor == auditor


def test_an_export_is_nobody_elses(client, auditor):
    client.force_login(auditor)
    job, _content = _exported(client, "csv")
    client.force_login(an_account("second", Role.AUDITOR, "3701"))
    assert client.get(reverse("audit_export_file", args=[job.artefact_id])).status_code == 404
    client.force_login(an_account("bureau", Role.OFFICER, "3701"))
    assert client.get(reverse("file", args=[job.artefact_id])).status_code == 404
    assert StoredFile.objects.get(pk=job.artefact_id).prefix == ""


@pytest.mark.parametrize("purpose", ["", "x", f"查{mobile_number()}"])
def test_an_export_without_a_purpose_is_not_made(client, auditor, purpose):
    client.force_login(auditor)
    page = client.post(reverse("audit_export"), {"purpose": purpose, "form": "csv"})
    assert page.status_code == 422
    assert not holds_personal_number(page.content.decode())
    assert not Job.objects.exists()


# Verifying on the page


def test_the_auditor_verifies_on_the_page(client, auditor):
    events.record("job.cancel", prefix="3701")
    sealing.seal()
    client.force_login(auditor)
    assert client.get(reverse("audit_verification")).context["result"] is None
    client.post(reverse("audit_verification"))
    client.post(reverse("audit_verification"))
    job = Job.objects.get(kind=heads.KIND)  # asked twice, it is done once
    assert "HX-Refresh" not in client.get(reverse("audit_verification_progress"))
    jobs.work(job.pk)
    assert client.get(reverse("audit_verification_progress"))["HX-Refresh"] == "true"
    page = client.get(reverse("audit_verification"))
    assert page.context["result"]["is_whole"]
    assert str(sealing.head()) in page.content.decode()
    (event,) = recorded("event.verify")
    assert (event.actor, event.detail["faults"]) == (auditor, 0)


def test_a_fault_is_shown_with_its_event_and_an_end_cut_off_since_the_last_time_too(client, auditor):
    made = [events.record("job.cancel", prefix="3701") for _n in range(4)]
    sealing.seal()
    assert jobs.run_now(verifying.order()).arguments["found"]["is_whole"]

    with an_intruder() as do:
        do("UPDATE ground_event SET prefix = '37' WHERE id = %s", [made[1].pk])
        do("DELETE FROM ground_seal WHERE position = 4")
        do("DELETE FROM ground_event WHERE id = %s", [made[3].pk])
    result = jobs.run_now(verifying.order()).arguments["found"]
    assert [fault["kind"] for fault in result["faults"]] == ["changed", "cut"]
    client.force_login(auditor)
    page = client.get(reverse("audit_verification")).content.decode()
    assert reverse("audit_event", args=[made[1].pk]) in page


def test_a_lost_head_is_told_by_every_verification_until_an_auditor_acknowledges_it_with_a_reason(client, auditor):
    made = [events.record("job.cancel", prefix="3701") for _n in range(4)]
    sealing.seal()
    jobs.run_now(verifying.order())
    with an_intruder() as do:
        do("DELETE FROM ground_seal WHERE position >= 3")
        do("DELETE FROM ground_event WHERE id >= %s", [made[2].pk])

    def kinds() -> list[str]:
        return [fault["kind"] for fault in jobs.run_now(verifying.order()).arguments["found"]["faults"]]

    assert kinds() == kinds() == ["cut"]
    sealing.seal(everything=True)  # the events of the verifications stand where others stood
    assert kinds() == ["other_head"]
    client.force_login(auditor)
    page = client.get(reverse("audit_verification"))
    last = verifying.last()
    assert reverse("audit_acknowledge") in page.content.decode()
    address = reverse("audit_acknowledge")
    assert client.post(address, {"verification": last.pk - 1, "reason": "恢复了旧备份"}).status_code == 422
    assert client.post(address, {"verification": last.pk, "reason": ""}).status_code == 422
    assert client.post(address, {"verification": last.pk, "reason": f"问{mobile_number()}"}).status_code == 422
    assert client.post(address, {}).status_code == 422
    assert not recorded("event.acknowledge")
    assert client.post(address, {"verification": last.pk, "reason": "恢复了旧备份"}).status_code == 302
    (event,) = recorded("event.acknowledge")
    assert (event.actor, event.object_key, event.detail["reason"]) == (auditor, str(last.pk), "恢复了旧备份")
    assert event.detail["lost"].startswith("4:")
    page = client.get(reverse("audit_verification")).content.decode()
    assert "恢复了旧备份" in page
    assert reverse("audit_acknowledge") not in page
    assert client.post(address, {"verification": last.pk, "reason": "恢复了旧备份"}).status_code == 422
    assert kinds() == []


def test_the_pages_need_the_queries_that_are_written_down(client, auditor, officer):
    for n in range(30):
        events.record("file.download", by=officer, obj=auditor, prefix="370102", rows=n)
    sealing.seal()
    jobs.run_now(verifying.order())
    client.force_login(auditor)
    assert_query_count("audit", client, reverse("audit"))
    assert_query_count("audit by words", client, reverse("audit") + "?words=rows")
    assert_query_count("audit of an account", client, reverse("audit") + f"?account={officer.pk}")
    assert_query_count("audit event", client, reverse("audit_event", args=[recorded("file.download")[3].pk]))
    assert_query_count("audit export", client, reverse("audit_export"))
    assert_query_count("audit verification", client, reverse("audit_verification"))


def test_the_menu_leads_the_auditor_and_nobody_else_there(client, auditor, officer):
    client.force_login(auditor)
    assert f'href="{reverse("audit")}' in client.get(reverse("audit")).content.decode()
    client.force_login(officer)
    assert f'href="{reverse("audit")}' not in client.get(reverse("jobs")).content.decode()
