"""The picture of an evaluation: one self-contained SVG with the outcomes as a heat grid and the confidence as bars."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

from plugin.core.assessment import Confidence, Outcome
from plugin.evaluation.figures import TRUE_OUTCOMES, Figures, Level
from plugin.evaluation.target import Measured, percent

WIDTH, LEFT, TOP, CELL_WIDTH, CELL_HEIGHT = 960, 150, 132, 104, 44
BAR_LEFT, BAR_WIDTH, BAR_HEIGHT = 150, 470, 26
MEASURED_LEFT, ASKED_LEFT = 710, 820
ROW = 26
FAINTEST, STRONGEST = 0.14, 0.5
"""Opacity of a cell with a single case, and of one with all of its row; the number stays readable on both."""

STYLE = """
  text { font: 14px system-ui, sans-serif; fill: #1b2733; }
  .h { font-weight: 600; font-size: 16px; } .s { font-size: 12.5px; fill: #51606e; } .n { text-anchor: middle; }
  .e { text-anchor: end; } .z { fill: #8a949e; }
  .right { fill: #2f6fa8; } .wrong { fill: #c2571a; } .open { fill: #8a8a80; }
  .grid { fill: none; stroke: #8a949e; stroke-opacity: .45; } .track { fill: #8a949e; fill-opacity: .15; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .s { fill: #9fb0bf; } .z { fill: #6f7b87; }
    .right { fill: #6aa9e0; } .wrong { fill: #f08a4b; } .open { fill: #9b9b92; }
  }
"""


def picture(figures: Figures, targets: Iterable[Measured]) -> str:
    """The SVG as text; it brings its own style, names no font of its own and follows a light or a dark page."""
    below = TOP + CELL_HEIGHT * len(TRUE_OUTCOMES) + 64
    targets = tuple(targets)
    causes = below + 24 + 40 * len(Confidence) + 40
    rows = causes + ROW * (len(figures.causes) + 2) + 58
    height = rows + ROW * len(targets) + 24
    labels = 'aria-labelledby="title desc"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" {labels}>',
        f'<title id="title">Verdicts beside the truth, {figures.participations:,} simulated participations</title>',
        f'<desc id="desc">{escape(_described(figures, targets))}</desc>',
        f"<style>{STYLE}</style>",
        *_grid(figures),
        *_bars(figures, below),
        *_causes(figures, causes),
        *_list(targets, rows),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _described(figures: Figures, targets: tuple[Measured, ...]) -> str:
    met = sum(target.met for target in targets)
    review = figures.review
    return (
        f"Of {figures.participations:,} participations the verdict is right in {figures.right:,}, wrong in "
        f"{figures.wrong:,} and undetermined in {review.undetermined:,}; {review.count:,} are sent to a person. "
        f"{met} of {len(targets)} targets are met."
    )


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}"' + (f' class="{kind}"' if kind else "") + f">{escape(words)}</text>"


def _grid(figures: Figures) -> list[str]:
    middle = LEFT + CELL_WIDTH * len(Outcome) / 2
    parts = [
        _text(20, 34, f"Verdicts beside the truth: {figures.participations:,} simulated participations", "h"),
        _text(20, 58, "How often each outcome was judged as which. The stronger a colour, the larger the share", "s"),
        _text(20, 76, "of its row; blue agrees with the truth, grey leaves it open, orange does not agree.", "s"),
        _text(middle, TOP - 28, "verdict", "s n"),
        _text(LEFT - 12, TOP - 10, "truth", "s e"),
    ]
    parts += [_text(LEFT + CELL_WIDTH * (n + 0.5), TOP - 10, str(told), "n") for n, told in enumerate(Outcome)]
    for row, true in enumerate(TRUE_OUTCOMES):
        counts = figures.outcome[true]
        y = TOP + CELL_HEIGHT * row
        parts.append(_text(LEFT - 12, y + CELL_HEIGHT / 2 + 5, str(true), "e"))
        for column, told in enumerate(Outcome):
            parts += _cell(LEFT + CELL_WIDTH * column, y, counts[told], sum(counts.values()), _kind(true, told))
    return parts


def _kind(true: Outcome, told: Outcome) -> str:
    if told is Outcome.UNDETERMINED:
        return "open"
    return "right" if told is true else "wrong"


def _cell(x: float, y: float, count: int, of_row: int, kind: str) -> list[str]:
    box = f'x="{x:g}" y="{y:g}" width="{CELL_WIDTH}" height="{CELL_HEIGHT}"'
    parts = [f'<rect {box} class="grid"/>']
    if count:
        # The square root, so that one wrong verdict among thousands can still be seen.
        strength = FAINTEST + (STRONGEST - FAINTEST) * (count / of_row) ** 0.5
        parts.append(f'<rect {box} class="{kind}" fill-opacity="{strength:.2f}"/>')
    middle = x + CELL_WIDTH / 2, y + CELL_HEIGHT / 2 + 5
    parts.append(_text(*middle, f"{count:,}", "n" if count else "n z"))
    return parts


def _bars(figures: Figures, top: float) -> list[str]:
    parts = [_text(20, top, "How often a verdict of each confidence is right", "h")]
    for row, level in enumerate(Confidence):
        parts += _bar(level, figures.confidence[level], top + 20 + 40 * row)
    return parts


def _bar(name: Confidence, level: Level, y: float) -> list[str]:
    width = BAR_WIDTH * (level.share_right or 0)
    base = y + BAR_HEIGHT / 2 + 5
    said = level.count - level.undetermined
    told = f"{percent(level.share_right)} of {said:,}" if said else "none says anything"
    if level.undetermined:
        told += f"; {level.undetermined:,} undetermined"
    bar = f'x="{BAR_LEFT}" y="{y:g}" height="{BAR_HEIGHT}" rx="3"'
    return [
        _text(BAR_LEFT - 12, base, str(name), "e"),
        f'<rect {bar} width="{BAR_WIDTH}" class="track"/>',
        f'<rect {bar} width="{width:.1f}" class="right" fill-opacity="{STRONGEST}"/>',
        _text(BAR_LEFT + BAR_WIDTH + 14, base, told),
    ]


def _causes(figures: Figures, top: float) -> list[str]:
    columns = [BAR_LEFT + 120 * n for n in range(5)]
    heads = ("truth", "verdict", "left open", "precision", "recall")
    parts = [_text(20, top, "Causes, and no-shows", "h")]
    parts += [_text(x, top + ROW, head, "s") for x, head in zip(columns, heads, strict=True)]
    for row, (name, found) in enumerate([*figures.causes.items(), ("no-show", figures.no_show)]):
        y = top + ROW * (row + 2)
        counts = (f"{count:,}" for count in (found.truth, found.verdict, found.undetermined))
        cells = (*counts, percent(found.precision), percent(found.recall))
        parts.append(_text(BAR_LEFT - 12, y, name, "e"))
        parts += [_text(x, y, cell) for x, cell in zip(columns, cells, strict=True)]
    return parts


def _list(targets: tuple[Measured, ...], top: float) -> list[str]:
    parts = [_text(20, top, "Targets", "h")]
    for row, target in enumerate(targets):
        y = top + ROW * (row + 1)
        parts += [
            _text(BAR_LEFT - 12, y, "met" if target.met else "not met", "e" if target.met else "e wrong"),
            _text(BAR_LEFT, y, target.figure),
            _text(MEASURED_LEFT, y, target.shown),
            _text(ASKED_LEFT, y, f"asked: {target.asked}", "s"),
        ]
    return parts
