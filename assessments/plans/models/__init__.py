"""The models of plans: the plan and its versions, what a version holds, and the values that offices report."""

from .plans import Clause, Consultation, Plan, PlanVersion, Status
from .reported import ReportedValue
from .rules import Force, Milestone, Nature, Rule, Target
from .terms import Indicator, OverPlaces, OverTime, Parameter, ParameterValue, Reporter, SubjectLevel, ValueKind

__all__ = [
    "Clause",
    "Consultation",
    "Force",
    "Indicator",
    "Milestone",
    "Nature",
    "OverPlaces",
    "OverTime",
    "Parameter",
    "ParameterValue",
    "Plan",
    "PlanVersion",
    "ReportedValue",
    "Reporter",
    "Rule",
    "Status",
    "SubjectLevel",
    "Target",
    "ValueKind",
]
