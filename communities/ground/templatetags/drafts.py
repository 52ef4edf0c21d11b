"""`{% keeps_draft adminform inline_admin_formsets %}` inside a form: what is typed into it is kept until it is sent."""

from typing import Any

from django import template

from .. import drafts

register = template.Library()


@register.inclusion_tag("components/draft.html", takes_context=True)
def keeps_draft(context: template.Context, form: Any, formsets: Any = ()) -> dict[str, Any]:
    """Return what the part of the page says: where the form stands and which of its inputs are private."""
    forms = [getattr(form, "form", form)]
    for each in formsets or ():
        forms += getattr(each, "formset", each).forms
    request = context["request"]
    return {"address": request.path, "private": " ".join(drafts.private_names(forms))}
