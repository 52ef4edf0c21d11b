"""
The form of a register for who may propose a change of it and not make it.

The form opens as it would for who keeps the register, says that saving proposes, and asks for a reason. Sending it
rehearses the save: everything Django does to save it is done, checks, constraints and fence included, and then taken
back; what was changed is kept as a proposal. Nothing else of the admin proposes: no deletion, no bulk action, no
window that opens beside a choice. Personal fields are not offered.

The same two steps, `sheet` and `save_sheet`, put a proposal into the register in the name of who accepts it.
"""

from dataclasses import dataclass
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.auth import get_permission_codename
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from .. import proposals
from ..forms import Proposing, Sheet, WithoutNumbers, differences
from ..models import Role, User


@dataclass(frozen=True)
class Rehearsal:
    """A save that was done and is taken back: the forms, what they changed, and where the row then lay."""

    sheet: Sheet
    wish: proposals.Wish


def is_proposing(request: HttpRequest, model: type[Model]) -> bool:
    """Say whether the request fills in the form of `model` as a proposal."""
    return getattr(request, "proposing", None) is model


class ProposingAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A register's admin whose form proposes where the account may not save."""

    change_form_template = "admin/register_form.html"
    personal_fields: tuple[str, ...] = ()

    def only_proposes(self, request: HttpRequest, *, adding: bool) -> bool:
        """Say whether the account may propose to add, or to change, rows of this register and not do it."""
        codename = get_permission_codename("add" if adding else "change", self.opts)
        perm = f"{self.opts.app_label}.{codename}"
        user = request.user
        return user.is_authenticated and not user.has_perm(perm) and user.may_propose(perm)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let in also who proposes a row."""
        return is_proposing(request, self.model) or super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let in also who proposes a change."""
        return is_proposing(request, self.model) or super().has_change_permission(request, obj)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Offer to propose a row where the account may not add one."""
        offers = {"may_propose": self.only_proposes(request, adding=True)}
        return super().changelist_view(request, {**offers, **(extra_context or {})})

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the form; where the account only proposes, rehearse the save, take it back and keep the proposal."""
        is_beside = IS_POPUP_VAR in request.GET or IS_POPUP_VAR in request.POST
        if is_beside or not self.only_proposes(request, adding=object_id is None):
            return super().changeform_view(request, object_id, form_url, extra_context)
        request.proposing = self.model  # type: ignore[attr-defined]
        with transaction.atomic():
            answer = super().changeform_view(request, object_id, form_url, extra_context)
            transaction.set_rollback(True)
        rehearsal: Rehearsal | None = getattr(request, "rehearsal", None)
        return answer if rehearsal is None else self._propose(request, rehearsal)

    def _propose(self, request: HttpRequest, rehearsal: Rehearsal) -> HttpResponse:
        said = rehearsal.sheet.form.cleaned_data
        if not rehearsal.wish.changes:
            messages.warning(request, _("Nothing was changed in the form, so nothing was proposed."))
            return redirect(request.get_full_path())
        try:
            proposal = proposals.propose(
                rehearsal.wish,
                reason=said["proposal_reason"],
                evidence=said["proposal_evidence"],
                by=cast("User", request.user),
            )
        except ValidationError as error:
            messages.warning(request, " ".join(error.messages))
            return redirect(request.get_full_path())
        told = _("Proposal {number} waits for who keeps this register. Nothing has changed in the register yet.")
        messages.success(request, told.format(number=proposal.pk))
        return redirect("proposal", key=proposal.pk)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Note, while the rehearsed save still stands, what it changed."""
        if is_proposing(request, self.model):
            sheet = Sheet(form, list(formsets))
            sent, changes = differences(sheet)
            wish = proposals.Wish.of(form.instance, sent, changes, is_new=add)
            request.rehearsal = Rehearsal(sheet, wish)  # type: ignore[attr-defined]
        return super().construct_change_message(request, form, formsets, add)

    def message_user(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Say nothing of a save that is taken back."""
        if not is_proposing(request, self.model):
            super().message_user(request, *args, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fieldsets; of a proposal without personal fields, and with its reason at the end."""
        fieldsets = super().get_fieldsets(request, obj)
        if not is_proposing(request, self.model):
            return fieldsets
        unseen = {*self._unoffered(request, obj), *Proposing.base_fields}
        offered = [
            (title, {**options, "fields": [name for name in options["fields"] if name not in unseen]})
            for title, options in fieldsets
        ]
        return [*offered, (_("why it is proposed"), {"fields": list(Proposing.base_fields)})]

    def _unoffered(self, request: HttpRequest, obj: Any) -> set[str]:
        """Return the fields that no proposal holds: personal ones, and whatever the model keeps from forms."""
        kept = {field.name for field in self.opts.concrete_fields if not field.editable}
        return {*self.personal_fields, *(kept - set(self.get_readonly_fields(request, obj)))}

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form; of a proposal with its reason."""
        if is_proposing(request, self.model):
            without = dict.fromkeys(self._unoffered(request, obj) & set(self.form.base_fields))
            kwargs["form"] = type("ProposingForm", (Proposing, self.form), without)
        return super().get_form(request, obj, change=change, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer no window beside a choice to who proposes: what it saved would not be a proposal."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper) and hasattr(request, "proposing"):
            field.widget.can_add_related = field.widget.can_change_related = field.widget.can_delete_related = False
        return field

    def render_change_form(
        self,
        request: HttpRequest,
        context: Any,
        add: bool = False,
        change: bool = False,
        form_url: Any = "",
        obj: Any = None,
    ) -> Any:
        """Show beside the form what waits for its row; fill it in again where a proposal came back."""
        context["waiting_proposals"] = proposals.waiting_for(request.user, self.model, obj.pk) if obj else []
        context["is_proposal"] = is_proposing(request, self.model)
        if context["is_proposal"]:
            context["street_decides"] = Role.WORKER in request.user.reach.roles  # type: ignore[union-attr]
            context |= {"has_file_field": True, "show_save_and_add_another": False, "show_save_and_continue": False}
            if request.method == "GET":
                context |= self._filled_in_again(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _filled_in_again(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Return the form with what the account's own earlier proposal sent, on the row as it stands now."""
        earlier = proposals.own(request.user, self.model, obj, request.GET.get("again", ""))
        if earlier is None:
            return {}
        sheet = proposals.filled_in(self, earlier, obj, cast("User", request.user))
        sheet.is_valid()
        fieldsets = self.get_fieldsets(request, obj)
        return {
            "adminform": helpers.AdminForm(
                sheet.form, list(fieldsets), {}, self.get_readonly_fields(request, obj), model_admin=self
            ),
            "inline_admin_formsets": self.get_inline_formsets(
                request, sheet.formsets, self.get_inline_instances(request, obj), obj
            ),
            "came_back": earlier,
        }

    def sheet(self, request: HttpRequest, row: Model | None = None) -> Sheet:
        """Return the form of `row` (None: of a row to be added) and of the rows below it, filled in where sent."""
        is_there = row is not None
        fields = flatten_fieldsets(self.get_fieldsets(request, row))
        form_class = self.get_form(request, row, change=is_there, fields=fields)
        sent = (request.POST, request.FILES) if request.method == "POST" else ()
        form = form_class(*sent, instance=row)
        formsets, _inlines = self._create_formsets(  # type: ignore[attr-defined]
            request, form.instance, change=is_there
        )
        return Sheet(form, formsets)

    def save_sheet(self, request: HttpRequest, sheet: Sheet, *, is_new: bool, told: str = "") -> Model:
        """Save a valid sheet as Django's own view does, and log it with the words `told`; return the row."""
        row: Model = self.save_form(request, sheet.form, change=not is_new)
        self.save_model(request, row, sheet.form, not is_new)
        self.save_related(request, sheet.form, sheet.formsets, not is_new)
        message = self.construct_change_message(request, sheet.form, sheet.formsets, is_new)
        (self.log_addition if is_new else self.log_change)(request, row, told or message)
        return row


class RegisterInline(admin.TabularInline):  # type: ignore[type-arg]
    """Rows below a row of a register: changed and added in a proposal of it, too, and never deleted by one."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let in also who proposes a change of the row above."""
        return is_proposing(request, self.parent_model) or super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let in also who proposes a change of the row above."""
        return is_proposing(request, self.parent_model) or super().has_change_permission(request, obj)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Return the forms of the rows; in a proposal without numbers of people."""
        if is_proposing(request, self.parent_model):
            kwargs["form"] = type("ProposingRowForm", (WithoutNumbers, self.form), {})
        return super().get_formset(request, obj, **kwargs)
