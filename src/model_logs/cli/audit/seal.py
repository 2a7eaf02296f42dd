"""`model-logs audit seal`: seal the audit trail, a day at a time."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import click

from model_logs.cli.options import cluster_options, debug_option, output_option
from model_logs.cli.output import note, show_json

if TYPE_CHECKING:
    from model_logs.cluster import Connection

__all__ = ["folder_option", "seal"]

folder_option = click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="MODEL_LOGS_SEALS",
    required=True,
    help="The folder of the seals: on a disk that no administrator of the cluster reaches.",
)


@click.command()
@folder_option
@click.option(
    "--command",
    help="Run for each seal, with its file as the last word: such as `aws s3 cp` into a bucket with a lock. If it"
    " fails, the day stays unsealed, and the next run tries again.",
)
@click.option(
    "--timestamp-url",
    envvar="MODEL_LOGS_TIMESTAMP_URL",
    help="Have the newest seal stamped by this authority (RFC 3161); the stamp is kept beside it, as .tsr.",
)
@cluster_options
@output_option
@debug_option
def seal(
    *, folder: Path, command: str | None, timestamp_url: str | None, connection: Connection, output: str
) -> None:
    """Seal the lifecycle events of each day that is over: hashes in a file, chained to the day before.

    `model-logs audit verify` then names each event that was changed, added or deleted since. Events that arrive
    after their day was sealed are sealed as late, with a later day. Run it each night; keep the head that it prints.

    \b
    Example:
      model-logs audit seal --to /mnt/worm/seals
      model-logs audit seal --to seals --timestamp-url http://timestamp.example.org
      model-logs audit seal --to seals --command 'rsync --ignore-existing -t seals@vault:/seals'
    """
    from model_logs.cluster import connect
    from model_logs.seals.seal import file_of
    from model_logs.seals.sealing import SealError, seal_days

    made = []
    with connect(connection) as client:
        for each in seal_days(client, folder):
            file = file_of(folder, each.day)
            if command and _fails(command, file):
                file.unlink()
                raise SealError(
                    f"The command for the seal of {each.day} failed: {command}. That day stays unsealed.",
                    next_step="Correct the command, and run `model-logs audit seal` again.",
                )
            made.append(
                {"day": each.day.isoformat(), "events": len(each.events), "late": len(each.late), "head": each.head}
            )
            if output == "text":
                late = f", {len(each.late)} late ones of days before" if each.late else ""
                click.echo(f"{each.day}  {len(each.events):,} events{late}  {each.head}")
    stamped = _stamp(folder, timestamp_url, command) if timestamp_url else None
    if output == "json" and timestamp_url:
        show_json({"sealed": made, "stamped": str(stamped) if stamped else None})
    elif output == "json":
        show_json(made)
    else:
        note(f"{len(made)} days sealed." if made else "No day is due.")


def _stamp(folder: Path, url: str, command: str | None) -> Path | None:
    """Have the newest seal stamped, and hand the stamp to the command too; None where there is nothing to stamp.

    Raises:
        TimestampError: There is no stamp; the seals stay.
    """
    from model_logs.seals.seal import read_seals
    from model_logs.seals.timestamps import TimestampError, stamp

    seals = read_seals(folder) if folder.is_dir() else []
    token = stamp(folder, seals[-1], url) if seals else None
    if token is None:
        return None
    if command and _fails(command, token):
        token.unlink()
        raise TimestampError(
            f"The command for the time stamp of {seals[-1].day} failed: {command}.",
            next_step="Correct the command, and run `model-logs audit seal` again; the seal itself is made.",
        )
    note(f"Stamped: {token}.")
    return token


def _fails(command: str, file: Path) -> bool:
    try:
        words = [*shlex.split(command), str(file)]
        return subprocess.run(words, check=False).returncode != 0  # noqa: S603 - the user's own command
    except (OSError, ValueError):
        return True
