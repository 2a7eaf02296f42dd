"""Secrets in lists and mappings below their name, and in commands: hidden, with what stands beside them left."""

from __future__ import annotations

import json

import pytest
import yaml

from model_logs.redaction import redact

S = "S3cretPw99x"
BLOCKS = [
    "password:\n  value: §",
    "password:\n  current: §\n  old: §\n",
    "db:\n  password:\n    value: §\n    rotated: 2024-01-01\n",
    "password:\n\n  value: §",
    "password: # ours\n  value: §",
    "password:\n  - name: x\n    value: §",
    "secret:\n    key:\n        deep: §",
    "secrets:\n  a: §\n  b: §",
    "'api_keys':\n  - §\n  - '§'",
    "tokens:\n  - §\n  - §",
    "tokens:\n- '§'",
    "tokens:\n  bob: §",
    "token:\n  §",
    "tokens: [§, §]",
    "tokens: ['§', '§']",
]


@pytest.mark.parametrize("text", BLOCKS)
def test_a_block_below_a_secret_name_is_hidden_and_what_follows_it_is_left(text):
    found = redact(f"kind: x\n{text.replace('§', S)}\nhost: example".replace("\n\nhost", "\nhost"))
    assert S not in found
    assert yaml.safe_load(found)["host"] == "example"
    assert yaml.safe_load(found)["kind"] == "x"


@pytest.mark.parametrize("text", BLOCKS)
@pytest.mark.parametrize("depth", [1, 2])
def test_a_block_in_a_text_of_json_is_hidden_and_the_json_is_left(text, depth):
    line = text.replace("§", S)
    for _ in range(depth):
        line = json.dumps({"a": line, "b": 2})
    found = redact(line)
    assert S not in found
    for _ in range(depth):
        read = json.loads(found)
        assert read["b"] == 2
        found = read["a"]


@pytest.mark.parametrize(
    "text",
    [
        "password:\n  type: string\n  minLength: 8\n  description: At least 8 letters and 1 digit",
        "secrets:\n  db_password:\n    file: ./secrets/db_password.txt\n    external: true",
        "secrets:\n  token: ${{ secrets.HF_TOKEN }}",
        "passwordSecretRef:\n  name: registry-2\n  key: abc123def",
        "tokens:\n  prompt: 512\n  completion: 30\n  model: gpt-4o-mini-2024",
        "tokens:\n  - hello\n  - word2vec-large-v2\n  - '##ing'",
        "tokens: ['[CLS]', 'the', 'gpt2', '##ing', '[SEP]']",
        "tokens = [101, 2023, 102]",
        "token:\n  hello",
        "  password:\n  user: bob1234567",
        "keys:\n  - customer_id_2\n  - order1234567",
        "KeyError: 'key'\n  File x:\n    a1b2c3d4",
        "net use Z: \\\\srv\\share /user:bob",
        "net use Z: /delete",
        "network use is 3/4 for /user:bob",
        "mosquitto_pub -h x -p 1883 -t t",
        "unzip -p model.zip meta.json",
        "docker run -p 8080:80 mongo",
        "psexec \\\\srv -u bob cmd",
    ],
)
def test_what_looks_like_such_a_block_or_command_is_left(text):
    assert redact(text) is text


@pytest.mark.parametrize(
    "text",
    [
        r"net use Z: \\srv\share § /user:dom\bob",
        r"net use \\srv\share § /USER:bob /persistent:yes",
        r"net use Z: \\srv\share /user:dom\bob §",
        r"net use /persistent:no * \\srv\share § /user:bob",
        r"NET.EXE USE * https://dav.example.com/a § /user:bob",
        r"net use Z: \\srv\share '§' /user:bob",
        r"['net', 'use', 'Z:', '\\\\srv\\share', '§', '/user:bob']",
        r'["net", "use", "\\\\srv\\share", "/user:bob", "§"]',
        "net user bob § /add",
        r"psexec \\srv -u dom\bob -p § cmd",
        "plink -ssh bob@h -pw §",
        "['sqlcmd', '-S', 'h', '-U', 'sa', '-P', '§']",
        "mongodump --username x -p §",
        "7z a -p§ a.7z",
        "rar a -hp§ a.rar",
        "lftp -u bob,§ sftp://h",
        "mosquitto_pub -u u -P § -t t",
        "az login --service-principal -u x -p § --tenant t",
        "htpasswd -bc users bob §",
        "CONFIG SET requirepass §",
    ],
)
def test_the_password_of_a_command_is_hidden(text):
    found = redact(text.replace("§", S))
    assert S not in found
    assert redact(found) is found
