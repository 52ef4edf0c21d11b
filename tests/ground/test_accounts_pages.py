"""
The pages of the three administrators, from the door to the deed: who sees which, what a form refuses, what is shown
once. And the commands by which the first of them come in.
"""

import re
from datetime import date, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation
from openpyxl import Workbook, load_workbook

from communities.ground import accounts, clock, periods, rosters
from communities.ground.models import Access, Event, Job, RequestedAccess, Role, SignIn, StoredFile, User
from communities.ground.rights import table
from communities.ground.roles import REGISTERS, Manner, lets, manner, proposes
from tests.factories.people import mobile_number
from tests.query_counting import assert_query_count

pytestmark = pytest.mark.django_db
TODAY = clock.today()
SINCE = periods.of(date(2025, 1, 1))
CITY, LIXIA, SHIZHONG, STREET = "3701", "370102", "370103", "370102001"


def made(username: str, role: str = "", prefix: str = LIXIA, *, area: str = "") -> User:
    """Make an account with an access in force, and what an administrator must have set up."""
    user = User.objects.create_user(username, full_name=username, prefix=area or prefix)
    User.objects.filter(pk=user.pk).update(password_set_at=clock.now(), codes_kept_at=clock.now())
    if role:
        Access.objects.create(user=user, role=role, prefix=prefix, during=SINCE)
    return user


def signed_in(user: User) -> Client:
    """Sign the account in, with its second factor."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    SignIn.objects.filter(user=user).update(second_factor=True)
    return client


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def system() -> Client:
    return signed_in(made("city-system", Role.SYSTEM, CITY))


@pytest.fixture
def security() -> Client:
    return signed_in(made("city-security", Role.SECURITY, CITY))


@pytest.fixture
def auditor() -> Client:
    return signed_in(made("city-auditor", Role.AUDITOR, CITY))


@pytest.fixture
def clerk() -> User:
    return made("wang", Role.CLERK, STREET)


def text(answer: Any) -> str:
    return str(answer.content.decode())


# Where each begins, and what he is offered


@pytest.mark.parametrize("role", [Role.SYSTEM, Role.SECURITY, Role.AUDITOR])
def test_an_administrator_begins_at_his_duty_and_every_link_he_is_offered_opens(role: Role, clerk: User) -> None:
    client = signed_in(made("admin", role, CITY))
    assert client.get("/").headers["Location"] == reverse("duty")
    pages = [reverse("duty"), reverse("staff_account", args=[clerk.pk]), reverse("admin:ground_user_changelist")]
    offered = {
        link.replace("&amp;", "&")
        for page in pages
        for link in re.findall(r'<a [^>]*href="(/[^"]*)"', text(client.get(page)))
        if not link.startswith("/static/")
    }
    assert len(offered) > 8
    assert {link: client.get(link, follow=True).status_code for link in offered} == dict.fromkeys(offered, 200)


def test_the_menu_of_an_administrator_has_no_business_in_it(system: Client) -> None:
    page = text(system.get(reverse("duty")))
    menu = page[page.index('class="sidenav"') : page.index("</nav>", page.index('class="sidenav"'))]
    assert set(re.findall(r'href="([^"]+)"', menu)) == {reverse("duty"), "/admin/ground/"}


def test_the_tallies_of_the_duty_page_count_what_their_lists_show(
    system: Client, security: Client, clerk: User
) -> None:
    made("idle", area=LIXIA)
    User.objects.filter(username="wang").update(last_login=clock.now() - timedelta(days=accounts.UNUSED_DAYS + 1))
    made("elsewhere", area="510104")
    for username, days in (("soon", 30), ("later", 31)):
        until = periods.of(date(2025, 1, 1), TODAY + timedelta(days=days))
        made(username, Role.CLERK, STREET).accesses.update(during=until)
    for client in (system, security):
        for _label, number, url in client.get(reverse("duty")).context["tallies"]:
            listed = client.get(url)
            found = listed.context["cl"].result_count if "cl" in listed.context else len(listed.context["requests"])
            assert found == number, url


# The list


def test_the_list_holds_the_accounts_of_the_area_alone(security: Client, clerk: User) -> None:
    made("elsewhere", area="510104")
    page = text(security.get(reverse("admin:ground_user_changelist")))
    assert "wang" in page
    assert "elsewhere" not in page
    assert "510104" not in page


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("role=clerk", {"wang"}),
        ("state=none&is_active__exact=1", {"idle"}),
        ("used=stale", {"wang"}),
        ("used=never", {"idle"}),
        ("used=one_time", {"idle"}),
        ("area=370102001", {"wang"}),
        ("q=idl", {"idle"}),
        ("state=reveals", {"wang"}),
    ],
)
def test_accounts_are_found_by_role_state_use_and_area(
    asked: str, found: set[str], security: Client, clerk: User
) -> None:
    made("idle", area=LIXIA)
    Access.objects.filter(user=clerk).update(may_reveal=True)
    User.objects.filter(username="idle").update(one_time_until=clock.now() + timedelta(days=1))
    User.objects.filter(username="wang").update(last_login=clock.now() - timedelta(days=accounts.UNUSED_DAYS + 1))
    page = security.get(f"{reverse('admin:ground_user_changelist')}?{asked}")
    assert {user.username for user in page.context["cl"].result_list} - {"city-security"} == found


def test_the_lists_and_the_page_of_an_account_cost_the_same_however_many_there_are(
    security: Client, auditor: Client, clerk: User
) -> None:
    for number in range(30):
        SignIn.objects.create(user=made(f"clerk-{number}", Role.CLERK, STREET), address="127.0.0.1")
    assert_query_count("accounts", security, reverse("admin:ground_user_changelist"))
    assert_query_count("accesses", auditor, reverse("admin:ground_access_changelist"))
    assert_query_count("sign-ins", auditor, reverse("admin:ground_signin_changelist"))
    assert_query_count("account", security, reverse("staff_account", args=[clerk.pk]))
    assert_query_count("duty", security, reverse("duty"))


def test_no_account_is_changed_deleted_or_given_rights_in_the_admin(
    system: Client, security: Client, clerk: User
) -> None:
    for client in (system, security):
        for page in ("change", "delete"):
            address = reverse(f"admin:ground_user_{page}", args=[clerk.pk])
            assert client.post(address, {"is_superuser": "on", "is_active": ""}).status_code == 403
    assert User.objects.get(pk=clerk.pk).is_active


# One account


def test_each_administrator_is_offered_his_own_deeds_alone(
    system: Client, security: Client, auditor: Client, clerk: User
) -> None:
    address = reverse("staff_account", args=[clerk.pk])
    deeds = {"system": "/close/", "security": "/password/", "auditor": ""}
    pages = {
        "system": text(system.get(address)),
        "security": text(security.get(address)),
        "auditor": text(auditor.get(address)),
    }
    for who, page in pages.items():
        for deed in filter(None, deeds.values()):
            assert (f"/staff/{clerk.pk}{deed}" in page) == (deeds[who] == deed)


def test_an_account_of_another_area_is_not_there(security: Client) -> None:
    theirs = made("theirs", Role.CLERK, "510104")
    for name in ("staff_account", "staff_grant", "staff_password"):
        assert security.get(reverse(name, args=[theirs.pk])).status_code == 404
    access = theirs.accesses.get()
    for name in ("staff_end", "staff_transfer", "staff_hand_over"):
        assert security.post(reverse(name, args=[access.pk]), {"last": TODAY}).status_code == 404


def test_nobody_sees_buttons_for_his_own_account_and_their_pages_refuse(system: Client) -> None:
    own = User.objects.get(username="city-system")
    assert "/close/" not in text(system.get(reverse("staff_account", args=[own.pk])))
    answer = system.post(reverse("staff_close", args=[own.pk]), {"reason": "x"})
    assert answer.status_code == 422
    assert "his own account" in text(answer)


def test_a_one_time_password_is_shown_once_and_kept_by_no_cache(security: Client, clerk: User) -> None:
    address = reverse("staff_password", args=[clerk.pk])
    assert security.get(address).status_code == 200
    answer = security.post(address)
    (password,) = re.findall(r"\b\w{4}-\w{4}-\w{4}\b", text(answer))
    assert User.objects.get(pk=clerk.pk).check_password(password)
    assert "no-store" in answer.headers["Cache-Control"]
    assert password not in text(security.get(reverse("staff_account", args=[clerk.pk])))


def test_an_account_is_closed_with_a_reason_and_reopened_with_a_password(system: Client, clerk: User) -> None:
    address = reverse("staff_close", args=[clerk.pk])
    assert system.post(address, {"reason": ""}).status_code == 422
    assert system.post(address, {"reason": "retired"}).status_code == 302
    assert not User.objects.get(pk=clerk.pk).is_active
    assert "no-store" in system.post(reverse("staff_reopen", args=[clerk.pk])).headers["Cache-Control"]
    assert User.objects.get(pk=clerk.pk).is_active


def test_access_is_granted_ended_moved_and_handed_over_on_the_pages(security: Client, clerk: User) -> None:
    user = made("li", area=LIXIA)
    wanted = {"role": "worker", "reaches": STREET, "first": TODAY, "last": ""}
    assert security.post(reverse("staff_grant", args=[user.pk]), wanted).status_code == 302
    access = user.accesses.get()
    assert security.post(reverse("staff_end", args=[access.pk]), {"last": TODAY}).status_code == 302
    held = clerk.accesses.get()
    move = {"role": "clerk", "reaches": "370103001", "first": TODAY, "last": ""}
    assert security.post(reverse("staff_transfer", args=[held.pk]), move).status_code == 302
    assert User.objects.get(pk=clerk.pk).prefix == "370103001"
    to = {"to": "zhao", "first": TODAY + timedelta(days=1)}
    now = clerk.accesses.get(prefix="370103001")
    assert security.post(reverse("staff_hand_over", args=[now.pk]), to).status_code == 422
    made("zhao", area="370103001")
    assert security.post(reverse("staff_hand_over", args=[now.pk]), to).status_code == 302
    assert Access.objects.get(user__username="zhao").took_over == now


def test_what_an_action_refuses_stands_beside_the_field_it_is_about(security: Client, clerk: User) -> None:
    wanted = {"role": "clerk", "reaches": "510104", "first": TODAY, "last": ""}
    answer = security.post(reverse("staff_grant", args=[clerk.pk]), wanted)
    assert answer.status_code == 422
    assert "outside the area" in str(answer.context["form"].errors["reaches"])


def test_sessions_are_ended_and_who_is_not_locked_is_not_unlocked(security: Client, clerk: User) -> None:
    row = SignIn.objects.create(user=clerk, address="127.0.0.1")
    assert security.post(reverse("staff_sessions", args=[clerk.pk])).status_code == 302
    row.refresh_from_db()
    assert row.ended_at is not None
    answer = security.post(reverse("staff_unlock", args=[clerk.pk]), follow=True)
    assert "not locked out" in text(answer)


# Requested accesses


def test_what_is_asked_for_is_granted_with_one_confirmation(system: Client, security: Client) -> None:
    sent = {
        "username": "li",
        "full_name": "李某",
        "area": STREET,
        "role": "clerk",
        "reaches": "",
        "first": "",
        "last": "",
    }
    assert system.post(reverse("staff_open"), sent).status_code == 200
    waiting = RequestedAccess.objects.get()
    assert (waiting.prefix, waiting.asked_by.username) == (STREET, "city-system")
    page = security.get(reverse("staff_asked"))
    assert "li" in text(page)
    security.post(reverse("staff_asked"), {"request": [waiting.pk], "grant": "yes"})
    assert User.objects.get(username="li").scope().roles == {Role.CLERK}


def test_a_refusal_without_a_reason_changes_nothing(system: Client, security: Client) -> None:
    user = made("li", area=LIXIA)
    asked = {"role": "clerk", "reaches": STREET, "first": TODAY, "last": ""}
    assert system.post(reverse("staff_ask", args=[user.pk]), asked).status_code == 302
    key = RequestedAccess.objects.get().pk
    security.post(reverse("staff_asked"), {"request": [key], "refuse": "yes", "reason": ""})
    assert RequestedAccess.objects.get().status == "waiting"
    security.post(reverse("staff_asked"), {"request": [key], "refuse": "yes", "reason": "wrong street"})
    assert RequestedAccess.objects.get().status == "refused"


def test_a_request_of_another_area_is_neither_shown_nor_granted(system: Client, clerk: User) -> None:
    user = made("asked-for", area=LIXIA)
    asker = User.objects.get(username="city-system")
    wanted = accounts.Wanted(Role.CLERK, STREET, TODAY)
    request = accounts.ask(by=asker, user=user, wanted=wanted)
    district = signed_in(made("district-security", Role.SECURITY, SHIZHONG))
    assert "asked-for" not in text(district.get(reverse("staff_asked")))
    district.post(reverse("staff_asked"), {"request": [request.pk], "grant": "yes"})
    assert RequestedAccess.objects.get().status == "waiting"


# Many at once


def roster(*rows: list[Any], headings: list[str] | None = None) -> SimpleUploadedFile:
    book = Workbook()
    sheet: Any = book.active
    sheet.append(headings or list(rosters.COLUMNS))
    for row in rows:
        sheet.append(row)
    written = BytesIO()
    book.save(written)
    return SimpleUploadedFile("accounts.xlsx", written.getvalue())


GOOD = ["li-1", "李某", "370102001000", "街道经办人", "", "", ""], ["li-2", "赵某", LIXIA, "", "", "", ""]


def opened_from(client: Client, preview: Any) -> Any:
    """Send the preview's own form, as the browser would."""
    (people,) = re.findall(r'name="people" value="([^"]+)"', text(preview))
    return client.post(reverse("staff_open_many"), {"people": people})


def test_a_roster_is_tried_first_and_then_opened_whole(system: Client) -> None:
    preview = system.post(reverse("staff_open_many"), {"file": roster(*GOOD)})
    assert User.objects.filter(username__startswith="li-").count() == 0
    answer = opened_from(system, preview)
    found = dict(re.findall(r'class="typed">(li-\d)</dd>.*?class="typed">([\w-]+)</dd>', text(answer)))
    for user in User.objects.filter(username__startswith="li-"):
        assert user.check_password(found[user.username])
    assert RequestedAccess.objects.get().prefix == STREET
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_sheet_of_passwords_cannot_be_had_twice_and_nothing_keeps_it(system: Client, settings: Any) -> None:
    preview = system.post(reverse("staff_open_many"), {"file": roster(*GOOD)})
    first = text(opened_from(system, preview))
    passwords = re.findall(r"\b\w{4}-\w{4}-\w{4}\b", first)
    again = opened_from(system, preview)
    assert again.status_code == 302
    assert User.objects.filter(username__startswith="li-").count() == 2
    assert not Job.objects.exists()
    assert not StoredFile.objects.exists()
    kept = " ".join(str(row) for row in Event.objects.values_list("detail", flat=True))
    assert not any(password in kept for password in passwords)


@pytest.mark.parametrize(
    ("row", "address", "why"),
    [
        (["wang", "李某", STREET], "A2", "is taken"),
        (["", "李某", STREET], "A2", "empty"),
        (["li mou", "李某", STREET], "A2", "valid username"),
        (["li", "", STREET], "B2", "empty"),
        (["li", "李某", "3701020"], "C2", "no division code"),
        (["li", "李某", "510104"], "C2", "outside the area of your account"),
        (["li", "李某", STREET, "村长"], "D2", "This is no role"),
        (["li", "李某", STREET, "", STREET], "D2", "but no role"),
        (["li", "李某", STREET, "领导", LIXIA], "E2", "lies outside"),
        (["li", "李某", STREET, "领导", "", "2026-13-01"], "F2", "no such day"),
        (["li", "李某", STREET, "领导", "", "2027-02-01", "2027-01-01"], "G2", "before the first"),
    ],
)
def test_what_is_wrong_in_a_roster_is_named_by_row_and_column(
    row: list[str], address: str, why: str, system: Client, clerk: User
) -> None:
    page = system.post(reverse("staff_open_many"), {"file": roster([*row, *[""] * (7 - len(row))])})
    (problem,) = page.context["roster"].problems
    assert problem.address == address
    assert why in problem.message
    assert 'name="people"' not in text(page)
    assert User.objects.count() == 2


def test_two_rows_with_one_name_are_found_before_anything_is_opened(system: Client) -> None:
    page = system.post(reverse("staff_open_many"), {"file": roster(GOOD[0], GOOD[0])})
    assert [problem.address for problem in page.context["roster"].problems] == ["A3"]


def test_a_number_of_a_person_is_not_shown_back(system: Client) -> None:
    number = mobile_number()
    page = system.post(reverse("staff_open_many"), {"file": roster([number, "李某", STREET, "", "", "", ""])})
    assert page.context["roster"].problems
    assert number not in text(page)


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (SimpleUploadedFile("a.xlsx", b"MZ\x00\x01"), "neither a workbook"),
        (SimpleUploadedFile("a.xlsx", b""), "empty"),
        (SimpleUploadedFile("a.csv", "甲,乙\n1,2".encode()), "headings of the roster"),
        (SimpleUploadedFile("a.csv", "用户名,姓名\nli,李".encode()), "所属区域代码 is missing"),
        (SimpleUploadedFile("a.csv", "用户名,姓名,所属区域代码\n".encode()), "no row below"),
    ],
)
def test_what_is_no_roster_is_refused_in_words(file: SimpleUploadedFile, why: str, system: Client) -> None:
    file.seek(0)
    answer = system.post(reverse("staff_open_many"), {"file": file})
    assert answer.status_code == 422
    assert why in text(answer)


def test_a_preview_of_somebody_else_or_an_altered_one_opens_nothing(system: Client) -> None:
    preview = system.post(reverse("staff_open_many"), {"file": roster(*GOOD)})
    other = signed_in(made("other-system", Role.SYSTEM, CITY))
    assert opened_from(other, preview).status_code == 302
    (people,) = re.findall(r'name="people" value="([^"]+)"', text(preview))
    system.post(reverse("staff_open_many"), {"people": f"{people}x"})
    assert not User.objects.filter(username__startswith="li-").exists()


def test_a_name_that_looks_like_a_formula_stays_a_text(system: Client) -> None:
    csv = '用户名,姓名,所属区域代码\nli,"\'=HYPERLINK(1)",370102001\n'.encode()
    preview = system.post(reverse("staff_open_many"), {"file": SimpleUploadedFile("a.csv", csv)})
    opened_from(system, preview)
    assert User.objects.get(username="li").full_name == "=HYPERLINK(1)"


def test_the_template_has_the_headings_a_roster_is_read_by(system: Client) -> None:
    answer = system.get(reverse("staff_template"))
    sheet, told = load_workbook(BytesIO(answer.content)).worksheets
    assert [cell.value for cell in next(sheet.iter_rows())] == list(rosters.COLUMNS)
    assert [row[0].value for row in told.iter_rows(min_row=2)] == list(rosters.COLUMNS)


def test_all_roles_are_known_by_their_chinese_and_english_names() -> None:
    for language in ("zh-hans", "en"):
        with translation.override(language):
            words = {role: str(role.label) for role in Role}
        assert {role: rosters._role(word) for role, word in words.items()} == {role: role.value for role in Role}


# The commands


def appoint(*arguments: str) -> str:
    told = StringIO()
    call_command("appoint", *arguments, stdout=told)
    return told.getvalue()


def test_the_first_administrators_are_appointed_by_a_command(db: None) -> None:
    told = appoint("zhang", "--role", "security", "--within", "370100000000", "--name", "张三")
    user = User.objects.get()
    assert user.scope().prefixes == (CITY,)
    assert (user.prefix, user.full_name) == (CITY, "张三")
    password = re.findall(r"\w{4}-\w{4}-\w{4}", told)
    assert user.check_password(password[0])


def test_a_rehearsed_appointment_writes_nothing_and_shows_no_password() -> None:
    told = appoint("zhang", "--role", "system", "--within", CITY, "--dry-run")
    assert not User.objects.exists()
    assert not Event.objects.exists()
    assert not re.findall(r"\w{4}-\w{4}-\w{4}", told)


def test_nobody_is_appointed_to_a_second_duty(clerk: User) -> None:
    with pytest.raises(CommandError, match="Nobody is an administrator and works"):
        appoint("wang", "--role", "auditor", "--within", STREET)
    appoint("zhang", "--role", "system", "--within", CITY)
    with pytest.raises(CommandError, match="already has an access"):
        appoint("zhang", "--role", "security", "--within", CITY)


def test_by_a_command_no_business_role_is_given() -> None:
    with pytest.raises(CommandError, match="invalid choice"):
        appoint("zhang", "--role", "officer", "--within", CITY)
    with pytest.raises(CommandError, match="2, 4, 6, 9 or 12 digits"):
        appoint("zhang", "--role", "system", "--within", "37010")


@pytest.mark.parametrize("arguments", [(), ("--noinput",), ("--username", "root", "--email", "a@example.org")])
def test_there_is_no_superuser_and_the_command_says_what_to_use(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match=r"manage\.py appoint"):
        call_command("createsuperuser", *arguments)
    assert not User.objects.exists()


# The table of rights


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("app", REGISTERS)
def test_the_table_says_what_the_code_asks(role: Role, app: str) -> None:
    said = manner(role, app)
    perm = f"{app}.change_anything"
    assert lets([role], perm) == (said in (Manner.KEEPS, Manner.FULL))
    assert (proposes([role], perm) and not lets([role], perm)) == (said == Manner.PROPOSES)
    assert lets([role], f"{app}.view_anything") == (said != Manner.NOTHING)


def test_the_page_and_the_manual_have_every_register_and_role(security: Client, tmp_path: Path) -> None:
    page = text(security.get(reverse("staff_rights")))
    for _heading, rows in table():
        for name, manners in rows:
            assert name.capitalize()[:4] in page or name[:4] in page
            assert len(manners) == len(Role)
    manual = tmp_path / "roles.md"
    told = StringIO()
    call_command("roles", stdout=told)
    manual.write_text(told.getvalue(), encoding="utf-8")
    call_command("roles", "--check", str(manual))
    manual.write_text("old", encoding="utf-8")
    with pytest.raises(CommandError, match="out of date"):
        call_command("roles", "--check", str(manual))


def test_the_page_of_a_transfer_to_come_does_not_say_that_sessions_end(security: Client, clerk: User) -> None:
    User.objects.filter(pk=clerk.pk).update(prefix=LIXIA)
    form = {"role": Role.CLERK, "reaches": "370102002", "first": TODAY + timedelta(days=9)}
    page = text(security.post(reverse("staff_transfer", args=[clerk.accesses.get().pk]), form, follow=True))
    assert "until then it works as before" in page
    assert "sessions end" not in page


def test_accounts_of_before_areas_are_taken_in_by_the_operator(security: Client) -> None:
    for name in ("li", "he"):
        User.objects.create_user(name)
    user = User.objects.get(username="li")
    assert security.get(reverse("staff_account", args=[user.pk])).status_code == 404
    listed = StringIO()
    call_command("take_in", stdout=listed)
    assert listed.getvalue().split() == ["he", "li"]
    with pytest.raises(CommandError, match="No account"):
        call_command("take_in", "li", "wu", within="370102")
    assert User.objects.get(username="li").prefix == ""
    with pytest.raises(CommandError, match="digits"):
        call_command("take_in", "li", within="37x")
    call_command("take_in", "li", within="370102", stdout=StringIO())
    assert security.get(reverse("staff_account", args=[user.pk])).status_code == 200
    call_command("appoint", "he", role="auditor", within="3701", stdout=StringIO())
    assert User.objects.get(username="he").prefix == "3701"


# What was refused


def test_a_refused_deed_is_an_event_without_words_once_a_minute(security: Client, clerk: User) -> None:
    cache.clear()
    page = reverse("staff_grant", args=[clerk.pk])
    form = {"role": Role.CLERK, "reaches": STREET, "first": TODAY}
    for _twice in range(2):
        assert security.post(page, form).status_code == 422
    refused = Event.objects.get(action="deed.refuse")
    assert (refused.actor, refused.object_key) == (User.objects.get(username="city-security"), str(clerk.pk))
    assert (refused.prefix, refused.detail["why"]) == (STREET, "two_at_once")
    assert refused.detail == {"route": "staff/<int:key>/grant/", "why": "two_at_once"}
    security.post(page, {**form, "reaches": "370103"})
    assert set(Event.objects.filter(action="deed.refuse").values_list("detail__why", flat=True)) == {
        "two_at_once",
        "outside_its_area",
    }


def test_a_refused_reset_is_an_event(security: Client, clerk: User) -> None:
    cache.clear()
    Access.objects.filter(user=clerk).delete()
    grant = {"role": Role.CLERK, "reaches": STREET, "first": TODAY}
    security.post(reverse("staff_grant", args=[clerk.pk]), grant)
    assert security.post(reverse("staff_password", args=[clerk.pk])).status_code == 422
    assert Event.objects.get(action="deed.refuse").detail["why"] == "not_both"


def test_refusing_several_without_a_reason_refuses_none_and_says_so(system: Client, security: Client) -> None:
    cache.clear()
    for name in ("li", "he"):
        user = made(name, area=STREET)
        form = {"role": Role.CLERK, "reaches": STREET, "first": TODAY}
        system.post(reverse("staff_ask", args=[user.pk]), form)
    keys = list(RequestedAccess.objects.values_list("pk", flat=True))
    page = text(security.post(reverse("staff_asked"), {"request": keys, "refuse": "x", "reason": ""}, follow=True))
    assert "Nothing was refused" in page
    assert not RequestedAccess.objects.exclude(status="waiting").exists()
    assert Event.objects.get(action="deed.refuse").detail["why"] == "no_reason"
