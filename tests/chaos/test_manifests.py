"""The manifests of Chaos Mesh: they fit, and a planted fault is named with its place.

Against Chaos Mesh's own definitions they are checked where `MODEL_LOGS_CHAOS_MESH_CRDS` names a folder with them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from model_logs.files import kinds

MESH = Path(__file__).parents[2] / "chaos" / "mesh"
KIND = next(kind for kind in kinds.KINDS if kind.schema == "chaos-mesh")


def _changed(tmp_path: Path, name: str, change: Any) -> list[str]:
    content = yaml.safe_load((MESH / f"{name}.yml").read_text("utf-8"))
    change(content)
    file = tmp_path / f"{name}.yml"
    file.write_text(yaml.safe_dump(content))
    return [said for _, said in kinds.problems(file, KIND)]


@pytest.mark.parametrize("file", sorted(MESH.glob("*.yml")), ids=lambda file: file.stem)
def test_a_manifest_fits(file: Path) -> None:
    assert kinds.problems(file, KIND) == []


def test_the_numbers_are_those_of_the_source_document() -> None:
    def spec(name: str) -> dict[str, Any]:
        found: dict[str, Any] = yaml.safe_load((MESH / f"{name}.yml").read_text("utf-8"))["spec"]
        return found

    assert (spec("model-server-pod-kill")["schedule"], spec("model-server-pod-kill")["podChaos"]["duration"]) == (
        "@every 24h",
        "60s",
    )
    assert spec("registry-network-delay")["delay"] == {"latency": "3000ms", "jitter": "1000ms"}
    assert (spec("model-storage-io-delay")["delay"], spec("model-storage-io-delay")["duration"]) == ("500ms", "120s")


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("gpu-node-failure", lambda it: it["spec"].update(scheduler={"cron": "@every 24h"}), "spec holds scheduler"),
        ("model-storage-io-delay", lambda it: it["spec"].pop("volumePath"), "volumePath"),
        ("gpu-node-failure", lambda it: it["spec"].update(action="pod-explode"), "spec.action"),
        (
            "gpu-node-failure",
            lambda it: it["spec"]["selector"].update(namespaces="ml-serving"),
            "spec.selector.namespaces",
        ),
        ("registry-network-delay", lambda it: it["spec"]["delay"].update(latency=3000), "spec.delay.latency"),
        ("model-server-pod-kill", lambda it: it["spec"]["podChaos"].pop("mode"), "spec.podChaos"),
        ("before-promotion", lambda it: it["spec"]["templates"][1].update(templateType="Pod"), "templateType"),
        ("inference-stress", lambda it: it["spec"].pop("stressors"), "stressors"),
    ],
)
def test_a_planted_fault_is_named_with_its_place(tmp_path: Path, name: str, change: Any, said: str) -> None:
    problems = _changed(tmp_path, name, change)
    assert len(problems) == 1
    assert said in problems[0]
    assert "Next step" in problems[0]
