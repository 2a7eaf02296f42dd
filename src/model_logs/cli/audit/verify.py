"""`model-logs audit verify`: name what was changed, added or deleted in the audit trail since it was sealed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from model_logs.cli.audit.seal import folder_option
from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.cli.output import note, show_json
from model_logs.printing import printable

if TYPE_CHECKING:
    from model_logs.cluster import Connection
    from model_logs.seals.timestamps import Timestamps

__all__ = ["verify"]

_TAMPERED = 3
_SHOWN = 50


@click.command()
@folder_option
@click.option("--head", help="The head that you kept elsewhere; it must be that of one of the seals.")
@click.option(
    "--timestamp-ca",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="MODEL_LOGS_TIMESTAMP_CA",
    help="The certificates (PEM) of the authority that stamped the seals: each stamp is verified.",
)
@click.option(
    "--retention-days",
    type=click.IntRange(1),
    default=2555,
    show_default=True,
    help="Events older than this may have been deleted by their policy.",
)
@cluster_options
@output_option
@debug_option
def verify(
    *,
    folder: Path,
    head: str | None,
    timestamp_ca: Path | None,
    retention_days: int,
    connection: Connection,
    output: str,
) -> None:
    """Compare the sealed days with the cluster, and name each event that was changed, added or deleted since.

    Late events are listed separately: they arrived after their day was sealed, and the next seal includes them. Exit
    3 if anything differs from its seal or stamp, 4 if there is no seal, or no stamp although --timestamp-ca is given.

    \b
    Example:
      model-logs audit verify --to /mnt/worm/seals --head 5f0c...
    """
    from model_logs.cluster import connect
    from model_logs.errors import AssetError
    from model_logs.seals.seal import read_seals
    from model_logs.seals.verifying import verify_seals

    if head and folder.is_dir() and head not in {each.head for each in read_seals(folder)}:
        raise AssetError(
            f"No seal in {folder} has the head {printable(head, most=80)}: the seals were replaced.",
            next_step="Restore the seals from the copy that --command made.",
        )
    stamps = _stamps(folder, timestamp_ca) if timestamp_ca else None
    with connect(connection) as client:
        found = verify_seals(client, folder, retention_days=retention_days)
    if output == "json":
        show_json(found.document() | ({"timestamps": stamps.document()} if stamps else {}))
    else:
        click.echo(f"{found.sealed:,} events of {found.first} to {found.last} are sealed, head {found.head}")
        for name in ("changed", "added", "deleted", "late"):
            listed = getattr(found, name)
            for key, about in list(listed.items())[:_SHOWN]:
                click.echo(f"  {name:8} {printable(key)}  {printable(about)}")
            if len(listed) > _SHOWN:
                click.echo(f"  … and {len(listed) - _SHOWN:,} more that are {name}: --output json")
        if found.expired:
            note(f"{found.expired:,} sealed events are beyond the retention.")
        note(
            "Every sealed event is unchanged."
            if found.intact
            else "The audit trail differs from its seals: the lines above name the events."
        )
    if stamps:
        _tell(stamps)
    if not found.intact or (stamps and stamps.wrong):
        sys.exit(_TAMPERED)


def _stamps(folder: Path, authority: Path) -> Timestamps:
    """Verify the stamps of the seals.

    Raises:
        InconclusiveError: No seal has one.
    """
    from model_logs.errors import InconclusiveError
    from model_logs.seals.seal import read_seals
    from model_logs.seals.timestamps import read_authority, verify_timestamps

    certificates = read_authority(authority)
    found = verify_timestamps(folder, read_seals(folder) if folder.is_dir() else [], certificates)
    if not (found.stamped or found.wrong):
        raise InconclusiveError(
            f"No seal in {folder} has a time stamp.",
            next_step="Restore the .tsr files, or let `model-logs audit seal --timestamp-url` make them from now on.",
        )
    return found


def _tell(stamps: Timestamps) -> None:
    for day, why in list(stamps.wrong.items())[:_SHOWN]:
        click.echo(f"  stamp    {day}  {why}")
    if stamps.stamped:
        last = max(stamps.stamped)
        note(
            f"{len(stamps.stamped):,} time stamps are right; the seals up to {last} existed at"
            f" {stamps.stamped[last].isoformat()}, by the authority's word."
        )
