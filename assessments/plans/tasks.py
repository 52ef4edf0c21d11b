"""The jobs of this app: the import of a ledger that somebody uploaded."""

from communities.ground import jobs
from communities.ground.models import Job

from . import imports


@jobs.handler(imports.KIND)
def import_ledger(job: Job, progress: jobs.Progress) -> None:
    """Import the uploaded ledger; the wrong rows, if any, become the job's artefact."""
    imports.import_for(job, progress)
