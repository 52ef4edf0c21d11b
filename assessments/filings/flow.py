"""
The way of a filing through a year, as one table: in which state who may do what, on which condition, and what then.

Nothing else decides it: the actions ask `permitting` before they write, the pages show the buttons it allows, and a
test walks every state × action × role. A condition (`guard`) is named here and answered by `guards`, in words where it
does not hold; a transition with `reason` is refused without one. `nobody_twice` names the earlier actions whose doer
must not do this one: who reviewed does not decide the appeal. `WORK` says the same of what is done inside a state.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.ground.roles import Role


class State(models.TextChoices):
    """Where a filing stands, and with whom it lies."""

    OPEN = "open", _("being filled in")
    FILED = "filed", _("with the street office")
    RETURNED = "returned", _("returned for mending")
    REVIEWED = "reviewed", _("with the district")
    CHECKED = "checked", _("waiting for its grade")
    GRADED = "graded", _("graded")
    PUBLISHED = "published", _("on public notice")
    APPEALED = "appealed", _("under appeal")
    FINAL = "final", _("final")
    SET_ASIDE = "set_aside", _("not evaluated this year")


class Action(models.TextChoices):
    """What can be done with a filing."""

    FILE = "file", pgettext_lazy("done with a filing", "File")
    TAKE_BACK = "take_back", _("Take back")
    RETURN = "return", _("Return for mending")
    REVIEW = "review", _("Conclude the review")
    SEND_BACK = "send_back", _("Send back to the street")
    CHECK = "check", _("Conclude the check")
    GRADE = "grade", pgettext_lazy("done with a filing", "Grade")
    REGRADE = "regrade", _("Take the grades back")
    PUBLISH = "publish", _("Put on public notice")
    APPEAL = "appeal", _("Appeal")
    DECIDE = "decide", _("Decide on the appeal")
    CONCLUDE = "conclude", _("Conclude")
    SET_ASIDE = "set_aside", _("Set aside")
    TAKE_UP = "take_up", _("Take up again")


class Work(models.TextChoices):
    """What is done with single items while the filing stays where it is."""

    ANSWER = "answer", _("Fill in")
    MARK_STREET = "mark_street", _("Review an item")
    MARK_DISTRICT = "mark_district", _("Check an item")
    MARK_FINAL = "mark_final", _("Settle an item")


class Level(models.TextChoices):
    """At which level the account that does it must stand: the length of the prefix of its access."""

    COMMUNITY = "community", _("community")
    STREET = "street", _("street or township")
    DISTRICT = "district", _("district or county")
    ORGANISER = "organiser", _("the office that organises the evaluation")


@dataclass(frozen=True)
class Permit:
    """Who may do something in which states."""

    before: frozenset[State]
    roles: frozenset[Role]
    levels: frozenset[Level]


@dataclass(frozen=True)
class Transition(Permit):
    """One line of the table."""

    action: Action
    after: State
    guards: tuple[str, ...] = ()
    reason: bool = False
    nobody_twice: frozenset[Action] = frozenset()


def _line(
    action: Action,
    before: Iterable[State],
    after: State,
    roles: Iterable[Role],
    levels: Iterable[Level],
    *guards: str,
    reason: bool = False,
    nobody_twice: Iterable[Action] = (),
) -> Transition:
    return Transition(
        frozenset(before),
        frozenset(roles),
        frozenset(levels),
        action=action,
        after=after,
        guards=guards,
        reason=reason,
        nobody_twice=frozenset(nobody_twice),
    )


def _permit(before: Iterable[State], roles: Iterable[Role], levels: Iterable[Level]) -> Permit:
    return Permit(frozenset(before), frozenset(roles), frozenset(levels))


S, A, R, L = State, Action, Role, Level
OFFICE = (R.OFFICER, R.REVIEWER)

FILING = (R.WORKER, R.CLERK)
NEAR = (L.COMMUNITY, L.STREET)

TABLE: tuple[Transition, ...] = (
    # The community, or the street for it, files; as long as nobody has begun to review, it may be taken back.
    _line(A.FILE, [S.OPEN, S.RETURNED], S.FILED, FILING, NEAR, "nothing_open", "in_time"),
    _line(A.TAKE_BACK, [S.FILED], S.OPEN, FILING, NEAR, "never_returned", "review_not_begun"),
    # The street reviews item by item; only what it returns is opened again.
    _line(A.RETURN, [S.FILED], S.RETURNED, [R.CLERK], [L.STREET], "something_returned", reason=True),
    _line(A.REVIEW, [S.FILED], S.REVIEWED, [R.CLERK], [L.STREET], "nothing_returned", "every_item_reviewed", "in_time"),
    # The district checks, whole or by sample.
    _line(A.SEND_BACK, [S.REVIEWED], S.RETURNED, OFFICE, [L.DISTRICT], "something_returned", reason=True),
    _line(A.CHECK, [S.REVIEWED], S.CHECKED, OFFICE, [L.DISTRICT], "nothing_returned", "every_item_checked", "in_time"),
    # Who organises grades all at once, gives notice, hears appeals, concludes.
    _line(
        A.GRADE, [S.CHECKED], S.GRADED, [R.OFFICER], [L.ORGANISER], "every_filing_checked", "ties_decided", "certified"
    ),
    _line(A.REGRADE, [S.GRADED], S.CHECKED, [R.OFFICER], [L.ORGANISER], reason=True),
    _line(A.PUBLISH, [S.GRADED], S.PUBLISHED, [R.OFFICER], [L.ORGANISER]),
    _line(A.APPEAL, [S.PUBLISHED], S.APPEALED, FILING, NEAR, "notice_runs", "no_appeal_decided", reason=True),
    _line(
        A.DECIDE,
        [S.APPEALED],
        S.PUBLISHED,
        OFFICE,
        [L.ORGANISER],
        reason=True,
        nobody_twice=[A.REVIEW, A.CHECK, A.GRADE, A.APPEAL],
    ),
    _line(
        A.CONCLUDE,
        [S.PUBLISHED],
        S.FINAL,
        [R.OFFICER],
        [L.ORGANISER],
        "notice_over",
        "no_appeal_open",
        "no_objection_open",
    ),
    # A community that is being rebuilt or was founded this year is not evaluated.
    _line(A.SET_ASIDE, [S.OPEN, S.RETURNED, S.FILED], S.SET_ASIDE, [R.OFFICER], [L.DISTRICT, L.ORGANISER], reason=True),
    _line(A.TAKE_UP, [S.SET_ASIDE], S.OPEN, [R.OFFICER], [L.DISTRICT, L.ORGANISER], "not_graded_yet", reason=True),
)

WORK = {
    Work.ANSWER: _permit([S.OPEN, S.RETURNED], FILING, NEAR),
    Work.MARK_STREET: _permit([S.FILED], [R.CLERK], [L.STREET]),
    Work.MARK_DISTRICT: _permit([S.REVIEWED], OFFICE, [L.DISTRICT]),
    Work.MARK_FINAL: _permit([S.CHECKED], [R.OFFICER], [L.ORGANISER]),
}


def transition(state: str, action: str) -> Transition | None:
    """Return the line of the table for the action in the state, None where the table has none."""
    return next((line for line in TABLE if line.action == action and state in line.before), None)


def level_of(prefix: str, organiser: str) -> frozenset[Level]:
    """Return the levels at which an account with this access prefix stands, in the evaluation of this organiser."""
    by_width = {12: Level.COMMUNITY, 9: Level.STREET, 6: Level.DISTRICT}
    found = {by_width[len(prefix)]} if len(prefix) in by_width else set()
    return frozenset(found | ({Level.ORGANISER} if prefix == organiser else set()))
