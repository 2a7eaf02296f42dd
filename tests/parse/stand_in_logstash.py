"""Stands in for Logstash, which no package index has, in the tests of `model-logs pipeline test`.

It takes the same options, reads the same standard input and writes the same file, but runs `ship`'s parser where
Logstash runs the filters: it shows that everything is handed over in the right form, and nothing about the filters.
It refuses what Logstash refuses: unknown options, a folder without settings, a configuration without input or output.
STAND_IN_MODE makes it refuse the configuration, lose documents or double them.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

import orjson

from model_logs.parse import Origin, Parser


def main() -> None:
    options = argparse.ArgumentParser()
    for name in ("settings", "data", "logs", "config"):
        options.add_argument(f"--path.{name}", required=True)
    given = vars(options.parse_args())
    mode = os.environ.get("STAND_IN_MODE", "")
    settings = Path(given["path.settings"])
    config = Path(given["path.config"])
    configuration = "\n".join(file.read_text() for file in sorted(config.parent.glob(config.name)))
    output = re.search(r'output \{ file \{[^}]*path => "([^"]+)"', configuration)
    if not (settings / "logstash.yml").is_file() or "input { stdin" not in configuration or output is None:
        sys.exit("[FATAL] no settings, no input or no output")
    if mode == "refuse" or not (Path(os.environ["MODEL_LOGS_HOME"]) / "units.yml").is_file():
        sys.exit("[ERROR] Failed to execute action: Expected one of [ \\t\\r\\n] at line 3")
    documents = []
    for line in sys.stdin.buffer:
        event = orjson.loads(line)
        assert {"message", "log", "host", "agent", "ecs", "input", "tags", "@timestamp"} <= event.keys()
        attested = '"attested" => "true"' in configuration
        assert attested is not ('"attested" => "false"' in configuration), "one of the two marks"
        parser = Parser(attested=attested, default_environment=event.get("fields", {}).get("env", "development"))
        log = event["log"]
        origin = Origin(log["file"]["path"], 1, 2, log["file"]["fingerprint"], log["offset"])
        document = parser.parse(event["message"].encode(), origin, ingested=event["@timestamp"])
        if document.entry:
            documents += [document.body] * (0 if mode == "lose" else 2 if mode == "double" else 1)
    Path(output[1]).write_bytes(b"\n".join(documents))


if __name__ == "__main__":
    main()
