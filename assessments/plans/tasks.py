"""The jobs of this app: the import of a ledger that somebody uploaded, and the export of one."""

from communities.ground import jobs
from communities.ground.models import Job, Role

from . import exports, imports


@jobs.handler(imports.KIND, roles={Role.OFFICER, Role.CLERK})
def import_ledger(job: Job, progress: jobs.Progress) -> None:
    """Import the uploaded ledger; the wrong rows, if any, become the job's artefact."""
    imports.import_for(job, progress)


@jobs.handler(exports.KIND, roles={Role.OFFICER, Role.CLERK})
def export_ledger(job: Job, progress: jobs.Progress) -> None:
    """Export a ledger as far as the account reaches; the file becomes the job's artefact."""
    exports.export_for(job, progress)
