"""Renders `docs/reference/elk-bootstrap.md` and `docs/reference/model-logs.md`: every command, from the click tree.

The words are those of `--help`; this module only arranges them. Values come from the commands' own attributes, since
click's formatted help differs between versions of click and widths of terminals.
"""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

import click

from model_logs import cli
from model_logs.errors import AssetError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PAGES", "render_commands", "tree"]

_HEAD = """\
<!-- Generated from the commands by `python -m model_logs.generate`: change src/model_logs/cli, not this file. -->
# {name}

{help}

{epilog}
"""
# Command → the page below docs/ that tells what it is for; a group's page is that of its commands.
PAGES = {
    "elk-bootstrap": {
        "init": "bootstrap.md",
        "plan": "bootstrap.md",
        "apply": "bootstrap.md",
        "status": "bootstrap.md",
        "verify": "production.md",
        "doctor": "doctor.md",
        "remove": "bootstrap.md",
        "render": "dashboards.md",
        "keys": "keys.md",
        "assets": "bootstrap.md",
        "lint": "dashboards.md",
    },
    "model-logs": {
        "demo": "tutorial.md",
        "node": "node.md",
        "ship": "ship.md",
        "pipeline": "text-lines.md",
        "report": "report.md",
        "audit": "audit.md",
        "erase": "erasure.md",
        "baseline": "alerts.md",
        "gate": "gates.md",
        "compare": "serving.md",
        "outcomes": "outcomes.md",
        "drift": "drift.md",
        "chaos": "chaos.md",
        "registry": "registries.md",
        "trace": "lineage.md",
        "lineage": "lineage.md",
        "alerts": "alerts.md",
        "monitor": "monitor.md",
    },
}
# How a help text names a default that click does not know.
_DEFAULT = re.compile(r"\s*\[default: ([^\]]*)\]")
_MARKUP = re.compile(r"(`[^`]*`)|([*<|\[\]])")


def render_commands() -> dict[str, str]:
    """Return the paths and texts of both pages."""
    return {f"docs/reference/{group.name}.md": _page(group) for group in (cli.elk_bootstrap, cli.model_logs)}


def tree(group: click.Group) -> Iterator[tuple[str, click.Command]]:
    """Yield every command below a group with its whole name, groups before what they hold."""
    context = click.Context(group, info_name=group.name)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        yield f"{group.name} {name}", command
        if isinstance(command, click.Group):
            for below, each in tree(command):
                yield f"{group.name} {name} {below.partition(' ')[2]}", each


def _page(group: click.Group) -> str:
    parts = [_HEAD.format(name=group.name, help=_prose(group), epilog=group.epilog)]
    for name, command in tree(group):
        top = name.split()[1]
        depth = "#" * len(name.split())
        usage = [name, *command.collect_usage_pieces(click.Context(command))]
        parts.append(f"{depth} {name}\n\n```text\n{' '.join(usage)}\n```\n\n{_prose(command)}\n")
        if not isinstance(command, click.Group) or command.invoke_without_command:
            page = PAGES[str(group.name)].get(top)
            if page is None:
                raise AssetError(
                    f"The command {name} has no page.",
                    next_step=f'Add "{top}": "PAGE.md" to PAGES in src/model_logs/generate/commands.py.',
                )
            parts.append(f"{_parameters(command)}More: [{page.removesuffix('.md')}](../{page})\n")
    return "\n".join(parts)


def _prose(command: click.Command) -> str:
    """Return the text of `--help`, its examples as blocks."""
    parts = []
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(command.help or "")):
        if paragraph.startswith("\b"):
            head, _, lines = paragraph.removeprefix("\b").strip("\n").partition("\n")
            parts.append(f"{head.strip()}\n\n```text\n{inspect.cleandoc(lines)}\n```")
        else:
            parts.append(_escaped(" ".join(paragraph.split())))
    return "\n\n".join(parts)


def _parameters(command: click.Command) -> str:
    rows = [_row(option) for option in command.params if isinstance(option, click.Option) and not option.hidden]
    if not rows:
        return ""
    return "| option | meaning |\n| --- | --- |\n" + "".join(f"| {left} | {right} |\n" for left, right in rows) + "\n"


def _row(option: click.Option) -> tuple[str, str]:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    value = "" if option.is_flag or option.count else f" `{_value(option)}`"
    text = " ".join((option.help or "").split())
    notes = [f"Default: {_escaped(told[1])}." for told in _DEFAULT.finditer(text)]
    if isinstance(option.show_default, str):
        notes.append(f"Default: {option.show_default}.")
    elif option.show_default and isinstance(option.default, str | int | float | tuple | list):
        default = option.default if isinstance(option.default, tuple | list) else [option.default]
        notes.append(f"Default: {', '.join(f'`{each}`' for each in default)}.")
    if option.required:
        notes.append("Required.")
    if option.envvar:
        variables = [option.envvar] if isinstance(option.envvar, str) else option.envvar
        notes.append(f"Variable: {', '.join(f'`{each}`' for each in variables)}.")
    return names + value, " ".join([_escaped(_DEFAULT.sub("", text)), *notes])


def _value(option: click.Option) -> str:
    if option.metavar:
        return option.metavar.replace("|", "\\|")
    if isinstance(option.type, click.Choice):
        return "\\|".join(str(choice) for choice in option.type.choices)
    return option.type.name.upper()


def _escaped(text: str) -> str:
    """Return text of the terminal as Markdown that looks the same, whatever stands between backticks apart."""
    return _MARKUP.sub(lambda found: found[1] or ("&lt;" if found[2] == "<" else f"\\{found[2]}"), text)
