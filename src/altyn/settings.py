"""Settings: all that Altyn takes from the environment, read in this one place; the file `altyn.toml` says everything else.

A value that means nothing is refused before any work, and so is a variable of ours that nothing reads: a typing error in a
service's file would otherwise stand there for years and do nothing.
"""

from __future__ import annotations

import os
import re
from difflib import get_close_matches
from pathlib import Path

from altyn.errors import AltynError
from altyn.language import LANGUAGES, Message, say

MEMORY_MB, LOG_FORMAT, FAULT = "ALTYN_MEMORY_MB", "ALTYN_LOG_FORMAT", "ALTYN_FAULT"
LOG_FORMATS = ("text", "json")
# Every variable that is read, each with its line in docs/reference/environment.md.
READ = (
    MEMORY_MB,
    LOG_FORMAT,
    FAULT,
    "LANGUAGE",
    "LC_ALL",
    "LC_MESSAGES",
    "LANG",
    "SUDO_UID",
    "JAVA_HOME",
    "PYSPARK_PYTHON",
    "AWS_ENDPOINT_URL",
)
_OURS = "ALTYN_"
# Of our benchmarks and tests, whose processes hand them down to the programs they start.
_OF_DEVELOPMENT = ("ALTYN_BENCH_", "ALTYN_TEST_")
# Less is not enough for an empty session of the engine; more than 1 PB is a number of something else.
_LEAST_MB, _MOST_MB = 1, 1 << 30
# The kernel's numbers of users have 32 bits.
_MOST_DIGITS = 11
_MOMENT = re.compile(r"[a-z]+\.[a-z]+(:[1-9][0-9]{0,5})?", re.ASCII)


def require_all() -> None:
    """Refuse the first setting that means nothing, before any work.

    Raises:
        AltynError: `environment.setting`.
    """
    ours = sorted(filter(is_ours, os.environ))
    for name in ours:
        if name not in READ:
            known = [n for n in READ if n.startswith(_OURS) and n != FAULT]
            near = get_close_matches(name, known, n=1)
            raise _refused(
                name,
                say("Nothing reads this variable of the environment."),
                say("Is {name} meant? Otherwise remove it.", name=near[0])
                if near
                else say("Remove it. Those that are read: {names}.", names=", ".join(known)),
            )
    memory_mb()
    log_format()
    fault()
    endpoint()


def is_ours(name: str) -> bool:
    """Whether a variable's name is one of those that only Altyn may give a meaning."""
    return name.startswith(_OURS) and not name.startswith(_OF_DEVELOPMENT)


def memory_mb() -> int | None:
    """What the engine may take before it spills, in MB; None where nobody said.

    Raises:
        AltynError: `environment.setting`.
    """
    value = os.environ.get(MEMORY_MB, "")
    if not value:
        return None
    is_number = value.isascii() and value.isdigit() and len(value) < len(str(_MOST_MB)) + 1
    if not is_number or not _LEAST_MB <= int(value) <= _MOST_MB:
        raise _refused(
            MEMORY_MB,
            say("The value is no number of megabytes."),
            say("Write a whole number, such as 1200, without a unit."),
        )
    return int(value)


def log_format() -> str:
    """How the verbs that run as services write what they do: `text` or `json`.

    Raises:
        AltynError: `environment.setting`.
    """
    value = os.environ.get(LOG_FORMAT, "") or "text"
    if value not in LOG_FORMATS:
        raise _refused(
            LOG_FORMAT,
            say("The value is no format of a log."),
            say("Write one of: {names}.", names=", ".join(LOG_FORMATS)),
        )
    return value


def is_log_json() -> bool:
    """Whether JSON was asked for, known before anything is refused: also a refusal is written in the log's format."""
    return os.environ.get(LOG_FORMAT) == "json"


def fault() -> str:
    """The moment at which a test ends the process, `journal.committed:3`; empty everywhere else.

    Raises:
        AltynError: `environment.setting`.
    """
    value = os.environ.get(FAULT, "")
    if value and not _MOMENT.fullmatch(value):
        raise _refused(
            FAULT, say("The value names no moment."), say("Remove it: it is for tests, and ends the process.")
        )
    return value


def language_of_environment() -> str:
    """Language the user's shell asks for: LANGUAGE, LC_ALL, LC_MESSAGES, LANG; English where it names none of ours."""
    # Never refused: every program reads them, and theirs may be a language that Altyn does not speak.
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            asked = value.split(":")[0].split(".")[0].split("_")[0].lower()
            return asked if asked in LANGUAGES else "en"
    return "en"


def sudo_uid() -> int | None:
    """Whom sudo says it runs for. A note beside who the kernel says it is: anybody may write this variable."""
    found = os.environ.get("SUDO_UID", "")
    return int(found) if found.isascii() and found.isdigit() and len(found) < _MOST_DIGITS else None


def java_home() -> Path | None:
    """The Java that Spark is to use; None where nobody said, and the first on the path is taken.

    Raises:
        AltynError: `environment.setting` where no Java lies there. Asked only where Spark is: others may need another.
    """
    value = os.environ.get("JAVA_HOME", "")
    if not value:
        return None
    if not (Path(value) / "bin" / "java").is_file():
        raise _refused(
            "JAVA_HOME",
            say("There is no Java in that folder."),
            say("Name the folder that holds bin/java, or remove it."),
        )
    return Path(value)


def set_python_of_spark(program: str) -> None:
    """Let Spark's own processes run under our Python, where nobody named another."""
    os.environ.setdefault("PYSPARK_PYTHON", program)


def endpoint() -> str:
    """Address of the S3 server, where it is not Amazon's; empty otherwise. What else stands in AWS_* the client reads itself.

    Raises:
        AltynError: `environment.setting`.
    """
    value = os.environ.get("AWS_ENDPOINT_URL", "")
    if value and not value.lower().startswith(("http://", "https://")):
        raise _refused(
            "AWS_ENDPOINT_URL",
            say("The value is no address of a server."),
            say("Write it with http:// or https://."),
        )
    return value


def secret(name: str) -> str:
    """What stands in the variable that a source names (`env:NAME`); empty where there is none. Never shown."""
    return os.environ.get(name, "")


def _refused(name: str, what: Message, mend: Message) -> AltynError:
    # The variable is named, its value is not: a password pasted into the wrong line would come out in a log.
    return AltynError("environment.setting", what=what, where=name, mend=mend)
