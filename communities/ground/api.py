"""
What every part of the API stands on, and the jobs.

The API only reads. A view declares its roles as a page does (`@roles`), takes its rows through the fence
(`reached`), refuses inputs it does not know, and pages by the key of its rows: a row added while somebody reads
neither repeats nor hides another.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, TypeVar, cast

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema_field
from rest_framework import exceptions, serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from . import jobs, periods
from .access import roles
from .filters import JobFilter
from .models import Job, StoredFile, User
from .models.jobs import JobQuerySet
from .permissions import DeclaredAccess
from .roles import BUSINESS
from .scope import Scope

M = TypeVar("M", bound=Model)
PAGE, LONGEST_PAGE = 100, 1000
NOTHING = _("Nothing is kept under this key, or not for this account.")


class Keyset(BasePagination):
    """
    Pages that begin after the last row of the one before.

    `cursor` is signed, so it holds nothing but keys this list has given out; `next` is null on the last page.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Return the rows of this page; raise ValidationError for a cursor or limit that makes no sense."""
        key, limit = view.key, _limit(request.query_params.get("limit"))
        salt = type(view).__name__
        if cursor := request.query_params.get("cursor"):
            side = "lt" if key.startswith("-") else "gt"
            queryset = queryset.filter(**{f"{key.lstrip('-')}__{side}": _opened(cursor, salt)})
        rows = list(queryset.order_by(key)[: limit + 1])
        self.next = None
        if len(rows) > limit:
            last = getattr(rows[limit - 1], key.lstrip("-"))
            link = replace_query_param(request.build_absolute_uri(), "cursor", _sealed(last, salt))
            for name, value in view.pinned().items():
                link = replace_query_param(link, name, value)
            self.next = link
        return rows[:limit]

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page and where the next begins."""
        return Response({"next": self.next, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe a page."""
        link = {
            "type": "string",
            "format": "uri",
            "nullable": True,
            "description": _("The next page; empty on the last."),
        }
        return {"type": "object", "required": ["next", "results"], "properties": {"next": link, "results": schema}}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe `limit` and `cursor`."""
        limit = {"type": "integer", "minimum": 1, "maximum": LONGEST_PAGE, "default": PAGE}
        told = {
            "limit": (limit, _("How many rows a page has.")),
            "cursor": ({"type": "string"}, _("Where the page begins, as the link to it says.")),
        }
        return [
            {"name": name, "in": "query", "required": False, "description": text, "schema": schema}
            for name, (schema, text) in told.items()
        ]


def _limit(text: str | None) -> int:
    if not text:
        return PAGE
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= LONGEST_PAGE):
        message = gettext("A page has from 1 to {most} rows.").format(most=LONGEST_PAGE)
        raise exceptions.ValidationError({"limit": [message]})
    return int(text)


def _sealed(key: Any, salt: str) -> str:
    return signing.Signer(salt=salt).sign_object(key)


def _opened(cursor: str, salt: str) -> Any:
    try:
        key = signing.Signer(salt=salt).unsign_object(cursor)
    except (signing.BadSignature, ValueError):
        message = gettext("This cursor does not come from this list. Begin without one.")
        raise exceptions.ValidationError({"cursor": [message]}) from None
    return tuple(key) if isinstance(key, list) else key


class Filters(DjangoFilterBackend):
    """The view's filters, on its list; a single row is found by its key alone."""

    def filter_queryset(self, request: Any, queryset: QuerySet[M], view: Any) -> QuerySet[M]:
        """Keep the rows asked for."""
        return queryset if view.detail else super().filter_queryset(request, queryset, view)

    def get_filterset_kwargs(self, request: Any, queryset: QuerySet[M], view: Any) -> dict[str, Any]:
        """Return what the filters are made with: the inputs, the rows, and what the view knows besides."""
        return {**super().get_filterset_kwargs(request, queryset, view), **view.told_to_filters()}


class Described(AutoSchema):
    """The description of a view: the model's name as heading, and every answer it can give."""

    refusals = {"400": _("The request makes no sense; which input, and why."), "403": _("Not for this account.")}

    view: Any

    def get_summary(self) -> str:
        """Return the name of what is read, in the reader's language."""
        meta = self.view.queryset.model._meta
        return str(meta.verbose_name if self.view.detail else meta.verbose_name_plural)

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        problem = {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}
        detail = {"type": "object", "properties": {"detail": {"type": "string"}}, "required": ["detail"]}
        told = {"400": problem, "403": detail} | ({"404": detail} if self.view.detail else {})
        texts = self.refusals | {"404": NOTHING}
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for code, schema in told.items():
            content = {"application/json": {"schema": schema}}
            bodies[code] = {"description": texts[code], "content": content}
        return bodies


class FencedViewSet(ReadOnlyModelViewSet[M]):
    """Rows of one model, as far as the account's reach goes. Subclasses declare roles, key, filters and `reached`."""

    answers_in_json = True
    http_method_names = ["get", "head"]
    permission_classes = [DeclaredAccess]
    pagination_class = Keyset
    filter_backends = [Filters]
    schema = Described()
    filterset_class: type[FilterSet]
    key = "pk"
    detail_inputs: frozenset[str] = frozenset()

    @property
    def reach(self) -> Scope:
        """What the account may reach today."""
        return cast("User", self.request.user).reach

    def reached(self) -> QuerySet[M]:
        """Return the rows the account may see; every subclass says which."""
        raise exceptions.PermissionDenied

    def get_queryset(self) -> QuerySet[M]:
        """Return the rows the account may see."""
        return self.reached()

    def told_to_filters(self) -> dict[str, Any]:
        """Return what the filters must know besides the inputs."""
        return {}

    def pinned(self) -> dict[str, Any]:
        """Return the inputs that the link to the next page must state, whatever this one left open."""
        return {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse writing and unknown inputs before anything is read."""
        if cast("str", request.method).lower() not in self.http_method_names:
            raise exceptions.MethodNotAllowed(cast("str", request.method))
        super().initial(request, *args, **kwargs)
        self._refuse_unknown(request.query_params)

    def _refuse_unknown(self, given: Iterable[str]) -> None:
        known = self.detail_inputs if self.detail else {*self.filterset_class.base_filters, "cursor", "limit"}
        message = gettext("There is no such input here. Known: {known}.").format(known=", ".join(sorted(known)) or "-")
        if unknown := {name: [message] for name in given if name not in known}:
            raise exceptions.ValidationError(unknown)

    def get_object(self) -> M:
        """Return the row of the key in the address; nothing there and not for this account look the same."""
        name = self.lookup_field
        found = None
        if "\0" not in (text := self.kwargs[name]):
            try:
                found = self.get_queryset().filter(**self.looked_up(text)).first()
            except ValueError:
                found = None
        if found is None:
            raise exceptions.NotFound(NOTHING)
        return found

    def looked_up(self, text: str) -> dict[str, Any]:
        """Return the condition that finds the row of key `text`; raise ValueError where it is none."""
        return {self.lookup_field: text}

    def handle_exception(self, exc: Exception) -> Response:
        """Answer a refused input with 400."""
        if isinstance(exc, ValidationError):
            exc = exceptions.ValidationError(exc.message_dict if hasattr(exc, "error_dict") else exc.messages)
        return super().handle_exception(exc)


@roles(*BUSINESS)
class NothingHere(APIView):
    """Every other address of the API: 404, in JSON like all its answers."""

    answers_in_json = True
    permission_classes = [DeclaredAccess]
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Answer before anything else is asked."""
        raise exceptions.NotFound(_("The API has nothing at this address; /api/v1/ describes what it has."))


def plain(number: Decimal | None) -> str | None:
    """Return a decimal as text without trailing zeros."""
    return None if number is None else f"{number.normalize():f}"


@extend_schema_field({"type": "string", "format": "decimal", "nullable": True})
class ExactNumber(serializers.Field[Any, Any, Any, Any]):
    """A number as a decimal string: no digit is lost on the way."""

    def to_representation(self, value: Decimal) -> str | None:
        """Return its digits."""
        return plain(value)


DAY = {"type": "string", "format": "date", "nullable": True}


@extend_schema_field(
    {"type": "object", "nullable": True, "properties": {"first": DAY, "last": DAY}, "required": ["first", "last"]}
)
class PeriodDays(serializers.Field[Any, Any, Any, Any]):
    """A period by its first and last day, both inclusive; null where that end is open."""

    def to_representation(self, value: Any) -> dict[str, Any]:
        """Return both days."""
        days = {"first": periods.first(value), "last": periods.last(value)}
        return {name: day.isoformat() if day else None for name, day in days.items()}


class ArtefactSerializer(serializers.ModelSerializer[StoredFile]):
    """A file that a job made."""

    class Meta:
        model = StoredFile
        fields = ["id", "name", "size", "sha256", "content_type"]


class JobSerializer(serializers.ModelSerializer[Job]):
    """A job: what was asked, how far it is, what came of it."""

    artefact = ArtefactSerializer(read_only=True, allow_null=True, help_text=_("The file the job made."))
    status_label = serializers.CharField(source="get_status_display", help_text=_("The status in words."))
    is_mine = serializers.SerializerMethodField(help_text=_("Whether this account asked for it."))

    class Meta:
        model = Job
        fields = [
            "id",
            "kind",
            "prefix",
            "status",
            "status_label",
            "is_mine",
            "process",
            "stage",
            "item",
            "done_items",
            "total_items",
            "error",
            "artefact",
            "attempts",
            "created_at",
            "started_at",
            "ended_at",
        ]

    def get_is_mine(self, job: Job) -> bool:
        """Say whether the reader asked for it."""
        return bool(job.requested_by_id == self.context["request"].user.pk)


@roles(*BUSINESS)
class JobViewSet(FencedViewSet[Job]):
    """Work in the background: what the account asked for itself, and what was asked for the area it reaches."""

    queryset = Job.objects.none()
    serializer_class = JobSerializer
    filterset_class = JobFilter
    key = "-pk"

    def reached(self) -> JobQuerySet:
        """Return the jobs the account may see, latest first."""
        seen = jobs.seen_by(cast("User", self.request.user))
        return seen.select_related("artefact").defer("log", "arguments")
