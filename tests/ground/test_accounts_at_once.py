"""
What two do to accounts at the same moment, each on a connection of his own: one of them waits, and is told why not.

Each pair starts together and is run several times, as a race that is lost once is not seen every time.
"""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from communities.ground import accounts, clock, periods
from communities.ground.accounts import RefusedError, Wanted
from communities.ground.models import Access, Role, SignIn, User
from tests.factories.judged import PASSWORD, an_account

pytestmark = pytest.mark.django_db(transaction=True)
CITY, LIXIA = "3701", "370102"
TIMES = 4


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Do all of them at the same moment; return what each returned, or was refused or failed with."""
    together = threading.Barrier(len(deeds))
    came: list[Any] = [None] * len(deeds)

    def run(number: int) -> None:
        try:
            together.wait()
            came[number] = deeds[number]()
        except Exception as error:
            came[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came


def an_ending(by: User, of: User) -> Callable[[], Any]:
    access = of.accesses.get()
    yesterday = clock.today() - periods.ONE_DAY
    return lambda: accounts.end_access(by=User.objects.get(pk=by.pk), access=access, last=yesterday)


def test_two_administrators_who_end_each_other_do_not_wait_for_each_other_for_ever() -> None:
    for number in range(TIMES):
        first, second = (an_account(f"{name}-{number}", Role.SECURITY, CITY) for name in ("li", "he"))
        came = at_once(an_ending(first, second), an_ending(second, first))
        assert [type(one) for one in came if one is not None] == [RefusedError], came
        assert Access.objects.filter(role=Role.SECURITY, during__contains=clock.today()).count() == number + 1


def test_closing_and_ending_the_same_account_do_not_wait_for_each_other_for_ever() -> None:
    system, security = an_account("system", Role.SYSTEM, CITY), an_account("security", Role.SECURITY, CITY)
    an_account("another", Role.SECURITY, CITY)
    for number in range(TIMES):
        user = an_account(f"wang-{number}", Role.SECURITY, LIXIA)

        def closing(user: User = user) -> None:
            accounts.close_account(by=system, user=user, reason="left")

        came = at_once(closing, an_ending(security, user))
        assert {type(one) for one in came} <= {type(None), RefusedError}, came
        assert not user.accesses.filter(during__contains=clock.today()).exists()


def test_of_two_grants_for_the_same_days_one_is_refused_in_words() -> None:
    by = [an_account(f"security-{number}", Role.SECURITY, CITY) for number in range(2)]
    for number in range(TIMES):
        user = User.objects.create_user(f"li-{number}", prefix=LIXIA)
        wanted = Wanted(Role.CLERK, LIXIA, clock.today())

        def granting(one: User, user: User = user, wanted: Wanted = wanted) -> Callable[[], Any]:
            return lambda: accounts.grant(by=one, user=user, wanted=wanted)

        came = at_once(*map(granting, by))
        assert sorted(type(one).__name__ for one in came) == ["Access", "RefusedError"], came
        assert LIXIA in str(next(one for one in came if isinstance(one, RefusedError)))  # which one stands in the way
        assert user.accesses.count() == 1


def test_of_two_who_sign_in_at_once_one_session_is_left() -> None:
    for number in range(TIMES):
        user = an_account(f"zhao-{number}", Role.CLERK, LIXIA)
        clients = [Client(), Client()]

        def signing_in(client: Client, name: str = user.username) -> Callable[[], int]:
            return lambda: client.post("/accounts/login/", {"login": name, "password": PASSWORD}).status_code

        assert at_once(*map(signing_in, clients)) == [302, 302]
        assert SignIn.objects.filter(user=user, ended_at=None).count() == 1
        assert sorted(client.get("/drafts/").status_code for client in clients) == [200, 302]
