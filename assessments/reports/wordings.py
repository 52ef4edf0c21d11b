"""
Formulas in the words of a printed report: options of the plan are decided, its figures stand beside their names.

On the screen an explanation shows every branch a formula has; on paper only the one that holds under the plan's
options on that day.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from assessments.compliance.rulebook import Rulebook
from assessments.compliance.words import Leaf, Token, Writer
from assessments.formulas import Node
from assessments.formulas.tree import Among, Branch, Constant, Operation, ParameterOf

from . import figures


@dataclass(frozen=True)
class PaperWriter(Writer):
    """Writes formulas as they hold on a day."""

    day: date = date.max

    def _name(self, node: Node) -> str:
        name = super()._name(node)
        if not isinstance(node, ParameterOf):
            return name
        text = self.book.parameters[node.name].value_on(self.day)
        if text is None or node.type != "number":
            return name
        return f"{name}（{figures.quantity(Decimal(text), node.unit)}）"

    def _among(self, node: Among, leaf: Leaf) -> list[Token]:
        """Where the plan gives the choices no Chinese names, say how many are listed."""
        if node.name == "in" or not _nameless(node, self.labels(node.argument)):
            return super()._among(node, leaf)
        before = {"inside": "属于", "outside": "超出", "lacking": "缺少"}[node.name]
        return [Token(f"{before}规定的{len(node.listed)}类的个数："), *self._write(node.argument, 4, leaf)]

    def _branch(self, node: Branch, leaf: Leaf) -> list[Token]:
        taken = self._taken(node)
        return super()._branch(node, leaf) if taken is None else self._write(taken, 0, leaf)

    def _taken(self, node: Branch) -> Node | None:
        """Return the branch that an option of the plan decides, None where facts decide."""
        test = node.condition
        if not isinstance(test, Operation) or test.name not in ("==", "!="):
            return None
        left, right = test.arguments
        if not isinstance(left, ParameterOf) or not isinstance(right, Constant):
            return None
        spec = self.book.parameters[left.name]
        if any(value.for_prefix for value in spec.values):
            return None
        holds = (spec.value_on(self.day) == right.value) == (test.name == "==")
        return node.then if holds else node.otherwise


def _nameless(node: Among, labels: dict[str, object]) -> bool:
    return any(str(labels.get(name, name)).isascii() for name in node.listed)


def paper_writer(book: Rulebook, day: date) -> PaperWriter:
    """Return the writer for reports as at `day`."""
    return PaperWriter(book, day)
