"""The contract's own rules: groups become names, and a file that makes no sense is refused by name."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from model_logs import assets, contract
from model_logs.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return yaml.safe_load(assets.path("mappings/contract.yml").read_text(encoding="utf-8"))


def test_groups_are_expanded_to_event_types() -> None:
    stage = contract.load_contract().fields["stage"]
    assert {"predict", "transitioned", "gate_passed"} <= stage.on
    assert "model" not in stage.on
    assert stage.required == {"transitioned"}
    assert not stage.everywhere


def test_a_field_on_all_is_carried_by_a_type_of_the_users_own() -> None:
    carried = {field.name for field in contract.load_contract().carried_by("my_type")}
    assert {"message", "labels", "status"} <= carried
    assert "latency_ms" not in carried


def test_a_quantity_ends_where_its_type_ends_even_without_a_range() -> None:
    fields = contract.load_contract().fields
    assert fields["batch_size"].high == 2**31 - 1
    assert fields["latency_ms"].low == 0
    assert fields["latency_ms"].high == pytest.approx(3.4028234663852886e38)
    assert contract.declared_range(fields["latency_ms"]) == (0, None)


def test_every_event_type_goes_to_a_stream_as_the_product_says() -> None:
    loaded = contract.load_contract()
    by_stream = {name: kind.stream for name, kind in loaded.event_types.items()}
    assert by_stream.pop("predict") == by_stream.pop("quality") == "prediction"
    # Lines of text through a logging library: not for the audit trail, which nothing else may stand in.
    assert by_stream.pop("log") == "prediction"
    # What `verify` sends goes the way of a prediction, and is no part of the audit trail either.
    assert by_stream.pop("probe") == "prediction"
    # The truth about a person is no part of the audit trail, which is kept for years.
    assert by_stream.pop("outcome") == "prediction"
    assert by_stream.pop("unparsed") == "unparsed"
    assert set(by_stream.values()) == {"lifecycle"}
    assert loaded.unknown_type_stream == "prediction"


def test_every_field_and_event_type_says_what_it_means() -> None:
    loaded = contract.load_contract()
    everything: list[Any] = [
        *loaded.fields.values(),
        *loaded.event_types.values(),
        *loaded.metrics_stream.fields.values(),
    ]
    everything += [field for family in loaded.indices.values() for field in family.fields.values()]
    everything += [field for lookup in loaded.lookups.values() for field in lookup.fields.values()]
    assert [each.name for each in everything if not each.meaning.endswith((".", ".'", '."'))] == []


def test_each_lookup_has_its_key_among_its_fields() -> None:
    for lookup in contract.load_contract().lookups.values():
        assert lookup.fields[lookup.key].type == "keyword"


def _drop_type(d: dict[str, Any]) -> None:
    d["fields"]["latency_ms"]["type"] = "half_float"


def _unknown_group(d: dict[str, Any]) -> None:
    d["fields"]["latency_ms"]["events"] = ["servings"]


def _unknown_stream(d: dict[str, Any]) -> None:
    d["event_types"]["predict"]["stream"] = "predictions"


def _unknown_member(d: dict[str, Any]) -> None:
    d["groups"]["gate"].append("gate_skipped")


def _alias_of_nothing(d: dict[str, Any]) -> None:
    d["fields"]["event.action"]["alias_of"] = "event_kind"


def _required_elsewhere(d: dict[str, Any]) -> None:
    d["fields"]["latency_ms"]["required"] = ["deployed"]


def _two_keywords(d: dict[str, Any]) -> None:
    d["fields"]["span.id"]["keyword"] = "trace_id"


def _value_and_object(d: dict[str, Any]) -> None:
    d["fields"]["status.code"] = {"type": "keyword", "meaning": "x", "events": ["all"]}


def _yaml_boolean(d: dict[str, Any]) -> None:
    d["fields"]["status"][True] = ["all"]  # what YAML makes of a key `on:`


@pytest.mark.parametrize(
    ("spoil", "culprits"),
    [
        (_drop_type, ["half_float", "latency_ms"]),
        (_unknown_group, ["servings", "latency_ms"]),
        (_unknown_stream, ["predictions", "predict"]),
        (_unknown_member, ["gate_skipped", "gate"]),
        (_alias_of_nothing, ["event_kind", "event.action"]),
        (_required_elsewhere, ["latency_ms", "deployed"]),
        (_two_keywords, ["trace.id", "span.id", "trace_id"]),
        (_value_and_object, ["status", "status.code"]),
        (_yaml_boolean, ["status", "True"]),
    ],
)
def test_a_contract_that_makes_no_sense_is_refused_with_the_culprits_name(
    document: dict[str, Any], spoil: Callable[[dict[str, Any]], None], culprits: list[str], tmp_path: Path
) -> None:
    spoiled = copy.deepcopy(document)
    spoil(spoiled)
    file = tmp_path / "contract.yml"
    file.write_text(yaml.safe_dump(spoiled), encoding="utf-8")
    with pytest.raises(ContractError) as caught:
        contract.read_contract(file)
    assert [name for name in culprits if name not in str(caught.value)] == []
    assert caught.value.next_step
