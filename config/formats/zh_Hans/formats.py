"""Chinese: thousands apart by a comma as in statistical bulletins, days in the order of GB/T 7408 (2008-12-31)."""

THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
DATE_FORMAT = SHORT_DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "Y-m-d H:i"
