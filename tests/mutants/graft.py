"""A mutant put into a process that has everything loaded: functions get the code of the mutant."""

from __future__ import annotations

import gc
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from inspect import CO_OPTIMIZED
from types import CodeType, FunctionType

Place = tuple[str, str, int]
"""File, qualified name and first line of a piece of code."""


class Stock:
    """All functions that are loaded, by where their code stands."""

    def __init__(self) -> None:
        self._functions: dict[Place, list[FunctionType]] = defaultdict(list)
        for thing in gc.get_objects():
            if isinstance(thing, FunctionType):
                self._functions[_place(thing.__code__)].append(thing)

    def graft(self, file: str, before: str, after: str) -> bool:
        """Give the functions of a file the code of a mutant of it.

        False, and nothing is done, if that would not be the same as to load the mutant: when it changes what runs
        while a module is loaded, or a function that cannot be found.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a mutant may compare by `is`, which Python thinks odd
            old = compile(before, file, "exec")
            new = compile(after, file, "exec")
        if _loading(old) != _loading(new):
            return False
        olds, news = ({_place(code): code for code in _functions_of(module)} for module in (old, new))
        changed = [place for place in olds if news.get(place) != olds[place]]
        if not changed or news.keys() != olds.keys() or not all(self._functions.get(place) for place in changed):
            return False
        # A function that is made within another comes from the code of that one, or is made already.
        codes = [code for outer in _functions_of(new) if _place(outer) in changed for code in (outer, *_within(outer))]
        every = [(function, code) for code in codes for function in self._functions.get(_place(code), ())]
        known = [id(function) for function, _ in every]
        if len(known) > len(set(known)):  # two on one line: nobody could say which is which
            return False
        if any(len(function.__code__.co_freevars) != len(code.co_freevars) for function, code in every):
            return False
        for function, code in every:
            function.__code__ = code
        return True


def _place(code: CodeType) -> Place:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _parts(code: CodeType) -> list[CodeType]:
    return [part for part in code.co_consts if isinstance(part, CodeType)]


def _within(code: CodeType) -> Iterator[CodeType]:
    for part in _parts(code):
        yield part
        yield from _within(part)


def _functions_of(code: CodeType) -> Iterator[CodeType]:
    """The functions of a module or a class; not what is made within them."""
    for part in _parts(code):
        if part.co_flags & CO_OPTIMIZED:
            yield part
        else:
            yield from _functions_of(part)


def _loading(code: CodeType) -> tuple[object, ...]:
    """What runs while a module or the body of a class is loaded, apart from the functions that it makes."""
    return code.co_code, code.co_names, tuple(_constants(code.co_consts))


def _constants(constants: Iterable[object]) -> Iterator[object]:
    for constant in constants:
        if not isinstance(constant, CodeType):
            yield repr(constant)
        elif constant.co_flags & CO_OPTIMIZED:
            yield constant.co_qualname
        else:
            yield _loading(constant)
