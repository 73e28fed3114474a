"""What may stand in an item of the catalogue, whether it comes from a page or from a file."""

from __future__ import annotations

from collections.abc import Mapping

LONGEST_MINUTES = 600
LONGEST = {"code": 100, "title": 200, "module": 100, "text": 4000, "link": 500}


class ItemProblem(ValueError):
    """An item that cannot be used; the message is a sentence for people."""


def checked(wrote: Mapping[str, str]) -> dict:
    """The values of an item, checked; raises ItemProblem."""
    if not (wrote["code"] and wrote["title"]):
        raise ItemProblem("An item needs a code and a title.")
    for name, most in LONGEST.items():
        if len(wrote[name]) > most:
            raise ItemProblem(f"The {name} is longer than {most} characters.")
        if name != "text" and not wrote[name].isprintable():
            raise ItemProblem(f"The {name} holds a character that cannot be seen.")
    link = wrote["link"]
    if link and not (link.startswith("https://") and len(link.split()) == 1):
        raise ItemProblem("The link does not begin with https://, or has a space in it.")
    minutes = wrote["minutes"]
    if not (minutes.isascii() and minutes.isdigit() and len(minutes) < 6 and int(minutes) <= LONGEST_MINUTES):
        raise ItemProblem(f"Minutes are a number from 0 to {LONGEST_MINUTES}.")
    return {name: wrote[name] for name in LONGEST} | {"minutes": int(minutes)}
