"""What a template uses and says, read without writing anything."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from functools import lru_cache

import jinja2
from jinja2 import meta, nodes
from jinja2.ext import extract_from_ast

from notifications.organisations.store import WhomToCall

Text = str | tuple[str, ...]
"""An id of a catalogue: of a plural, what is said of one and of several."""
PIECES = ("plain.txt", "html.txt")
"""The two ways to write what a body asks of `form`."""
TEXT_FUNCTIONS = ("_", "gettext", "ngettext")
_OF_CALL = {one.name for one in fields(WhomToCall)}
_KEPT = 2_048
"""Readings of a template that are kept: those of all, whatever is made of them in a process."""


@lru_cache(_KEPT)
def faults(environment: jinja2.Environment, name: str, allowed: frozenset[str]) -> Sequence[str]:
    """What it uses that it will not be given, in words."""
    return tuple(_faults(environment, name, allowed))


def _faults(environment: jinja2.Environment, name: str, allowed: frozenset[str]) -> Iterator[str]:
    environment.get_template(name)  # compiled: an unknown filter shows
    for own, tree in _drawn_on(environment, name):
        # What it imports is given nothing of its surroundings.
        given = allowed | set(TEXT_FUNCTIONS) if own == name else set(TEXT_FUNCTIONS)
        if unknown := meta.find_undeclared_variables(tree) - given:
            yield f"{own} uses {sorted(unknown)}"
        if unknown := {one.attr for one in tree.find_all(nodes.Getattr) if _is_call(one)} - _OF_CALL:
            yield f"{own} uses {sorted(f'call.{one}' for one in unknown)}"


@lru_cache(_KEPT)
def texts(environment: jinja2.Environment, name: str) -> Sequence[Text]:
    """What it says, as ids of a catalogue: a pair where it is said otherwise of several."""
    return tuple(
        _text(found)
        for _, tree in _drawn_on(environment, name)
        for _line, _function, found in extract_from_ast(tree, TEXT_FUNCTIONS)
    )


def compared(environment: jinja2.Environment, name: str) -> Iterator[tuple[str, str]]:
    """What its branches depend on: a fact, and a text it is compared with."""
    for _, tree in _drawn_on(environment, name):
        for one in tree.find_all(nodes.Compare):
            for other in one.ops:
                if isinstance(one.expr, nodes.Name) and isinstance(other.expr, nodes.Const):
                    yield one.expr.name, other.expr.value


def _text(found: str | tuple[str | None, ...] | None) -> Text:
    """What jinja2 finds among the arguments: a text, or the texts and a None for each other argument."""
    parts = (found,) if isinstance(found, str) else tuple(one for one in found or () if one is not None)
    return parts if len(parts) > 1 else parts[0]


def _drawn_on(environment: jinja2.Environment, name: str) -> Iterator[tuple[str, nodes.Template]]:
    """The template, and all that it takes pieces from."""
    waiting, seen = [name], set[str]()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        tree = _parsed(environment, one)
        yield one, tree
        for found in meta.find_referenced_templates(tree):
            waiting += PIECES if found is None else (found,)


@lru_cache(_KEPT)
def _parsed(environment: jinja2.Environment, name: str) -> nodes.Template:
    assert environment.loader is not None
    return environment.parse(environment.loader.get_source(environment, name)[0])


def _is_call(one: nodes.Getattr) -> bool:
    return isinstance(one.node, nodes.Name) and one.node.name == "call"
