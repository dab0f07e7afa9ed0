"""Where people keep credentials: what no agent and no harness may read.

A list of names can only know what is common. Programs put secrets where a convention says, so the
list follows conventions: XDG folders, dotfiles of the home, and the variables that move them.
`lanes.yaml` opens a place again with ``allow: {read: [...]}``.
"""

import os
from collections.abc import Iterator, Mapping

# Below the home folder. A folder stands for all in it.
_HOME = (
    # Keys that log in elsewhere or sign in the user's name.
    *(".ssh", ".gnupg", ".pki", ".age", ".password-store", ".keychain", ".vault-token"),
    # Clouds and deployment.
    *(".aws", ".azure", ".oci", ".aliyun", ".bluemix", ".fly", ".railway", ".terraform.d"),
    *(".terraformrc", ".s3cfg", ".boto", ".databrickscfg", ".snowflake", ".snowsql", ".kaggle"),
    # Clusters and containers.
    *(".kube", ".minikube", ".docker", ".dockercfg", ".helm"),
    # Forges and anything spoken over HTTP.
    *(".git-credentials", ".netrc", ".authinfo", ".authinfo.gpg", ".gitcookies", ".jira.d"),
    # Package registries: a token here publishes in the user's name.
    *(".npmrc", ".yarnrc", ".yarnrc.yml", ".pypirc", ".pip", ".gem/credentials", ".bundle/config"),
    *(".cargo/credentials", ".cargo/credentials.toml", ".m2/settings.xml"),
    *(".m2/settings-security.xml", ".gradle/gradle.properties", ".nuget/NuGet", ".composer"),
    *(".huggingface", ".cache/huggingface/token"),
    # Databases.
    *(".pgpass", ".my.cnf", ".mylogin.cnf", ".mongorc.js", ".dbvis"),
    # Coding agents: their log-ins, and transcripts of all the user's other projects.
    *(".claude", ".claude.json", ".claude.json.backup", ".codex", ".gemini", ".copilot", ".cursor"),
    *(".continue", ".aider.conf.yml", ".qwen", ".factory", ".codeium", ".windsurf"),
    # Browsers and mail: a cookie is a log-in.
    *(".mozilla", ".librewolf", ".thunderbird", ".var/app", "snap", ".mutt", ".msmtprc"),
    *(".mbsyncrc", ".offlineimaprc", ".fetchmailrc"),
    # Wallets.
    *(".bitcoin", ".ethereum", ".electrum"),
    # What was typed, tokens on command lines among it.
    *(".bash_history", ".zsh_history", ".zhistory", ".histfile", ".python_history"),
    *(".node_repl_history", ".psql_history", ".mysql_history", ".sqlite_history", ".irb_history"),
    *(".rediscli_history", ".lesshst", ".viminfo"),
)
_CONFIG = (  # below XDG_CONFIG_HOME
    *("gcloud", "gh", "glab-cli", "hub", "hub.yml", "tea", "git/credentials", "doctl", "hcloud"),
    *("scw", "linode-cli", "flyctl", "heroku", "netlify", "configstore", "rclone", "helm"),
    *("containers", "pip", "pypoetry", "composer", "op", "1Password", "Bitwarden", "Bitwarden CLI"),
    *("keepassxc", "sops", "age", "google-chrome", "chromium", "BraveSoftware", "microsoft-edge"),
    *("vivaldi", "opera", "Slack", "discord", "Signal", "Code", "VSCodium", "Cursor", "JetBrains"),
    *("github-copilot", "opencode", "goose", "amp", "anthropic", "openai", "solana", "msmtp"),
    *("evolution", "configmgr", "hcp", "wireguard"),
)
_DATA = (  # below XDG_DATA_HOME
    *("keyrings", "kwalletd", "opencode", "amp", "atuin", "fish/fish_history", "uv/credentials"),
    *("com.vercel.cli", "pypoetry/auth.toml", "evolution", "gnupg", "password-store"),
)
# Read only by root elsewhere; a factory that runs as root would pass them on.
_SYSTEM = (
    *("/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/krb5.keytab"),
    *("/etc/ssh", "/etc/ssl/private", "/etc/letsencrypt", "/etc/docker"),
    *("/etc/wireguard", "/etc/NetworkManager/system-connections", "/etc/kubernetes"),
    *("/var/backups", "/var/lib/docker", "/var/lib/containerd", "/var/lib/kubelet"),
    *("/var/lib/lxd", "/var/snap/lxd"),
)
_VARIABLES = (  # name a file or a folder; KUBECONFIG several
    *("SSH_AUTH_SOCK", "GNUPGHOME", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"),
    *("AWS_WEB_IDENTITY_TOKEN_FILE", "GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG"),
    *("AZURE_CONFIG_DIR", "KUBECONFIG", "DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "GH_CONFIG_DIR"),
    *("GLAB_CONFIG_DIR", "NETRC", "NPM_CONFIG_USERCONFIG", "PIP_CONFIG_FILE", "PGPASSFILE"),
    *("PASSWORD_STORE_DIR", "VAULT_TOKEN_PATH", "CLAUDE_CONFIG_DIR", "CODEX_HOME", "XAUTHORITY"),
    *("HISTFILE", "KRB5_CLIENT_KTNAME", "XDG_RUNTIME_DIR", "HF_TOKEN_PATH"),
)
_PROGRAM_AMONG_SECRETS = ".claude/local"


def hidden_paths(home: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the credential places of *home*, of the system and of *environment* that we can read.

    What is not there, or shut to us, needs no hiding: it is shut to what we start as well.
    """
    return tuple(dict.fromkeys(path for path in _places(home, environment) if _open_to_us(path)))


def shown_paths(home: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the folders that programs run from, to stay readable where hiding would take them.

    These are the folders of PATH, a whole installation for a ``…/bin``, and an agent program that
    is installed beside its secrets. Never a credential place itself.
    """
    hidden = {os.path.realpath(path) for path in hidden_paths(home, environment)}
    kept = {"/", "/tmp", "/run", os.path.realpath(home), *hidden}  # noqa: S108 - the host's
    found = [os.path.join(home, _PROGRAM_AMONG_SECRETS)]
    for entry in environment.get("PATH", os.defpath).split(os.pathsep):
        if os.path.isabs(entry):
            folder = os.path.realpath(entry)
            found += [folder, os.path.dirname(folder)] if folder.endswith("/bin") else [folder]
    return tuple(dict.fromkeys(path for path in found if path not in kept and os.path.isdir(path)))


def _open_to_us(path: str) -> bool:
    return os.access(path, os.R_OK) or os.access(path, os.X_OK)


def _places(home: str, environment: Mapping[str, str]) -> Iterator[str]:
    config = environment.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    data = environment.get("XDG_DATA_HOME") or os.path.join(home, ".local", "share")
    for top, names in ((home, _HOME), (config, _CONFIG), (data, _DATA), ("/", _SYSTEM)):
        if os.path.isabs(top):
            yield from (os.path.join(top, name) for name in names)
    for variable in _VARIABLES:
        for path in environment.get(variable, "").split(os.pathsep):
            if os.path.isabs(path) and os.path.realpath(path) not in ("/", os.path.realpath(home)):
                yield path
