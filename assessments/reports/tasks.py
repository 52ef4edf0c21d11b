"""What workers do for reports: printing, which takes seconds and is never done in a request."""

from assessments.compliance.models import Run
from communities.ground import jobs
from communities.ground.jobs import Progress
from communities.ground.models import Job, Role
from communities.ground.roles import BUSINESS

from . import actions, batches


@jobs.handler("report", roles=BUSINESS)
def report(job: Job, progress: Progress) -> None:
    """Print the report that the job row describes: run, place (a division code); the file is the artefact."""
    run = Run.objects.select_related("version__plan").get(pk=job.arguments["run"])
    printed = actions.print_report(run, str(job.arguments["place"]), by=job.requested_by, steps=progress)
    progress.artefact(printed.file)
    progress.log(f"{printed.file.name} · {printed.check_code}")


@jobs.handler(batches.KIND, roles={Role.OFFICER, Role.CLERK}, atomic=False)
def reports(job: Job, progress: Progress) -> None:
    """Print the reports that the job row describes: run, place (a code prefix), levels; the ZIP is the artefact."""
    batches.print_all(job, progress)
