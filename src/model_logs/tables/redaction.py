# Generated from mappings/redaction.yml by `python -m model_logs.generate`: change that file, not this one.
"""What a secret looks like, as plain literals; why, stands in `mappings/redaction.yml`."""

# What stands where a secret stood.
REPLACEMENT: str = "[redacted]"

# The fields whose text is looked through, beside the values of all labels.
FIELDS: tuple[str, ...] = ("message", "error.message", "error.stack_trace", "reason", "tag.value")

# A label called so, or ending so after a dot, dash or underscore, is replaced whole.
NAMES: tuple[str, ...] = (
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "pass",
    "secret",
    "secrets",
    "token",
    "api_key",
    "apikey",
    "app_key",
    "application_key",
    "access_key",
    "accesskey",
    "account_key",
    "private_key",
    "privatekey",
    "secret_key",
    "secretkey",
    "signing_key",
    "encryption_key",
    "master_key",
    "storage_key",
    "subscription_key",
    "auth_key",
    "ssh_key",
    "fernet_key",
    "functions_key",
    "license_key",
    "api_keys",
    "accesstoken",
    "authtoken",
    "refreshtoken",
    "access_tokens",
    "clientsecret",
    "authorization",
    "cookie",
    "cookies",
    "credential",
    "credentials",
    "connection_string",
    "client_key_data",
    "identity_token",
    "private_key_pem",
    "passwort",
    "jwt",
    "github_pat",
    "gitlab_pat",
    "session_id",
    "sessionid",
    "pgpassword",
    "phpsessid",
    "jsessionid",
)

# A label that ends so is not.
UNLESS: tuple[str, ...] = (
    "pad_token",
    "eos_token",
    "bos_token",
    "unk_token",
    "sep_token",
    "cls_token",
    "mask_token",
    "stop_token",
    "end_token",
    "start_token",
    "first_token",
    "last_token",
    "per_token",
    "new_token",
    "input_token",
    "output_token",
    "prompt_token",
    "completion_token",
    "unknown_token",
    "top_token",
    "special_token",
    "image_token",
    "forward_pass",
    "backward_pass",
)

# Name; marks, one of which must stand in the text; texts, of which the same is true in lower case;
# expressions, one of which must be found there; expression; what takes the place of its match.
PATTERNS: tuple[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...], str, str], ...] = (
    (
        "private key",
        ("-----BEGIN ",),
        ("private key",),
        (),
        "-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----[^-\"']*(?:-[^-\"']+)*(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?",
        "[redacted]",
    ),
    (
        "private key of PuTTY",
        ("Private-Lines:",),
        (),
        (),
        "(Private-Lines: [0-9]{1,4}(?:\\r?\\n|\\\\n))[A-Za-z0-9+/=]{16,}(?:(?:\\r?\\n|\\\\n)[A-Za-z0-9+/=]{16,})*",
        "\\1[redacted]",
    ),
    (
        "secret of a command line",
        ("-",),
        (),
        (
            "-(?=[a-z-])(?<![a-z0-9_-].)(?:-?[a-z0-9_.-]{0,64}(?:pass|pwd|secret|token|key|auth|string|credential)|u[\"' =,]|-(?:proxy-)?user|[paw])",
        ),
        "((?<![A-Za-z0-9_-])--?(?=[A-Za-z])[A-Za-z0-9_.-]{0,64}(?:(?:[pP](?i:ass(?:word|wort|wd|phrase|code)|wd|rivate[_-]?(?:key|token))|[sS](?i:ecret(?:[_-]?(?:access[_-]?)?key)?|(?:ession|ecurity)[_-]?token|(?:igning|torage|ubscription|ervice)[_-]?key|hared[_-]?(?:access[_-]?)?key|sh[_-]?key)|[aA](?i:(?:pi|ccess|pp(?:lication)?|uth|dmin)[_-]?(?:key|token)|ccount[_-]?key)|[cC](?i:onnection[_-]?string|srf[_-]?token|lient(?:-key-data|_key_data|keydata))|[rR](?i:efresh[_-]?token)|[iI](?i:dentity[_-]?token)|(?:i(?<![A-Za-z].)|I(?<![A-Z].))(?i:d[_-]?token)|[bB](?i:(?:ot|earer)[_-]?token)|[eE](?i:ncryption[_-]?key)|[mM](?i:aster[_-]?key)|[dD](?i:eploy[_-]?(?:key|token))|[fF](?i:unctions?[_-]?key|ernet[_-]?key)|[lL](?i:icen[sc]e[_-]?key)|[oO](?i:auth[_-]?token)|[xX](?i:srf[_-]?token)|T(?<=[A-Z0-9]_.)(?<!PAD_.)(?<!EOS_.)(?<!BOS_.)(?<!UNK_.)(?<!SEP_.)(?<!CLS_.)(?<!MASK_.)(?<!STOP_.)OKEN|P(?<=[A-Z0-9]_.)ASS)(?:[_-]?[0-9]{1,2})?|(?i:token|secret|pass|auth|credentials?))[ \\t]{1,4}[\"']?)(?!-|(?:(?i:null|none|nil|nan|true|false|undefined|yes|no|str(?:ing)?|bytes|optional|required|missing|invalid|expired|wrong|incorrect|empty|unset|blank|not|must|too|is|was|has|have|should|cannot|could|does|did|try|please|check|fail(?:ed|ure)?|error|unknown|field|value|expected|unexpected|access|authentication|denied|oauth[0-9]?|sha[0-9]{1,3}|aes[0-9]{3}|[hrep]s(?:256|384|512)|ok|accepted|rejected|changed|updated|reset|verified|valid|mismatch|the|an|for|of|from|with|and|env|vault|redacted|hidden|masked|filtered|removed|elided|sanitized)(?:[.:!?]{1,2}(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\]))|(?:\\*{3,64}|[xX]{3,64}|\\.{3}|-{1,3})(?![^\\s\"',;&)}\\]\\\\])|\\[(?i:redacted|hidden|masked|filtered|removed|secret|pad|eos|bos|unk|sep|cls|mask|\\])|projects/[a-z]|<[A-Za-z|/][A-Za-z0-9 _|/.-]{0,40}>|\\$\\{|\\$\\(|\\$[A-Z_]{3,64}(?![^\\s\"',;&)}\\]\\\\])|%[sd(]|\\{[a-z_.]{0,64}\\}|\\{\\{|(?:self|cls|os|sys|args|settings|config|cfg|conf|env|environ|request|req|options|opts|params|kwargs|ctx|context|app|this|process|secrets|st|creds|credentials|user|dbutils)\\.[A-Za-z_]|[a-z_]{2,40}(?:\\.[a-z_]{1,40}){0,4}[(\\[](?![\"'](?:[^\\s\"']{0,64}[0-9]))|[a-z_]{0,40}(?:password|passwd|pwd|token|secret|key|credentials)(?![^\\s\"',;&)}\\]\\\\])|(?:[A-Z]:[\\\\/]|~[\\\\/]|\\.{1,2}/|/(?:(?:etc|run|var|srv|app|apps|home|root|opt|tmp|usr|mnt|data|dev|secrets?|workspace|workspaces|vault|Users|code|models?|work|proc|private|builds|content|src|kaggle)(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\])))|/(?:(?<=[wW][dD][=:]/)|(?<=[wW][dD][=:] /)|(?<=[wW][dD][\"']: [\"']/)|(?<=[wW][dD][\"']:[\"']/)))|(?![^\\s\"',;&)}\\]\\\\]))[^\\s\"']+|([\"']--?(?=[A-Za-z])[A-Za-z0-9_.-]{0,64}(?:(?:[pP](?i:ass(?:word|wort|wd|phrase|code)|wd|rivate[_-]?(?:key|token))|[sS](?i:ecret(?:[_-]?(?:access[_-]?)?key)?|(?:ession|ecurity)[_-]?token|(?:igning|torage|ubscription|ervice)[_-]?key|hared[_-]?(?:access[_-]?)?key|sh[_-]?key)|[aA](?i:(?:pi|ccess|pp(?:lication)?|uth|dmin)[_-]?(?:key|token)|ccount[_-]?key)|[cC](?i:onnection[_-]?string|srf[_-]?token|lient(?:-key-data|_key_data|keydata))|[rR](?i:efresh[_-]?token)|[iI](?i:dentity[_-]?token)|(?:i(?<![A-Za-z].)|I(?<![A-Z].))(?i:d[_-]?token)|[bB](?i:(?:ot|earer)[_-]?token)|[eE](?i:ncryption[_-]?key)|[mM](?i:aster[_-]?key)|[dD](?i:eploy[_-]?(?:key|token))|[fF](?i:unctions?[_-]?key|ernet[_-]?key)|[lL](?i:icen[sc]e[_-]?key)|[oO](?i:auth[_-]?token)|[xX](?i:srf[_-]?token)|T(?<=[A-Z0-9]_.)(?<!PAD_.)(?<!EOS_.)(?<!BOS_.)(?<!UNK_.)(?<!SEP_.)(?<!CLS_.)(?<!MASK_.)(?<!STOP_.)OKEN|P(?<=[A-Z0-9]_.)ASS)(?:[_-]?[0-9]{1,2})?|(?i:token|secret|pass|auth|credentials?))[\"']\\s{0,4},\\s{0,4}(?:[\"']))(?!-|(?:(?i:null|none|nil|nan|true|false|undefined|yes|no|str(?:ing)?|bytes|optional|required|missing|invalid|expired|wrong|incorrect|empty|unset|blank|not|must|too|is|was|has|have|should|cannot|could|does|did|try|please|check|fail(?:ed|ure)?|error|unknown|field|value|expected|unexpected|access|authentication|denied|oauth[0-9]?|sha[0-9]{1,3}|aes[0-9]{3}|[hrep]s(?:256|384|512)|ok|accepted|rejected|changed|updated|reset|verified|valid|mismatch|the|an|for|of|from|with|and|env|vault|redacted|hidden|masked|filtered|removed|elided|sanitized)(?:[.:!?]{1,2}(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\]))|(?:\\*{3,64}|[xX]{3,64}|\\.{3}|-{1,3})(?![^\\s\"',;&)}\\]\\\\])|\\[(?i:redacted|hidden|masked|filtered|removed|secret|pad|eos|bos|unk|sep|cls|mask|\\])|projects/[a-z]|<[A-Za-z|/][A-Za-z0-9 _|/.-]{0,40}>|\\$\\{|\\$\\(|\\$[A-Z_]{3,64}(?![^\\s\"',;&)}\\]\\\\])|%[sd(]|\\{[a-z_.]{0,64}\\}|\\{\\{|(?:self|cls|os|sys|args|settings|config|cfg|conf|env|environ|request|req|options|opts|params|kwargs|ctx|context|app|this|process|secrets|st|creds|credentials|user|dbutils)\\.[A-Za-z_]|[a-z_]{2,40}(?:\\.[a-z_]{1,40}){0,4}[(\\[](?![\"'](?:[^\\s\"']{0,64}[0-9]))|[a-z_]{0,40}(?:password|passwd|pwd|token|secret|key|credentials)(?![^\\s\"',;&)}\\]\\\\])|(?:[A-Z]:[\\\\/]|~[\\\\/]|\\.{1,2}/|/(?:(?:etc|run|var|srv|app|apps|home|root|opt|tmp|usr|mnt|data|dev|secrets?|workspace|workspaces|vault|Users|code|models?|work|proc|private|builds|content|src|kaggle)(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\])))|/(?:(?<=[wW][dD][=:]/)|(?<=[wW][dD][=:] /)|(?<=[wW][dD][\"']: [\"']/)|(?<=[wW][dD][\"']:[\"']/))))(?:(?<=[^\\\\]\")(?:[^\"\\\\]|\\\\[\\s\\S])+|(?<=[^\\\\]')(?:[^'\\\\]|\\\\[\\s\\S])+|(?<=[^\\\\]\\\\\")(?:[^\"\\\\]|\\\\\\\\\\\\\\\\|\\\\\\\\\\\\\"|\\\\\\\\?[^\"\\\\])+|(?<=[^\\\\]\\\\')(?:[^'\\\\]|\\\\\\\\\\\\\\\\|\\\\\\\\\\\\'|\\\\\\\\?[^'\\\\])+|(?<=\\\\\\\\[\"'])(?:[^\"'\\\\]|\\\\(?!\\\\{0,2}[\"'])[\\s\\S])+)|((?:[ '\"]-u|--user|--proxy-user)[\"']?[ =,]{1,3}[\"']?[^\\s:\"'/]{1,64}:)(?![0-9]{1,6}(?![^\\s\"',;&)}\\]\\\\]))[^\\s\"']+|((?:sshpass|mysql[a-z]{0,8}|mariadb)(?=[ '\"])[^\\n|;&]{0,200}?[ '\"]-p)[^\\s\"'-][^\\s\"']*|(redis-cli(?=[ '\"])[^\\n|;&]{0,200}?[ '\"]-a[\"']?[ ,]{1,3}[\"']?)[^\\s\"'-][^\\s\"']*|((?:docker|podman|skopeo|buildah|helm|oc)(?: [a-z-]{1,20}){0,2} login(?=[ '\"])[^\\n|;&]{0,200}?[ '\"]-p[ =]{1,2}[\"']?)[^\\s\"'-][^\\s\"']*|(ldap[a-z]{3,8}(?=[ '\"])[^\\n|;&]{0,200}?[ '\"]-w[ ]{1,2}[\"']?)[^\\s\"'-][^\\s\"']*|(sshpass[ ]{1,2}-p[ ]{1,2}[\"']?)[^\\s\"'-][^\\s\"']*",
        "\\1\\2\\3\\4\\5\\6\\7\\8[redacted]",
    ),
    (
        "password in an address",
        ("@", "%"),
        ("://", "%3a%2f%2f"),
        (),
        "((?:://|(?i:%3A%2F%2F))[^\\s/:@?#\"'<>%]{0,256}(?::|%3[Aa]))(?:[^\\s/?#\"'<>]{1,256}(?=@|%40)|(?![0-9]{1,5}[/?#,;])(?:[^\\s\"'<>:]|:(?!//)){1,256}(?=@))",
        "\\1[redacted]",
    ),
    (
        "token as the user of an address",
        ("@", "%"),
        ("://", "%3a%2f%2f"),
        (),
        "(://)(?=[A-Za-z_=-]{0,64}[0-9])(?![a-z.]{1,32}[0-9]{1,4}@)[A-Za-z0-9_=-]{10,256}(?=@)",
        "\\1[redacted]",
    ),
    (
        "authorization header",
        ("=", ":", "%"),
        ("authorization",),
        (),
        "((?i:authorization)(\\\\{0,3}[\"']|%22|&quot;|)\\]?[ \\t]{0,4}(?:[:=][>=]?|%3[AaDd])[ \\t]{0,4}(?:[|>]-?\\r?\\n[ \\t]{1,8})?(?:(?:(?:[A-Z][A-Za-z0-9_.]{0,40}|str|bytes|repr)\\((?:[a-z_]{1,20}=)?)?[bBuUrRfF]{0,2}(?:\\\\{0,3}[\"']))?(?:(?i:basic|bearer|digest|apikey|api-key|token|negotiate|ntlm|oauth|sharedkey(?:lite)?|key|aws4-hmac-sha256|splunk|genieKey|jwt|hawk|signature|ssws)[ \\t]{1,4}(?=[^\\s\"',;\\\\]{4})|(?:[A-Za-z][A-Za-z-]{1,24}[ \\t]{1,4})?(?=[A-Za-z0-9+/_=~.%!@#$^*:-]{6})(?:(?=[^\\s\"',;&)}\\]\\\\]{0,128}[0-9])(?=[^\\sA-Za-z\"',;&)}\\]\\\\]{0,128}[A-Za-z])|(?=[A-Za-z+/=_-]{24})(?=[A-Za-z+/=_-]{0,64}[A-Z]{2})(?=[A-Za-z+/=_-]{0,64}[a-z]))(?![0-9.-]{1,20}(?:[eE][+-]?[0-9]{1,3}|[A-Za-z%]{0,3})(?![^\\s\"',;&)}\\]\\\\])|[A-Za-z]{1,24}(?:[0-9]{1,2}[A-Za-z]{0,12})?(?:[-_./:][A-Za-z]{0,24}[0-9]{0,8}){1,16}(?![^\\s\"',;&)}\\]\\\\])|[/~]|\\.{1,2}/|[A-Za-z]{2,8}:/|0x)(?!(?:(?i:null|none|nil|nan|true|false|undefined|yes|no|str(?:ing)?|bytes|optional|required|missing|invalid|expired|wrong|incorrect|empty|unset|blank|not|must|too|is|was|has|have|should|cannot|could|does|did|try|please|check|fail(?:ed|ure)?|error|unknown|field|value|expected|unexpected|access|authentication|denied|oauth[0-9]?|sha[0-9]{1,3}|aes[0-9]{3}|[hrep]s(?:256|384|512)|ok|accepted|rejected|changed|updated|reset|verified|valid|mismatch|the|an|for|of|from|with|and|env|vault|redacted|hidden|masked|filtered|removed|elided|sanitized)(?:[.:!?]{1,2}(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\]))|(?:\\*{3,64}|[xX]{3,64}|\\.{3}|-{1,3})(?![^\\s\"',;&)}\\]\\\\])|\\[(?i:redacted|hidden|masked|filtered|removed|secret|pad|eos|bos|unk|sep|cls|mask|\\])|projects/[a-z]|<[A-Za-z|/][A-Za-z0-9 _|/.-]{0,40}>|\\$\\{|\\$\\(|\\$[A-Z_]{3,64}(?![^\\s\"',;&)}\\]\\\\])|%[sd(]|\\{[a-z_.]{0,64}\\}|\\{\\{|(?:self|cls|os|sys|args|settings|config|cfg|conf|env|environ|request|req|options|opts|params|kwargs|ctx|context|app|this|process|secrets|st|creds|credentials|user|dbutils)\\.[A-Za-z_]|[a-z_]{2,40}(?:\\.[a-z_]{1,40}){0,4}[(\\[](?![\"'](?:[^\\s\"']{0,64}[0-9]))|[a-z_]{0,40}(?:password|passwd|pwd|token|secret|key|credentials)(?![^\\s\"',;&)}\\]\\\\])|(?:[A-Z]:[\\\\/]|~[\\\\/]|\\.{1,2}/|/(?:(?:etc|run|var|srv|app|apps|home|root|opt|tmp|usr|mnt|data|dev|secrets?|workspace|workspaces|vault|Users|code|models?|work|proc|private|builds|content|src|kaggle)(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\])))|/(?:(?<=[wW][dD][=:]/)|(?<=[wW][dD][=:] /)|(?<=[wW][dD][\"']: [\"']/)|(?<=[wW][dD][\"']:[\"']/))))))[^\\s\"',;\\\\]+",
        "\\1[redacted]",
    ),
    (
        "cookies",
        ("=", ":", "%"),
        ("cookie",),
        (),
        "((?i:cookie)(\\\\{0,3}[\"']|%22|&quot;|)\\]?[ \\t]{0,4}(?:[:=][>=]?|%3[AaDd])[ \\t]{0,4}(?:[|>]-?\\r?\\n[ \\t]{1,8})?(?:(?:(?:[A-Z][A-Za-z0-9_.]{0,40}|str|bytes|repr)\\((?:[a-z_]{1,20}=)?)?[bBuUrRfF]{0,2}(?:\\\\{0,3}[\"']))?)[A-Za-z0-9_.$%!*~-]{1,128}=[^\\s;\"'\\\\,]*(?:; ?[A-Za-z0-9_.$%!*~-]{1,128}(?:=[^\\s;\"'\\\\]*)?)*",
        "\\1[redacted]",
    ),
    (
        "value of a secret name",
        ("=", ":", "%"),
        ("pass", "pwd", "secret", "key", "token", "connection"),
        (
            "[:=%](?:(?<=(?:as|d(?:e|s)|e(?:n|s|t|y)|gs|n(?:g|s)|r(?:d|t)|s(?:e|s)|t(?:a|s)|wd|ys).)(?:(?<=(?:pwd).)|(?<=(?:pwds).)|(?<=(?:_pass).)|(?<=(?:_passs|_token|apikey|appkey|passwd|secret|sshkey).)|(?<=(?:a(?:pi\\-key|pi_key|pikeys|pp\\-key|pp_key|ppkeys|uthkey)|idtoken|passwds|s(?:ecrets|sh\\-key|sh_key|shkeys)).)|(?<=(?:a(?:dminkey|pi\\-keys|pi_keys|pitoken|pp\\-keys|pp_keys|pptoken|uth\\-key|uth_key|uthkeys)|bottoken|i(?:d\\-token|dtokens)|p(?:asscode|assword|asswort)|s(?:sh\\-keys|sh_keys)).)|(?<=(?:a(?:ccesskey|dmin\\-key|dmin_key|dminkeys|pi\\-token|pitokens|pp\\-token|pptokens|uth\\-keys|uth_keys|uthtoken)|b(?:ot\\-token|ottokens)|csrftoken|deploykey|fernetkey|i(?:d\\-tokens|d_tokens)|masterkey|p(?:asscodes|asswords|assworts)|s(?:ecretkey|haredkey)|xsrftoken).)|(?<=(?:a(?:ccess\\-key|ccess_key|ccesskeys|ccountkey|dmin\\-keys|dmin_keys|dmintoken|pi\\-tokens|pi_tokens|pp\\-tokens|pp_tokens|uth\\-token|uthtokens)|b(?:ot\\-tokens|ot_tokens)|c(?:srf\\-token|srftokens)|d(?:eploy\\-key|eploy_key|eploykeys)|f(?:ernet\\-key|ernet_key|ernetkeys)|l(?:icencekey|icensekey)|m(?:aster\\-key|aster_key|asterkeys)|p(?:assphrase|rivatekey)|s(?:ecret\\-key|ecret_key|ecretkeys|ervicekey|hared\\-key|hared_key|haredkeys|igningkey|toragekey)|x(?:srf\\-token|srftokens)).)|(?<=(?:a(?:ccess\\-keys|ccess_keys|ccesstoken|ccount\\-key|ccount_key|ccountkeys|dmin\\-token|dmintokens|uth\\-tokens|uth_tokens)|bearertoken|c(?:srf\\-tokens|srf_tokens)|d(?:eploy\\-keys|eploy_keys|eploytoken)|f(?:ernet\\-keys|ernet_keys|unctionkey)|l(?:icence\\-key|icence_key|icencekeys|icense\\-key|icense_key|icensekeys)|m(?:aster\\-keys|aster_keys)|p(?:assphrases|rivate\\-key|rivate_key|rivatekeys)|s(?:ecret\\-keys|ecret_keys|ervice\\-key|ervice_key|ervicekeys|hared\\-keys|hared_keys|igning\\-key|igning_key|igningkeys|torage\\-key|torage_key|toragekeys)|x(?:srf\\-tokens|srf_tokens)).)|(?<=(?:a(?:ccess\\-token|ccesstokens|ccount\\-keys|ccount_keys|dmin\\-tokens|dmin_tokens|tion\\-tokens|tion_tokens)|b(?:earer\\-token|earertokens)|c(?:ation\\-token|ationtokens|cess\\-tokens|cess_tokens|ription\\-key|ription_key|riptionkeys|ryption\\-key|ryption_key|ryptionkeys|tion\\-string|tion_string|tionstrings|urity\\-token|uritytokens)|d(?:entitytoken|eploy\\-token|eploytokens)|e(?:arer\\-tokens|arer_tokens|ctionstring|curitytoken|fresh\\-token|freshtokens|nt\\-key\\-data|nt_key_data|ntity\\-token|ntitytokens|ploy\\-tokens|ploy_tokens|ssion\\-token|ssiontokens)|f(?:resh\\-tokens|resh_tokens|unction\\-key|unction_key|unctionkeys|unctionskey)|i(?:cation\\-keys|cation_keys|cationtoken|entkeydatas|vate\\-tokens|vate_tokens)|l(?:ication\\-key|ication_key|icationkeys|icence\\-keys|icence_keys|icense\\-keys|icense_keys|ientkeydata)|n(?:cryptionkey|ctions\\-keys|ctions_keys|t\\-key\\-datas|t_key_datas|tity\\-tokens|tity_tokens)|p(?:licationkey|rivate\\-keys|rivate_keys|rivatetoken)|r(?:efreshtoken|iption\\-keys|iption_keys|ivate\\-token|ivatetokens|yption\\-keys|yption_keys)|s(?:criptionkey|ervice\\-keys|ervice_keys|essiontoken|igning\\-keys|igning_keys|sion\\-tokens|sion_tokens|torage\\-keys|torage_keys)|t(?:ion\\-strings|ion_strings)|u(?:nction\\-keys|nction_keys|nctions\\-key|nctions_key|nctionskeys|rity\\-tokens|rity_tokens)).))|(?<=[%2;\"'\\\\\\] \\t].)(?:(?<=(?:as|d(?:e|s)|e(?:n|s|t|y)|gs|n(?:g|s)|r(?:d|t)|s(?:e|s)|t(?:a|s)|wd|ys)[%2;\"'\\\\\\] \\t].)(?:(?<=(?:pwd)[%2;\"'\\\\\\] \\t].)|(?<=(?:pwds)[%2;\"'\\\\\\] \\t].)|(?<=(?:_pass)[%2;\"'\\\\\\] \\t].)|(?<=(?:_passs|_token|apikey|appkey|passwd|secret|sshkey)[%2;\"'\\\\\\] \\t].)|(?<=(?:a(?:pi\\-key|pi_key|pikeys|pp\\-key|pp_key|ppkeys|uthkey)|idtoken|passwds|s(?:ecrets|sh\\-key|sh_key|shkeys))[%2;\"'\\\\\\] \\t].)|(?<=(?:a(?:dminkey|pi\\-keys|pi_keys|pitoken|pp\\-keys|pp_keys|pptoken|uth\\-key|uth_key|uthkeys)|bottoken|i(?:d\\-token|dtokens)|p(?:asscode|assword|asswort)|s(?:sh\\-keys|sh_keys))[%2;\"'\\\\\\] \\t].)|(?<=(?:a(?:ccesskey|dmin\\-key|dmin_key|dminkeys|pi\\-token|pitokens|pp\\-token|pptokens|uth\\-keys|uth_keys|uthtoken)|b(?:ot\\-token|ottokens)|csrftoken|deploykey|fernetkey|i(?:d\\-tokens|d_tokens)|masterkey|p(?:asscodes|asswords|assworts)|s(?:ecretkey|haredkey)|xsrftoken)[%2;\"'\\\\\\] \\t].)|(?<=(?:a(?:ccess\\-key|ccess_key|ccesskeys|ccountkey|dmin\\-keys|dmin_keys|dmintoken|pi\\-tokens|pi_tokens|pp\\-tokens|pp_tokens|uth\\-token|uthtokens)|b(?:ot\\-tokens|ot_tokens)|c(?:srf\\-token|srftokens)|d(?:eploy\\-key|eploy_key|eploykeys)|f(?:ernet\\-key|ernet_key|ernetkeys)|l(?:icencekey|icensekey)|m(?:aster\\-key|aster_key|asterkeys)|p(?:assphrase|rivatekey)|s(?:ecret\\-key|ecret_key|ecretkeys|ervicekey|hared\\-key|hared_key|haredkeys|igningkey|toragekey)|x(?:srf\\-token|srftokens))[%2;\"'\\\\\\] \\t].)|(?<=(?:a(?:ccess\\-keys|ccess_keys|ccesstoken|ccount\\-key|ccount_key|ccountkeys|dmin\\-token|dmintokens|uth\\-tokens|uth_tokens)|bearertoken|c(?:srf\\-tokens|srf_tokens)|d(?:eploy\\-keys|eploy_keys|eploytoken)|f(?:ernet\\-keys|ernet_keys|unctionkey)|l(?:icence\\-key|icence_key|icencekeys|icense\\-key|icense_key|icensekeys)|m(?:aster\\-keys|aster_keys)|p(?:assphrases|rivate\\-key|rivate_key|rivatekeys)|s(?:ecret\\-keys|ecret_keys|ervice\\-key|ervice_key|ervicekeys|hared\\-keys|hared_keys|igning\\-key|igning_key|igningkeys|torage\\-key|torage_key|toragekeys)|x(?:srf\\-tokens|srf_tokens))[%2;\"'\\\\\\] \\t].)|(?<=(?:a(?:ccess\\-token|ccesstokens|ccount\\-keys|ccount_keys|dmin\\-tokens|dmin_tokens|tion\\-tokens|tion_tokens)|b(?:earer\\-token|earertokens)|c(?:ation\\-token|ationtokens|cess\\-tokens|cess_tokens|ription\\-key|ription_key|riptionkeys|ryption\\-key|ryption_key|ryptionkeys|tion\\-string|tion_string|tionstrings|urity\\-token|uritytokens)|d(?:entitytoken|eploy\\-token|eploytokens)|e(?:arer\\-tokens|arer_tokens|ctionstring|curitytoken|fresh\\-token|freshtokens|nt\\-key\\-data|nt_key_data|ntity\\-token|ntitytokens|ploy\\-tokens|ploy_tokens|ssion\\-token|ssiontokens)|f(?:resh\\-tokens|resh_tokens|unction\\-key|unction_key|unctionkeys|unctionskey)|i(?:cation\\-keys|cation_keys|cationtoken|entkeydatas|vate\\-tokens|vate_tokens)|l(?:ication\\-key|ication_key|icationkeys|icence\\-keys|icence_keys|icense\\-keys|icense_keys|ientkeydata)|n(?:cryptionkey|ctions\\-keys|ctions_keys|t\\-key\\-datas|t_key_datas|tity\\-tokens|tity_tokens)|p(?:licationkey|rivate\\-keys|rivate_keys|rivatetoken)|r(?:efreshtoken|iption\\-keys|iption_keys|ivate\\-token|ivatetokens|yption\\-keys|yption_keys)|s(?:criptionkey|ervice\\-keys|ervice_keys|essiontoken|igning\\-keys|igning_keys|sion\\-tokens|sion_tokens|torage\\-keys|torage_keys)|t(?:ion\\-strings|ion_strings)|u(?:nction\\-keys|nction_keys|nctions\\-key|nctions_key|nctionskeys|rity\\-tokens|rity_tokens))[%2;\"'\\\\\\] \\t].))|(?<=[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)(?:(?<=(?:as|d(?:e|s)|e(?:n|s|t|y)|gs|n(?:g|s)|r(?:d|t)|s(?:e|s)|t(?:a|s)|wd|ys)[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)(?:(?<=(?:pwd)[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:pwds)[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:_pass)[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:_passs|_token|apikey|appkey|passwd|secret|sshkey)[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:a(?:pi\\-key|pi_key|pikeys|pp\\-key|pp_key|ppkeys|uthkey)|idtoken|passwds|s(?:ecrets|sh\\-key|sh_key|shkeys))[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:a(?:dminkey|pi\\-keys|pi_keys|pitoken|pp\\-keys|pp_keys|pptoken|uth\\-key|uth_key|uthkeys)|bottoken|i(?:d\\-token|dtokens)|p(?:asscode|assword|asswort)|s(?:sh\\-keys|sh_keys))[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:a(?:ccesskey|dmin\\-key|dmin_key|dminkeys|pi\\-token|pitokens|pp\\-token|pptokens|uth\\-keys|uth_keys|uthtoken)|b(?:ot\\-token|ottokens)|csrftoken|deploykey|fernetkey|i(?:d\\-tokens|d_tokens)|masterkey|p(?:asscodes|asswords|assworts)|s(?:ecretkey|haredkey)|xsrftoken)[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:a(?:ccess\\-key|ccess_key|ccesskeys|ccountkey|dmin\\-keys|dmin_keys|dmintoken|pi\\-tokens|pi_tokens|pp\\-tokens|pp_tokens|uth\\-token|uthtokens)|b(?:ot\\-tokens|ot_tokens)|c(?:srf\\-token|srftokens)|d(?:eploy\\-key|eploy_key|eploykeys)|f(?:ernet\\-key|ernet_key|ernetkeys)|l(?:icencekey|icensekey)|m(?:aster\\-key|aster_key|asterkeys)|p(?:assphrase|rivatekey)|s(?:ecret\\-key|ecret_key|ecretkeys|ervicekey|hared\\-key|hared_key|haredkeys|igningkey|toragekey)|x(?:srf\\-token|srftokens))[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:a(?:ccess\\-keys|ccess_keys|ccesstoken|ccount\\-key|ccount_key|ccountkeys|dmin\\-token|dmintokens|uth\\-tokens|uth_tokens)|bearertoken|c(?:srf\\-tokens|srf_tokens)|d(?:eploy\\-keys|eploy_keys|eploytoken)|f(?:ernet\\-keys|ernet_keys|unctionkey)|l(?:icence\\-key|icence_key|icencekeys|icense\\-key|icense_key|icensekeys)|m(?:aster\\-keys|aster_keys)|p(?:assphrases|rivate\\-key|rivate_key|rivatekeys)|s(?:ecret\\-keys|ecret_keys|ervice\\-key|ervice_key|ervicekeys|hared\\-keys|hared_keys|igning\\-key|igning_key|igningkeys|torage\\-key|torage_key|toragekeys)|x(?:srf\\-tokens|srf_tokens))[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:a(?:ccess\\-token|ccesstokens|ccount\\-keys|ccount_keys|dmin\\-tokens|dmin_tokens|tion\\-tokens|tion_tokens)|b(?:earer\\-token|earertokens)|c(?:ation\\-token|ationtokens|cess\\-tokens|cess_tokens|ription\\-key|ription_key|riptionkeys|ryption\\-key|ryption_key|ryptionkeys|tion\\-string|tion_string|tionstrings|urity\\-token|uritytokens)|d(?:entitytoken|eploy\\-token|eploytokens)|e(?:arer\\-tokens|arer_tokens|ctionstring|curitytoken|fresh\\-token|freshtokens|nt\\-key\\-data|nt_key_data|ntity\\-token|ntitytokens|ploy\\-tokens|ploy_tokens|ssion\\-token|ssiontokens)|f(?:resh\\-tokens|resh_tokens|unction\\-key|unction_key|unctionkeys|unctionskey)|i(?:cation\\-keys|cation_keys|cationtoken|entkeydatas|vate\\-tokens|vate_tokens)|l(?:ication\\-key|ication_key|icationkeys|icence\\-keys|icence_keys|icense\\-keys|icense_keys|ientkeydata)|n(?:cryptionkey|ctions\\-keys|ctions_keys|t\\-key\\-datas|t_key_datas|tity\\-tokens|tity_tokens)|p(?:licationkey|rivate\\-keys|rivate_keys|rivatetoken)|r(?:efreshtoken|iption\\-keys|iption_keys|ivate\\-token|ivatetokens|yption\\-keys|yption_keys)|s(?:criptionkey|ervice\\-keys|ervice_keys|essiontoken|igning\\-keys|igning_keys|sion\\-tokens|sion_tokens|torage\\-keys|torage_keys)|t(?:ion\\-strings|ion_strings)|u(?:nction\\-keys|nction_keys|nctions\\-key|nctions_key|nctionskeys|rity\\-tokens|rity_tokens))[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].))|(?<=[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)(?:(?<=(?:as|d(?:e|s)|e(?:n|s|t|y)|gs|n(?:g|s)|r(?:d|t)|s(?:e|s)|t(?:a|s)|wd|ys)[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)(?:(?<=(?:pwd)[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:pwds)[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:_pass)[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:_passs|_token|apikey|appkey|passwd|secret|sshkey)[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:a(?:pi\\-key|pi_key|pikeys|pp\\-key|pp_key|ppkeys|uthkey)|idtoken|passwds|s(?:ecrets|sh\\-key|sh_key|shkeys))[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:a(?:dminkey|pi\\-keys|pi_keys|pitoken|pp\\-keys|pp_keys|pptoken|uth\\-key|uth_key|uthkeys)|bottoken|i(?:d\\-token|dtokens)|p(?:asscode|assword|asswort)|s(?:sh\\-keys|sh_keys))[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:a(?:ccesskey|dmin\\-key|dmin_key|dminkeys|pi\\-token|pitokens|pp\\-token|pptokens|uth\\-keys|uth_keys|uthtoken)|b(?:ot\\-token|ottokens)|csrftoken|deploykey|fernetkey|i(?:d\\-tokens|d_tokens)|masterkey|p(?:asscodes|asswords|assworts)|s(?:ecretkey|haredkey)|xsrftoken)[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:a(?:ccess\\-key|ccess_key|ccesskeys|ccountkey|dmin\\-keys|dmin_keys|dmintoken|pi\\-tokens|pi_tokens|pp\\-tokens|pp_tokens|uth\\-token|uthtokens)|b(?:ot\\-tokens|ot_tokens)|c(?:srf\\-token|srftokens)|d(?:eploy\\-key|eploy_key|eploykeys)|f(?:ernet\\-key|ernet_key|ernetkeys)|l(?:icencekey|icensekey)|m(?:aster\\-key|aster_key|asterkeys)|p(?:assphrase|rivatekey)|s(?:ecret\\-key|ecret_key|ecretkeys|ervicekey|hared\\-key|hared_key|haredkeys|igningkey|toragekey)|x(?:srf\\-token|srftokens))[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:a(?:ccess\\-keys|ccess_keys|ccesstoken|ccount\\-key|ccount_key|ccountkeys|dmin\\-token|dmintokens|uth\\-tokens|uth_tokens)|bearertoken|c(?:srf\\-tokens|srf_tokens)|d(?:eploy\\-keys|eploy_keys|eploytoken)|f(?:ernet\\-keys|ernet_keys|unctionkey)|l(?:icence\\-key|icence_key|icencekeys|icense\\-key|icense_key|icensekeys)|m(?:aster\\-keys|aster_keys)|p(?:assphrases|rivate\\-key|rivate_key|rivatekeys)|s(?:ecret\\-keys|ecret_keys|ervice\\-key|ervice_key|ervicekeys|hared\\-keys|hared_keys|igning\\-key|igning_key|igningkeys|torage\\-key|torage_key|toragekeys)|x(?:srf\\-tokens|srf_tokens))[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:a(?:ccess\\-token|ccesstokens|ccount\\-keys|ccount_keys|dmin\\-tokens|dmin_tokens|tion\\-tokens|tion_tokens)|b(?:earer\\-token|earertokens)|c(?:ation\\-token|ationtokens|cess\\-tokens|cess_tokens|ription\\-key|ription_key|riptionkeys|ryption\\-key|ryption_key|ryptionkeys|tion\\-string|tion_string|tionstrings|urity\\-token|uritytokens)|d(?:entitytoken|eploy\\-token|eploytokens)|e(?:arer\\-tokens|arer_tokens|ctionstring|curitytoken|fresh\\-token|freshtokens|nt\\-key\\-data|nt_key_data|ntity\\-token|ntitytokens|ploy\\-tokens|ploy_tokens|ssion\\-token|ssiontokens)|f(?:resh\\-tokens|resh_tokens|unction\\-key|unction_key|unctionkeys|unctionskey)|i(?:cation\\-keys|cation_keys|cationtoken|entkeydatas|vate\\-tokens|vate_tokens)|l(?:ication\\-key|ication_key|icationkeys|icence\\-keys|icence_keys|icense\\-keys|icense_keys|ientkeydata)|n(?:cryptionkey|ctions\\-keys|ctions_keys|t\\-key\\-datas|t_key_datas|tity\\-tokens|tity_tokens)|p(?:licationkey|rivate\\-keys|rivate_keys|rivatetoken)|r(?:efreshtoken|iption\\-keys|iption_keys|ivate\\-token|ivatetokens|yption\\-keys|yption_keys)|s(?:criptionkey|ervice\\-keys|ervice_keys|essiontoken|igning\\-keys|igning_keys|sion\\-tokens|sion_tokens|torage\\-keys|torage_keys)|t(?:ion\\-strings|ion_strings)|u(?:nction\\-keys|nction_keys|nctions\\-key|nctions_key|nctionskeys|rity\\-tokens|rity_tokens))[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].))|(?<=[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=&quot[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=[0-9][\"'\\\\\\] \\t][\"'\\\\\\] \\t][\"'\\\\\\] \\t].))|(?<=&quot[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=[0-9][\"'\\\\\\] \\t][\"'\\\\\\] \\t].))|(?<=&quot[%2;\"'\\\\\\] \\t].)|(?<=[0-9][\"'\\\\\\] \\t].))|(?<=[0-9].)(?:(?<=(?:as|d(?:e|s)|e(?:n|s|t|y)|gs|n(?:g|s)|r(?:d|t)|s(?:e|s)|t(?:a|s)|wd|ys)[0-9].)(?:(?<=(?:pwd)[0-9].)|(?<=(?:pwds)[0-9].)|(?<=(?:_pass)[0-9].)|(?<=(?:_passs|_token|apikey|appkey|passwd|secret|sshkey)[0-9].)|(?<=(?:a(?:pi\\-key|pi_key|pikeys|pp\\-key|pp_key|ppkeys|uthkey)|idtoken|passwds|s(?:ecrets|sh\\-key|sh_key|shkeys))[0-9].)|(?<=(?:a(?:dminkey|pi\\-keys|pi_keys|pitoken|pp\\-keys|pp_keys|pptoken|uth\\-key|uth_key|uthkeys)|bottoken|i(?:d\\-token|dtokens)|p(?:asscode|assword|asswort)|s(?:sh\\-keys|sh_keys))[0-9].)|(?<=(?:a(?:ccesskey|dmin\\-key|dmin_key|dminkeys|pi\\-token|pitokens|pp\\-token|pptokens|uth\\-keys|uth_keys|uthtoken)|b(?:ot\\-token|ottokens)|csrftoken|deploykey|fernetkey|i(?:d\\-tokens|d_tokens)|masterkey|p(?:asscodes|asswords|assworts)|s(?:ecretkey|haredkey)|xsrftoken)[0-9].)|(?<=(?:a(?:ccess\\-key|ccess_key|ccesskeys|ccountkey|dmin\\-keys|dmin_keys|dmintoken|pi\\-tokens|pi_tokens|pp\\-tokens|pp_tokens|uth\\-token|uthtokens)|b(?:ot\\-tokens|ot_tokens)|c(?:srf\\-token|srftokens)|d(?:eploy\\-key|eploy_key|eploykeys)|f(?:ernet\\-key|ernet_key|ernetkeys)|l(?:icencekey|icensekey)|m(?:aster\\-key|aster_key|asterkeys)|p(?:assphrase|rivatekey)|s(?:ecret\\-key|ecret_key|ecretkeys|ervicekey|hared\\-key|hared_key|haredkeys|igningkey|toragekey)|x(?:srf\\-token|srftokens))[0-9].)|(?<=(?:a(?:ccess\\-keys|ccess_keys|ccesstoken|ccount\\-key|ccount_key|ccountkeys|dmin\\-token|dmintokens|uth\\-tokens|uth_tokens)|bearertoken|c(?:srf\\-tokens|srf_tokens)|d(?:eploy\\-keys|eploy_keys|eploytoken)|f(?:ernet\\-keys|ernet_keys|unctionkey)|l(?:icence\\-key|icence_key|icencekeys|icense\\-key|icense_key|icensekeys)|m(?:aster\\-keys|aster_keys)|p(?:assphrases|rivate\\-key|rivate_key|rivatekeys)|s(?:ecret\\-keys|ecret_keys|ervice\\-key|ervice_key|ervicekeys|hared\\-keys|hared_keys|igning\\-key|igning_key|igningkeys|torage\\-key|torage_key|toragekeys)|x(?:srf\\-tokens|srf_tokens))[0-9].)|(?<=(?:a(?:ccess\\-token|ccesstokens|ccount\\-keys|ccount_keys|dmin\\-tokens|dmin_tokens|tion\\-tokens|tion_tokens)|b(?:earer\\-token|earertokens)|c(?:ation\\-token|ationtokens|cess\\-tokens|cess_tokens|ription\\-key|ription_key|riptionkeys|ryption\\-key|ryption_key|ryptionkeys|tion\\-string|tion_string|tionstrings|urity\\-token|uritytokens)|d(?:entitytoken|eploy\\-token|eploytokens)|e(?:arer\\-tokens|arer_tokens|ctionstring|curitytoken|fresh\\-token|freshtokens|nt\\-key\\-data|nt_key_data|ntity\\-token|ntitytokens|ploy\\-tokens|ploy_tokens|ssion\\-token|ssiontokens)|f(?:resh\\-tokens|resh_tokens|unction\\-key|unction_key|unctionkeys|unctionskey)|i(?:cation\\-keys|cation_keys|cationtoken|entkeydatas|vate\\-tokens|vate_tokens)|l(?:ication\\-key|ication_key|icationkeys|icence\\-keys|icence_keys|icense\\-keys|icense_keys|ientkeydata)|n(?:cryptionkey|ctions\\-keys|ctions_keys|t\\-key\\-datas|t_key_datas|tity\\-tokens|tity_tokens)|p(?:licationkey|rivate\\-keys|rivate_keys|rivatetoken)|r(?:efreshtoken|iption\\-keys|iption_keys|ivate\\-token|ivatetokens|yption\\-keys|yption_keys)|s(?:criptionkey|ervice\\-keys|ervice_keys|essiontoken|igning\\-keys|igning_keys|sion\\-tokens|sion_tokens|torage\\-keys|torage_keys)|t(?:ion\\-strings|ion_strings)|u(?:nction\\-keys|nction_keys|nctions\\-key|nctions_key|nctionskeys|rity\\-tokens|rity_tokens))[0-9].))|(?<=(?:as|d(?:e|s)|e(?:n|s|t|y)|gs|n(?:g|s)|r(?:d|t)|s(?:e|s)|t(?:a|s)|wd|ys)[0-9][0-9].)(?:(?<=(?:pwd)[0-9][0-9].)|(?<=(?:pwds)[0-9][0-9].)|(?<=(?:_pass)[0-9][0-9].)|(?<=(?:_passs|_token|apikey|appkey|passwd|secret|sshkey)[0-9][0-9].)|(?<=(?:a(?:pi\\-key|pi_key|pikeys|pp\\-key|pp_key|ppkeys|uthkey)|idtoken|passwds|s(?:ecrets|sh\\-key|sh_key|shkeys))[0-9][0-9].)|(?<=(?:a(?:dminkey|pi\\-keys|pi_keys|pitoken|pp\\-keys|pp_keys|pptoken|uth\\-key|uth_key|uthkeys)|bottoken|i(?:d\\-token|dtokens)|p(?:asscode|assword|asswort)|s(?:sh\\-keys|sh_keys))[0-9][0-9].)|(?<=(?:a(?:ccesskey|dmin\\-key|dmin_key|dminkeys|pi\\-token|pitokens|pp\\-token|pptokens|uth\\-keys|uth_keys|uthtoken)|b(?:ot\\-token|ottokens)|csrftoken|deploykey|fernetkey|i(?:d\\-tokens|d_tokens)|masterkey|p(?:asscodes|asswords|assworts)|s(?:ecretkey|haredkey)|xsrftoken)[0-9][0-9].)|(?<=(?:a(?:ccess\\-key|ccess_key|ccesskeys|ccountkey|dmin\\-keys|dmin_keys|dmintoken|pi\\-tokens|pi_tokens|pp\\-tokens|pp_tokens|uth\\-token|uthtokens)|b(?:ot\\-tokens|ot_tokens)|c(?:srf\\-token|srftokens)|d(?:eploy\\-key|eploy_key|eploykeys)|f(?:ernet\\-key|ernet_key|ernetkeys)|l(?:icencekey|icensekey)|m(?:aster\\-key|aster_key|asterkeys)|p(?:assphrase|rivatekey)|s(?:ecret\\-key|ecret_key|ecretkeys|ervicekey|hared\\-key|hared_key|haredkeys|igningkey|toragekey)|x(?:srf\\-token|srftokens))[0-9][0-9].)|(?<=(?:a(?:ccess\\-keys|ccess_keys|ccesstoken|ccount\\-key|ccount_key|ccountkeys|dmin\\-token|dmintokens|uth\\-tokens|uth_tokens)|bearertoken|c(?:srf\\-tokens|srf_tokens)|d(?:eploy\\-keys|eploy_keys|eploytoken)|f(?:ernet\\-keys|ernet_keys|unctionkey)|l(?:icence\\-key|icence_key|icencekeys|icense\\-key|icense_key|icensekeys)|m(?:aster\\-keys|aster_keys)|p(?:assphrases|rivate\\-key|rivate_key|rivatekeys)|s(?:ecret\\-keys|ecret_keys|ervice\\-key|ervice_key|ervicekeys|hared\\-keys|hared_keys|igning\\-key|igning_key|igningkeys|torage\\-key|torage_key|toragekeys)|x(?:srf\\-tokens|srf_tokens))[0-9][0-9].)|(?<=(?:a(?:ccess\\-token|ccesstokens|ccount\\-keys|ccount_keys|dmin\\-tokens|dmin_tokens|tion\\-tokens|tion_tokens)|b(?:earer\\-token|earertokens)|c(?:ation\\-token|ationtokens|cess\\-tokens|cess_tokens|ription\\-key|ription_key|riptionkeys|ryption\\-key|ryption_key|ryptionkeys|tion\\-string|tion_string|tionstrings|urity\\-token|uritytokens)|d(?:entitytoken|eploy\\-token|eploytokens)|e(?:arer\\-tokens|arer_tokens|ctionstring|curitytoken|fresh\\-token|freshtokens|nt\\-key\\-data|nt_key_data|ntity\\-token|ntitytokens|ploy\\-tokens|ploy_tokens|ssion\\-token|ssiontokens)|f(?:resh\\-tokens|resh_tokens|unction\\-key|unction_key|unctionkeys|unctionskey)|i(?:cation\\-keys|cation_keys|cationtoken|entkeydatas|vate\\-tokens|vate_tokens)|l(?:ication\\-key|ication_key|icationkeys|icence\\-keys|icence_keys|icense\\-keys|icense_keys|ientkeydata)|n(?:cryptionkey|ctions\\-keys|ctions_keys|t\\-key\\-datas|t_key_datas|tity\\-tokens|tity_tokens)|p(?:licationkey|rivate\\-keys|rivate_keys|rivatetoken)|r(?:efreshtoken|iption\\-keys|iption_keys|ivate\\-token|ivatetokens|yption\\-keys|yption_keys)|s(?:criptionkey|ervice\\-keys|ervice_keys|essiontoken|igning\\-keys|igning_keys|sion\\-tokens|sion_tokens|torage\\-keys|torage_keys)|t(?:ion\\-strings|ion_strings)|u(?:nction\\-keys|nction_keys|nctions\\-key|nctions_key|nctionskeys|rity\\-tokens|rity_tokens))[0-9][0-9].))|(?<=(?:as|d(?:e|s)|e(?:n|s|t|y)|gs|n(?:g|s)|r(?:d|t)|s(?:e|s)|t(?:a|s)|wd|ys)[_-][0-9].)(?:(?<=(?:pwd)[_-][0-9].)|(?<=(?:pwds)[_-][0-9].)|(?<=(?:_pass)[_-][0-9].)|(?<=(?:_passs|_token|apikey|appkey|passwd|secret|sshkey)[_-][0-9].)|(?<=(?:a(?:pi\\-key|pi_key|pikeys|pp\\-key|pp_key|ppkeys|uthkey)|idtoken|passwds|s(?:ecrets|sh\\-key|sh_key|shkeys))[_-][0-9].)|(?<=(?:a(?:dminkey|pi\\-keys|pi_keys|pitoken|pp\\-keys|pp_keys|pptoken|uth\\-key|uth_key|uthkeys)|bottoken|i(?:d\\-token|dtokens)|p(?:asscode|assword|asswort)|s(?:sh\\-keys|sh_keys))[_-][0-9].)|(?<=(?:a(?:ccesskey|dmin\\-key|dmin_key|dminkeys|pi\\-token|pitokens|pp\\-token|pptokens|uth\\-keys|uth_keys|uthtoken)|b(?:ot\\-token|ottokens)|csrftoken|deploykey|fernetkey|i(?:d\\-tokens|d_tokens)|masterkey|p(?:asscodes|asswords|assworts)|s(?:ecretkey|haredkey)|xsrftoken)[_-][0-9].)|(?<=(?:a(?:ccess\\-key|ccess_key|ccesskeys|ccountkey|dmin\\-keys|dmin_keys|dmintoken|pi\\-tokens|pi_tokens|pp\\-tokens|pp_tokens|uth\\-token|uthtokens)|b(?:ot\\-tokens|ot_tokens)|c(?:srf\\-token|srftokens)|d(?:eploy\\-key|eploy_key|eploykeys)|f(?:ernet\\-key|ernet_key|ernetkeys)|l(?:icencekey|icensekey)|m(?:aster\\-key|aster_key|asterkeys)|p(?:assphrase|rivatekey)|s(?:ecret\\-key|ecret_key|ecretkeys|ervicekey|hared\\-key|hared_key|haredkeys|igningkey|toragekey)|x(?:srf\\-token|srftokens))[_-][0-9].)|(?<=(?:a(?:ccess\\-keys|ccess_keys|ccesstoken|ccount\\-key|ccount_key|ccountkeys|dmin\\-token|dmintokens|uth\\-tokens|uth_tokens)|bearertoken|c(?:srf\\-tokens|srf_tokens)|d(?:eploy\\-keys|eploy_keys|eploytoken)|f(?:ernet\\-keys|ernet_keys|unctionkey)|l(?:icence\\-key|icence_key|icencekeys|icense\\-key|icense_key|icensekeys)|m(?:aster\\-keys|aster_keys)|p(?:assphrases|rivate\\-key|rivate_key|rivatekeys)|s(?:ecret\\-keys|ecret_keys|ervice\\-key|ervice_key|ervicekeys|hared\\-keys|hared_keys|igning\\-key|igning_key|igningkeys|torage\\-key|torage_key|toragekeys)|x(?:srf\\-tokens|srf_tokens))[_-][0-9].)|(?<=(?:a(?:ccess\\-token|ccesstokens|ccount\\-keys|ccount_keys|dmin\\-tokens|dmin_tokens|tion\\-tokens|tion_tokens)|b(?:earer\\-token|earertokens)|c(?:ation\\-token|ationtokens|cess\\-tokens|cess_tokens|ription\\-key|ription_key|riptionkeys|ryption\\-key|ryption_key|ryptionkeys|tion\\-string|tion_string|tionstrings|urity\\-token|uritytokens)|d(?:entitytoken|eploy\\-token|eploytokens)|e(?:arer\\-tokens|arer_tokens|ctionstring|curitytoken|fresh\\-token|freshtokens|nt\\-key\\-data|nt_key_data|ntity\\-token|ntitytokens|ploy\\-tokens|ploy_tokens|ssion\\-token|ssiontokens)|f(?:resh\\-tokens|resh_tokens|unction\\-key|unction_key|unctionkeys|unctionskey)|i(?:cation\\-keys|cation_keys|cationtoken|entkeydatas|vate\\-tokens|vate_tokens)|l(?:ication\\-key|ication_key|icationkeys|icence\\-keys|icence_keys|icense\\-keys|icense_keys|ientkeydata)|n(?:cryptionkey|ctions\\-keys|ctions_keys|t\\-key\\-datas|t_key_datas|tity\\-tokens|tity_tokens)|p(?:licationkey|rivate\\-keys|rivate_keys|rivatetoken)|r(?:efreshtoken|iption\\-keys|iption_keys|ivate\\-token|ivatetokens|yption\\-keys|yption_keys)|s(?:criptionkey|ervice\\-keys|ervice_keys|essiontoken|igning\\-keys|igning_keys|sion\\-tokens|sion_tokens|torage\\-keys|torage_keys)|t(?:ion\\-strings|ion_strings)|u(?:nction\\-keys|nction_keys|nctions\\-key|nctions_key|nctionskeys|rity\\-tokens|rity_tokens))[_-][0-9].))|(?<=(?:as|d(?:e|s)|e(?:n|s|t|y)|gs|n(?:g|s)|r(?:d|t)|s(?:e|s)|t(?:a|s)|wd|ys)[_-][0-9][0-9].)(?:(?<=(?:pwd)[_-][0-9][0-9].)|(?<=(?:pwds)[_-][0-9][0-9].)|(?<=(?:_pass)[_-][0-9][0-9].)|(?<=(?:_passs|_token|apikey|appkey|passwd|secret|sshkey)[_-][0-9][0-9].)|(?<=(?:a(?:pi\\-key|pi_key|pikeys|pp\\-key|pp_key|ppkeys|uthkey)|idtoken|passwds|s(?:ecrets|sh\\-key|sh_key|shkeys))[_-][0-9][0-9].)|(?<=(?:a(?:dminkey|pi\\-keys|pi_keys|pitoken|pp\\-keys|pp_keys|pptoken|uth\\-key|uth_key|uthkeys)|bottoken|i(?:d\\-token|dtokens)|p(?:asscode|assword|asswort)|s(?:sh\\-keys|sh_keys))[_-][0-9][0-9].)|(?<=(?:a(?:ccesskey|dmin\\-key|dmin_key|dminkeys|pi\\-token|pitokens|pp\\-token|pptokens|uth\\-keys|uth_keys|uthtoken)|b(?:ot\\-token|ottokens)|csrftoken|deploykey|fernetkey|i(?:d\\-tokens|d_tokens)|masterkey|p(?:asscodes|asswords|assworts)|s(?:ecretkey|haredkey)|xsrftoken)[_-][0-9][0-9].)|(?<=(?:a(?:ccess\\-key|ccess_key|ccesskeys|ccountkey|dmin\\-keys|dmin_keys|dmintoken|pi\\-tokens|pi_tokens|pp\\-tokens|pp_tokens|uth\\-token|uthtokens)|b(?:ot\\-tokens|ot_tokens)|c(?:srf\\-token|srftokens)|d(?:eploy\\-key|eploy_key|eploykeys)|f(?:ernet\\-key|ernet_key|ernetkeys)|l(?:icencekey|icensekey)|m(?:aster\\-key|aster_key|asterkeys)|p(?:assphrase|rivatekey)|s(?:ecret\\-key|ecret_key|ecretkeys|ervicekey|hared\\-key|hared_key|haredkeys|igningkey|toragekey)|x(?:srf\\-token|srftokens))[_-][0-9][0-9].)|(?<=(?:a(?:ccess\\-keys|ccess_keys|ccesstoken|ccount\\-key|ccount_key|ccountkeys|dmin\\-token|dmintokens|uth\\-tokens|uth_tokens)|bearertoken|c(?:srf\\-tokens|srf_tokens)|d(?:eploy\\-keys|eploy_keys|eploytoken)|f(?:ernet\\-keys|ernet_keys|unctionkey)|l(?:icence\\-key|icence_key|icencekeys|icense\\-key|icense_key|icensekeys)|m(?:aster\\-keys|aster_keys)|p(?:assphrases|rivate\\-key|rivate_key|rivatekeys)|s(?:ecret\\-keys|ecret_keys|ervice\\-key|ervice_key|ervicekeys|hared\\-keys|hared_keys|igning\\-key|igning_key|igningkeys|torage\\-key|torage_key|toragekeys)|x(?:srf\\-tokens|srf_tokens))[_-][0-9][0-9].)|(?<=(?:a(?:ccess\\-token|ccesstokens|ccount\\-keys|ccount_keys|dmin\\-tokens|dmin_tokens|tion\\-tokens|tion_tokens)|b(?:earer\\-token|earertokens)|c(?:ation\\-token|ationtokens|cess\\-tokens|cess_tokens|ription\\-key|ription_key|riptionkeys|ryption\\-key|ryption_key|ryptionkeys|tion\\-string|tion_string|tionstrings|urity\\-token|uritytokens)|d(?:entitytoken|eploy\\-token|eploytokens)|e(?:arer\\-tokens|arer_tokens|ctionstring|curitytoken|fresh\\-token|freshtokens|nt\\-key\\-data|nt_key_data|ntity\\-token|ntitytokens|ploy\\-tokens|ploy_tokens|ssion\\-token|ssiontokens)|f(?:resh\\-tokens|resh_tokens|unction\\-key|unction_key|unctionkeys|unctionskey)|i(?:cation\\-keys|cation_keys|cationtoken|entkeydatas|vate\\-tokens|vate_tokens)|l(?:ication\\-key|ication_key|icationkeys|icence\\-keys|icence_keys|icense\\-keys|icense_keys|ientkeydata)|n(?:cryptionkey|ctions\\-keys|ctions_keys|t\\-key\\-datas|t_key_datas|tity\\-tokens|tity_tokens)|p(?:licationkey|rivate\\-keys|rivate_keys|rivatetoken)|r(?:efreshtoken|iption\\-keys|iption_keys|ivate\\-token|ivatetokens|yption\\-keys|yption_keys)|s(?:criptionkey|ervice\\-keys|ervice_keys|essiontoken|igning\\-keys|igning_keys|sion\\-tokens|sion_tokens|torage\\-keys|torage_keys)|t(?:ion\\-strings|ion_strings)|u(?:nction\\-keys|nction_keys|nctions\\-key|nctions_key|nctionskeys|rity\\-tokens|rity_tokens))[_-][0-9][0-9].)))|(?<=%22.)|(?<=%)3a)",
        ),
        '((?:[pP](?i:ass(?:word|wort|wd|phrase|code)|wd|rivate[_-]?(?:key|token))|[sS](?i:ecret(?:[_-]?(?:access[_-]?)?key)?|(?:ession|ecurity)[_-]?token|(?:igning|torage|ubscription|ervice)[_-]?key|hared[_-]?(?:access[_-]?)?key|sh[_-]?key)|[aA](?i:(?:pi|ccess|pp(?:lication)?|uth|dmin)[_-]?(?:key|token)|ccount[_-]?key)|[cC](?i:onnection[_-]?string|srf[_-]?token|lient(?:-key-data|_key_data|keydata))|[rR](?i:efresh[_-]?token)|[iI](?i:dentity[_-]?token)|(?:i(?<![A-Za-z].)|I(?<![A-Z].))(?i:d[_-]?token)|[bB](?i:(?:ot|earer)[_-]?token)|[eE](?i:ncryption[_-]?key)|[mM](?i:aster[_-]?key)|[dD](?i:eploy[_-]?(?:key|token))|[fF](?i:unctions?[_-]?key|ernet[_-]?key)|[lL](?i:icen[sc]e[_-]?key)|[oO](?i:auth[_-]?token)|[xX](?i:srf[_-]?token)|T(?<=[A-Z0-9]_.)(?<!PAD_.)(?<!EOS_.)(?<!BOS_.)(?<!UNK_.)(?<!SEP_.)(?<!CLS_.)(?<!MASK_.)(?<!STOP_.)OKEN|P(?<=[A-Z0-9]_.)ASS)(?:s|[_-]?[0-9]{1,2})?)(?:((\\\\{0,3}["\']|%22|&quot;|)\\]?[ \\t]{0,4}(?:[:=][>=]?|%3[AaDd])[ \\t]{0,4}(?:[|>]-?\\r?\\n[ \\t]{1,8})?(?:(?:[A-Z][A-Za-z0-9_.]{0,40}|str|bytes|repr)\\((?:[a-z_]{1,20}=)?)?[bBuUrRfF]{0,2}(?:\\\\{0,3}["\']))(?!(?:(?i:null|none|nil|nan|true|false|undefined|yes|no|str(?:ing)?|bytes|optional|required|missing|invalid|expired|wrong|incorrect|empty|unset|blank|not|must|too|is|was|has|have|should|cannot|could|does|did|try|please|check|fail(?:ed|ure)?|error|unknown|field|value|expected|unexpected|access|authentication|denied|oauth[0-9]?|sha[0-9]{1,3}|aes[0-9]{3}|[hrep]s(?:256|384|512)|ok|accepted|rejected|changed|updated|reset|verified|valid|mismatch|the|an|for|of|from|with|and|env|vault|redacted|hidden|masked|filtered|removed|elided|sanitized)(?:[.:!?]{1,2}(?![A-Za-z0-9])|(?![^\\s"\',;&)}\\]\\\\]))|(?:\\*{3,64}|[xX]{3,64}|\\.{3}|-{1,3})(?![^\\s"\',;&)}\\]\\\\])|\\[(?i:redacted|hidden|masked|filtered|removed|secret|pad|eos|bos|unk|sep|cls|mask|\\])|projects/[a-z]|<[A-Za-z|/][A-Za-z0-9 _|/.-]{0,40}>|\\$\\{|\\$\\(|\\$[A-Z_]{3,64}(?![^\\s"\',;&)}\\]\\\\])|%[sd(]|\\{[a-z_.]{0,64}\\}|\\{\\{|(?:self|cls|os|sys|args|settings|config|cfg|conf|env|environ|request|req|options|opts|params|kwargs|ctx|context|app|this|process|secrets|st|creds|credentials|user|dbutils)\\.[A-Za-z_]|[a-z_]{2,40}(?:\\.[a-z_]{1,40}){0,4}[(\\[](?!["\'](?:[^\\s"\']{0,64}[0-9]))|[a-z_]{0,40}(?:password|passwd|pwd|token|secret|key|credentials)(?![^\\s"\',;&)}\\]\\\\])|(?:[A-Z]:[\\\\/]|~[\\\\/]|\\.{1,2}/|/(?:(?:etc|run|var|srv|app|apps|home|root|opt|tmp|usr|mnt|data|dev|secrets?|workspace|workspaces|vault|Users|code|models?|work|proc|private|builds|content|src|kaggle)(?![A-Za-z0-9])|(?![^\\s"\',;&)}\\]\\\\])))|/(?:(?<=[wW][dD][=:]/)|(?<=[wW][dD][=:] /)|(?<=[wW][dD]["\']: ["\']/)|(?<=[wW][dD]["\']:["\']/))))(?:(?<=[^\\\\]")(?:[^"\\\\]|\\\\[\\s\\S])+|(?<=[^\\\\]\')(?:[^\'\\\\]|\\\\[\\s\\S])+|(?<=[^\\\\]\\\\")(?:[^"\\\\]|\\\\\\\\\\\\\\\\|\\\\\\\\\\\\"|\\\\\\\\?[^"\\\\])+|(?<=[^\\\\]\\\\\')(?:[^\'\\\\]|\\\\\\\\\\\\\\\\|\\\\\\\\\\\\\'|\\\\\\\\?[^\'\\\\])+|(?<=\\\\\\\\["\'])(?:[^"\'\\\\]|\\\\(?!\\\\{0,2}["\'])[\\s\\S])+)|(\\\\{0,3}["\']|%22|&quot;|)(\\]?[ \\t]{0,4}(?:[:=][>=]?|%3[AaDd])[ \\t]{0,4}(?:[|>]-?\\r?\\n[ \\t]{1,8})?)(?:(?:[\\[(]\\s{0,4}(?:(?:(?:[bBuU]?"(?:[^"\\\\]|\\\\[\\s\\S])*"|[bBuU]?\'(?:[^\'\\\\]|\\\\[\\s\\S])*\'|\\\\"(?:[^"\\\\]|\\\\[^"])*\\\\")|[A-Za-z0-9_.+-]{1,64})|\\[\\s{0,4}(?:(?:[bBuU]?"(?:[^"\\\\]|\\\\[\\s\\S])*"|[bBuU]?\'(?:[^\'\\\\]|\\\\[\\s\\S])*\'|\\\\"(?:[^"\\\\]|\\\\[^"])*\\\\")|[A-Za-z0-9_.+-]{1,64})(?:\\s{0,4},\\s{0,4}(?:(?:[bBuU]?"(?:[^"\\\\]|\\\\[\\s\\S])*"|[bBuU]?\'(?:[^\'\\\\]|\\\\[\\s\\S])*\'|\\\\"(?:[^"\\\\]|\\\\[^"])*\\\\")|[A-Za-z0-9_.+-]{1,64})){0,32}\\s{0,4}\\])(?:\\s{0,4},\\s{0,4}(?:(?:(?:[bBuU]?"(?:[^"\\\\]|\\\\[\\s\\S])*"|[bBuU]?\'(?:[^\'\\\\]|\\\\[\\s\\S])*\'|\\\\"(?:[^"\\\\]|\\\\[^"])*\\\\")|[A-Za-z0-9_.+-]{1,64})|\\[\\s{0,4}(?:(?:[bBuU]?"(?:[^"\\\\]|\\\\[\\s\\S])*"|[bBuU]?\'(?:[^\'\\\\]|\\\\[\\s\\S])*\'|\\\\"(?:[^"\\\\]|\\\\[^"])*\\\\")|[A-Za-z0-9_.+-]{1,64})(?:\\s{0,4},\\s{0,4}(?:(?:[bBuU]?"(?:[^"\\\\]|\\\\[\\s\\S])*"|[bBuU]?\'(?:[^\'\\\\]|\\\\[\\s\\S])*\'|\\\\"(?:[^"\\\\]|\\\\[^"])*\\\\")|[A-Za-z0-9_.+-]{1,64})){0,32}\\s{0,4}\\])){0,32}\\s{0,4},?\\s{0,4}[\\])]|\\{\\s{0,4}(?:[bBuU]?"(?:[^"\\\\]|\\\\[\\s\\S])*"|[bBuU]?\'(?:[^\'\\\\]|\\\\[\\s\\S])*\'|\\\\"(?:[^"\\\\]|\\\\[^"])*\\\\")\\s{0,4}:\\s{0,4}(?:(?:(?:[bBuU]?"(?:[^"\\\\]|\\\\[\\s\\S])*"|[bBuU]?\'(?:[^\'\\\\]|\\\\[\\s\\S])*\'|\\\\"(?:[^"\\\\]|\\\\[^"])*\\\\")|[A-Za-z0-9_.+-]{1,64})|\\[\\s{0,4}(?:(?:[bBuU]?"(?:[^"\\\\]|\\\\[\\s\\S])*"|[bBuU]?\'(?:[^\'\\\\]|\\\\[\\s\\S])*\'|\\\\"(?:[^"\\\\]|\\\\[^"])*\\\\")|[A-Za-z0-9_.+-]{1,64})(?:\\s{0,4},\\s{0,4}(?:(?:[bBuU]?"(?:[^"\\\\]|\\\\[\\s\\S])*"|[bBuU]?\'(?:[^\'\\\\]|\\\\[\\s\\S])*\'|\\\\"(?:[^"\\\\]|\\\\[^"])*\\\\")|[A-Za-z0-9_.+-]{1,64})){0,32}\\s{0,4}\\])(?:\\s{0,4},\\s{0,4}(?:[bBuU]?"(?:[^"\\\\]|\\\\[\\s\\S])*"|[bBuU]?\'(?:[^\'\\\\]|\\\\[\\s\\S])*\'|\\\\"(?:[^"\\\\]|\\\\[^"])*\\\\")\\s{0,4}:\\s{0,4}(?:(?:(?:[bBuU]?"(?:[^"\\\\]|\\\\[\\s\\S])*"|[bBuU]?\'(?:[^\'\\\\]|\\\\[\\s\\S])*\'|\\\\"(?:[^"\\\\]|\\\\[^"])*\\\\")|[A-Za-z0-9_.+-]{1,64})|\\[\\s{0,4}(?:(?:[bBuU]?"(?:[^"\\\\]|\\\\[\\s\\S])*"|[bBuU]?\'(?:[^\'\\\\]|\\\\[\\s\\S])*\'|\\\\"(?:[^"\\\\]|\\\\[^"])*\\\\")|[A-Za-z0-9_.+-]{1,64})(?:\\s{0,4},\\s{0,4}(?:(?:[bBuU]?"(?:[^"\\\\]|\\\\[\\s\\S])*"|[bBuU]?\'(?:[^\'\\\\]|\\\\[\\s\\S])*\'|\\\\"(?:[^"\\\\]|\\\\[^"])*\\\\")|[A-Za-z0-9_.+-]{1,64})){0,32}\\s{0,4}\\])){0,32}\\s{0,4}\\})|(?<![dtyeDTYE][sS][:=])(?<![dtyeDTYE][sS][:=] )(?<![dtyeDTYE][sS] [:=] )(?<![dtyeDTYE][sS]["\'][:=] )(?<![dtyeDTYE][sS]["\'][:=])(?!(?:(?i:null|none|nil|nan|true|false|undefined|yes|no|str(?:ing)?|bytes|optional|required|missing|invalid|expired|wrong|incorrect|empty|unset|blank|not|must|too|is|was|has|have|should|cannot|could|does|did|try|please|check|fail(?:ed|ure)?|error|unknown|field|value|expected|unexpected|access|authentication|denied|oauth[0-9]?|sha[0-9]{1,3}|aes[0-9]{3}|[hrep]s(?:256|384|512)|ok|accepted|rejected|changed|updated|reset|verified|valid|mismatch|the|an|for|of|from|with|and|env|vault|redacted|hidden|masked|filtered|removed|elided|sanitized)(?:[.:!?]{1,2}(?![A-Za-z0-9])|(?![^\\s"\',;&)}\\]\\\\]))|(?:\\*{3,64}|[xX]{3,64}|\\.{3}|-{1,3})(?![^\\s"\',;&)}\\]\\\\])|\\[(?i:redacted|hidden|masked|filtered|removed|secret|pad|eos|bos|unk|sep|cls|mask|\\])|projects/[a-z]|<[A-Za-z|/][A-Za-z0-9 _|/.-]{0,40}>|\\$\\{|\\$\\(|\\$[A-Z_]{3,64}(?![^\\s"\',;&)}\\]\\\\])|%[sd(]|\\{[a-z_.]{0,64}\\}|\\{\\{|(?:self|cls|os|sys|args|settings|config|cfg|conf|env|environ|request|req|options|opts|params|kwargs|ctx|context|app|this|process|secrets|st|creds|credentials|user|dbutils)\\.[A-Za-z_]|[a-z_]{2,40}(?:\\.[a-z_]{1,40}){0,4}[(\\[](?!["\'](?:[^\\s"\']{0,64}[0-9]))|[a-z_]{0,40}(?:password|passwd|pwd|token|secret|key|credentials)(?![^\\s"\',;&)}\\]\\\\])|(?:[A-Z]:[\\\\/]|~[\\\\/]|\\.{1,2}/|/(?:(?:etc|run|var|srv|app|apps|home|root|opt|tmp|usr|mnt|data|dev|secrets?|workspace|workspaces|vault|Users|code|models?|work|proc|private|builds|content|src|kaggle)(?![A-Za-z0-9])|(?![^\\s"\',;&)}\\]\\\\])))|/(?:(?<=[wW][dD][=:]/)|(?<=[wW][dD][=:] /)|(?<=[wW][dD]["\']: ["\']/)|(?<=[wW][dD]["\']:["\']/)))|(?:(?:[A-Z][A-Za-z0-9_.]{0,40}|str|bytes|repr)\\((?:[a-z_]{1,20}=)?)?[bBuUrRfF]{0,2}(?:\\\\{0,3}["\'])|[\\[({]\\s{0,4}(?:[\\[({\\\\bBuU]{0,4}["\']))[^\\s"\',;&)}\\]\\\\](?:(?:[^\\s"\',;&)}\\]\\\\]|[\'")](?=[A-Za-z0-9]))+|))|((\\\\{0,3}["\']|%22|&quot;|)\\]?[ \\t]{0,4}(?:[:=][>=]?|%3[AaDd])[ \\t]{0,4}(?:[|>]-?\\r?\\n[ \\t]{1,8})?[\\[({][^"\'\\\\\\]})]{0,64}(?:(?:[bBuU]?"(?:[^"\\\\]|\\\\[\\s\\S])*"|[bBuU]?\'(?:[^\'\\\\]|\\\\[\\s\\S])*\'|\\\\"(?:[^"\\\\]|\\\\[^"])*\\\\")\\s{0,4}:\\s{0,4}[\\[({]{0,4}){0,4}(?:[bBuU]?\\\\{0,3}["\']))(?!(?:(?i:null|none|nil|nan|true|false|undefined|yes|no|str(?:ing)?|bytes|optional|required|missing|invalid|expired|wrong|incorrect|empty|unset|blank|not|must|too|is|was|has|have|should|cannot|could|does|did|try|please|check|fail(?:ed|ure)?|error|unknown|field|value|expected|unexpected|access|authentication|denied|oauth[0-9]?|sha[0-9]{1,3}|aes[0-9]{3}|[hrep]s(?:256|384|512)|ok|accepted|rejected|changed|updated|reset|verified|valid|mismatch|the|an|for|of|from|with|and|env|vault|redacted|hidden|masked|filtered|removed|elided|sanitized)(?:[.:!?]{1,2}(?![A-Za-z0-9])|(?![^\\s"\',;&)}\\]\\\\]))|(?:\\*{3,64}|[xX]{3,64}|\\.{3}|-{1,3})(?![^\\s"\',;&)}\\]\\\\])|\\[(?i:redacted|hidden|masked|filtered|removed|secret|pad|eos|bos|unk|sep|cls|mask|\\])|projects/[a-z]|<[A-Za-z|/][A-Za-z0-9 _|/.-]{0,40}>|\\$\\{|\\$\\(|\\$[A-Z_]{3,64}(?![^\\s"\',;&)}\\]\\\\])|%[sd(]|\\{[a-z_.]{0,64}\\}|\\{\\{|(?:self|cls|os|sys|args|settings|config|cfg|conf|env|environ|request|req|options|opts|params|kwargs|ctx|context|app|this|process|secrets|st|creds|credentials|user|dbutils)\\.[A-Za-z_]|[a-z_]{2,40}(?:\\.[a-z_]{1,40}){0,4}[(\\[](?!["\'](?:[^\\s"\']{0,64}[0-9]))|[a-z_]{0,40}(?:password|passwd|pwd|token|secret|key|credentials)(?![^\\s"\',;&)}\\]\\\\])|(?:[A-Z]:[\\\\/]|~[\\\\/]|\\.{1,2}/|/(?:(?:etc|run|var|srv|app|apps|home|root|opt|tmp|usr|mnt|data|dev|secrets?|workspace|workspaces|vault|Users|code|models?|work|proc|private|builds|content|src|kaggle)(?![A-Za-z0-9])|(?![^\\s"\',;&)}\\]\\\\])))|/(?:(?<=[wW][dD][=:]/)|(?<=[wW][dD][=:] /)|(?<=[wW][dD]["\']: ["\']/)|(?<=[wW][dD]["\']:["\']/))))(?:(?<=[^\\\\]")(?:[^"\\\\]|\\\\[\\s\\S])+|(?<=[^\\\\]\')(?:[^\'\\\\]|\\\\[\\s\\S])+|(?<=[^\\\\]\\\\")(?:[^"\\\\]|\\\\\\\\\\\\\\\\|\\\\\\\\\\\\"|\\\\\\\\?[^"\\\\])+|(?<=[^\\\\]\\\\\')(?:[^\'\\\\]|\\\\\\\\\\\\\\\\|\\\\\\\\\\\\\'|\\\\\\\\?[^\'\\\\])+|(?<=\\\\\\\\["\'])(?:[^"\'\\\\]|\\\\(?!\\\\{0,2}["\'])[\\s\\S])+)(?=\\\\{0,3}["\'](?!\\s{0,4}:)|(?![\\s\\S])))',
        "\\1\\2\\4\\5\\6\\4[redacted]\\4",
    ),
    (
        "value of a name that may be of a secret",
        ("=", ":", "%"),
        (
            "pass",
            "pwd",
            "secret",
            "key",
            "token",
            "connection",
            "auth",
            "sess",
            "sid",
            "sig",
            "cred",
            "cookie",
            "jwt",
            "?code",
            "&code",
            "?appid",
            "&appid",
        ),
        (
            "[:=%](?:(?<=(?:al|de|e(?:n|y)|i(?:d|e|g)|ls|re|ss|th|wt).)(?:(?<=(?:jwt|s(?:id|ig)).)|(?<=(?:\\&key|\\?key|_key|auth|pass).)|(?<=(?:\\&code|\\?code|token).)|(?<=(?:\\&appid|\\?appid|cookie).)|(?<=(?:s(?:essionid|ignature)).)|(?<=(?:credential|s(?:ession\\-id|ession_id)).)|(?<=(?:credentials).))|(?<=[%2;\"'\\\\\\] \\t].)(?:(?<=(?:al|de|e(?:n|y)|i(?:d|e|g)|ls|re|ss|th|wt)[%2;\"'\\\\\\] \\t].)(?:(?<=(?:jwt|s(?:id|ig))[%2;\"'\\\\\\] \\t].)|(?<=(?:\\&key|\\?key|_key|auth|pass)[%2;\"'\\\\\\] \\t].)|(?<=(?:\\&code|\\?code|token)[%2;\"'\\\\\\] \\t].)|(?<=(?:\\&appid|\\?appid|cookie)[%2;\"'\\\\\\] \\t].)|(?<=(?:s(?:essionid|ignature))[%2;\"'\\\\\\] \\t].)|(?<=(?:credential|s(?:ession\\-id|ession_id))[%2;\"'\\\\\\] \\t].)|(?<=(?:credentials)[%2;\"'\\\\\\] \\t].))|(?<=[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)(?:(?<=(?:al|de|e(?:n|y)|i(?:d|e|g)|ls|re|ss|th|wt)[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)(?:(?<=(?:jwt|s(?:id|ig))[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:\\&key|\\?key|_key|auth|pass)[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:\\&code|\\?code|token)[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:\\&appid|\\?appid|cookie)[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:s(?:essionid|ignature))[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:credential|s(?:ession\\-id|ession_id))[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:credentials)[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].))|(?<=[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)(?:(?<=(?:al|de|e(?:n|y)|i(?:d|e|g)|ls|re|ss|th|wt)[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)(?:(?<=(?:jwt|s(?:id|ig))[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:\\&key|\\?key|_key|auth|pass)[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:\\&code|\\?code|token)[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:\\&appid|\\?appid|cookie)[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:s(?:essionid|ignature))[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:credential|s(?:ession\\-id|ession_id))[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=(?:credentials)[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].))|(?<=[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].)|(?<=&quot[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].))|(?<=&quot[%2;\"'\\\\\\] \\t][%2;\"'\\\\\\] \\t].))|(?<=&quot[%2;\"'\\\\\\] \\t].))|(?<=%22.)|(?<=%)3a)",
        ),
        "((?:(?:t(?<![A-Za-z].)|T(?<![A-Z].))(?i:oken)|(?:p(?<![A-Za-z].)|P(?<![A-Z].))(?i:ass)|(?:a(?<![A-Za-z].)|A(?<![A-Z].))(?i:uth)|(?:s(?<![A-Za-z].)|S(?<![A-Z].))(?i:ession[_-]?id|id|ig(?:nature)?)|[sS](?i:essid)|[cC](?i:redentials?|ookie|ode(?<=[?&]....))|k(?<=[?&].)ey|a(?<=[?&].)(?i:ppid)|(?:j(?<![A-Za-z].)|J(?<![A-Z].))(?i:wt)|K(?<=[A-Z]_.)EY))(?:((\\\\{0,3}[\"']|%22|&quot;|)\\]?[ \\t]{0,4}(?:[:=][>=]?|%3[AaDd])[ \\t]{0,4}(?:[|>]-?\\r?\\n[ \\t]{1,8})?(?:(?:[A-Z][A-Za-z0-9_.]{0,40}|str|bytes|repr)\\((?:[a-z_]{1,20}=)?)?[bBuUrRfF]{0,2}(?:\\\\{0,3}[\"']))(?=[A-Za-z0-9+/_=~.%!@#$^*:-]{6})(?:(?=[^\\s\"',;&)}\\]\\\\]{0,128}[0-9])(?=[^\\sA-Za-z\"',;&)}\\]\\\\]{0,128}[A-Za-z])|(?=[A-Za-z+/=_-]{24})(?=[A-Za-z+/=_-]{0,64}[A-Z]{2})(?=[A-Za-z+/=_-]{0,64}[a-z]))(?![0-9.-]{1,20}(?:[eE][+-]?[0-9]{1,3}|[A-Za-z%]{0,3})(?![^\\s\"',;&)}\\]\\\\])|[A-Za-z]{1,24}(?:[0-9]{1,2}[A-Za-z]{0,12})?(?:[-_./:][A-Za-z]{0,24}[0-9]{0,8}){1,16}(?![^\\s\"',;&)}\\]\\\\])|[/~]|\\.{1,2}/|[A-Za-z]{2,8}:/|0x)(?!(?:(?i:null|none|nil|nan|true|false|undefined|yes|no|str(?:ing)?|bytes|optional|required|missing|invalid|expired|wrong|incorrect|empty|unset|blank|not|must|too|is|was|has|have|should|cannot|could|does|did|try|please|check|fail(?:ed|ure)?|error|unknown|field|value|expected|unexpected|access|authentication|denied|oauth[0-9]?|sha[0-9]{1,3}|aes[0-9]{3}|[hrep]s(?:256|384|512)|ok|accepted|rejected|changed|updated|reset|verified|valid|mismatch|the|an|for|of|from|with|and|env|vault|redacted|hidden|masked|filtered|removed|elided|sanitized)(?:[.:!?]{1,2}(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\]))|(?:\\*{3,64}|[xX]{3,64}|\\.{3}|-{1,3})(?![^\\s\"',;&)}\\]\\\\])|\\[(?i:redacted|hidden|masked|filtered|removed|secret|pad|eos|bos|unk|sep|cls|mask|\\])|projects/[a-z]|<[A-Za-z|/][A-Za-z0-9 _|/.-]{0,40}>|\\$\\{|\\$\\(|\\$[A-Z_]{3,64}(?![^\\s\"',;&)}\\]\\\\])|%[sd(]|\\{[a-z_.]{0,64}\\}|\\{\\{|(?:self|cls|os|sys|args|settings|config|cfg|conf|env|environ|request|req|options|opts|params|kwargs|ctx|context|app|this|process|secrets|st|creds|credentials|user|dbutils)\\.[A-Za-z_]|[a-z_]{2,40}(?:\\.[a-z_]{1,40}){0,4}[(\\[](?![\"'](?:[^\\s\"']{0,64}[0-9]))|[a-z_]{0,40}(?:password|passwd|pwd|token|secret|key|credentials)(?![^\\s\"',;&)}\\]\\\\])|(?:[A-Z]:[\\\\/]|~[\\\\/]|\\.{1,2}/|/(?:(?:etc|run|var|srv|app|apps|home|root|opt|tmp|usr|mnt|data|dev|secrets?|workspace|workspaces|vault|Users|code|models?|work|proc|private|builds|content|src|kaggle)(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\])))|/(?:(?<=[wW][dD][=:]/)|(?<=[wW][dD][=:] /)|(?<=[wW][dD][\"']: [\"']/)|(?<=[wW][dD][\"']:[\"']/))))(?:(?<=[^\\\\]\")(?:[^\"\\\\]|\\\\[\\s\\S])+|(?<=[^\\\\]')(?:[^'\\\\]|\\\\[\\s\\S])+|(?<=[^\\\\]\\\\\")(?:[^\"\\\\]|\\\\\\\\\\\\\\\\|\\\\\\\\\\\\\"|\\\\\\\\?[^\"\\\\])+|(?<=[^\\\\]\\\\')(?:[^'\\\\]|\\\\\\\\\\\\\\\\|\\\\\\\\\\\\'|\\\\\\\\?[^'\\\\])+|(?<=\\\\\\\\[\"'])(?:[^\"'\\\\]|\\\\(?!\\\\{0,2}[\"'])[\\s\\S])+)|(\\\\{0,3}[\"']|%22|&quot;|)(\\]?[ \\t]{0,4}(?:[:=][>=]?|%3[AaDd])[ \\t]{0,4}(?:[|>]-?\\r?\\n[ \\t]{1,8})?)(?!(?:(?:[A-Z][A-Za-z0-9_.]{0,40}|str|bytes|repr)\\((?:[a-z_]{1,20}=)?)?[bBuUrRfF]{0,2}(?:\\\\{0,3}[\"']))(?=[A-Za-z0-9+/_=~.%!@#$^*:-]{6})(?:(?=[^\\s\"',;&)}\\]\\\\]{0,128}[0-9])(?=[^\\sA-Za-z\"',;&)}\\]\\\\]{0,128}[A-Za-z])|(?=[A-Za-z+/=_-]{24})(?=[A-Za-z+/=_-]{0,64}[A-Z]{2})(?=[A-Za-z+/=_-]{0,64}[a-z]))(?![0-9.-]{1,20}(?:[eE][+-]?[0-9]{1,3}|[A-Za-z%]{0,3})(?![^\\s\"',;&)}\\]\\\\])|[A-Za-z]{1,24}(?:[0-9]{1,2}[A-Za-z]{0,12})?(?:[-_./:][A-Za-z]{0,24}[0-9]{0,8}){1,16}(?![^\\s\"',;&)}\\]\\\\])|[/~]|\\.{1,2}/|[A-Za-z]{2,8}:/|0x)(?!(?:(?i:null|none|nil|nan|true|false|undefined|yes|no|str(?:ing)?|bytes|optional|required|missing|invalid|expired|wrong|incorrect|empty|unset|blank|not|must|too|is|was|has|have|should|cannot|could|does|did|try|please|check|fail(?:ed|ure)?|error|unknown|field|value|expected|unexpected|access|authentication|denied|oauth[0-9]?|sha[0-9]{1,3}|aes[0-9]{3}|[hrep]s(?:256|384|512)|ok|accepted|rejected|changed|updated|reset|verified|valid|mismatch|the|an|for|of|from|with|and|env|vault|redacted|hidden|masked|filtered|removed|elided|sanitized)(?:[.:!?]{1,2}(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\]))|(?:\\*{3,64}|[xX]{3,64}|\\.{3}|-{1,3})(?![^\\s\"',;&)}\\]\\\\])|\\[(?i:redacted|hidden|masked|filtered|removed|secret|pad|eos|bos|unk|sep|cls|mask|\\])|projects/[a-z]|<[A-Za-z|/][A-Za-z0-9 _|/.-]{0,40}>|\\$\\{|\\$\\(|\\$[A-Z_]{3,64}(?![^\\s\"',;&)}\\]\\\\])|%[sd(]|\\{[a-z_.]{0,64}\\}|\\{\\{|(?:self|cls|os|sys|args|settings|config|cfg|conf|env|environ|request|req|options|opts|params|kwargs|ctx|context|app|this|process|secrets|st|creds|credentials|user|dbutils)\\.[A-Za-z_]|[a-z_]{2,40}(?:\\.[a-z_]{1,40}){0,4}[(\\[](?![\"'](?:[^\\s\"']{0,64}[0-9]))|[a-z_]{0,40}(?:password|passwd|pwd|token|secret|key|credentials)(?![^\\s\"',;&)}\\]\\\\])|(?:[A-Z]:[\\\\/]|~[\\\\/]|\\.{1,2}/|/(?:(?:etc|run|var|srv|app|apps|home|root|opt|tmp|usr|mnt|data|dev|secrets?|workspace|workspaces|vault|Users|code|models?|work|proc|private|builds|content|src|kaggle)(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\])))|/(?:(?<=[wW][dD][=:]/)|(?<=[wW][dD][=:] /)|(?<=[wW][dD][\"']: [\"']/)|(?<=[wW][dD][\"']:[\"']/))))(?:[^\\s\"',;&)}\\]\\\\]|['\")](?=[A-Za-z0-9]))+)",
        "\\1\\2\\4\\5\\4[redacted]\\4",
    ),
    (
        "value beside a secret name",
        ("=", ":", "%"),
        ("pass", "pwd", "secret", "key", "token", "connection", "authorization", "cookie"),
        ("value\\\\{0,3}[\"']?[ \\t]{0,4}[:=]",),
        "((?i:name|key|header|variable|id)\\\\{0,3}[\"']?[ \\t]{0,4}[:=][ \\t]{0,4}\\\\{0,3}[\"']?[A-Za-z0-9_.-]{0,64}(?:(?:[pP](?i:ass(?:word|wort|wd|phrase|code)|wd|rivate[_-]?(?:key|token))|[sS](?i:ecret(?:[_-]?(?:access[_-]?)?key)?|(?:ession|ecurity)[_-]?token|(?:igning|torage|ubscription|ervice)[_-]?key|hared[_-]?(?:access[_-]?)?key|sh[_-]?key)|[aA](?i:(?:pi|ccess|pp(?:lication)?|uth|dmin)[_-]?(?:key|token)|ccount[_-]?key)|[cC](?i:onnection[_-]?string|srf[_-]?token|lient(?:-key-data|_key_data|keydata))|[rR](?i:efresh[_-]?token)|[iI](?i:dentity[_-]?token)|(?:i(?<![A-Za-z].)|I(?<![A-Z].))(?i:d[_-]?token)|[bB](?i:(?:ot|earer)[_-]?token)|[eE](?i:ncryption[_-]?key)|[mM](?i:aster[_-]?key)|[dD](?i:eploy[_-]?(?:key|token))|[fF](?i:unctions?[_-]?key|ernet[_-]?key)|[lL](?i:icen[sc]e[_-]?key)|[oO](?i:auth[_-]?token)|[xX](?i:srf[_-]?token)|T(?<=[A-Z0-9]_.)(?<!PAD_.)(?<!EOS_.)(?<!BOS_.)(?<!UNK_.)(?<!SEP_.)(?<!CLS_.)(?<!MASK_.)(?<!STOP_.)OKEN|P(?<=[A-Z0-9]_.)ASS)(?:[_-]?[0-9]{1,2})?|(?i:authorization|cookie|token))\\\\{0,3}[\"']?(?:\\s|\\\\[nrt]|,){0,24}\\\\{0,3}[\"']?(?i:value)\\\\{0,3}[\"']?[ \\t]{0,4}[:=][ \\t]{0,4}(?:(?:(?:[A-Z][A-Za-z0-9_.]{0,40}|str|bytes|repr)\\((?:[a-z_]{1,20}=)?)?[bBuUrRfF]{0,2}(?:\\\\{0,3}[\"']))?)(?!(?:(?i:null|none|nil|nan|true|false|undefined|yes|no|str(?:ing)?|bytes|optional|required|missing|invalid|expired|wrong|incorrect|empty|unset|blank|not|must|too|is|was|has|have|should|cannot|could|does|did|try|please|check|fail(?:ed|ure)?|error|unknown|field|value|expected|unexpected|access|authentication|denied|oauth[0-9]?|sha[0-9]{1,3}|aes[0-9]{3}|[hrep]s(?:256|384|512)|ok|accepted|rejected|changed|updated|reset|verified|valid|mismatch|the|an|for|of|from|with|and|env|vault|redacted|hidden|masked|filtered|removed|elided|sanitized)(?:[.:!?]{1,2}(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\]))|(?:\\*{3,64}|[xX]{3,64}|\\.{3}|-{1,3})(?![^\\s\"',;&)}\\]\\\\])|\\[(?i:redacted|hidden|masked|filtered|removed|secret|pad|eos|bos|unk|sep|cls|mask|\\])|projects/[a-z]|<[A-Za-z|/][A-Za-z0-9 _|/.-]{0,40}>|\\$\\{|\\$\\(|\\$[A-Z_]{3,64}(?![^\\s\"',;&)}\\]\\\\])|%[sd(]|\\{[a-z_.]{0,64}\\}|\\{\\{|(?:self|cls|os|sys|args|settings|config|cfg|conf|env|environ|request|req|options|opts|params|kwargs|ctx|context|app|this|process|secrets|st|creds|credentials|user|dbutils)\\.[A-Za-z_]|[a-z_]{2,40}(?:\\.[a-z_]{1,40}){0,4}[(\\[](?![\"'](?:[^\\s\"']{0,64}[0-9]))|[a-z_]{0,40}(?:password|passwd|pwd|token|secret|key|credentials)(?![^\\s\"',;&)}\\]\\\\])|(?:[A-Z]:[\\\\/]|~[\\\\/]|\\.{1,2}/|/(?:(?:etc|run|var|srv|app|apps|home|root|opt|tmp|usr|mnt|data|dev|secrets?|workspace|workspaces|vault|Users|code|models?|work|proc|private|builds|content|src|kaggle)(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\])))|/(?:(?<=[wW][dD][=:]/)|(?<=[wW][dD][=:] /)|(?<=[wW][dD][\"']: [\"']/)|(?<=[wW][dD][\"']:[\"']/))))(?:(?:(?<=[^\\\\]\")(?:[^\"\\\\]|\\\\[\\s\\S])+|(?<=[^\\\\]')(?:[^'\\\\]|\\\\[\\s\\S])+|(?<=[^\\\\]\\\\\")(?:[^\"\\\\]|\\\\\\\\\\\\\\\\|\\\\\\\\\\\\\"|\\\\\\\\?[^\"\\\\])+|(?<=[^\\\\]\\\\')(?:[^'\\\\]|\\\\\\\\\\\\\\\\|\\\\\\\\\\\\'|\\\\\\\\?[^'\\\\])+|(?<=\\\\\\\\[\"'])(?:[^\"'\\\\]|\\\\(?!\\\\{0,2}[\"'])[\\s\\S])+)|(?<![\"'])(?:[^\\s\"',;&)}\\]\\\\]|['\")](?=[A-Za-z0-9]))+)|((?i:value)\\\\{0,3}[\"'][ \\t]{0,4}:[ \\t]{0,4}(?:\\\\{0,3}[\"']))(?!(?:(?i:null|none|nil|nan|true|false|undefined|yes|no|str(?:ing)?|bytes|optional|required|missing|invalid|expired|wrong|incorrect|empty|unset|blank|not|must|too|is|was|has|have|should|cannot|could|does|did|try|please|check|fail(?:ed|ure)?|error|unknown|field|value|expected|unexpected|access|authentication|denied|oauth[0-9]?|sha[0-9]{1,3}|aes[0-9]{3}|[hrep]s(?:256|384|512)|ok|accepted|rejected|changed|updated|reset|verified|valid|mismatch|the|an|for|of|from|with|and|env|vault|redacted|hidden|masked|filtered|removed|elided|sanitized)(?:[.:!?]{1,2}(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\]))|(?:\\*{3,64}|[xX]{3,64}|\\.{3}|-{1,3})(?![^\\s\"',;&)}\\]\\\\])|\\[(?i:redacted|hidden|masked|filtered|removed|secret|pad|eos|bos|unk|sep|cls|mask|\\])|projects/[a-z]|<[A-Za-z|/][A-Za-z0-9 _|/.-]{0,40}>|\\$\\{|\\$\\(|\\$[A-Z_]{3,64}(?![^\\s\"',;&)}\\]\\\\])|%[sd(]|\\{[a-z_.]{0,64}\\}|\\{\\{|(?:self|cls|os|sys|args|settings|config|cfg|conf|env|environ|request|req|options|opts|params|kwargs|ctx|context|app|this|process|secrets|st|creds|credentials|user|dbutils)\\.[A-Za-z_]|[a-z_]{2,40}(?:\\.[a-z_]{1,40}){0,4}[(\\[](?![\"'](?:[^\\s\"']{0,64}[0-9]))|[a-z_]{0,40}(?:password|passwd|pwd|token|secret|key|credentials)(?![^\\s\"',;&)}\\]\\\\])|(?:[A-Z]:[\\\\/]|~[\\\\/]|\\.{1,2}/|/(?:(?:etc|run|var|srv|app|apps|home|root|opt|tmp|usr|mnt|data|dev|secrets?|workspace|workspaces|vault|Users|code|models?|work|proc|private|builds|content|src|kaggle)(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\])))|/(?:(?<=[wW][dD][=:]/)|(?<=[wW][dD][=:] /)|(?<=[wW][dD][\"']: [\"']/)|(?<=[wW][dD][\"']:[\"']/))))(?:(?<=[^\\\\]\")(?:[^\"\\\\]|\\\\[\\s\\S])+|(?<=[^\\\\]')(?:[^'\\\\]|\\\\[\\s\\S])+|(?<=[^\\\\]\\\\\")(?:[^\"\\\\]|\\\\\\\\\\\\\\\\|\\\\\\\\\\\\\"|\\\\\\\\?[^\"\\\\])+|(?<=[^\\\\]\\\\')(?:[^'\\\\]|\\\\\\\\\\\\\\\\|\\\\\\\\\\\\'|\\\\\\\\?[^'\\\\])+|(?<=\\\\\\\\[\"'])(?:[^\"'\\\\]|\\\\(?!\\\\{0,2}[\"'])[\\s\\S])+)(?=\\\\{0,3}[\"']\\s{0,4},\\s{0,4}\\\\{0,3}[\"'](?i:name|key)\\\\{0,3}[\"'][ \\t]{0,4}:[ \\t]{0,4}\\\\{0,3}[\"'][A-Za-z0-9_.-]{0,64}(?:(?:[pP](?i:ass(?:word|wort|wd|phrase|code)|wd|rivate[_-]?(?:key|token))|[sS](?i:ecret(?:[_-]?(?:access[_-]?)?key)?|(?:ession|ecurity)[_-]?token|(?:igning|torage|ubscription|ervice)[_-]?key|hared[_-]?(?:access[_-]?)?key|sh[_-]?key)|[aA](?i:(?:pi|ccess|pp(?:lication)?|uth|dmin)[_-]?(?:key|token)|ccount[_-]?key)|[cC](?i:onnection[_-]?string|srf[_-]?token|lient(?:-key-data|_key_data|keydata))|[rR](?i:efresh[_-]?token)|[iI](?i:dentity[_-]?token)|(?:i(?<![A-Za-z].)|I(?<![A-Z].))(?i:d[_-]?token)|[bB](?i:(?:ot|earer)[_-]?token)|[eE](?i:ncryption[_-]?key)|[mM](?i:aster[_-]?key)|[dD](?i:eploy[_-]?(?:key|token))|[fF](?i:unctions?[_-]?key|ernet[_-]?key)|[lL](?i:icen[sc]e[_-]?key)|[oO](?i:auth[_-]?token)|[xX](?i:srf[_-]?token)|T(?<=[A-Z0-9]_.)(?<!PAD_.)(?<!EOS_.)(?<!BOS_.)(?<!UNK_.)(?<!SEP_.)(?<!CLS_.)(?<!MASK_.)(?<!STOP_.)OKEN|P(?<=[A-Z0-9]_.)ASS)(?:[_-]?[0-9]{1,2})?|(?i:authorization|cookie|token))\\\\{0,3}[\"'])",
        "\\1\\2[redacted]",
    ),
    (
        "pair of a secret name and its value",
        ("',", '",'),
        ("pass", "pwd", "secret", "key", "token", "connection", "authorization", "cookie"),
        ("[\"'](?=\\s{0,4},)(?<=(?:ord|swd|ase|ode|pwd|key|ken|ret|ass|ing|ion|kie|..[0-9\\\\]).)",),
        "((?:\\(|\\[(?!\\s{0,4}[bBuU]?\\\\{0,3}[\"'][A-Za-z0-9_.-]{0,64}\\\\{0,3}[\"']\\s{0,4},\\s{0,4}[bBuU]?\\\\{0,3}[\"'][a-z_]{0,64}\\\\{0,3}[\"']))\\s{0,4}[bBuU]?\\\\{0,3}[\"'][A-Za-z0-9_.-]{0,64}(?:(?:[pP](?i:ass(?:word|wort|wd|phrase|code)|wd|rivate[_-]?(?:key|token))|[sS](?i:ecret(?:[_-]?(?:access[_-]?)?key)?|(?:ession|ecurity)[_-]?token|(?:igning|torage|ubscription|ervice)[_-]?key|hared[_-]?(?:access[_-]?)?key|sh[_-]?key)|[aA](?i:(?:pi|ccess|pp(?:lication)?|uth|dmin)[_-]?(?:key|token)|ccount[_-]?key)|[cC](?i:onnection[_-]?string|srf[_-]?token|lient(?:-key-data|_key_data|keydata))|[rR](?i:efresh[_-]?token)|[iI](?i:dentity[_-]?token)|(?:i(?<![A-Za-z].)|I(?<![A-Z].))(?i:d[_-]?token)|[bB](?i:(?:ot|earer)[_-]?token)|[eE](?i:ncryption[_-]?key)|[mM](?i:aster[_-]?key)|[dD](?i:eploy[_-]?(?:key|token))|[fF](?i:unctions?[_-]?key|ernet[_-]?key)|[lL](?i:icen[sc]e[_-]?key)|[oO](?i:auth[_-]?token)|[xX](?i:srf[_-]?token)|T(?<=[A-Z0-9]_.)(?<!PAD_.)(?<!EOS_.)(?<!BOS_.)(?<!UNK_.)(?<!SEP_.)(?<!CLS_.)(?<!MASK_.)(?<!STOP_.)OKEN|P(?<=[A-Z0-9]_.)ASS)(?:[_-]?[0-9]{1,2})?|(?i:authorization|cookie|token))\\\\{0,3}[\"']\\s{0,4},\\s{0,4}[bBuU]?(?:\\\\{0,3}[\"']))(?!(?:(?i:null|none|nil|nan|true|false|undefined|yes|no|str(?:ing)?|bytes|optional|required|missing|invalid|expired|wrong|incorrect|empty|unset|blank|not|must|too|is|was|has|have|should|cannot|could|does|did|try|please|check|fail(?:ed|ure)?|error|unknown|field|value|expected|unexpected|access|authentication|denied|oauth[0-9]?|sha[0-9]{1,3}|aes[0-9]{3}|[hrep]s(?:256|384|512)|ok|accepted|rejected|changed|updated|reset|verified|valid|mismatch|the|an|for|of|from|with|and|env|vault|redacted|hidden|masked|filtered|removed|elided|sanitized)(?:[.:!?]{1,2}(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\]))|(?:\\*{3,64}|[xX]{3,64}|\\.{3}|-{1,3})(?![^\\s\"',;&)}\\]\\\\])|\\[(?i:redacted|hidden|masked|filtered|removed|secret|pad|eos|bos|unk|sep|cls|mask|\\])|projects/[a-z]|<[A-Za-z|/][A-Za-z0-9 _|/.-]{0,40}>|\\$\\{|\\$\\(|\\$[A-Z_]{3,64}(?![^\\s\"',;&)}\\]\\\\])|%[sd(]|\\{[a-z_.]{0,64}\\}|\\{\\{|(?:self|cls|os|sys|args|settings|config|cfg|conf|env|environ|request|req|options|opts|params|kwargs|ctx|context|app|this|process|secrets|st|creds|credentials|user|dbutils)\\.[A-Za-z_]|[a-z_]{2,40}(?:\\.[a-z_]{1,40}){0,4}[(\\[](?![\"'](?:[^\\s\"']{0,64}[0-9]))|[a-z_]{0,40}(?:password|passwd|pwd|token|secret|key|credentials)(?![^\\s\"',;&)}\\]\\\\])|(?:[A-Z]:[\\\\/]|~[\\\\/]|\\.{1,2}/|/(?:(?:etc|run|var|srv|app|apps|home|root|opt|tmp|usr|mnt|data|dev|secrets?|workspace|workspaces|vault|Users|code|models?|work|proc|private|builds|content|src|kaggle)(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\])))|/(?:(?<=[wW][dD][=:]/)|(?<=[wW][dD][=:] /)|(?<=[wW][dD][\"']: [\"']/)|(?<=[wW][dD][\"']:[\"']/))))(?:(?<=[^\\\\]\")(?:[^\"\\\\]|\\\\[\\s\\S])+|(?<=[^\\\\]')(?:[^'\\\\]|\\\\[\\s\\S])+|(?<=[^\\\\]\\\\\")(?:[^\"\\\\]|\\\\\\\\\\\\\\\\|\\\\\\\\\\\\\"|\\\\\\\\?[^\"\\\\])+|(?<=[^\\\\]\\\\')(?:[^'\\\\]|\\\\\\\\\\\\\\\\|\\\\\\\\\\\\'|\\\\\\\\?[^'\\\\])+|(?<=\\\\\\\\[\"'])(?:[^\"'\\\\]|\\\\(?!\\\\{0,2}[\"'])[\\s\\S])+)(?=\\\\{0,3}[\"']\\s{0,4},?\\s{0,4}[\\])])",
        "\\1[redacted]",
    ),
    (
        "user and password as a pair",
        (",",),
        ("auth",),
        ("auth[\"']?\\s{0,4}[=:]\\s{0,4}[(\\[]",),
        "((?i:auth)[\"']?\\s{0,4}[=:]\\s{0,4}[(\\[]\\s{0,4}[\"'][^\"'\\\\]{0,128}[\"']\\s{0,4},\\s{0,4}(?:[\"']))(?!(?:(?i:null|none|nil|nan|true|false|undefined|yes|no|str(?:ing)?|bytes|optional|required|missing|invalid|expired|wrong|incorrect|empty|unset|blank|not|must|too|is|was|has|have|should|cannot|could|does|did|try|please|check|fail(?:ed|ure)?|error|unknown|field|value|expected|unexpected|access|authentication|denied|oauth[0-9]?|sha[0-9]{1,3}|aes[0-9]{3}|[hrep]s(?:256|384|512)|ok|accepted|rejected|changed|updated|reset|verified|valid|mismatch|the|an|for|of|from|with|and|env|vault|redacted|hidden|masked|filtered|removed|elided|sanitized)(?:[.:!?]{1,2}(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\]))|(?:\\*{3,64}|[xX]{3,64}|\\.{3}|-{1,3})(?![^\\s\"',;&)}\\]\\\\])|\\[(?i:redacted|hidden|masked|filtered|removed|secret|pad|eos|bos|unk|sep|cls|mask|\\])|projects/[a-z]|<[A-Za-z|/][A-Za-z0-9 _|/.-]{0,40}>|\\$\\{|\\$\\(|\\$[A-Z_]{3,64}(?![^\\s\"',;&)}\\]\\\\])|%[sd(]|\\{[a-z_.]{0,64}\\}|\\{\\{|(?:self|cls|os|sys|args|settings|config|cfg|conf|env|environ|request|req|options|opts|params|kwargs|ctx|context|app|this|process|secrets|st|creds|credentials|user|dbutils)\\.[A-Za-z_]|[a-z_]{2,40}(?:\\.[a-z_]{1,40}){0,4}[(\\[](?![\"'](?:[^\\s\"']{0,64}[0-9]))|[a-z_]{0,40}(?:password|passwd|pwd|token|secret|key|credentials)(?![^\\s\"',;&)}\\]\\\\])|(?:[A-Z]:[\\\\/]|~[\\\\/]|\\.{1,2}/|/(?:(?:etc|run|var|srv|app|apps|home|root|opt|tmp|usr|mnt|data|dev|secrets?|workspace|workspaces|vault|Users|code|models?|work|proc|private|builds|content|src|kaggle)(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\])))|/(?:(?<=[wW][dD][=:]/)|(?<=[wW][dD][=:] /)|(?<=[wW][dD][\"']: [\"']/)|(?<=[wW][dD][\"']:[\"']/))))(?:(?<=[^\\\\]\")(?:[^\"\\\\]|\\\\[\\s\\S])+|(?<=[^\\\\]')(?:[^'\\\\]|\\\\[\\s\\S])+|(?<=[^\\\\]\\\\\")(?:[^\"\\\\]|\\\\\\\\\\\\\\\\|\\\\\\\\\\\\\"|\\\\\\\\?[^\"\\\\])+|(?<=[^\\\\]\\\\')(?:[^'\\\\]|\\\\\\\\\\\\\\\\|\\\\\\\\\\\\'|\\\\\\\\?[^'\\\\])+|(?<=\\\\\\\\[\"'])(?:[^\"'\\\\]|\\\\(?!\\\\{0,2}[\"'])[\\s\\S])+)(?=[\"']\\s{0,4}[)\\]])",
        "\\1[redacted]",
    ),
    (
        "password behind a user and a stroke, for Oracle",
        ("/",),
        ("oracle:", "sqlplus", "sqlcl", "rman", "expdp", "impdp", "sqlldr", "userid", "connect", "dsn"),
        ("[a-z0-9_$#.\\[\\]]/[^\\s/@']",),
        '(oracle:[a-z0-9]{2,8}:[^\\s/@:"\']{1,128}/)(?!/)(?:\\\\{0,2}"[^\\s"]{1,256}"|[^\\s/@"\']{1,256})(?=@)|((?:sqlplus|sqlcl|rman|expdp|impdp|sqlldr)(?=[ \'"])[^\\n|;&]{0,200}?[ \'"=][A-Za-z][A-Za-z0-9_$#.\\[\\]]{0,127}/)(?!/)(?:\\\\{0,2}"[^\\s"]{1,256}"|[^\\s/@"\']{1,256})(?=@)|(sqlplus(?: -[A-Za-z]{1,16}){0,4}(?: |["\'], ?["\'])[A-Za-z][A-Za-z0-9_$#.]{0,127}/)(?!/)[^\\s/@"\']{1,256}|((?i:userid|dsn|connect(?:ion|string)?)["\']?\\s{0,4}[=(:]\\s{0,4}["\']?[A-Za-z][A-Za-z0-9_$#.\\[\\]]{0,127}/)(?!/)(?:\\\\{0,2}"[^\\s"]{1,256}"|[^\\s/@"\']{1,256})(?=@)',
        "\\1\\2\\3\\4[redacted]",
    ),
    (
        "password behind a user and a percent sign, for SMB",
        ("%",),
        ("smb", "rpcclient", "cifs", "net ", "winexe", "wmic"),
        (),
        "((?:smb[a-z]{3,10}|rpcclient|mount\\.cifs|net|winexe|wmic)(?=[ '\"])[^\\n|;&]{0,200}?[ '\"](?:-U|--user(?:name)?)(?:[\"']?[ =,]{1,3})?[\"']?[^\\s\"'%]{0,128}%)[^\\s\"']+",
        "\\1[redacted]",
    ),
    (
        "part of a form under a secret name",
        ("form-data",),
        ("pass", "pwd", "secret", "key", "token", "connection"),
        (),
        "(form-data;[^\\r\\n]{0,200}?name=\\\\{0,3}[\"']?[A-Za-z0-9_.\\[-]{0,64}(?:(?:[pP](?i:ass(?:word|wort|wd|phrase|code)|wd|rivate[_-]?(?:key|token))|[sS](?i:ecret(?:[_-]?(?:access[_-]?)?key)?|(?:ession|ecurity)[_-]?token|(?:igning|torage|ubscription|ervice)[_-]?key|hared[_-]?(?:access[_-]?)?key|sh[_-]?key)|[aA](?i:(?:pi|ccess|pp(?:lication)?|uth|dmin)[_-]?(?:key|token)|ccount[_-]?key)|[cC](?i:onnection[_-]?string|srf[_-]?token|lient(?:-key-data|_key_data|keydata))|[rR](?i:efresh[_-]?token)|[iI](?i:dentity[_-]?token)|(?:i(?<![A-Za-z].)|I(?<![A-Z].))(?i:d[_-]?token)|[bB](?i:(?:ot|earer)[_-]?token)|[eE](?i:ncryption[_-]?key)|[mM](?i:aster[_-]?key)|[dD](?i:eploy[_-]?(?:key|token))|[fF](?i:unctions?[_-]?key|ernet[_-]?key)|[lL](?i:icen[sc]e[_-]?key)|[oO](?i:auth[_-]?token)|[xX](?i:srf[_-]?token)|T(?<=[A-Z0-9]_.)(?<!PAD_.)(?<!EOS_.)(?<!BOS_.)(?<!UNK_.)(?<!SEP_.)(?<!CLS_.)(?<!MASK_.)(?<!STOP_.)OKEN|P(?<=[A-Z0-9]_.)ASS)(?:[_-]?[0-9]{1,2})?|(?i:authorization|cookie|token))(?:[_-]?[0-9]{1,2})?\\]?\\\\{0,3}[\"']?(?:;[^\\r\\n\\\\]{0,200})?(?:(?:\\r?\\n|(?:\\\\r)?\\\\n)[A-Za-z-]{1,40}:[^\\r\\n\\\\]{0,200}){0,4}(?:\\r?\\n|(?:\\\\r)?\\\\n)(?:\\r?\\n|(?:\\\\r)?\\\\n))(?!--)(?:[^\\r\\n\\\\]|\\\\(?![rn]))+",
        "\\1[redacted]",
    ),
    (
        "list under a secret name",
        ("- ",),
        ("pass", "pwd", "secret", "key", "token", "connection"),
        (
            ":[ \\t]{0,8}(?:#[^\\n]{0,200})?(?:\\r?\\n|(?:\\\\r)?\\\\n)(?:[ \\t]{0,32}#[^\\n]{0,200}\\n)?[ \\t]{0,32}- ",
        ),
        "((?:[pP](?i:ass(?:word|wort|wd|phrase|code)|wd|rivate[_-]?(?:key|token))|[sS](?i:ecret(?:[_-]?(?:access[_-]?)?key)?|(?:ession|ecurity)[_-]?token|(?:igning|torage|ubscription|ervice)[_-]?key|hared[_-]?(?:access[_-]?)?key|sh[_-]?key)|[aA](?i:(?:pi|ccess|pp(?:lication)?|uth|dmin)[_-]?(?:key|token)|ccount[_-]?key)|[cC](?i:onnection[_-]?string|srf[_-]?token|lient(?:-key-data|_key_data|keydata))|[rR](?i:efresh[_-]?token)|[iI](?i:dentity[_-]?token)|(?:i(?<![A-Za-z].)|I(?<![A-Z].))(?i:d[_-]?token)|[bB](?i:(?:ot|earer)[_-]?token)|[eE](?i:ncryption[_-]?key)|[mM](?i:aster[_-]?key)|[dD](?i:eploy[_-]?(?:key|token))|[fF](?i:unctions?[_-]?key|ernet[_-]?key)|[lL](?i:icen[sc]e[_-]?key)|[oO](?i:auth[_-]?token)|[xX](?i:srf[_-]?token)|T(?<=[A-Z0-9]_.)(?<!PAD_.)(?<!EOS_.)(?<!BOS_.)(?<!UNK_.)(?<!SEP_.)(?<!CLS_.)(?<!MASK_.)(?<!STOP_.)OKEN|P(?<=[A-Z0-9]_.)ASS)(?:s|[_-]?[0-9]{1,2})?\\\\{0,2}[\"']?[ \\t]{0,4}:[ \\t]{0,8}(?:#[^\\r\\n\\\\]{0,200})?(?:\\r?\\n|(?:\\\\r)?\\\\n)(?:[ \\t]{0,32}#[^\\r\\n\\\\]{0,200}(?:\\r?\\n|(?:\\\\r)?\\\\n))?[ \\t]{0,32}- {1,4})(?!(?:(?i:null|none|nil|nan|true|false|undefined|yes|no|str(?:ing)?|bytes|optional|required|missing|invalid|expired|wrong|incorrect|empty|unset|blank|not|must|too|is|was|has|have|should|cannot|could|does|did|try|please|check|fail(?:ed|ure)?|error|unknown|field|value|expected|unexpected|access|authentication|denied|oauth[0-9]?|sha[0-9]{1,3}|aes[0-9]{3}|[hrep]s(?:256|384|512)|ok|accepted|rejected|changed|updated|reset|verified|valid|mismatch|the|an|for|of|from|with|and|env|vault|redacted|hidden|masked|filtered|removed|elided|sanitized)(?:[.:!?]{1,2}(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\]))|(?:\\*{3,64}|[xX]{3,64}|\\.{3}|-{1,3})(?![^\\s\"',;&)}\\]\\\\])|\\[(?i:redacted|hidden|masked|filtered|removed|secret|pad|eos|bos|unk|sep|cls|mask|\\])|projects/[a-z]|<[A-Za-z|/][A-Za-z0-9 _|/.-]{0,40}>|\\$\\{|\\$\\(|\\$[A-Z_]{3,64}(?![^\\s\"',;&)}\\]\\\\])|%[sd(]|\\{[a-z_.]{0,64}\\}|\\{\\{|(?:self|cls|os|sys|args|settings|config|cfg|conf|env|environ|request|req|options|opts|params|kwargs|ctx|context|app|this|process|secrets|st|creds|credentials|user|dbutils)\\.[A-Za-z_]|[a-z_]{2,40}(?:\\.[a-z_]{1,40}){0,4}[(\\[](?![\"'](?:[^\\s\"']{0,64}[0-9]))|[a-z_]{0,40}(?:password|passwd|pwd|token|secret|key|credentials)(?![^\\s\"',;&)}\\]\\\\])|(?:[A-Z]:[\\\\/]|~[\\\\/]|\\.{1,2}/|/(?:(?:etc|run|var|srv|app|apps|home|root|opt|tmp|usr|mnt|data|dev|secrets?|workspace|workspaces|vault|Users|code|models?|work|proc|private|builds|content|src|kaggle)(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\])))|/(?:(?<=[wW][dD][=:]/)|(?<=[wW][dD][=:] /)|(?<=[wW][dD][\"']: [\"']/)|(?<=[wW][dD][\"']:[\"']/)))|[A-Za-z_][A-Za-z0-9_.-]{0,64}:(?:[ \\t]|(?:\\r?\\n|(?:\\\\r)?\\\\n)|(?![\\s\\S])))(?:[^\\r\\n\\\\]|\\\\(?![rn]))+(?:(?:\\r?\\n|(?:\\\\r)?\\\\n)[ \\t]{0,32}- {1,4}(?![A-Za-z_][A-Za-z0-9_.-]{0,64}:(?:[ \\t]|(?:\\r?\\n|(?:\\\\r)?\\\\n)))(?:[^\\r\\n\\\\]|\\\\(?![rn]))+){0,64}",
        "\\1[redacted]",
    ),
    (
        "element under a secret name",
        ("<",),
        ("</",),
        ("pass|pwd|secret|token|key|string",),
        "(<(?:[A-Za-z0-9_.-]{1,40}:)?[A-Za-z0-9_.-]{0,40}(?:[pP](?i:ass(?:word|wort|wd|phrase|code)|wd|rivate[_-]?(?:key|token))|[sS](?i:ecret(?:[_-]?(?:access[_-]?)?key)?|(?:ession|ecurity)[_-]?token|(?:igning|torage|ubscription|ervice)[_-]?key|hared[_-]?(?:access[_-]?)?key|sh[_-]?key)|[aA](?i:(?:pi|ccess|pp(?:lication)?|uth|dmin)[_-]?(?:key|token)|ccount[_-]?key)|[cC](?i:onnection[_-]?string|srf[_-]?token|lient(?:-key-data|_key_data|keydata))|[rR](?i:efresh[_-]?token)|[iI](?i:dentity[_-]?token)|(?:i(?<![A-Za-z].)|I(?<![A-Z].))(?i:d[_-]?token)|[bB](?i:(?:ot|earer)[_-]?token)|[eE](?i:ncryption[_-]?key)|[mM](?i:aster[_-]?key)|[dD](?i:eploy[_-]?(?:key|token))|[fF](?i:unctions?[_-]?key|ernet[_-]?key)|[lL](?i:icen[sc]e[_-]?key)|[oO](?i:auth[_-]?token)|[xX](?i:srf[_-]?token)|T(?<=[A-Z0-9]_.)(?<!PAD_.)(?<!EOS_.)(?<!BOS_.)(?<!UNK_.)(?<!SEP_.)(?<!CLS_.)(?<!MASK_.)(?<!STOP_.)OKEN|P(?<=[A-Z0-9]_.)ASS)(?:[ \\t][^<>]{0,80})?>)[^<\\s][^<]*",
        "\\1[redacted]",
    ),
    (
        "text that a model of settings refused",
        ("input_value=",),
        ("pass", "pwd", "secret", "key", "token", "connection"),
        (),
        "((?:[pP](?i:ass(?:word|wort|wd|phrase|code)|wd|rivate[_-]?(?:key|token))|[sS](?i:ecret(?:[_-]?(?:access[_-]?)?key)?|(?:ession|ecurity)[_-]?token|(?:igning|torage|ubscription|ervice)[_-]?key|hared[_-]?(?:access[_-]?)?key|sh[_-]?key)|[aA](?i:(?:pi|ccess|pp(?:lication)?|uth|dmin)[_-]?(?:key|token)|ccount[_-]?key)|[cC](?i:onnection[_-]?string|srf[_-]?token|lient(?:-key-data|_key_data|keydata))|[rR](?i:efresh[_-]?token)|[iI](?i:dentity[_-]?token)|(?:i(?<![A-Za-z].)|I(?<![A-Z].))(?i:d[_-]?token)|[bB](?i:(?:ot|earer)[_-]?token)|[eE](?i:ncryption[_-]?key)|[mM](?i:aster[_-]?key)|[dD](?i:eploy[_-]?(?:key|token))|[fF](?i:unctions?[_-]?key|ernet[_-]?key)|[lL](?i:icen[sc]e[_-]?key)|[oO](?i:auth[_-]?token)|[xX](?i:srf[_-]?token)|T(?<=[A-Z0-9]_.)(?<!PAD_.)(?<!EOS_.)(?<!BOS_.)(?<!UNK_.)(?<!SEP_.)(?<!CLS_.)(?<!MASK_.)(?<!STOP_.)OKEN|P(?<=[A-Z0-9]_.)ASS)\\\\{0,2}(?:\\n|n)[^\\n]{0,256}?input_value=(?:[\"']))(?!(?:(?i:null|none|nil|nan|true|false|undefined|yes|no|str(?:ing)?|bytes|optional|required|missing|invalid|expired|wrong|incorrect|empty|unset|blank|not|must|too|is|was|has|have|should|cannot|could|does|did|try|please|check|fail(?:ed|ure)?|error|unknown|field|value|expected|unexpected|access|authentication|denied|oauth[0-9]?|sha[0-9]{1,3}|aes[0-9]{3}|[hrep]s(?:256|384|512)|ok|accepted|rejected|changed|updated|reset|verified|valid|mismatch|the|an|for|of|from|with|and|env|vault|redacted|hidden|masked|filtered|removed|elided|sanitized)(?:[.:!?]{1,2}(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\]))|(?:\\*{3,64}|[xX]{3,64}|\\.{3}|-{1,3})(?![^\\s\"',;&)}\\]\\\\])|\\[(?i:redacted|hidden|masked|filtered|removed|secret|pad|eos|bos|unk|sep|cls|mask|\\])|projects/[a-z]|<[A-Za-z|/][A-Za-z0-9 _|/.-]{0,40}>|\\$\\{|\\$\\(|\\$[A-Z_]{3,64}(?![^\\s\"',;&)}\\]\\\\])|%[sd(]|\\{[a-z_.]{0,64}\\}|\\{\\{|(?:self|cls|os|sys|args|settings|config|cfg|conf|env|environ|request|req|options|opts|params|kwargs|ctx|context|app|this|process|secrets|st|creds|credentials|user|dbutils)\\.[A-Za-z_]|[a-z_]{2,40}(?:\\.[a-z_]{1,40}){0,4}[(\\[](?![\"'](?:[^\\s\"']{0,64}[0-9]))|[a-z_]{0,40}(?:password|passwd|pwd|token|secret|key|credentials)(?![^\\s\"',;&)}\\]\\\\])|(?:[A-Z]:[\\\\/]|~[\\\\/]|\\.{1,2}/|/(?:(?:etc|run|var|srv|app|apps|home|root|opt|tmp|usr|mnt|data|dev|secrets?|workspace|workspaces|vault|Users|code|models?|work|proc|private|builds|content|src|kaggle)(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\])))|/(?:(?<=[wW][dD][=:]/)|(?<=[wW][dD][=:] /)|(?<=[wW][dD][\"']: [\"']/)|(?<=[wW][dD][\"']:[\"']/))))(?:(?<=[^\\\\]\")(?:[^\"\\\\]|\\\\[\\s\\S])+|(?<=[^\\\\]')(?:[^'\\\\]|\\\\[\\s\\S])+|(?<=[^\\\\]\\\\\")(?:[^\"\\\\]|\\\\\\\\\\\\\\\\|\\\\\\\\\\\\\"|\\\\\\\\?[^\"\\\\])+|(?<=[^\\\\]\\\\')(?:[^'\\\\]|\\\\\\\\\\\\\\\\|\\\\\\\\\\\\'|\\\\\\\\?[^'\\\\])+|(?<=\\\\\\\\[\"'])(?:[^\"'\\\\]|\\\\(?!\\\\{0,2}[\"'])[\\s\\S])+)",
        "\\1[redacted]",
    ),
    (
        "bearer token",
        (" ",),
        ("bearer ", "basic ", "apikey "),
        ("(?:bearer|basic|apikey) {1,4}(?:token:? {1,4})?[a-z0-9._~+/=-]{14}",),
        "((?i:\\bbearer {1,4}(?:token:? {1,4})?))(?=[A-Za-z._~+/=-]{0,256}[0-9])[A-Za-z0-9._~+/=-]{16,}|((?i:\\b(?:basic|apikey) {1,4}))(?=[A-Za-z+/]{0,128}[0-9])[A-Za-z0-9+/]{14,}={0,2}",
        "\\1\\2[redacted]",
    ),
    (
        "argument of a command that logs in",
        (" login ", "configure set "),
        (),
        (),
        "((?:wandb|comet|neptune|hf|huggingface-cli|flyctl|railway) login {1,4})(?=[A-Za-z_-]{0,64}[0-9])[A-Za-z0-9_-]{20,}|(configure set {1,4}[A-Za-z0-9_.-]{0,64}(?:key|token) {1,4})[^\\s\"']+",
        "\\1\\2[redacted]",
    ),
    (
        "password in words",
        (" ",),
        ("pass", "identified by"),
        ("pass(?:word|wd|phrase) |identified by",),
        "((?i:pass(?:word|wd|phrase)) {1,4}(?:(?i:is|was|of|to) {1,4})?[`\"']?)(?=[A-Za-z0-9+/_=~.%!@#$^*:-]{6})(?:(?=[^\\s\"',;&)}\\]\\\\]{0,128}[0-9])(?=[^\\sA-Za-z\"',;&)}\\]\\\\]{0,128}[A-Za-z])|(?=[A-Za-z+/=_-]{24})(?=[A-Za-z+/=_-]{0,64}[A-Z]{2})(?=[A-Za-z+/=_-]{0,64}[a-z]))(?![0-9.-]{1,20}(?:[eE][+-]?[0-9]{1,3}|[A-Za-z%]{0,3})(?![^\\s\"',;&)}\\]\\\\])|[A-Za-z]{1,24}(?:[0-9]{1,2}[A-Za-z]{0,12})?(?:[-_./:][A-Za-z]{0,24}[0-9]{0,8}){1,16}(?![^\\s\"',;&)}\\]\\\\])|[/~]|\\.{1,2}/|[A-Za-z]{2,8}:/|0x)(?!(?:(?i:null|none|nil|nan|true|false|undefined|yes|no|str(?:ing)?|bytes|optional|required|missing|invalid|expired|wrong|incorrect|empty|unset|blank|not|must|too|is|was|has|have|should|cannot|could|does|did|try|please|check|fail(?:ed|ure)?|error|unknown|field|value|expected|unexpected|access|authentication|denied|oauth[0-9]?|sha[0-9]{1,3}|aes[0-9]{3}|[hrep]s(?:256|384|512)|ok|accepted|rejected|changed|updated|reset|verified|valid|mismatch|the|an|for|of|from|with|and|env|vault|redacted|hidden|masked|filtered|removed|elided|sanitized)(?:[.:!?]{1,2}(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\]))|(?:\\*{3,64}|[xX]{3,64}|\\.{3}|-{1,3})(?![^\\s\"',;&)}\\]\\\\])|\\[(?i:redacted|hidden|masked|filtered|removed|secret|pad|eos|bos|unk|sep|cls|mask|\\])|projects/[a-z]|<[A-Za-z|/][A-Za-z0-9 _|/.-]{0,40}>|\\$\\{|\\$\\(|\\$[A-Z_]{3,64}(?![^\\s\"',;&)}\\]\\\\])|%[sd(]|\\{[a-z_.]{0,64}\\}|\\{\\{|(?:self|cls|os|sys|args|settings|config|cfg|conf|env|environ|request|req|options|opts|params|kwargs|ctx|context|app|this|process|secrets|st|creds|credentials|user|dbutils)\\.[A-Za-z_]|[a-z_]{2,40}(?:\\.[a-z_]{1,40}){0,4}[(\\[](?![\"'](?:[^\\s\"']{0,64}[0-9]))|[a-z_]{0,40}(?:password|passwd|pwd|token|secret|key|credentials)(?![^\\s\"',;&)}\\]\\\\])|(?:[A-Z]:[\\\\/]|~[\\\\/]|\\.{1,2}/|/(?:(?:etc|run|var|srv|app|apps|home|root|opt|tmp|usr|mnt|data|dev|secrets?|workspace|workspaces|vault|Users|code|models?|work|proc|private|builds|content|src|kaggle)(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\])))|/(?:(?<=[wW][dD][=:]/)|(?<=[wW][dD][=:] /)|(?<=[wW][dD][\"']: [\"']/)|(?<=[wW][dD][\"']:[\"']/))))[^\\s\"'`,;]+|((?i:identified by|password) {1,4}(?:'))(?!(?:(?i:null|none|nil|nan|true|false|undefined|yes|no|str(?:ing)?|bytes|optional|required|missing|invalid|expired|wrong|incorrect|empty|unset|blank|not|must|too|is|was|has|have|should|cannot|could|does|did|try|please|check|fail(?:ed|ure)?|error|unknown|field|value|expected|unexpected|access|authentication|denied|oauth[0-9]?|sha[0-9]{1,3}|aes[0-9]{3}|[hrep]s(?:256|384|512)|ok|accepted|rejected|changed|updated|reset|verified|valid|mismatch|the|an|for|of|from|with|and|env|vault|redacted|hidden|masked|filtered|removed|elided|sanitized)(?:[.:!?]{1,2}(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\]))|(?:\\*{3,64}|[xX]{3,64}|\\.{3}|-{1,3})(?![^\\s\"',;&)}\\]\\\\])|\\[(?i:redacted|hidden|masked|filtered|removed|secret|pad|eos|bos|unk|sep|cls|mask|\\])|projects/[a-z]|<[A-Za-z|/][A-Za-z0-9 _|/.-]{0,40}>|\\$\\{|\\$\\(|\\$[A-Z_]{3,64}(?![^\\s\"',;&)}\\]\\\\])|%[sd(]|\\{[a-z_.]{0,64}\\}|\\{\\{|(?:self|cls|os|sys|args|settings|config|cfg|conf|env|environ|request|req|options|opts|params|kwargs|ctx|context|app|this|process|secrets|st|creds|credentials|user|dbutils)\\.[A-Za-z_]|[a-z_]{2,40}(?:\\.[a-z_]{1,40}){0,4}[(\\[](?![\"'](?:[^\\s\"']{0,64}[0-9]))|[a-z_]{0,40}(?:password|passwd|pwd|token|secret|key|credentials)(?![^\\s\"',;&)}\\]\\\\])|(?:[A-Z]:[\\\\/]|~[\\\\/]|\\.{1,2}/|/(?:(?:etc|run|var|srv|app|apps|home|root|opt|tmp|usr|mnt|data|dev|secrets?|workspace|workspaces|vault|Users|code|models?|work|proc|private|builds|content|src|kaggle)(?![A-Za-z0-9])|(?![^\\s\"',;&)}\\]\\\\])))|/(?:(?<=[wW][dD][=:]/)|(?<=[wW][dD][=:] /)|(?<=[wW][dD][\"']: [\"']/)|(?<=[wW][dD][\"']:[\"']/))))(?:(?<=[^\\\\]\")(?:[^\"\\\\]|\\\\[\\s\\S])+|(?<=[^\\\\]')(?:[^'\\\\]|\\\\[\\s\\S])+|(?<=[^\\\\]\\\\\")(?:[^\"\\\\]|\\\\\\\\\\\\\\\\|\\\\\\\\\\\\\"|\\\\\\\\?[^\"\\\\])+|(?<=[^\\\\]\\\\')(?:[^'\\\\]|\\\\\\\\\\\\\\\\|\\\\\\\\\\\\'|\\\\\\\\?[^'\\\\])+|(?<=\\\\\\\\[\"'])(?:[^\"'\\\\]|\\\\(?!\\\\{0,2}[\"'])[\\s\\S])+)(?=')|((?i:login) {1,4}\\S{1,128}\\s{1,4}(?i:password) {1,4})\\S+",
        "\\1\\2\\3[redacted]",
    ),
    ("token of a bot of Telegram", (":AA",), (), (), "(?<![0-9])[0-9]{8,10}:AA[A-Za-z0-9_-]{32,36}", "[redacted]"),
    (
        "key of a storage of Azure",
        ("==",),
        (),
        ("\\+a[a-z]{2}[a-z0-9+/]{6,10}==|(?:acdb|aiot|azse|azfu)[a-z0-9+/]{6,10}==",),
        "(?:(?<![A-Za-z0-9])|(?<=\\\\[nrtbf])|(?<=\\[[0-9]m)|(?<=[\\[;][0-9][0-9]m)|(?<=%[0-9A-F][0-9A-F]))[A-Za-z0-9+/]{32,76}(?:\\+A[A-Za-z]{2}|ACDb|AIoT|AzSe|AzFu)[A-Za-z0-9+/]{6,10}={1,2}",
        "[redacted]",
    ),
    (
        "JSON web token",
        ("eyJ",),
        (),
        (),
        "eyJ(?:(?<![A-Za-z0-9]...)|(?<=\\\\[nrtbf]...)|(?<=\\[[0-9]m...)|(?<=[\\[;][0-9][0-9]m...)|(?<=%[0-9A-F][0-9A-F]...))[A-Za-z0-9_-]{10,512}(?:\\.[A-Za-z0-9_-]{0,8192}){2,4}",
        "[redacted]",
    ),
    (
        "token of a service, with a dot",
        (".",),
        (),
        (
            "[.](?=[a-z0-9_.=+/-]{12})(?:(?<=(?:1\\.|2\\.|3\\.|4\\.|6\\.|8\\.|9\\.|a\\.|b\\.|c\\.|g\\.|l\\.|m\\.|r\\.|s\\.|t\\.|u\\.))(?:(?<=(?:s\\.))|(?<=(?:s(?:g\\.|l\\.)|t1\\.))|(?<=(?:h(?:vb\\.|vr\\.|vs\\.)))|(?<=(?:sl\\.u\\.|ya29\\.))|(?<=(?:\\.scim\\.|audit\\.|dp\\.ct\\.|dp\\.pt\\.|dp\\.sa\\.|dp\\.st\\.|lasv1\\.|local\\.|t0c01\\.|t0s01\\.|t0s02\\.|t0s03\\.|t0s04\\.|t0s06\\.|t0s08\\.|t0s16\\.|ublic\\.))))|\\.[gxy][a-z0-9_-]{5}\\.[a-z0-9_-]{27}|\\.(?<=pat..............\\.)[0-9a-f]{60}",
        ),
        "ya29\\.[A-Za-z0-9_-]{20,}|hv[sbr]\\.(?=[A-Za-z_-]{0,60}[0-9])[A-Za-z0-9_-]{20,}|SG\\.(?:(?<![A-Za-z0-9]...)|(?<=\\\\[nrtbf]...)|(?<=\\[[0-9]m...)|(?<=[\\[;][0-9][0-9]m...)|(?<=%[0-9A-F][0-9A-F]...))[A-Za-z0-9_-]{16,64}\\.[A-Za-z0-9_-]{32,}|atlasv1\\.[A-Za-z0-9_=-]{40,}|dt0(?:c01|s0[123468]|s16)\\.[A-Z0-9]{24}\\.[A-Z0-9]{64}|dp\\.(?:pt|st|ct|sa|scim|audit)\\.[A-Za-z0-9_.-]{40,}|sl\\.(?:(?<![A-Za-z0-9]...)|(?<=\\\\[nrtbf]...)|(?<=\\[[0-9]m...)|(?<=[\\[;][0-9][0-9]m...)|(?<=%[0-9A-F][0-9A-F]...))(?:u\\.)?(?=[A-Za-z_-]{0,60}[0-9])[A-Za-z0-9_-]{60,}|v[1-4]\\.(?:local|public)\\.[A-Za-z0-9_-]{20,}|t1\\.(?:(?<![A-Za-z0-9]...)|(?<=\\\\[nrtbf]...)|(?<=\\[[0-9]m...)|(?<=[\\[;][0-9][0-9]m...)|(?<=%[0-9A-F][0-9A-F]...))[A-Za-z0-9_-]{8,256}={0,2}\\.[A-Za-z0-9_-]{80,}|s\\.(?:(?<![A-Za-z0-9]..)|(?<=\\\\[nrtbf]..)|(?<=\\[[0-9]m..)|(?<=[\\[;][0-9][0-9]m..)|(?<=%[0-9A-F][0-9A-F]..))(?=[A-Za-z]{0,23}[0-9])(?=[a-z0-9]{0,23}[A-Z])[A-Za-z0-9]{24}(?![A-Za-z0-9._])|(?:(?<![A-Za-z0-9])|(?<=\\\\[nrtbf])|(?<=\\[[0-9]m)|(?<=[\\[;][0-9][0-9]m)|(?<=%[0-9A-F][0-9A-F]))[MNO][A-Za-z0-9_-]{22,27}\\.[GXY][A-Za-z0-9_-]{5}\\.[A-Za-z0-9_-]{27,40}|pat(?:(?<![A-Za-z0-9]...)|(?<=\\\\[nrtbf]...)|(?<=\\[[0-9]m...)|(?<=[\\[;][0-9][0-9]m...)|(?<=%[0-9A-F][0-9A-F]...))[A-Za-z0-9]{14}\\.[0-9a-f]{64}",
        "[redacted]",
    ),
    (
        "key of a service, without a dash or an underscore",
        (),
        (),
        (),
        "A(?:KIA(?:(?<![A-Za-z0-9]....)|(?<=\\\\[nrtbf]....)|(?<=\\[[0-9]m....)|(?<=[\\[;][0-9][0-9]m....)|(?<=%[0-9A-F][0-9A-F]....))[0-9A-Z]{16}(?![A-Za-z0-9])|SIA(?:(?<![A-Za-z0-9]....)|(?<=\\\\[nrtbf]....)|(?<=\\[[0-9]m....)|(?<=[\\[;][0-9][0-9]m....)|(?<=%[0-9A-F][0-9A-F]....))[0-9A-Z]{16}(?![A-Za-z0-9])|BIA(?:(?<![A-Za-z0-9]....)|(?<=\\\\[nrtbf]....)|(?<=\\[[0-9]m....)|(?<=[\\[;][0-9][0-9]m....)|(?<=%[0-9A-F][0-9A-F]....))[0-9A-Z]{16}(?![A-Za-z0-9])|CCA(?:(?<![A-Za-z0-9]....)|(?<=\\\\[nrtbf]....)|(?<=\\[[0-9]m....)|(?<=[\\[;][0-9][0-9]m....)|(?<=%[0-9A-F][0-9A-F]....))[0-9A-Z]{16}(?![A-Za-z0-9])|Iza[0-9A-Za-z_-]{35,}|T(?:ATT3|CTT3|BB)[A-Za-z0-9_=-]{20,}|KID(?:(?<![A-Za-z0-9]....)|(?<=\\\\[nrtbf]....)|(?<=\\[[0-9]m....)|(?<=[\\[;][0-9][0-9]m....)|(?<=%[0-9A-F][0-9A-F]....))[A-Za-z0-9]{32}(?![A-Za-z0-9])|KCp(?:(?<![A-Za-z0-9]....)|(?<=\\\\[nrtbf]....)|(?<=\\[[0-9]m....)|(?<=[\\[;][0-9][0-9]m....)|(?<=%[0-9A-F][0-9A-F]....))[A-Za-z0-9]{60,}|QVN[A-Za-z0-9_-]{35,38})|SK(?:(?<![A-Za-z0-9]..)|(?<=\\\\[nrtbf]..)|(?<=\\[[0-9]m..)|(?<=[\\[;][0-9][0-9]m..)|(?<=%[0-9A-F][0-9A-F]..))[0-9a-f]{32}(?![A-Za-z0-9])|LTAI(?:(?<![A-Za-z0-9]....)|(?<=\\\\[nrtbf]....)|(?<=\\[[0-9]m....)|(?<=[\\[;][0-9][0-9]m....)|(?<=%[0-9A-F][0-9A-F]....))[A-Za-z0-9]{12,26}(?![A-Za-z0-9])|E(?:Z[AT]K[A-Za-z0-9]{54}|AA(?:(?<![A-Za-z0-9]...)|(?<=\\\\[nrtbf]...)|(?<=\\[[0-9]m...)|(?<=[\\[;][0-9][0-9]m...)|(?<=%[0-9A-F][0-9A-F]...))[A-Za-z0-9]{80,}|AAAl(?:(?<![A-Za-z0-9].....)|(?<=\\\\[nrtbf].....)|(?<=\\[[0-9]m.....)|(?<=[\\[;][0-9][0-9]m.....)|(?<=%[0-9A-F][0-9A-F].....))[A-Za-z0-9_-]{55,})|c(?:mVmdGtuOj[A-Za-z0-9]{50,}|io(?:(?<![A-Za-z0-9]...)|(?<=\\\\[nrtbf]...)|(?<=\\[[0-9]m...)|(?<=[\\[;][0-9][0-9]m...)|(?<=%[0-9A-F][0-9A-F]...))(?=[A-Za-z]{0,31}[0-9])[A-Za-z0-9]{32}(?![A-Za-z0-9]))|GR1348941[A-Za-z0-9_-]{20,}",
        "[redacted]",
    ),
    (
        "key of Databricks or NuGet",
        ("dapi", "oy2"),
        (),
        (),
        "dapi[0-9a-f]{32}|oy2(?:(?<![A-Za-z0-9]...)|(?<=\\\\[nrtbf]...)|(?<=\\[[0-9]m...)|(?<=[\\[;][0-9][0-9]m...)|(?<=%[0-9A-F][0-9A-F]...))[a-z0-9]{43}(?![A-Za-z0-9])",
        "[redacted]",
    ),
    (
        "token of a service, with a dash or an underscore",
        ("-", "_"),
        (),
        (
            "[-](?=[a-z0-9_.=+/-]{12})(?:(?<=(?:3\\-|a\\-|b\\-|c\\-|d\\-|e\\-|i\\-|k\\-|l\\-|o\\-|p\\-|q\\-|r\\-|s\\-|t\\-|u\\-|x\\-|y\\-))(?:(?<=(?:a(?:3\\-|k\\-|s\\-)|fc\\-|pa\\-|sk\\-))|(?<=(?:a(?:ge\\-|pi\\-)|csk\\-|fio\\-|key\\-|p(?:8e\\-|at\\-|ul\\-)|xai\\-))|(?<=(?:g(?:ldt\\-|lft\\-|lrt\\-|lwt\\-)|hrku\\-|n(?:rak\\-|ral\\-|rii\\-|riq\\-|rjs\\-|rra\\-)|p(?:mak\\-|plx\\-|ypi\\-)|sess\\-|tvly\\-|x(?:app\\-|oxa\\-|oxb\\-|oxc\\-|oxd\\-|oxe\\-|oxo\\-|oxp\\-|oxr\\-|oxs\\-)))|(?<=(?:agent\\-|c(?:cess\\-|fpat\\-)|eysib\\-|g(?:lcbt\\-|limt\\-|loas\\-|lpat\\-|lptt\\-|lrtr\\-)|l(?:ffct\\-|soat\\-)|nvapi\\-|ocspx\\-|q(?:0atp\\-|0csp\\-|0idb\\-|0idp\\-)|t(?:psib\\-|skey\\-)|wseck\\-))))",
            "[_](?=[a-z0-9_.=+/-]{12})(?:(?<=(?:0_|1_|2_|8_|a_|b_|c_|d_|e_|f_|i_|j_|k_|l_|m_|n_|o_|p_|r_|s_|t_|u_|w_|x_|y_))(?:(?<=(?:fw_|hf_|ls_|r(?:8_|e_|k_)|s(?:b_|k_)|y0_))|(?<=(?:api_|c(?:fa_|fk_|fu_)|d(?:oo_|op_|or_)|e2b_|f(?:m1_|m2_|o1_)|g(?:ho_|hp_|hr_|hs_|hu_|lc_|sk_)|lin_|n(?:fb_|fc_|fo_|fp_|fu_|pm_|tn_)|ops_|p(?:hc_|hx_|nb_|nu_)|r(?:nd_|pa_)|s(?:bp_|gp_|qa_|qp_|qu_)|t(?:fp_|gp_)|v(?:ca_|cc_|ci_|ck_|cp_)))|(?<=(?:bkua_|c(?:fat_|fkt_|fut_)|dckr_|essu_|f(?:igd_|m1a_|m1r_)|glsa_|jina_|kgat_|lsv2_|pcsk_|rdme_))|(?<=(?:apify_|c(?:ipat_|iprj_)|e(?:cret_|nkey_)|h(?:ippo_|ptka_)|ithub_|n(?:trys_|tryu_)|ojars_|rokey_|s(?:cale_|hpat_|hpca_|hppa_|hpss_|hpua_)|uffel_|w(?:andb_|hsec_|seck_)|ygems_))))",
        ),
        "g(?:h[pousr]_[A-Za-z0-9]{30,}|ithub_pat_[A-Za-z0-9_]{30,}|sk_(?:(?<![A-Za-z0-9]....)|(?<=\\\\[nrtbf]....)|(?<=\\[[0-9]m....)|(?<=[\\[;][0-9][0-9]m....)|(?<=%[0-9A-F][0-9A-F]....))[A-Za-z0-9]{30,}|lsa_[A-Za-z0-9]{20,64}_[0-9a-fA-F]{8}|lc_[A-Za-z0-9+/]{32,}={0,2}|l(?:pat|dt|rt|rtr|cbt|ptt|ft|imt|agent|oas|soat|ffct|wt)-[A-Za-z0-9_.=-]{20,})|hf_(?:(?<![A-Za-z0-9]...)|(?<=\\\\[nrtbf]...)|(?<=\\[[0-9]m...)|(?<=[\\[;][0-9][0-9]m...)|(?<=%[0-9A-F][0-9A-F]...))[A-Za-z0-9]{30,}|a(?:pi_org_[A-Za-z0-9]{30,}|ccess-(?:sandbox|development|production)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|pify_api_[A-Za-z0-9]{30,}|k\\-(?:(?<![A-Za-z0-9]...)|(?<=\\\\[nrtbf]...)|(?<=\\[[0-9]m...)|(?<=[\\[;][0-9][0-9]m...)|(?<=%[0-9A-F][0-9A-F]...))[A-Za-z0-9]{22}(?![A-Za-z0-9])|s\\-(?:(?<![A-Za-z0-9]...)|(?<=\\\\[nrtbf]...)|(?<=\\[[0-9]m...)|(?<=[\\[;][0-9][0-9]m...)|(?<=%[0-9A-F][0-9A-F]...))(?=[A-Za-z]{0,22}[0-9])[A-Za-z0-9]{22}(?![A-Za-z0-9]))|n(?:pm_[A-Za-z0-9]{30,}|f[bcopu]_[A-Za-z0-9]{36,40}(?![A-Za-z0-9])|tn_(?:(?<![A-Za-z0-9]....)|(?<=\\\\[nrtbf]....)|(?<=\\[[0-9]m....)|(?<=[\\[;][0-9][0-9]m....)|(?<=%[0-9A-F][0-9A-F]....))[A-Za-z0-9]{40,}|vapi-[A-Za-z0-9_-]{40,})|s(?:k_(?:org_)?(?:live|test|prod)_[A-Za-z0-9]{16,}|q[apu]_[0-9a-f]{40}|k_(?:(?<![A-Za-z0-9]...)|(?<=\\\\[nrtbf]...)|(?<=\\[[0-9]m...)|(?<=[\\[;][0-9][0-9]m...)|(?<=%[0-9A-F][0-9A-F]...))[0-9a-f]{40,}|hp(?:at|ca|pa|ss|ua|tka)_[0-9a-fA-F]{32}|bp_[0-9a-f]{40}|b_secret_[A-Za-z0-9_-]{20,}|ntry[su]_[A-Za-z0-9+/=_]{40,}|ecret_(?:(?<![A-Za-z0-9].......)|(?<=\\\\[nrtbf].......)|(?<=\\[[0-9]m.......)|(?<=[\\[;][0-9][0-9]m.......)|(?<=%[0-9A-F][0-9A-F].......))[A-Za-z0-9]{40,}|hippo_(?:live|test)_[0-9a-f]{40}|gp_[0-9a-fA-F_]{40,}|k\\-(?:(?<![A-Za-z0-9]...)|(?<=\\\\[nrtbf]...)|(?<=\\[[0-9]m...)|(?<=[\\[;][0-9][0-9]m...)|(?<=%[0-9A-F][0-9A-F]...))[A-Za-z0-9]{20,}|k\\-(?:(?<![A-Za-z0-9]...)|(?<=\\\\[nrtbf]...)|(?<=\\[[0-9]m...)|(?<=[\\[;][0-9][0-9]m...)|(?<=%[0-9A-F][0-9A-F]...))(?:proj|svcacct|admin|None|ant|or|lf|litellm|api\\d{0,2}|live|test)-(?=[A-Za-z_-]{0,60}[0-9])[A-Za-z0-9_-]{20,}|ess\\-(?:(?<![A-Za-z0-9].....)|(?<=\\\\[nrtbf].....)|(?<=\\[[0-9]m.....)|(?<=[\\[;][0-9][0-9]m.....)|(?<=%[0-9A-F][0-9A-F].....))[A-Za-z0-9]{40}|q0(?:atp|csp|idp|idb)-[A-Za-z0-9_-]{22,})|r(?:nd_(?:(?<![A-Za-z0-9]....)|(?<=\\\\[nrtbf]....)|(?<=\\[[0-9]m....)|(?<=[\\[;][0-9][0-9]m....)|(?<=%[0-9A-F][0-9A-F]....))(?=[A-Za-z]{0,31}[0-9])[A-Za-z0-9]{32}(?![A-Za-z0-9])|k_(?:live|test|prod)_[A-Za-z0-9]{16,}|8_(?:(?<![A-Za-z0-9]...)|(?<=\\\\[nrtbf]...)|(?<=\\[[0-9]m...)|(?<=[\\[;][0-9][0-9]m...)|(?<=%[0-9A-F][0-9A-F]...))[A-Za-z0-9]{30,}|ubygems_[0-9a-f]{48}|dme_[a-z0-9]{60,}|pa_(?:(?<![A-Za-z0-9]....)|(?<=\\\\[nrtbf]....)|(?<=\\[[0-9]m....)|(?<=[\\[;][0-9][0-9]m....)|(?<=%[0-9A-F][0-9A-F]....))[A-Za-z0-9]{36,}|e_(?:(?<![A-Za-z0-9]...)|(?<=\\\\[nrtbf]...)|(?<=\\[[0-9]m...)|(?<=[\\[;][0-9][0-9]m...)|(?<=%[0-9A-F][0-9A-F]...))[A-Za-z0-9]{8,32}_[A-Za-z0-9]{20,})|x(?:oxd-[A-Za-z0-9]{12}[A-Za-z0-9%+/=]{28,}|ox[abceoprs](?:\\.xox[bp])?-[0-9][A-Za-z0-9-]{11,}|app-[0-9]-[A-Z0-9]{6,}-[0-9]{8,}-[0-9a-f]{32,}|ai-[A-Za-z0-9]{40,}|(?:keysib|smtpsib)-[0-9a-f]{64}-[A-Za-z0-9]{16})|w(?:hsec_[A-Za-z0-9+/=]{20,}|andb_v1_[A-Za-z0-9_]{40,})|d(?:ckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}|o[opr]_v1_[0-9a-f]{64}|uffel_(?:live|test)_[A-Za-z0-9_=-]{40,})|l(?:sv2_(?:pt|sk)_[0-9a-f]{32}(?:_[0-9a-f]{10})?|s__[0-9a-f]{32}|in_(?:api|oauth)_[A-Za-z0-9]{32,})|p(?:csk_[A-Za-z0-9_]{40,}|scale_(?:tkn|pw|oauth)_[A-Za-z0-9._=-]{32,}|n[ub]_[A-Za-z0-9]{36}|h[cx]_[A-Za-z0-9]{40,}|ypi-[A-Za-z0-9_-]{50,}|plx-[A-Za-z0-9]{32,}|ul\\-(?:(?<![A-Za-z0-9]....)|(?<=\\\\[nrtbf]....)|(?<=\\[[0-9]m....)|(?<=[\\[;][0-9][0-9]m....)|(?<=%[0-9A-F][0-9A-F]....))[0-9a-f]{40}|at\\-(?:(?<![A-Za-z0-9]....)|(?<=\\\\[nrtbf]....)|(?<=\\[[0-9]m....)|(?<=[\\[;][0-9][0-9]m....)|(?<=%[0-9A-F][0-9A-F]....))[a-z]{2,4}[0-9]-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|8e\\-(?:(?<![A-Za-z0-9]....)|(?<=\\\\[nrtbf]....)|(?<=\\[[0-9]m....)|(?<=[\\[;][0-9][0-9]m....)|(?<=%[0-9A-F][0-9A-F]....))[A-Za-z0-9]{32}|a\\-(?:(?<![A-Za-z0-9]...)|(?<=\\\\[nrtbf]...)|(?<=\\[[0-9]m...)|(?<=[\\[;][0-9][0-9]m...)|(?<=%[0-9A-F][0-9A-F]...))(?=[A-Za-z_-]{0,60}[0-9])(?=[a-z0-9_-]{0,60}[A-Z])[A-Za-z0-9_-]{40,})|f(?:o1_(?:(?<![A-Za-z0-9]....)|(?<=\\\\[nrtbf]....)|(?<=\\[[0-9]m....)|(?<=[\\[;][0-9][0-9]m....)|(?<=%[0-9A-F][0-9A-F]....))[A-Za-z0-9_-]{40,}|m1(?:(?<![A-Za-z0-9]...)|(?<=\\\\[nrtbf]...)|(?<=\\[[0-9]m...)|(?<=[\\[;][0-9][0-9]m...)|(?<=%[0-9A-F][0-9A-F]...))[ar]?_[A-Za-z0-9+/=]{60,}|m2(?:(?<![A-Za-z0-9]...)|(?<=\\\\[nrtbf]...)|(?<=\\[[0-9]m...)|(?<=[\\[;][0-9][0-9]m...)|(?<=%[0-9A-F][0-9A-F]...))_[A-Za-z0-9+/=]{60,}|igd_[A-Za-z0-9_-]{36,}|w_(?:(?<![A-Za-z0-9]...)|(?<=\\\\[nrtbf]...)|(?<=\\[[0-9]m...)|(?<=[\\[;][0-9][0-9]m...)|(?<=%[0-9A-F][0-9A-F]...))[A-Za-z0-9]{22,}|io-u-[A-Za-z0-9_=-]{60,}|c\\-(?:(?<![A-Za-z0-9]...)|(?<=\\\\[nrtbf]...)|(?<=\\[[0-9]m...)|(?<=[\\[;][0-9][0-9]m...)|(?<=%[0-9A-F][0-9A-F]...))[0-9a-f]{32})|C(?:LOJARS_[a-z0-9]{60}|CI(?:PAT|PRJ)_[A-Za-z0-9]{20,32}_[0-9a-f]{40}|FPAT-[A-Za-z0-9_-]{40,})|t(?:fp_(?:(?<![A-Za-z0-9]....)|(?<=\\\\[nrtbf]....)|(?<=\\[[0-9]m....)|(?<=[\\[;][0-9][0-9]m....)|(?<=%[0-9A-F][0-9A-F]....))[A-Za-z0-9_.=-]{40,}|gp_v1_[A-Za-z0-9_-]{36,}|skey-[a-z]{2,12}-[A-Za-z0-9-]{20,}|vly-(?:dev-|prod-)?[A-Za-z0-9-]{30,})|jina_[A-Za-z0-9_-]{50,}|e(?:2b_[0-9a-f]{40}|secret_[A-Za-z0-9]{20,}|ssu_[A-Za-z0-9+/=]{30,})|ops_(?:(?<![A-Za-z0-9]....)|(?<=\\\\[nrtbf]....)|(?<=\\[[0-9]m....)|(?<=[\\[;][0-9][0-9]m....)|(?<=%[0-9A-F][0-9A-F]....))eyJ[A-Za-z0-9+/=_-]{60,}|bkua_[0-9a-f]{40}|KGAT_[0-9a-f]{32}|ZEN(?:PRO)?KEY_[A-Za-z0-9+/=]{40,}|c(?:f[aku]t?_[A-Za-z0-9_-]{40,}|sk-[A-Za-z0-9]{40,})|y0_(?:(?<![A-Za-z0-9]...)|(?<=\\\\[nrtbf]...)|(?<=\\[[0-9]m...)|(?<=[\\[;][0-9][0-9]m...)|(?<=%[0-9A-F][0-9A-F]...))[A-Za-z0-9_-]{50,}|vc[apkic]_[A-Za-z0-9]{40,}|GOCSPX-[A-Za-z0-9_-]{20,}|NR(?:AK|AL|II|IQ|JS|RA)-[A-Za-z0-9_-]{19,}|key\\-(?:(?<![A-Za-z0-9]....)|(?<=\\\\[nrtbf]....)|(?<=\\[[0-9]m....)|(?<=[\\[;][0-9][0-9]m....)|(?<=%[0-9A-F][0-9A-F]....))[0-9a-f]{32}|PMAK-[0-9a-f]{24}-[0-9a-f]{34}|FLWSECK(?:_TEST)?-[0-9a-zA-Z]{12,}(?:-X)?|A(?:GE-SECRET-KEY-1[A-Z0-9]{50,}|PI\\-(?:(?<![A-Za-z0-9]....)|(?<=\\\\[nrtbf]....)|(?<=\\[[0-9]m....)|(?<=[\\[;][0-9][0-9]m....)|(?<=%[0-9A-F][0-9A-F]....))[A-Z0-9]{25,36}(?![A-Za-z0-9])|3\\-(?:(?<![A-Za-z0-9]...)|(?<=\\\\[nrtbf]...)|(?<=\\[[0-9]m...)|(?<=[\\[;][0-9][0-9]m...)|(?<=%[0-9A-F][0-9A-F]...))[A-Z0-9]{6}-[A-Z0-9]{5,11}(?:-[A-Z0-9]{5,6}){3,5})|HRKU-[A-Za-z0-9_-]{36,}",
        "[redacted]",
    ),
    (
        "secret of an application of Azure",
        ("~",),
        ("q~",),
        (),
        "[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{30,36}",
        "[redacted]",
    ),
    (
        "key of Mailchimp",
        ("-us",),
        (),
        ("[0-9a-f]-us[0-9]",),
        "(?:(?<![A-Za-z0-9])|(?<=\\\\[nrtbf])|(?<=\\[[0-9]m)|(?<=[\\[;][0-9][0-9]m)|(?<=%[0-9A-F][0-9A-F]))[0-9a-f]{32}-us[0-9]{1,2}(?![A-Za-z0-9])",
        "[redacted]",
    ),
    (
        "token of Braintree",
        ("access_token$",),
        (),
        (),
        "access_token\\$(?:production|sandbox)\\$[A-Za-z0-9]{16}\\$[0-9a-f]{32}",
        "[redacted]",
    ),
    (
        "hash of a password",
        ("$", "}"),
        (
            "$2a$",
            "$2b$",
            "$2y$",
            "$argon2",
            "$6$",
            "$5$",
            "$1$",
            "$apr1$",
            "$y$",
            "$gy$",
            "$7$",
            "$md5",
            "sha}",
            "sha256}",
            "sha512}",
            "md5}",
            "crypt}",
            "pbkdf2_",
            "pbkdf2:",
            "scrypt:",
        ),
        (),
        "\\$2[aby]\\$[0-9]{2}\\$[./A-Za-z0-9]{53}|\\$argon2[a-z]{1,2}\\$[^\\s\"']{20,}|\\$(?:[156]|apr1)\\$[./A-Za-z0-9=]{1,32}(?:\\$[./A-Za-z0-9]{1,16})?\\$[./A-Za-z0-9]{22,}|\\$(?:g?y|7|md5,rounds=[0-9]{1,9})\\$[./A-Za-z0-9]{1,32}\\$[^\\s\"':]{20,}|\\{(?:S?SHA(?:256|512)?|S?MD5|CRYPT)\\}[A-Za-z0-9+/=.$]{13,}|pbkdf2_[a-z0-9]{2,10}\\$[0-9]{1,8}\\$[^\\s\"']{20,}|pbkdf2:[a-z0-9]{3,8}:[0-9]{1,8}\\$[^\\s\"']{20,}|scrypt:[0-9:]{3,24}\\$[^\\s\"']{20,}",
        "[redacted]",
    ),
    (
        "refresh token of Google",
        ("1//0",),
        (),
        (),
        "(?:(?<![A-Za-z0-9])|(?<=\\\\[nrtbf])|(?<=\\[[0-9]m)|(?<=[\\[;][0-9][0-9]m)|(?<=%[0-9A-F][0-9A-F]))1//0[A-Za-z0-9_-]{40,}",
        "[redacted]",
    ),
    (
        "address that is a secret",
        (".com/", ".org/bot", ".org/t/", ".cloud/t/"),
        (
            "hooks.slack.com/",
            "/api/webhooks/",
            "webhook.office.com/",
            "outlook.office.com/webhook",
            "hooks.zapier.com/",
            "ifttt.com/",
            "api.telegram.org/bot",
            "anaconda.",
        ),
        (),
        "(hooks\\.slack\\.com/(?:services|workflows|triggers)/)[A-Za-z0-9/_+-]{10,}|(discord(?:app)?\\.com/api/webhooks/)[0-9]{5,24}/[A-Za-z0-9_-]{20,}|((?:webhook\\.office\\.com|outlook\\.office\\.com)/webhook(?:b2)?/)[A-Za-z0-9@/-]{20,}|(hooks\\.zapier\\.com/hooks/catch/)[A-Za-z0-9/]{6,}|(ifttt\\.com/trigger/[A-Za-z0-9_-]{1,64}/with/key/)[A-Za-z0-9_-]{10,}|(api\\.telegram\\.org/bot)[^\\s/\"']{10,}|(anaconda\\.(?:org|cloud)/t/)[^\\s/\"']{8,}",
        "\\1\\2\\3\\4\\5\\6\\7[redacted]",
    ),
)


def tried(text: str, lower: str) -> list[int]:
    """Return the numbers of the patterns whose marks and needs stand in a text and in its lower case."""
    found = []
    if "-----BEGIN " in text and "private key" in lower:
        found.append(0)
    if "Private-Lines:" in text:
        found.append(1)
    if "-" in text:
        found.append(2)
    if ("@" in text or "%" in text) and ("://" in lower or "%3a%2f%2f" in lower):
        found += (3, 4)
    named = (" " in text or "%" in text or "," in text or ":" in text or "=" in text or "a" in text) and (
        "pass" in lower
        or "pwd" in lower
        or "secret" in lower
        or "key" in lower
        or "token" in lower
        or "connection" in lower
    )
    if "=" in text or ":" in text or "%" in text:
        if "authorization" in lower:
            found.append(5)
        if "cookie" in lower:
            found.append(6)
        if named:
            found.append(7)
        if (
            named
            or "auth" in lower
            or "sess" in lower
            or "sid" in lower
            or "sig" in lower
            or "cred" in lower
            or "cookie" in lower
            or ("j" in lower and "jwt" in lower)
            or ("?" in lower and "?code" in lower)
            or ("&" in lower and "&code" in lower)
            or ("?" in lower and "?appid" in lower)
            or ("&" in lower and "&appid" in lower)
        ):
            found.append(8)
        if named or "authorization" in lower or "cookie" in lower:
            found.append(9)
    if (named or "authorization" in lower or "cookie" in lower) and ("'," in text or '",' in text):
        found.append(10)
    if "," in text and "auth" in lower:
        found.append(11)
    if "/" in text and (
        "oracle:" in lower
        or "sqlplus" in lower
        or "sqlcl" in lower
        or "rman" in lower
        or "expdp" in lower
        or "impdp" in lower
        or "sqlldr" in lower
        or "userid" in lower
        or "connect" in lower
        or "dsn" in lower
    ):
        found.append(12)
    if "%" in text and (
        "smb" in lower
        or "rpcclient" in lower
        or "cifs" in lower
        or "net " in lower
        or "winexe" in lower
        or "wmic" in lower
    ):
        found.append(13)
    if named and "form-data" in text:
        found.append(14)
    if named and "- " in text:
        found.append(15)
    if "<" in text and "</" in lower:
        found.append(16)
    if named and "=" in text and "input_value=" in text:
        found.append(17)
    if " " in text and ("bearer " in lower or "basic " in lower or "apikey " in lower):
        found.append(18)
    if " login " in text or "configure set " in text:
        found.append(19)
    if " " in text and ("pass" in lower or "identified by" in lower):
        found.append(20)
    if ":AA" in text:
        found.append(21)
    if "=" in text and "==" in text:
        found.append(22)
    if "J" in text and "eyJ" in text:
        found.append(23)
    if "." in text:
        found.append(24)
    found.append(25)
    if "dapi" in text or "oy2" in text:
        found.append(26)
    if "-" in text or "_" in text:
        found.append(27)
    if "~" in text and "q~" in lower:
        found.append(28)
    if "-us" in text:
        found.append(29)
    if "access_token$" in text:
        found.append(30)
    if ("$" in text or "}" in text) and (
        "$2a$" in lower
        or "$2b$" in lower
        or "$2y$" in lower
        or "$argon2" in lower
        or "$6$" in lower
        or "$5$" in lower
        or "$1$" in lower
        or "$apr1$" in lower
        or "$y$" in lower
        or "$gy$" in lower
        or "$7$" in lower
        or "$md5" in lower
        or "sha}" in lower
        or "sha256}" in lower
        or "sha512}" in lower
        or "md5}" in lower
        or "crypt}" in lower
        or "pbkdf2_" in lower
        or "pbkdf2:" in lower
        or "scrypt:" in lower
    ):
        found.append(31)
    if "1//0" in text:
        found.append(32)
    if (".com/" in text or ".org/bot" in text or ".org/t/" in text or ".cloud/t/" in text) and (
        "hooks.slack.com/" in lower
        or "/api/webhooks/" in lower
        or "webhook.office.com/" in lower
        or "outlook.office.com/webhook" in lower
        or "hooks.zapier.com/" in lower
        or "ifttt.com/" in lower
        or "api.telegram.org/bot" in lower
        or "anaconda." in lower
    ):
        found.append(33)
    return found
