"""Every command in the table of the README can be called as it is written there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from plugin.cli.main import main

README = Path(__file__).parents[2] / "README.md"
TABLE = README.read_text().split("## Commands")[1].split("## Settings")[0]
COMMANDS = re.findall(r"`rejoin ([^`]+)`", TABLE)


VALUES = {"N": "8", "S": "1", "DAY": "2026-11-23", "ROLE": "admin", "SCOPE": "roster:write"}
"""What a reader puts for the words of the table; its files and folders are there."""


@pytest.mark.parametrize("line", COMMANDS)
def test_command_takes_the_arguments_that_the_table_names(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command, words = main, shlex.split(line.split(" < ")[0])
    while isinstance(command, click.Group):
        name, *words = words
        command = command.get_command(click.Context(command), name)
        assert command is not None, f"there is no command {name}"
    for word in words:
        if word == "FOLDER":
            Path(word).mkdir()
        elif "." in word or word == "FILE":
            Path(word).touch()
    command.make_context(command.name, [VALUES.get(word, word) for word in words])


def test_table_was_found():
    assert len(COMMANDS) > 20
