"""Which places a run judged, and how many of them lie where an account looks."""

from django.db.models import Q, QuerySet

from communities.places.models import PlaceCode

from .models import Finding, RollUp, Run


def judged_places(run: Run, prefix: str) -> QuerySet[PlaceCode]:
    """Return the codes, on the run's day and in their order, of the places at and below `prefix` that `run` judged."""
    told = Q(place__in=Finding.objects.filter(run=run).values("place"))
    told |= Q(place__in=RollUp.objects.filter(run=run).values("place"))
    return PlaceCode.objects.filter(told, code__startswith=prefix, during__contains=run.as_of).order_by("code")


def places_within(run: Run, prefix: str) -> int:
    """Return how many places at and below `prefix` the run judged; what it counted itself where that is all of it."""
    return run.places if prefix == run.prefix else judged_places(run, prefix).count()
