"""
The formula language of plan packs: one parsed tree, two readings.

`parse` turns a text into a typed tree and refuses everything that is not on the list. `evaluate` reads the tree on
Decimals and keeps a trace: that is the explanation, and the oracle of the tests. A `Statement` writes it as an SQL
expression over tables of facts: that is what a run executes. The two are proved to agree (tests/formulas).

Three kinds of answer: a value, MISSING (a fact nobody has recorded: the verdict is undetermined) and UNDEFINED
(a division by zero or a mean of nothing: the question does not apply). Missing outweighs undefined.
"""

from .errors import FormulaError
from .parsing import check_comparable, parse
from .reading import Facts, Origin, Subject, Trace, evaluate
from .sql import Compiled, Statement, Tables
from .tree import Fact, Node, needed
from .values import MISSING, UNDEFINED, Absent, Value
from .vocabulary import Indicator, Parameter, Vocabulary

__all__ = [
    "MISSING",
    "UNDEFINED",
    "Absent",
    "Compiled",
    "Fact",
    "Facts",
    "FormulaError",
    "Indicator",
    "Node",
    "Origin",
    "Parameter",
    "Statement",
    "Subject",
    "Tables",
    "Trace",
    "Value",
    "Vocabulary",
    "check_comparable",
    "evaluate",
    "needed",
    "parse",
]
