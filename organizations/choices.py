"""What organizations, terms, people and posts can be: the field's kinds, and the national code lists."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class OrganizationKind(TextChoices):
    """What an organization is in its community, street or district."""

    PARTY_ORGANIZATION = "party_organization", _("community Party organization")
    PARTY_BRANCH = "party_branch", _("Party branch within a community")
    RESIDENTS_COMMITTEE = "residents_committee", _("community residents' committee")
    VILLAGERS_COMMITTEE = "villagers_committee", _("villagers' committee")
    AFFAIRS_SUPERVISION_COMMITTEE = "affairs_supervision_committee", _("affairs supervision committee")
    DELIBERATION_COUNCIL = "deliberation_council", _("community deliberation council")
    RESIDENTS_CONGRESS = "residents_congress", _("residents' congress")
    RESIDENTS_GROUP = "residents_group", _("residents' group")
    SERVICE_STATION = "service_station", _("community service station")
    SERVICE_CENTRE = "service_centre", _("community service centre")
    OWNERS_COMMITTEE = "owners_committee", _("owners' committee")
    PROPERTY_COMPANY = "property_company", _("property management company")
    SOCIAL_ORGANIZATION = "social_organization", _("community social organization")
    VOLUNTEER_TEAM = "volunteer_team", _("volunteer team")
    MASS_ORGANIZATION = "mass_organization", _("mass organization")
    ECONOMIC_COOPERATIVE = "economic_cooperative", _("economic cooperative")
    JOINT_STOCK_COMPANY = "joint_stock_company", _("joint-stock company of a former village")
    ASSET_MANAGEMENT_CENTRE = "asset_management_centre", _("asset management centre")
    RESIDENT_UNIT = "resident_unit", _("resident unit")
    OTHER = "other", pgettext_lazy("organization", "other organization")


# Of these a place has one at a time; of the others as many as there are.
SOLE_KINDS = (
    OrganizationKind.PARTY_ORGANIZATION,
    OrganizationKind.RESIDENTS_COMMITTEE,
    OrganizationKind.VILLAGERS_COMMITTEE,
    OrganizationKind.AFFAIRS_SUPERVISION_COMMITTEE,
    OrganizationKind.DELIBERATION_COUNCIL,
    OrganizationKind.RESIDENTS_CONGRESS,
)


class ElectionMethod(TextChoices):
    """Who voted when the term began."""

    DIRECT = "direct", _("direct election by all voters")
    HOUSEHOLDS = "households", _("election by household representatives")
    REPRESENTATIVES = "representatives", _("election by residents' representatives")
    PARTY_MEMBERS = "party_members", _("election by Party members")
    APPOINTED = "appointed", _("appointed")


class Title(TextChoices):
    """What somebody is in the organization."""

    SECRETARY = "secretary", _("secretary")
    DEPUTY_SECRETARY = "deputy_secretary", _("deputy secretary")
    DIRECTOR = "director", _("director")
    DEPUTY_DIRECTOR = "deputy_director", _("deputy director")
    MEMBER = "member", _("committee member")
    HEAD = "head", _("head of station")
    DEPUTY_HEAD = "deputy_head", _("deputy head of station")
    WORKER = "worker", _("station worker")
    GROUP_LEADER = "group_leader", _("residents' group leader")
    BUILDING_CAPTAIN = "building_captain", _("building captain")
    GRID_WORKER = "grid_worker", _("grid worker")
    REPRESENTATIVE = "representative", _("residents' representative")


class Channel(TextChoices):
    """Where somebody was recruited from, or by whom."""

    OFFICE_CADRE = "office_cadre", _("cadre of an office")
    INSTITUTION_STAFF = "institution_staff", _("staff of a public institution")
    GRADUATE = "graduate", _("graduate")
    DEMOBILIZED = "demobilized", _("demobilized soldier")
    OPEN_RECRUITMENT = "open_recruitment", _("open recruitment")
    SECONDED = "seconded", _("seconded from above")
    DEPARTMENT_HIRED = "department_hired", _("hired by a department")
    UTILITY_HIRED = "utility_hired", _("hired by a public utility")
    RESIDENT = "resident", _("resident of the community")


class Sex(TextChoices):
    """GB/T 2261.1."""

    UNKNOWN = "0", _("unknown sex")
    MALE = "1", _("male")
    FEMALE = "2", _("female")
    NOT_STATED = "9", _("sex not stated")


class Education(TextChoices):
    """GB/T 4658, the main groups."""

    POSTGRADUATE = "10", _("postgraduate")
    UNIVERSITY = "20", _("university")
    COLLEGE = "30", _("junior college")
    SECONDARY_VOCATIONAL = "40", _("secondary vocational school")
    SKILLED_WORKERS = "50", _("skilled workers' school")
    SENIOR_HIGH = "60", _("senior high school")
    JUNIOR_HIGH = "70", _("junior high school")
    PRIMARY = "80", _("primary school")
    ILLITERATE = "90", _("illiterate or semi-literate")


class PoliticalStatus(TextChoices):
    """GB/T 4762."""

    PARTY_MEMBER = "01", _("member of the Communist Party")
    PROBATIONARY = "02", _("probationary member of the Communist Party")
    YOUTH_LEAGUE = "03", _("member of the Youth League")
    REVOLUTIONARY_COMMITTEE = "04", _("Revolutionary Committee of the Kuomintang")
    DEMOCRATIC_LEAGUE = "05", _("Democratic League")
    NATIONAL_CONSTRUCTION = "06", _("National Construction Association")
    PROMOTING_DEMOCRACY = "07", _("Association for Promoting Democracy")
    PEASANTS_AND_WORKERS = "08", _("Peasants' and Workers' Party")
    ZHI_GONG = "09", _("Zhi Gong Party")
    JIU_SAN = "10", _("Jiu San Society")
    TAIWAN_LEAGUE = "11", _("Taiwan Self-Government League")
    NO_PARTY = "12", _("public figure without party")
    MASSES = "13", _("the masses")
