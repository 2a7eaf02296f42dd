# Generated from mappings/redaction.yml by `python -m model_logs.generate`: change that file, not this one.
"""What a secret looks like, as plain literals; why, stands in `mappings/redaction.yml`."""

# What stands where a secret stood.
REPLACEMENT: str = "[redacted]"

# The fields whose text is looked through, beside the values of all labels.
FIELDS: tuple[str, ...] = ("message", "error.message", "error.stack_trace", "reason", "tag.value")

# A label called so, or ending so after a dot, dash or underscore, is replaced whole.
NAMES: tuple[str, ...] = (
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "api_key",
    "apikey",
    "access_key",
    "accesskey",
    "private_key",
    "privatekey",
    "secret_key",
    "secretkey",
    "access_token",
    "accesstoken",
    "auth_token",
    "authtoken",
    "refresh_token",
    "refreshtoken",
    "id_token",
    "client_secret",
    "clientsecret",
    "authorization",
    "proxy_authorization",
    "cookie",
    "set_cookie",
    "credential",
    "credentials",
    "connection_string",
    "session_id",
    "sessionid",
    "x_api_key",
)

# Name; one of these must stand in the lower-cased text; expression, whose group, if any, is kept.
PATTERNS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (
        "private key",
        ("-----begin ",),
        "-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*(?:-[^-]+)*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?",
    ),
    ("password in an address", ("://",), "(://[^\\s/:@?#\"']{0,256}:)[^\\s/@\"']{1,256}(?=@)"),
    (
        "authorization header",
        ("authorization",),
        "((?i:authorization[\"'\\\\]{0,2}\\s{0,4}[:=]\\s{0,4}[\"'\\\\]{0,2}(?:[A-Za-z]{1,20}\\s{1,4})?))[^\\s\"',;\\\\]{4,4096}",
    ),
    ("bearer token", ("bearer ",), "((?i:\\bbearer\\s{1,4}))[A-Za-z0-9._~+/=-]{16,4096}"),
    (
        "value of a secret name",
        ("pass", "pwd", "secret", "key", "token", "cookie", "credential", "connection", "session"),
        "((?:[pP](?i:assw(?:or)?d|assphrase|wd|rivate[_-]?key)|[sS](?i:ecret(?:[_-]?key)?|ession[_-]?id|et-cookie)|[aA](?i:pi[_-]?key|ccess[_-]?(?:key|token)|uth[_-]?token)|[cC](?i:ookie|redentials?|onnection[_-]?string)|[rR](?i:efresh[_-]?token)|[iI](?i:d[_-]?token))[\"'\\\\]{0,2}\\s{0,4}[:=]\\s{0,4}(?:\\\\?[\"'])?)(?:(?<=[\"'])(?:[^\"'\\\\]|\\\\.){1,4096}|(?<![\"'])[^\\s\"',;&)}\\]\\\\]{1,4096})",
    ),
    (
        "value of a token",
        ("token",),
        "((?i:\\btoken[\"'\\\\]{0,2}\\s{0,4}[:=]\\s{0,4}[\"'\\\\]{0,2}))[A-Za-z0-9._~+/=-]{12,4096}",
    ),
    ("JSON web token", ("eyj",), "(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,4096}(?:\\.[A-Za-z0-9_-]{0,4096}){2,4}"),
    ("key of Amazon", ("akia", "asia"), "\\b(?:AKIA|ASIA)[0-9A-Z]{16}\\b"),
    ("key of Google", ("aiza",), "\\bAIza[0-9A-Za-z_-]{35}"),
    (
        "token with an underscore",
        ("gh", "hf_", "npm_", "k_live_", "k_test_"),
        "\\b(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{30,255}|hf_[A-Za-z0-9]{30,255}|npm_[A-Za-z0-9]{30,255}|[rs]k_(?:live|test)_[A-Za-z0-9]{16,255})",
    ),
    (
        "token with a dash",
        ("sk-", "xox", "glpat-", "pypi-", "dapi"),
        "\\b(?:sk-[A-Za-z0-9_-]{20,255}|xox[abeoprs]-[A-Za-z0-9-]{10,255}|glpat-[A-Za-z0-9_-]{20,255}|pypi-[A-Za-z0-9_-]{50,255}|dapi[0-9a-f]{32})",
    ),
    ("address that is a secret", ("hooks.slack.com/",), "(hooks\\.slack\\.com/services/)[A-Za-z0-9/]{10,255}"),
)
