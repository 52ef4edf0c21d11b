"""What proves an answer and what stands behind it: evidence at an item, and the facts of the registers."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from assessments import formulas
from assessments.compliance.rulebook import Rulebook, rulebook
from assessments.compliance.words import Writer
from assessments.formulas import Fact
from assessments.formulas.tree import walk
from communities.ground import clock
from communities.ground.access import roles
from communities.ground.evidence import received
from communities.ground.forms import WithoutNumbers
from communities.ground.metrics import Window
from communities.ground.pages import PageRequest

from .. import correcting, items_shown, permitting, proving, telling
from ..fields import LEVEL
from ..flow import Work
from ..models import Answer, Evidence, EvidenceUse, Filing, Proof
from ..pack import ItemSpec
from ..proving import LONGEST_TITLE
from .filling import FILERS, REFUSED, why

UNPROCESSABLE = 422


class EvidenceForm(WithoutNumbers):
    """A file that proves an answer: what it is, of which day."""

    file = forms.FileField(label=gettext_lazy("file"), help_text=gettext_lazy("PDF, photo or workbook, 10 MB at most."))
    title = forms.CharField(
        label=gettext_lazy("what it is"),
        max_length=LONGEST_TITLE,
        help_text=gettext_lazy("For instance: minutes of the representatives' meeting of 12 March."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("kind of evidence"), choices=Proof.choices)
    dated_on = forms.DateField(label=gettext_lazy("dated"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))


@roles(*FILERS)
@require_http_methods(["GET", "HEAD", "POST"])
def evidence(request: PageRequest, key: int, code: str) -> HttpResponse:
    """Show what proves the answer and what else the community has; add, use again, take away."""
    filing = get_object_or_404(permitting.filings_of(request.user), pk=key)
    rows = Answer.objects.filter(filing=filing).select_related("item__section")
    answer = get_object_or_404(rows, item__code=code)
    form = EvidenceForm(initial={"dated_on": clock.today()})
    if request.method == "POST":
        form = EvidenceForm(request.POST, request.FILES) if "upload" in request.POST else form
        try:
            if told := _done(request, filing, answer, form):
                messages.success(request, told)
                return redirect(request.path)
        except REFUSED as error:
            if "upload" in request.POST:
                form.add_error(None, why(error))
            else:
                messages.error(request, why(error))
                return redirect(request.path)
    return render(
        request,
        "filings/evidence.html",
        _context(request, filing, answer) | {"form": form},
        status=UNPROCESSABLE if form.errors else 200,
    )


def _done(request: PageRequest, filing: Filing, answer: Answer, form: EvidenceForm) -> str:
    """Do what was asked; return what came of it, nothing where the form has to be mended."""
    sent, by = request.POST, request.user
    if "use" in sent:
        chosen = get_object_or_404(Evidence, place=filing.place_id, pk=_number(sent["use"]))
        proving.use_evidence(chosen, filing, answer.item, by)
        return _("“{title}” proves this item, too.").format(title=chosen)
    if "withdraw" in sent:
        use = get_object_or_404(EvidenceUse, filing=filing, item=answer.item_id, pk=_number(sent["withdraw"]))
        proving.withdraw_use(use, by)
        return _("“{title}” was taken from this item; the community keeps it.").format(title=use.evidence)
    if not form.is_valid():
        return ""
    use, is_duplicate = proving.add_evidence(
        filing,
        answer.item,
        received=received(form.cleaned_data["file"]),
        title=form.cleaned_data["title"],
        kind=Proof(form.cleaned_data["kind"]),
        dated_on=form.cleaned_data["dated_on"],
        by=by,
    )
    if is_duplicate:
        return _("The community has this very file already, as “{title}”; that one is used.").format(title=use.evidence)
    return _("“{title}” was added.").format(title=use.evidence)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


def _context(request: PageRequest, filing: Filing, answer: Answer) -> dict[str, Any]:
    number, section, item = items_shown.placed(filing, answer.item.code)
    uses = EvidenceUse.objects.filter(filing=filing, item=answer.item_id).select_related("evidence__file")
    return {
        "filing": filing,
        "answer": answer,
        "number": number,
        "section": section,
        "label": telling.named(item.label),
        "wanted": telling.evidence(item),
        "uses": uses.order_by("pk"),
        "offered": proving.offered(filing, answer.item),
        "may_answer": permitting.may_work(filing, Work.ANSWER, request.user),
    }


# The facts of the registers behind an answer


@dataclass(frozen=True)
class Behind:
    """A field that a register filled in, and where the rows are kept that it was taken from."""

    label: str
    value: str
    formula: str
    registers: list[tuple[str, str]]


@roles(*FILERS)
@require_safe
def facts(request: PageRequest, key: int, code: str) -> HttpResponse:
    """
    Show what the registers say to an item and where that is kept, for who finds that the data are wrong.

    A row is put right where it stands: there its form is saved, or sent as a proposed change by who may not save it.
    """
    filing = get_object_or_404(permitting.filings_of(request.user), pk=key)
    rows = Answer.objects.filter(filing=filing).select_related("item__section", "run__version")
    answer = get_object_or_404(rows, item__code=code)
    answer.filing = filing
    number, section, item = items_shown.placed(filing, code)
    context = {
        "filing": filing,
        "answer": answer,
        "number": number,
        "section": section,
        "label": telling.named(item.label),
        "told": correcting.facts_behind(answer, request.user) if answer.item.target else None,
        "fields": _behind(request, filing, item, answer),
        "place_code": permitting.code_of(filing.place),
    }
    return render(request, "filings/facts.html", context)


def _behind(request: PageRequest, filing: Filing, item: ItemSpec, answer: Answer) -> list[Behind]:
    book = rulebook(filing.cycle.plan_version)
    values = {one.code: one for one in items_shown.facts_of(item, answer.known)}
    found = []
    for ask in item.asks:
        if ask.known:
            node = formulas.parse(ask.known, book.vocabulary, LEVEL)
            named = {
                link for one in walk(node) if isinstance(one, Fact) for link in _registers(request, filing, book, one)
            }
            value = values[ask.code].told if ask.code in values else _("not in the registers")
            found.append(Behind(telling.named(ask.label), value, Writer(book).words(node), sorted(named)))
    return found


def _registers(request: PageRequest, filing: Filing, book: Rulebook, fact: Fact) -> list[tuple[str, str]]:
    """Return the register behind a fact by its name and address; none where this account does not read it."""
    source = book.metric(fact).source
    model = source.rows(Window(filing.cycle.as_of, filing.cycle.as_of)).model
    keeper = admin.site._registry.get(model)
    if keeper is None or not keeper.has_view_permission(request):
        return []
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return [(str(model._meta.verbose_name_plural), address)]
