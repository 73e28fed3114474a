"""Faults that cosmic-ray has none of: one condition of several is not asked, and one thing that is done is not done.

The lines below stay where they are, so that what is changed can be put into a process that has the rest loaded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import parso
from cosmic_ray.operators.operator import Example, Operator
from cosmic_ray.plugins import OPERATOR_PROVIDERS
from parso.tree import NodeOrLeaf

Positions = Iterator[tuple[tuple[int, int], tuple[int, int]]]
NEVER_DELETED = ("import_name", "import_from", "string", "strings", "keyword")
"""Simple statements that say nothing by themselves (`pass`, a docstring), or without which nothing loads."""


class DeleteCondition(Operator):
    """`a and b and c` without one of them, and `a or b`."""

    def mutation_positions(self, node: NodeOrLeaf) -> Positions:
        """One for each condition."""
        if node.type in ("and_test", "or_test"):
            yield from ((condition.start_pos, condition.end_pos) for condition in node.children[::2])

    def mutate(self, node: NodeOrLeaf, index: int) -> NodeOrLeaf:
        """The node without that condition."""
        word = f" {node.children[1].value} "
        left = [
            child.get_code(include_prefix=False) for place, child in enumerate(node.children[::2]) if place != index
        ]
        # In brackets, like the whole was bound before; and as many lines as it had.
        return _in_place_of(node, f"({word.join(left)}", ")")

    @classmethod
    def examples(cls) -> Sequence[Example]:
        """What it does."""
        return Example("a and b", "(b)"), Example("a or b or c", "(a or c)", occurrence=1)


class DeleteStatement(Operator):
    """A function without one of its statements: a line, or a whole `if` that has no `else`."""

    def mutation_positions(self, node: NodeOrLeaf) -> Positions:
        """One for each statement that says something."""
        if _is_statement(node) and node.search_ancestor("funcdef"):
            yield node.start_pos, node.end_pos

    def mutate(self, node: NodeOrLeaf, index: int) -> NodeOrLeaf:
        """Nothing in its place."""
        return _in_place_of(node, "pass", "\n")

    @classmethod
    def examples(cls) -> Sequence[Example]:
        """What it does."""
        return (Example("def f():\n    g()\n    h()\n", "def f():\n    pass\n    h()\n"),)


def add_ours() -> None:
    """Let cosmic-ray know of these kinds of fault."""
    OPERATOR_PROVIDERS["ours"] = {kind.__name__: kind for kind in (DeleteCondition, DeleteStatement)}


def _is_statement(node: NodeOrLeaf) -> bool:
    if node.type == "if_stmt":
        return not any(child.type == "keyword" and child.value in ("elif", "else") for child in node.children)
    return node.type == "simple_stmt" and node.children[0].type not in NEVER_DELETED


def _in_place_of(node: NodeOrLeaf, code: str, end: str) -> NodeOrLeaf:
    """A leaf with other code, over as many lines."""
    before = node.get_first_leaf().prefix
    lines = node.get_code(include_prefix=False).count("\n") - code.count("\n") - end.count("\n")
    return parso.python.tree.Name(before + code + "\n" * lines + end, node.start_pos)
