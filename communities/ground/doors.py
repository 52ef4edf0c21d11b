"""
Every door of the portal and who may use it: addresses, registers in the admin, bulk actions, kinds of jobs.

Nothing is kept here: the list is read off what is registered at the moment, and who may use a door off the same
declarations by which it is opened (`access`, `roles`, `jobs`). `manage.py list_access` prints it; a test walks it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, URLResolver, get_resolver

from . import access, jobs
from .access import FOREIGN, NOBODY, Who
from .roles import Role

PAGE, API, REGISTER, ACTION, JOB = KINDS = ("page", "api", "register", "action", "job")
VERBS = ("view", "add", "change", "delete")


@dataclass(frozen=True)
class Door:
    """
    One thing somebody may use. `who` is None where nobody said who; of those, `proposing` may only propose.

    `address` is a pattern of addresses, the label of a model, or the kind of a job; `name` that of the address or of
    the bulk action; `verb` the methods of a page, or what is done to a register.
    """

    kind: str
    address: str
    name: str
    verb: str
    who: Who | None
    proposing: frozenset[Role] = NOBODY

    def __str__(self) -> str:
        return " ".join(part for part in (self.kind, self.address, self.name, self.verb) if part)


@dataclass(frozen=True)
class Route:
    """An address as Django resolves it: its pattern, its full name (`admin:index`, "" where it has none), its view."""

    address: str
    name: str
    view: Any

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods the view answers; empty where it does not say."""
        return _methods(self.view)

    @property
    def register(self) -> Any:
        """The model's admin whose view this is; None for all others."""
        return getattr(self.view, "model_admin", None)

    @property
    def answers_in_json(self) -> bool:
        """Whether it refuses in JSON instead of leading to the sign-in page."""
        return bool(getattr(getattr(self.view, "cls", None), "answers_in_json", False))

    def who(self, method: str = "GET") -> Who | None:
        """Return who may use it, None where nobody said so."""
        found = access.declared(self.view, method)
        return FOREIGN.get(self.name) if found is None else found


def routes() -> list[Route]:
    """Return every address of the portal, in the order in which they are tried."""
    return list(_routes(get_resolver()))


def _routes(resolver: URLResolver, before: str = "", space: str = "") -> Iterator[Route]:
    for entry in resolver.url_patterns:
        pattern = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _routes(entry, pattern, f"{space}{entry.namespace}:" if entry.namespace else space)
        elif isinstance(entry, URLPattern):
            yield Route(simplify_regex(pattern), f"{space}{entry.name}" if entry.name else "", entry.callback)


def doors() -> list[Door]:
    """Return every door, by kind and address; a register's pages are told by verb, not one by one."""
    found = [*_pages(), *_registers(), *_actions(), *_jobs()]
    return sorted(found, key=lambda door: (KINDS.index(door.kind), door.address, door.name, _rank(door.verb)))


def undeclared() -> list[Door]:
    """Return the doors of which nobody said who may use them, every address of a register among them."""
    silent = [_page(route) for route in routes() if route.register is not None and route.who() is None]
    return [door for door in [*doors(), *silent] if door.who is None]


def _rank(verb: str) -> tuple[int, str]:
    return (VERBS.index(verb) if verb in VERBS else 0, verb)


def _pages() -> Iterator[Door]:
    for route in routes():
        if route.register is None or getattr(route.view, access.DECLARATION, None) is not None:
            yield _page(route)


def _page(route: Route) -> Door:
    kind = API if route.address.startswith(access.API) else PAGE
    return Door(kind, route.address, route.name, " ".join(route.methods), route.who())


def _registers() -> Iterator[Door]:
    for register in admin.site._registry.values():
        meta = register.opts
        for verb in VERBS:
            who = access.of_register(register, verb)
            proposing = access.who_proposes(f"{meta.app_label}.{verb}_{meta.model_name}") if who else NOBODY
            yield Door(REGISTER, meta.label_lower, "", verb, who, proposing)


def _actions() -> Iterator[Door]:
    for register in admin.site._registry.values():
        for action, name, _label in register._get_base_actions():  # type: ignore[attr-defined]
            yield Door(ACTION, register.opts.label_lower, name, "", access.of_action(register, action))


def _jobs() -> Iterator[Door]:
    for kind, who in jobs.kinds().items():
        yield Door(JOB, kind, "", "", who)


def _methods(view: Any) -> tuple[str, ...]:
    if (of_class := getattr(view, "view_class", getattr(view, "cls", None))) is not None:
        actions = getattr(view, "actions", None)  # of a view set: those of this address alone
        named = [
            name
            for name in of_class.http_method_names
            if (hasattr(of_class, name) if actions is None else name in actions)
        ]
        return tuple(sorted({name.upper() for name in named} - {"HEAD", "OPTIONS"}))
    # Django's require_POST and its kin keep what they require to themselves.
    if (inner := getattr(view, "__wrapped__", None)) is not None and "request_method_list" not in _free(view):
        return _methods(inner)
    cell = _free(view).get("request_method_list")
    return tuple(sorted(set(cell.cell_contents) - {"HEAD", "OPTIONS"})) if cell is not None else ()


def _free(view: Any) -> dict[str, Any]:
    code = getattr(view, "__code__", None)
    return dict(zip(code.co_freevars, view.__closure__ or (), strict=True)) if code else {}
