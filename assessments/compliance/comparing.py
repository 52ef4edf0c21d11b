"""Which verdicts differ between two runs of one plan as at one day, told within an account's reach."""

from collections import Counter
from dataclasses import dataclass, field

from communities.ground.scope import Scope

from .actions import Flip, flips
from .models import Run
from .viewpoint import prefixes_above

MOST_SHOWN = 200
MOST_READ = 100_000


@dataclass(frozen=True)
class Turn:
    """How many places of one target turn from one verdict to another."""

    target: str
    label: str
    before: str
    after: str
    places: int


@dataclass(frozen=True)
class Compared:
    """A run beside the published one before it: how many verdicts turn, by target, and the first of them by name."""

    base: Run
    in_all: int
    turns: list[Turn]
    first: list[Flip] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def is_cut(self) -> bool:
        """Whether more verdicts turn than are listed by name."""
        return self.in_all > len(self.first)


@dataclass(frozen=True)
class Beside:
    """The published runs beside a run: the last one before it, and the latest one that has superseded it."""

    base: Run | None
    later: Run | None


def beside(run: Run) -> Beside:
    """
    Return the published runs of the same plan and day, over the same area or a wider one, that matter to `run`.

    A run by what was known at a moment stands beside none: it differs for another reason.
    """
    if run.known_at is not None:
        return Beside(None, None)
    runs = Run.objects.published().filter(version__plan=run.version.plan_id, as_of=run.as_of).exclude(pk=run.pk)
    wide = runs.filter(prefix__in=prefixes_above(run.prefix)).select_related("version__plan")
    found = list(wide.order_by("-published_at", "-pk"))
    later = [one for one in found if _is_after(one, run)]
    return Beside(next((one for one in found if one not in later), None), later[0] if later else None)


def _is_after(one: Run, run: Run) -> bool:
    """Say whether `one` was published after `run`: never where `run` is a trial."""
    if one.published_at is None or run.published_at is None:
        return False
    return bool((one.published_at, one.pk) > (run.published_at, run.pk))


def base_of(run: Run) -> Run | None:
    """Return the latest published run of the same plan and day over the same area or a wider one, None for none."""
    return beside(run).base


def compared(base: Run, run: Run, scope: Scope) -> Compared:
    """Return what turns from `base` to `run` at the places within the scope that `run` judged."""
    _in_all, found = flips(base, run, most=MOST_READ)
    seen = [flip for flip in found if scope.covers(flip.code) and flip.code.startswith(run.prefix)]
    labels = _labels(base) | _labels(run)
    counted = Counter((flip.target, flip.before, flip.after) for flip in seen)
    turns = [
        Turn(target, labels.get(target, target), before, after, places)
        for (target, before, after), places in counted.items()
    ]
    return Compared(base, len(seen), turns, seen[:MOST_SHOWN], labels)


def _labels(run: Run) -> dict[str, str]:
    return dict(run.version.targets.values_list("code", "label_zh"))
