"""The command that lists every name a formula may use."""

from io import StringIO

from django.core.management import call_command


def listed(*options: str) -> list[str]:
    out = StringIO()
    call_command("formula_names", *options, stdout=out)
    return out.getvalue().splitlines()


def test_every_metric_stands_with_its_options_its_unit_and_its_levels() -> None:
    (funds,) = [line for line in listed() if line.startswith("funds(")]
    assert "stream=work|" in funds
    assert "during=year|plan|term" in funds
    assert funds.endswith("cny · city district street community")


def test_of_one_level_only_what_can_be_asked_of_it_is_listed() -> None:
    names = [line.split(" ")[0] for line in listed("--level", "facility")]
    assert "facility_built_area" in names
    assert "households" not in names


def test_the_functions_are_listed_last() -> None:
    assert {"previous", "total", "if_"} <= set(listed()[-1].split())
