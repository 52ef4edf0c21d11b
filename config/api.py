"""Where the addresses of the API begin. The views are the apps'; here is only their order, and the description."""

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from assessments.compliance.api import FindingViewSet, RollUpViewSet, RunViewSet
from assessments.plans.api import ParameterViewSet, PlanViewSet, TargetViewSet, VersionViewSet
from communities.ground.access import roles
from communities.ground.api import JobViewSet, NothingHere
from communities.ground.roles import BUSINESS
from communities.places.api import PlaceViewSet

router = SimpleRouter(trailing_slash=False)
router.register("places", PlaceViewSet, "api_place")
router.register("plans", PlanViewSet, "api_plan")
router.register("plan-versions", VersionViewSet, "api_version")
router.register("targets", TargetViewSet, "api_target")
router.register("parameters", ParameterViewSet, "api_parameter")
router.register("runs", RunViewSet, "api_run")
router.register("findings", FindingViewSet, "api_finding")
router.register("roll-ups", RollUpViewSet, "api_roll_up")
router.register("jobs", JobViewSet, "api_job")

reading = roles(*BUSINESS)
urlpatterns: list[URLPattern | URLResolver] = [
    path("", reading(SpectacularSwaggerSplitView.as_view(url_name="api_schema")), name="api"),
    path("schema", reading(SpectacularAPIView.as_view()), name="api_schema"),
    *router.urls,
    path("<path:anything>", NothingHere.as_view()),
]
