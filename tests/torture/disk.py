"""The other side of disk.c: builds it, switches its faults, and cuts the power."""

from __future__ import annotations

import contextlib
import mmap
import random
import shutil
import struct
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("disk.c")
SECTOR = 4096
_FIELDS = ("sync_delay_us", "full", "syncs_to_fail", "clock_step_s", "syncs")


def build(folder: Path) -> Path | None:
    """Compile the library; None where there is no compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return None
    library = folder / "disk.so"
    command = [compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl", "-lpthread"]
    subprocess.run(command, check=True, capture_output=True)
    return library


class Disk:
    """The folder in which a database lives, what of it is synced, and the faults of the disk."""

    def __init__(self, folder: Path):
        self.folder = folder / "disk"
        self.shadow = folder / "synced"
        self.control = folder / "disk.control"
        self.folder.mkdir()
        self.shadow.mkdir()
        self.control.write_bytes(bytes(mmap.PAGESIZE))
        with self.control.open("r+b") as file:
            self._page = mmap.mmap(file.fileno(), mmap.PAGESIZE)

    @property
    def arguments(self) -> list[str]:
        """What `disk_begin` is called with."""
        return [str(self.folder), str(self.shadow), str(self.control)]

    def set(self, **faults: int) -> None:
        """Switch faults: `set(sync_delay_us=10_000)`, `set(full=1)`; they hold at once, in every process."""
        for name, value in faults.items():
            struct.pack_into("q", self._page, 8 * _FIELDS.index(name), value)

    def get(self, name: str) -> int:
        """How a fault or a count stands."""
        return struct.unpack_from("q", self._page, 8 * _FIELDS.index(name))[0]

    def lay_down(self, path: Path) -> None:
        """Put a finished file onto the disk, synced."""
        shutil.copy(path, self.folder / path.name)
        shutil.copy(path, self.shadow / path.name)
        (self.shadow / f".name-{path.name}").touch()

    def cut(self, lot: random.Random | None = None) -> None:
        """What is left after the power went: what was synced, under the names that were.

        With `lot` some of what was not synced survives all the same, sector by sector, as it may on a real disk. Every
        process must be dead.
        """
        kept = {path.name.removeprefix(".name-") for path in self.shadow.glob(".name-*")}
        for path in list(self.folder.iterdir()):
            if path.name not in kept or path.name.endswith("-shm"):
                path.unlink()
                with contextlib.suppress(FileNotFoundError):
                    (self.shadow / path.name).unlink()
        for name in kept:
            synced, real = self.shadow / name, self.folder / name
            if not synced.exists():
                continue
            if lot is not None and real.exists():
                synced.write_bytes(_mixed(synced.read_bytes(), real.read_bytes(), lot))
            shutil.copy(synced, real)


def _mixed(synced: bytes, written: bytes, lot: random.Random) -> bytes:
    """Of each sector either what was synced or what was written over it since."""
    length = max(len(synced), len(written)) if lot.random() < 0.5 else len(synced)
    parts = []
    for at in range(0, length, SECTOR):
        old, new = synced[at : at + SECTOR], written[at : at + SECTOR]
        chosen = new if lot.random() < 0.5 and len(new) >= len(old) else old
        parts.append(chosen.ljust(min(SECTOR, length - at), b"\0"))
    return b"".join(parts)
