"""`rejoin` as somebody types it: mostly in this process, as a process of its own takes most of its time to begin."""

from __future__ import annotations

import gc
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

from click.testing import CliRunner

from plugin.cli.main import main

REJOIN = str(Path(sys.executable).with_name("rejoin"))


def typed(*arguments: str | Path, folder: Path | str = ".") -> subprocess.CompletedProcess[str]:
    """What the command says here and how it ends; an error that is no sentence fails the test."""
    with chdir(folder):
        done = CliRunner().invoke(main, [str(argument) for argument in arguments], prog_name="rejoin")
    gc.enable()  # a command that ends soon looks for no garbage
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


def started(*arguments: str | Path, folder: Path | str = ".") -> subprocess.CompletedProcess[str]:
    """The same in a process of its own, with everything that is between the shell and the command."""
    command = [REJOIN, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=folder, check=False)
