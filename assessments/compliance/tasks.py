"""What workers do for judging."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from assessments.plans.models import PlanVersion
from communities.ground import jobs
from communities.ground.jobs import Progress
from communities.ground.models import Job, Role

from . import actions, running


@jobs.handler("evaluate", roles={Role.OFFICER})
def evaluate(job: Job, progress: Progress) -> None:
    """Do the judging that the job row describes: version, as_of, within, known_at."""
    wanted = job.arguments
    version = PlanVersion.objects.select_related("plan").get(pk=wanted["version"])
    as_of = date.fromisoformat(wanted["as_of"]) if wanted.get("as_of") else None
    progress.process(_("Judging by {version}").format(version=version))
    run = actions.evaluate(
        version=version,
        as_of=as_of,
        within=wanted.get("within"),
        known_at=datetime.fromisoformat(wanted["known_at"]) if wanted.get("known_at") else None,
        by=job.requested_by,
        job=job,
        steps=progress,
    )
    running.analyze()
    progress.log(str(run))
