"""Set up `.venv` from uv.lock, with nothing but the standard library of a Python 3.11 or newer.

    python3 tools/bootstrap.py run     what `altyn` needs
    python3 tools/bootstrap.py dev     that, and what lint, types and tests need

The work is done by uv: one set up here for `dev`, one on PATH, or else the wheel that uv.lock names, fetched from the
package index into a folder that is removed afterwards, and checked against its hash in the lock. pip and ensurepip are
not needed: Debian leaves both out of its python3. An index set in UV_DEFAULT_INDEX, UV_INDEX_URL or PIP_INDEX_URL is used for everything.
"""

import contextlib
import hashlib
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
import zipfile
from typing import Any, Dict, List, Mapping

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
OLDEST = (3, 11)
GROUPS = {
    # Without uv: it sets up, and nothing that runs needs it.
    "run": ["--no-default-groups"],
    "dev": ["--no-default-groups", "--group", "dev", "--all-extras"],
}


class SetupError(Exception):
    """What the person at the keyboard must know: one sentence on what happened, one on how to mend it."""


def index_address() -> str:
    """Address of the package index the user set for pip or uv; empty when it is PyPI itself."""
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        address = os.environ.get(name, "").rstrip("/")
        if address and not address.startswith("https://pypi.org/"):
            return address
    return ""


def certificates() -> str:
    """File of certificates the user set for pip or OpenSSL; empty when the system's are meant."""
    for name in ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE"):
        path = os.environ.get(name, "")
        if os.path.isfile(path):
            return path
    return ""


def download(address: str) -> bytes:
    """Bytes at an address; honours proxies and certificates of the environment."""
    context = ssl.create_default_context(cafile=certificates() or None)
    try:
        with urllib.request.urlopen(address, timeout=120, context=context) as answer:
            content = answer.read()
    except (OSError, ValueError) as error:
        host = urllib.parse.urlsplit(address).hostname or address
        what = "Could not reach the package index at {}: {}.".format(host, error)
        raise SetupError(what, "Check the network, or set PIP_INDEX_URL to an index you can reach.") from error
    assert isinstance(content, bytes)
    return content


def locked_uv() -> Dict[str, Any]:
    """The entry of uv in uv.lock: its version and its wheels with address and hash."""
    import tomllib  # Python 3.11 has it; before that we have already refused.

    with open(os.path.join(ROOT, "uv.lock"), "rb") as file:
        lock = tomllib.load(file)
    return next(package for package in lock["package"] if package["name"] == "uv")


def platform_wheel(wheels: List[Dict[str, Any]]) -> Dict[str, Any]:
    """The wheel for this machine: glibc, musl or macOS; x86_64 or ARM."""
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    if sys.platform == "darwin":
        system = "macosx"
    else:
        system = "manylinux" if platform.libc_ver()[0] == "glibc" else "musllinux"
    for wheel in wheels:
        tag = wheel["url"].rsplit("-", 1)[1]
        if system in tag and machine in tag:
            return wheel
    what = "uv.lock holds no uv for {} on {}.".format(system, machine)
    raise SetupError(what, "Install uv by hand (any way you like) and run the same command again.")


def wheel_address(wheel: Dict[str, Any]) -> str:
    """Where to fetch a locked wheel: the address in the lock, or the same file in the user's own index."""
    index = index_address()
    if not index:
        return wheel["url"]
    name = wheel["url"].rsplit("/", 1)[1]
    page = index + "/uv/"
    for link in re.findall(r'href="([^"#]+)', download(page).decode("utf-8", "replace")):
        if link.rsplit("/", 1)[-1] == name:
            return urllib.parse.urljoin(page, link)
    what = "The package index {} has no {}.".format(urllib.parse.urlsplit(index).hostname, name)
    raise SetupError(what, "Mirror that file, or install uv by hand and run the same command again.")


def fetched_uv(folder: str) -> str:
    """Path of uv, taken out of its wheel into `folder` after its hash was checked."""
    wheel = platform_wheel(locked_uv()["wheels"])
    say("fetching uv, which reads the lock file")
    content = download(wheel_address(wheel))
    algorithm, expected = wheel["hash"].split(":")
    if hashlib.new(algorithm, content).hexdigest() != expected:
        what = "The uv that was fetched is not the one uv.lock names: its {} differs.".format(algorithm)
        raise SetupError(what, "Nothing was run. Try again; if it stays, ask who runs your package index.")
    archive = os.path.join(folder, "uv.whl")
    with open(archive, "wb") as file:
        file.write(content)
    with zipfile.ZipFile(archive) as wheel_file:
        member = next(name for name in wheel_file.namelist() if name.endswith(".data/scripts/uv"))
        path = wheel_file.extract(member, folder)
    os.chmod(path, 0o700)
    return path


def is_usable(uv: str, locked: str) -> bool:
    """Whether this uv runs and can read our lock file: its minor version is the locked one or newer."""
    try:
        said = subprocess.check_output([uv, "--version"], stderr=subprocess.DEVNULL).decode()
    except (OSError, subprocess.CalledProcessError):
        return False
    found = re.search(r"(\d+)\.(\d+)", said)
    return bool(found) and tuple(map(int, found.groups())) >= tuple(map(int, locked.split(".")[:2]))


def some_uv(folder: str) -> str:
    """Path of a uv that can read our lock file."""
    locked = locked_uv()["version"]
    for candidate in (os.path.join(VENV, "bin", "uv"), shutil.which("uv")):
        if candidate and is_usable(candidate, locked):
            return candidate
    return fetched_uv(folder)


def sync(uv: str, profile: str, folder: str) -> None:
    """Bring `.venv` to what uv.lock says for a profile; nothing that is there already is taken away."""
    env = dict(os.environ, UV_PROJECT_ENVIRONMENT=VENV, UV_PYTHON_DOWNLOADS="never")
    env.pop("VIRTUAL_ENV", None)
    if certificates():
        env["SSL_CERT_FILE"] = certificates()
    index = index_address()
    if not index:
        command = [uv, "sync", "--frozen", "--inexact", "--python", sys.executable]
        run([*command, *GROUPS[profile]], env)
        return
    # `uv sync` goes to the addresses in the lock. With an index of the user's own, take names, versions and hashes
    # from the lock and let uv look them up there.
    env["UV_DEFAULT_INDEX"] = index
    wanted = os.path.join(folder, "requirements.txt")
    export = [uv, "export", "--frozen", "--quiet", "--no-emit-project", "--output-file", wanted]
    run([*export, *GROUPS[profile]], env)
    run([uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, VENV], env)
    install = [uv, "pip", "install", "--python", VENV]
    run([*install, "--require-hashes", "--no-deps", "-r", wanted], env)
    run([*install, "--no-deps", "--editable", ROOT], env)


def run(command: List[str], env: Mapping[str, str]) -> None:
    """Run one step of uv in the project's root."""
    if subprocess.call(command, cwd=ROOT, env=env):
        what = "uv could not set up .venv; its own words stand above."
        raise SetupError(what, "Mend what it names and run the same command again: it goes on where it stopped.")


def say(text: str) -> None:
    """Tell the user, on standard error, so that it comes before what uv prints."""
    sys.stderr.write("altyn: {}\n".format(text))
    sys.stderr.flush()


def main(arguments: List[str]) -> int:
    """Set up what the one argument names; the exit status is 0 when `.venv` is ready."""
    if sys.version_info < OLDEST:
        say("this is Python {}.{}; Altyn needs 3.11 or newer.".format(*sys.version_info[:2]))
        say("Install one and name it: make PYTHON=python3.11")
        return 4
    if len(arguments) != 1 or arguments[0] not in GROUPS:
        say("usage: python3 tools/bootstrap.py run|dev")
        return 2
    profile = arguments[0]
    say("setting up .venv ({}); the first time this fetches packages".format(profile))
    try:
        with tempfile.TemporaryDirectory() as folder:
            sync(some_uv(folder), profile, folder)
    except SetupError as error:
        for sentence in error.args:
            say(sentence)
        return 4
    # The Makefile compares these two with uv.lock; `dev` holds all of `run`.
    for done in ("run", "dev") if profile == "dev" else ("run",):
        with contextlib.closing(open(os.path.join(VENV, "ready-" + done), "w")) as stamp:
            stamp.write("")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
