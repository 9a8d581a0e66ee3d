"""Make a wheelhouse: all that installs Altyn on a machine without a network, with hashes and a bill of materials.

    make wheelhouse                                                        for this machine and this Python
    make wheelhouse ARGS="--extra s3"                                      with these extras only
    make wheelhouse ARGS="--platform manylinux_2_28_aarch64 --python-version 3.12"   for another machine

Wheels come from the addresses in uv.lock and must have the hashes that stand there; nothing is resolved anew, and a
package that has no wheel for the machine is refused, for the machine may have no compiler. The same commit and lock
give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import urllib.parse
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bootstrap import SetupError, certificates, download, index_address, say
from packaging.pylock import PackageSdist, PackageWheel, Pylock
from sbom import Wheel, bill_of_materials, read_wheel
from wheel_target import Target, target

ROOT = Path(__file__).resolve().parents[1]
UV = Path(sys.executable).parent / "uv"
EXTRAS = ["postgres", "s3"]
# Published as source only, and pure Python: its wheel can be made anywhere.
SOURCE_ONLY = {"pyspark"}


def epoch() -> str:
    """The time that stands in everything made here: SOURCE_DATE_EPOCH, or that of the last commit."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    return given or subprocess.check_output(["git", "log", "-1", "--format=%ct"], cwd=ROOT, text=True).strip()


def uv(*arguments: str | Path) -> str:
    """What uv prints; its own index and certificates are those the user set for pip."""
    settings = {"SOURCE_DATE_EPOCH": epoch(), "UV_DEFAULT_INDEX": index_address(), "SSL_CERT_FILE": certificates()}
    env = os.environ | {name: value for name, value in settings.items() if value}
    # setuptools copies the modes of files into a wheel: without one umask for all, bytes differ from user to user.
    command = [UV, *arguments, "--quiet"]
    done = subprocess.run(command, cwd=ROOT, env=env, umask=0o022, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SetupError("uv failed; its own words stand above.", "Mend what it names and run the same command again.")
    return done.stdout


def locked(machine: Target, extras: list[str]) -> Iterator[tuple[str, PackageWheel | PackageSdist]]:
    """Names and files that uv.lock holds for a machine; files are wheels but for `SOURCE_ONLY`."""
    wanted = [argument for extra in extras for argument in ("--extra", extra)]
    text = uv("export", "--frozen", "--no-dev", "--no-emit-project", "--format", "pylock.toml", *wanted)
    lock = Pylock.from_dict(tomllib.loads(text))
    for package, source in lock.select(environment=machine.markers, tags=machine.tags):
        if isinstance(source, PackageWheel) or (isinstance(source, PackageSdist) and package.name in SOURCE_ONLY):
            yield package.name, source
            continue
        what = f"{package.name} {package.version} has no wheel for this platform and Python {machine.python}."
        raise SetupError(what, "Choose another --python-version or --platform, or leave out the extra that needs it.")


def address(name: str, file: PackageWheel | PackageSdist) -> str:
    """Where to fetch a file: the address in the lock, or the same file in the user's own index."""
    index = index_address()
    if not index:
        return file.url or ""
    page = f"{index}/{name}/"
    for link in re.findall(r'href="([^"#]+)', download(page).decode("utf-8", "replace")):
        if urllib.parse.unquote(link.rsplit("/", 1)[-1]) == file.filename:
            return urllib.parse.urljoin(page, link)
    what = f"The package index has no {file.filename}."
    raise SetupError(what, "Mirror that file and run the same command again.")


def fetch(name: str, file: PackageWheel | PackageSdist, folder: Path) -> Path:
    """The file, with the hash the lock names; one that lies there already is not fetched again."""
    path = folder / file.filename
    expected = file.hashes["sha256"]
    if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == expected:
        return path
    content = download(address(name, file))
    if hashlib.sha256(content).hexdigest() != expected:
        what = f"{file.filename} is not the file uv.lock names: its sha256 differs."
        raise SetupError(what, "It was not kept. Try again; if it stays, ask who runs your package index.")
    path.write_bytes(content)
    return path


def wheel(name: str, file: PackageWheel | PackageSdist, folder: Path) -> Wheel:
    """The wheel of a locked package, in the folder."""
    if isinstance(file, PackageWheel):
        return read_wheel(fetch(name, file, folder), file.url or "")
    with tempfile.TemporaryDirectory() as scratch:
        uv("build", "--wheel", "--out-dir", scratch, fetch(name, file, Path(scratch)))
        built = next(Path(scratch).glob("*-none-any.whl"))
        return read_wheel(Path(shutil.copy(built, folder)), file.url or "")


def build(folder: Path, machine: Target, extras: list[str]) -> dict[str, Wheel]:
    """Altyn's wheel and all it needs, in the folder, by name; wheels of another time go."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "SHA256SUMS").unlink(missing_ok=True)  # first to go, last to come: without it nothing installs
    for old in folder.glob("altyn-*.whl"):
        old.unlink()
    uv("build", "--wheel", "--no-create-gitignore", "--out-dir", folder, ROOT)
    found = [read_wheel(next(folder.glob("altyn-*.whl")))]
    found += [wheel(name, file, folder) for name, file in locked(machine, extras)]
    for stray in set(folder.glob("*.whl")) - {one.path for one in found}:
        stray.unlink()
    return {one.name: one for one in sorted(found, key=lambda one: one.name)}


def describe(folder: Path, machine: Target, extras: list[str], wheels: dict[str, Wheel]) -> None:
    """Write beside the wheels what they are, what they must be, and how to install them."""
    chosen = {"altyn": f"[{','.join(sorted(extras))}]"} if extras else {}
    lines = [f"{n}{chosen.get(n, '')}=={w.version} --hash=sha256:{w.sha256}\n" for n, w in wheels.items()]
    made = datetime.fromtimestamp(int(epoch()), UTC)
    bill = bill_of_materials(wheels, root="altyn", extras=set(extras), markers=machine.markers, made=made)
    script = (ROOT / "tools/wheelhouse_install.sh").read_text(encoding="utf-8")
    script = script.replace("@python@", machine.python)
    script = script.replace("@machine@", f"{machine.markers['sys_platform']} {machine.markers['platform_machine']}")
    for name, text in {"requirements.txt": "".join(lines), "sbom.cdx.json": bill, "install.sh": script}.items():
        (folder / name).write_text(text, encoding="utf-8")
    files = sorted(path for path in folder.iterdir() if path.suffix in {".whl", ".txt", ".json", ".sh"})
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")


def main() -> int:
    """Make the wheelhouse that the arguments name; the exit status is 0 when it is whole."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extra", action="append", help=f"instead of: {', '.join(EXTRAS)}; '' for none")
    parser.add_argument("--python-version", default="{}.{}".format(*sys.version_info), help="of the other machine")
    parser.add_argument("--platform", default="", help="of the other machine, like manylinux_2_28_x86_64")
    parser.add_argument("--out", type=Path, default=ROOT / "build/wheelhouse", help="folder; wheels in it are replaced")
    given = parser.parse_args()
    extras = EXTRAS if given.extra is None else [extra for extra in given.extra if extra]
    folder = given.out.resolve()
    try:
        machine = target(given.python_version, given.platform)
        wheels = build(folder, machine, extras)
        describe(folder, machine, extras, wheels)
    except SetupError as error:
        for sentence in error.args:
            say(sentence)
        return 4
    size = sum(one.path.stat().st_size for one in wheels.values()) / 1e6
    print(f"{folder}: {len(wheels)} wheels, {size:.0f} MB, for Python {machine.python} on {machine.tags[0].platform}")
    print(f"sha256 of SHA256SUMS: {hashlib.sha256((folder / 'SHA256SUMS').read_bytes()).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
