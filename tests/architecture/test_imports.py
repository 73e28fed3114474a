"""Which part may know which: the table below is the architecture, and the tree is held to it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]

# part: the parts it may import. What stands further up never knows what stands further down.
ALLOWED: dict[str, set[str]] = {
    # The pure core: values in, values out. It knows nobody.
    "plugin.core": set(),
    "plugin.ports": set(),
    # Reading what Zoom sends: bytes in, words of the core out.
    "webhooks.leave_reason": {"plugin.core"},
    "webhooks.equipment": {"plugin.core"},
    "webhooks.wire": {"plugin.core", "webhooks.equipment", "webhooks.leave_reason"},
    "webhooks.signature": set(),
    "webhooks.challenge": set(),
    "config.settings": set(),
    "config.policy": {"plugin.core"},
    "plugin.roster": {"plugin.core"},
    "plugin.recording": {"plugin.core", "webhooks.wire"},
    "plugin.replay": {"plugin.core", "plugin.recording"},
    # The truth of a simulation and verdicts in, figures out; pure like the core.
    "plugin.evaluation": {"plugin.core"},
    # It shows what the engine is worth only as long as it shares nothing with it but the wire format.
    "plugin.simulator": set(),
    # The edges: where things are kept, and whom we talk to.
    "plugin.storage": {"plugin.core", "plugin.ports"},
    "plugin.adapters": {"plugin.ports", "plugin.storage", "config.settings"},
    # The use cases.
    "plugin.service": {"plugin.core", "plugin.ports", "plugin.storage", "config.settings", "webhooks.wire"},
    # The doors.
    "webhooks.flood": set(),
    "webhooks.inbox": {"plugin.storage", "plugin.ports", "webhooks.flood"},
    "webhooks.tally": {"plugin.storage", "plugin.ports"},
    "webhooks.receiver": {
        "webhooks.inbox", "webhooks.tally", "webhooks.signature", "webhooks.challenge", "plugin.ports",
        "config.settings",
    },
    "webhooks.twilio": {"plugin.service", "plugin.storage"},
    "webhooks.unsubscribe": {"plugin.service"},
    "webhooks.route": {"webhooks.inbox", "webhooks.receiver"},
    "webhooks.door": {"webhooks.doorkeeper", "webhooks.receiver"},
    "webhooks.doorkeeper": {"webhooks.inbox", "webhooks.receiver"},
    "plugin.web": {"plugin.core", "plugin.ports", "plugin.service", "plugin.storage"},
    "plugin.api": {"plugin.core", "plugin.ports", "plugin.service", "plugin.storage", "plugin.roster"},
    # The one place that puts everything together, and the commands that ask it to.
    "plugin.composition": {
        "config.settings", "config.policy", "plugin.ports", "plugin.storage", "plugin.adapters", "plugin.service",
        "plugin.web", "plugin.api", "webhooks.inbox", "webhooks.receiver", "webhooks.route", "webhooks.tally",
        "webhooks.twilio", "webhooks.unsubscribe",
    },
    # What a server loads.
    "plugin.listener": set(),
    "plugin.serving": {"plugin.composition", "plugin.listener", "webhooks.door", "webhooks.doorkeeper"},
    # What `rejoin check` looks at: everything that can be wrong, before it goes wrong.
    "plugin.checkup": {
        "config.settings", "config.policy", "plugin.ports", "plugin.storage", "plugin.adapters", "plugin.service",
        "plugin.composition",
    },
    "plugin.cli": {
        "config.settings", "config.policy", "plugin.core", "plugin.ports", "plugin.storage", "plugin.service",
        "plugin.roster", "plugin.recording", "plugin.replay", "plugin.evaluation", "plugin.composition",
        "plugin.checkup", "plugin.listener", "plugin.serving", "plugin.simulator", "webhooks.wire",
    },
    "plugin.demo": {
        "config.settings", "plugin.core", "plugin.ports", "plugin.storage", "plugin.service", "plugin.roster",
        "plugin.composition", "webhooks.signature",
    },
    "wsgi": {"plugin.composition"},
}  # fmt: skip

# What the core must not know, so that the replay, the service and the tests judge alike.
IMPURE = {
    "flask", "sqlalchemy", "requests", "os", "random", "time", "subprocess", "socket", "secrets", "uuid", "logging",
    "structlog", "zoomus", "click", "pathlib", "threading",
}  # fmt: skip
LONGEST_MODULE, LONGEST_FUNCTION = 400, 60


@cache
def modules() -> dict[str, Path]:
    """Every module of ours by its dotted name."""
    files = [path for folder in ("plugin", "webhooks", "config") for path in (ROOT / folder).rglob("*.py")]
    return {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in (*files, ROOT / "wsgi.py")}


def part_of(module: str) -> str:
    """The part that a module belongs to: of `plugin` the folder, of the others the module itself."""
    names = module.removesuffix(".__init__").split(".")
    if len(names) == 1:
        return names[0]
    part = ".".join(names[:2])
    # A module beside its folder's main one, such as roster_cell beside roster, belongs to the same part.
    return next((known for known in ALLOWED if part.startswith(f"{known}_")), part)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def imports(path: Path) -> set[str]:
    """What a module imports, anywhere in it: a late import is an import too."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: an import that is relative hides where it leads"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def ours(name: str) -> bool:
    return name.split(".")[0] in {"plugin", "webhooks", "config", "wsgi"}


def nothing(wrong: Iterable[str]) -> None:
    """Fail with all that is wrong, a line each: a test for each module would cost more than its look."""
    found = list(wrong)
    assert not found, "\n".join(found)


def test_every_module_knows_only_the_parts_it_may():
    nothing(filter(None, map(imported_against_the_table, sorted(modules()))))


def imported_against_the_table(module: str) -> str:
    path, part = modules()[module], part_of(module)
    if part in {"plugin", "webhooks", "config"}:
        return f"{module}: a package's own file says what is in it and imports nothing" if imports(path) else ""
    if part not in ALLOWED:
        return f"{module}: the table does not say what {part} may import; add a line to it"
    unknown = {part_of(name) for name in imports(path) if ours(name)} - {part} - ALLOWED[part]
    told = f"{module} imports {', '.join(sorted(unknown))}; {part} may know {sorted(ALLOWED[part])}"
    return told if unknown else ""


def test_the_table_has_no_circle():
    done: set[str] = set()
    rest = dict(ALLOWED)
    while rest:
        free = {part for part, known in rest.items() if known <= done}
        assert free, f"these parts know each other in a circle: {sorted(rest)}"
        done |= free
        rest = {part: known for part, known in rest.items() if part not in free}


def test_core_is_pure():
    core = [module for module in sorted(modules()) if part_of(module) == "plugin.core"]
    assert len(core) > 20
    for module in core:
        outside = {name.split(".")[0] for name in imports(modules()[module])}
        assert not outside & IMPURE, f"{module} imports {sorted(outside & IMPURE)}"
    nothing(f"{where} asks for the time; `now` is an argument here" for one in core for where in asks_the_clock(one))


def asks_the_clock(module: str) -> Iterator[str]:
    """Where a module asks the machine for the time."""
    for node in ast.walk(tree(modules()[module])):
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"} and _is_clock(node):
            yield f"{module}:{node.lineno}"


def _is_clock(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id in {"datetime", "date", "dt"}


def test_only_the_clock_adapter_asks_the_machine_for_the_time():
    others = sorted(modules().keys() - {"plugin.adapters.clock", "plugin.demo.command", "plugin.demo.zoom_stand_in"})
    nothing(f"{where} asks the machine for the time; take a Clock" for one in others for where in asks_the_clock(one))


def test_every_module_can_be_read_in_one_sitting():
    lengths = {module: len(path.read_text().splitlines()) for module, path in sorted(modules().items())}
    assert len(lengths) > 200
    nothing(f"{one} has {n} lines; split it by its nouns" for one, n in lengths.items() if n > LONGEST_MODULE)


def test_functions_fit_a_screen():
    # A list of tables is read like one.
    nothing(where for one in sorted(modules()) if ".migrations." not in one for where in long_functions(one))


def long_functions(module: str) -> Iterator[str]:
    for node in ast.walk(tree(modules()[module])):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = node.end_lineno - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{module}:{node.lineno} {node.name} has {length} lines"


def test_way_through_the_core_is_the_one_that_its_map_shows():
    """Every module of the core stands in the map once, and looks only at those that stand before it."""
    core = {name.split(".")[2]: [] for name in modules() if name.startswith("plugin.core.")}
    core.pop("__init__")
    told = ast.get_docstring(tree(ROOT / "plugin" / "core" / "__init__.py")).splitlines()
    way = [name for line in told if "  " in line for name in line.split("  ")[-1].strip().split(", ")]
    assert sorted(way) == sorted(core), "a module is missing from the map, or stands in it twice, or is gone"
    for name, path in modules().items():
        if name.startswith("plugin.core.") and not name.endswith("__init__"):
            core[name.split(".")[2]] += {one.split(".")[2] for one in imports(path) if one.startswith("plugin.core.")}
    gathers_limits = {"policy"}
    nothing(
        f"plugin.core.{one} looks at {other}, which comes after it"
        for one in set(way) - gathers_limits
        for other in sorted(core[one])
        if other in way and way.index(other) > way.index(one)
    )


def test_names_are_nouns_of_the_field():
    vague = {"utils", "util", "helpers", "helper", "manager", "misc", "common"}
    assert not [name for name in modules() if set(name.split(".")) & vague]


def test_every_action_is_queued_in_the_line_of_its_program():
    elsewhere = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "plugin" / "service").rglob("*.py")
        if path.name != "lane.py" and "queue.request(tx, WorkKind.ACT" in path.read_text()
    ]
    assert not elsewhere, f"these pass by plugin/service/lane.py: {elsewhere}"
