"""
The frame of a page: where, which plan, as of when; with what may be chosen instead.

Pure data that a view fills and `templates/components/topbar.html` shows. The three stand in the query
(`?place=370102&plan=jinan-2007&as_of=2008-12-31`), so a link sent to a colleague shows the same page, inside her
own fence. `keeping_page` makes the addresses of the choices: the page stays, one of the three changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qsl, urlencode, urlsplit

PLACE, PLAN, AS_OF = "place", "plan", "as_of"
FORGOTTEN = frozenset({"after", "before", "page"})  # where one stood in a list means nothing in another list


@dataclass(frozen=True)
class Choice:
    """One line of a selector: its words, where it leads, a grey note (a code, a document number)."""

    label: str
    url: str
    note: str = ""
    is_current: bool = False


@dataclass(frozen=True)
class Frame:
    """
    What the top of every page answers, and the choices behind each answer.

    `place_trail` are names from the city down to the place shown. `address` is the page's path and query: the form
    for another day keeps it. `data_until`, `run_number` and `published_on` are the foot note of the navigation;
    None where the page shows no published run.
    """

    place_trail: tuple[str, ...]
    plan: str
    as_of: date
    address: str
    places: tuple[Choice, ...] = ()
    plans: tuple[Choice, ...] = ()
    days: tuple[Choice, ...] = ()
    places_url: str = ""  # a page to look for any place, where the menu cannot hold them all
    is_example: bool = False
    is_draft: bool = False
    data_until: date | None = None
    run_number: int | None = None
    published_on: date | None = None

    @property
    def path(self) -> str:
        """The page without its query."""
        return urlsplit(self.address).path

    @property
    def kept(self) -> tuple[tuple[str, str], ...]:
        """The parameters that the form for another day sends along: all but the day and the place in a list."""
        pairs = parse_qsl(urlsplit(self.address).query, keep_blank_values=True)
        return tuple((name, value) for name, value in pairs if name != AS_OF and name not in FORGOTTEN)


def keeping_page(address: str, **changes: str | date | None) -> str:
    """
    Return `address` with these parameters set (None takes one out); everything else of the page stays.

    >>> keeping_page("/plans/?place=3701&after=9", as_of=date(2008, 12, 31))
    '/plans/?place=3701&as_of=2008-12-31'
    """
    parts = urlsplit(address)
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name not in FORGOTTEN and name not in changes
    ]
    new = [(name, str(value)) for name, value in changes.items() if value is not None]
    return parts._replace(query=urlencode(kept + new)).geturl()


def keeping_the_three(url: str, asked: Mapping[str, str]) -> str:
    """
    Return `url` with the place, plan and day that were asked for, so that another page shows the same.

    >>> keeping_the_three("/plans/", {"place": "3701", "page": "2"})
    '/plans/?place=3701'
    """
    kept = {name: asked[name] for name in (PLACE, PLAN, AS_OF) if asked.get(name)}
    return f"{url}?{urlencode(kept)}" if kept and not url.startswith("/admin/") else url
