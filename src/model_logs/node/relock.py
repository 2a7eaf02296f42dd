"""For maintainers: writes `jars.lock` anew. Run `python -m model_logs.node.relock` after changing a version here.

It resolves what the published POMs say, leaves out what is not published or not needed, and takes the sum of each
file that the repository serves today. Users never run it; they get the locked files or an error.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from jgo.maven import Artifact, Dependency, MavenContext

from model_logs.node.jars import LOCK_FILE

ELASTICSEARCH = "8.19.21"

# Place → what is resolved into it. A module sees the jars of `lib` and of the module that it extends.
_PLUGINS = "org.elasticsearch.plugin"
ROOTS = {
    "lib": [f"org.elasticsearch:elasticsearch:{ELASTICSEARCH}"],
    "transport-netty4": [f"{_PLUGINS}:transport-netty4:{ELASTICSEARCH}"],
    "x-pack-core": [f"{_PLUGINS}:x-pack-core:{ELASTICSEARCH}"],
    "x-pack-esql-core": [f"{_PLUGINS}:x-pack-esql-core:{ELASTICSEARCH}"],
    "x-pack-kql": [f"{_PLUGINS}:x-pack-kql:{ELASTICSEARCH}"],
    "x-pack-esql": [f"{_PLUGINS}:x-pack-esql:{ELASTICSEARCH}"],
    "compiler": ["org.eclipse.jdt:ecj:3.46.0"],
    "native": ["io.airlift:aircompressor-v3:3.3"],
}
EXTENDS = {
    "x-pack-esql-core": ["x-pack-core"],
    "x-pack-kql": ["x-pack-core"],
    "x-pack-esql": ["x-pack-esql-core", "x-pack-core"],
}
ALONE = ("compiler", "native")

# Not published, or bridges to logging that nothing here needs.
LEFT_OUT = {"elasticsearch-h3", "icu4j", "log4j-1.2-api", "log4j-slf4j2-impl"}


def main() -> None:
    """Write the lock file."""
    lines = [
        "# Written by `python -m model_logs.node.relock`: do not edit.",
        "# place group:artifact:version sha256 bytes",
    ]
    with tempfile.TemporaryDirectory() as cache:
        context = MavenContext(repo_cache=Path(cache))
        placed: dict[str, set[str]] = {}
        for place, roots in ROOTS.items():
            visible = set().union(placed.get("lib", set()), *(placed[other] for other in EXTENDS.get(place, [])))
            names = placed.setdefault(place, set())
            for artifact in _resolve(context, roots, alone=place in ALONE):
                if artifact.artifactId in LEFT_OUT | names | visible:
                    continue
                names.add(artifact.artifactId)
                content = Path(artifact.resolve()).read_bytes()
                coordinate = f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}"
                lines.append(f"{place} {coordinate} {hashlib.sha256(content).hexdigest()} {len(content)}")
    LOCK_FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _resolve(context: MavenContext, roots: list[str], *, alone: bool) -> list[Artifact]:
    found: list[Artifact] = []
    for root in roots:
        group, artifact_id, version = root.split(":")
        artifact = context.project(group, artifact_id).at_version(version).artifact()
        found.append(artifact)
        if not alone:
            _, transitive = context.resolver.resolve([Dependency(artifact)])
            found.extend(dependency.artifact for dependency in transitive)
    return found


if __name__ == "__main__":
    main()
