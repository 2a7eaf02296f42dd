"""The roles of `mappings/roles.yml`, and a role narrowed to some environments and streams."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from model_logs import assets, contract
from model_logs.environments import UNKNOWN, canonical_environment
from model_logs.errors import ConfigurationError, meant
from model_logs.files.reading import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["NATIVE", "STREAMS", "Role", "load_roles", "narrowed", "role"]

FILE = "mappings/roles.yml"
# The name of the role in Elasticsearch, for users; a key holds its own copy.
NATIVE = "model_logs_{}"
# The parts of the data that a key may be limited to → the beginning of the streams' names.
STREAMS: dict[str, str] = {
    "prediction": "logs-model.prediction-",
    "lifecycle": "logs-model.lifecycle-",
    "unparsed": "logs-model.unparsed-",
    "node": "metrics-model.node-",
}
_EVENTS = "logs-model.*"
# The same without the streams of data classes; a test holds it to the contract.
_ORDINARY = r"/logs-model\.(.*&~(.*[-_]personal))/"
_SAMPLES = "metrics-model.*"


@dataclass(frozen=True, slots=True)
class Role:
    """The rights of one kind of program.

    Attributes:
        name: As the file has it.
        meaning: Which programs it is for.
        cluster: Cluster privileges.
        indices: Index privileges, in the form of the role API.
        kibana: The privilege that it has in Kibana's space, where one is named; empty for none.
        narrows: Whether it may be limited to some environments or streams.
        applications: Privileges in Kibana, in the form of the role API.
    """

    name: str
    meaning: str
    cluster: tuple[str, ...]
    indices: tuple[Mapping[str, Any], ...]
    kibana: str = ""
    narrows: bool = True
    applications: tuple[Mapping[str, Any], ...] = field(default=())

    def descriptor(self) -> dict[str, Any]:
        """Return the body that the role API and the API keys take."""
        body: dict[str, Any] = {
            "cluster": list(self.cluster),
            "indices": [
                {"names": list(each["names"]), "privileges": list(each["privileges"])} for each in self.indices
            ],
        }
        return body | ({"applications": [dict(each) for each in self.applications]} if self.applications else {})


def load_roles() -> dict[str, Role]:
    """Return the roles by name."""
    found = read_yaml(assets.path(FILE), schema="roles")["roles"]
    return {
        name: Role(
            name=name,
            meaning=body["meaning"],
            cluster=tuple(body["cluster"]),
            indices=tuple(body["indices"]),
            kibana=body.get("kibana", ""),
            narrows=body.get("narrows", True),
        )
        for name, body in found.items()
    }


def role(name: str) -> Role:
    """Return one role.

    Raises:
        ConfigurationError: There is none of that name.
    """
    known = load_roles()
    if name not in known:
        raise ConfigurationError(f"There is no role {name!r} in {FILE}.", next_step=meant(name, known))
    return known[name]


def narrowed(
    whole: Role, *, environments: Iterable[str] = (), streams: Iterable[str] = (), kibana_space: str = ""
) -> Role:
    """Return the role, limited to the named environments and streams; an empty list limits nothing.

    Indices that hold rows of every environment (`model-logs-*`) stay as they are.

    Args:
        whole: The role.
        environments: Their names, as events have them or as people write them.
        streams: Names of `STREAMS`.
        kibana_space: The id of a space of Kibana that the role's own privilege there is added for.

    Raises:
        ConfigurationError: The role cannot be limited, or has nothing in Kibana.
    """
    chosen, parts = tuple(environments), tuple(streams)
    if (chosen or parts) and not whole.narrows:
        raise ConfigurationError(
            f"The role {whole.name} cannot be limited to environments or streams: its objects are for all.",
            next_step="Leave --environments and --streams out.",
        )
    if kibana_space and not whole.kibana:
        raise ConfigurationError(
            f"The role {whole.name} has nothing to do in Kibana.", next_step="Leave --kibana-space out."
        )
    ends = tuple(map(canonical_environment, chosen))
    classes = contract.load_contract().class_of
    if any(_ORDINARY in each["names"] for each in whole.indices) and (of_class := [e for e in ends if classes(e)]):
        raise ConfigurationError(
            f"The role {whole.name} does not reach {', '.join(of_class)}, which holds data of a class.",
            next_step=f"Take the role personal_{whole.name}, for people who may see such data.",
        )
    limited = tuple(
        {"names": names, "privileges": each["privileges"]}
        for each in whole.indices
        if (names := _names(each["names"], ends, parts))
    )
    granted = (
        {"application": "kibana-.kibana", "privileges": [whole.kibana], "resources": [f"space:{kibana_space}"]},
    )
    return replace(whole, indices=limited, applications=granted if kibana_space else ())


def _names(names: list[str], environments: tuple[str, ...], streams: tuple[str, ...]) -> list[str]:
    """Return the names that are left of those of one entry."""
    if not environments and not streams:
        return list(names)
    # Events that name no allowed environment go to `unknown`, whoever sent them.
    ends = [*dict.fromkeys((*environments, UNKNOWN))] if environments else ["*"]
    kept = []
    for name in names:
        if name == _ORDINARY and not environments:
            kept += [
                _ORDINARY.replace(r"logs-model\.", beginning.replace(".", r"\."))
                for part, beginning in STREAMS.items()
                if part in streams and part != "node"
            ]
        elif name in {_EVENTS, _ORDINARY}:
            kept += [
                f"{beginning}{end}"
                for part, beginning in STREAMS.items()
                if part != "node" and (not streams or part in streams)
                for end in ends
            ]
        elif part := next((part for part, beginning in STREAMS.items() if name == f"{beginning}*"), ""):
            kept += [f"{STREAMS[part]}{end}" for end in ends] if not streams or part in streams else []
        elif name == _SAMPLES:
            # Samples of the cluster's disks belong to no environment.
            kept += [name] if not streams or "node" in streams else []
        else:
            kept.append(name)
    return kept
