"""Addresses of judging: a plan's reading page and versions, runs, findings, why."""

from django.urls import path

from .views import findings, publishing, runs, versions, why

urlpatterns = [
    path("plans/<slug:code>/", versions.plan, name="plan"),
    path("plans/<slug:code>/versions/<int:number>/", versions.version, name="plan_version"),
    path("plans/<slug:code>/versions/<int:number>/try/", versions.try_out, name="plan_try"),
    path("plans/<slug:code>/versions/<int:number>/publish/", publishing.publish_version, name="plan_publish"),
    path("runs/", runs.runs, name="runs"),
    path("runs/<int:key>/", runs.run, name="run"),
    path("runs/<int:key>/publish/", publishing.publish_run, name="run_publish"),
    path("jobs/<int:key>/run/", runs.of_job, name="job_result_evaluate"),
    path("findings/", findings.findings, name="findings"),
    path("why/", why.why, name="why"),
]
