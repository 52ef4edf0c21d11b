"""One item of every community of a street at once, each row saved by itself as on the page of its filing."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from communities.ground import clock
from communities.ground.access import roles
from communities.ground.pages import PageRequest

from .. import items_shown, permitting
from ..flow import State
from ..models import Cycle, Filing
from .due import MOST_LISTED
from .filling import FILERS


@roles(*FILERS)
@require_safe
def batch(request: PageRequest, key: int, code: str = "") -> HttpResponse:
    """Show one item of all communities that are being filled in; without an item, lead to the first one."""
    filings = _open(request, key)
    if not filings:
        return redirect("evaluations")
    items = items_shown.typable(filings[0])
    chosen = request.GET.get("item", "")
    if chosen in dict(items):
        return redirect("filing_batch", key=key, code=chosen)
    if not code and items:
        return redirect("filing_batch", key=key, code=items[0][0])
    if code not in dict(items):
        raise Http404
    rows = items_shown.across(filings, code, may_answer=True)
    position = [one for one, _label in items].index(code)
    context = {
        "cycle": filings[0].cycle,
        "items": items,
        "code": code,
        "rows": rows,
        "first": rows[0][1],
        "next": items[position + 1] if position + 1 < len(items) else None,
        "done": sum(1 for _filing, one in rows if not one.is_open),
    }
    return render(request, "filings/batch.html", context)


def _open(request: PageRequest, key: int) -> list[Filing]:
    """Return the filings of the evaluation that this account fills in now, by code; 404 where it reads none."""
    rows = permitting.filings_of(request.user).filter(cycle=key)
    if not rows.exists():
        get_object_or_404(Cycle.objects.none(), pk=key)
    coded = rows.filter(state=State.OPEN, place__codes__during__contains=clock.today())
    return list(coded.order_by("place__codes__code")[:MOST_LISTED])
