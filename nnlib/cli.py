"""The command `nnlib`: open the book, see what has been passed."""

import argparse
import os
import socket
import subprocess
import sys

from nnlib import installation

START = "lessons/00_start_here.ipynb"


def main(arguments=None):
    """Run `nnlib` with these arguments; return the exit status."""
    parser = argparse.ArgumentParser(prog="nnlib", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    lab = commands.add_parser("lab", help="open the book in JupyterLab")
    lab.add_argument("--port", type=int, help="the first free one from 8888")
    lab.add_argument(
        "--no-browser",
        action="store_true",
        help="print the address and open nothing",
    )
    progress = commands.add_parser(
        "progress", help="show which exercises have been passed"
    )
    progress.add_argument(
        "--forget", action="store_true", help="delete these records"
    )
    chosen = parser.parse_args(arguments)
    if chosen.command == "lab":
        return open_lab(chosen.port, chosen.no_browser)
    return show_progress(chosen.forget)


def open_lab(port=None, no_browser=False):
    """Start JupyterLab on the book and wait until it ends."""
    if not (installation.ROOT / START).exists():
        return _complain(
            f"{START} is not where nnlib was installed from; clone the book "
            "and run `make lab` in its folder."
        )
    if found := installation.missing():
        return _complain(
            f"{' '.join(found)} Run `make lab` in the folder of the book."
        )
    if port is not None and not _is_free(port):
        return _complain(
            f"port {port} is in use; choose another, such as `make lab "
            f"PORT={port + 1}`, or leave PORT out."
        )
    port = port or next(filter(_is_free, range(8888, 65536)))
    command = lab_command(installation.ROOT, port)
    if no_browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # in a container there is no one else
    print(f"The book opens on port {port}. Ctrl+C here closes it.", flush=True)
    server = subprocess.Popen(  # noqa: S603 (our own arguments)
        command, cwd=installation.ROOT, env=lab_environment(installation.ROOT)
    )
    while True:
        try:
            return server.wait()
        except KeyboardInterrupt:
            continue  # it reached JupyterLab too, which asks before it stops


def lab_command(root, port):
    """Return the command that starts JupyterLab on the book in `root`."""
    return [
        *(sys.executable, "-m", "jupyterlab"),
        *("--ip=127.0.0.1", f"--port={port}", "--port-retries=0"),
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{START}",
        "--ServerApp.log_level=ERROR",
        "--LabApp.log_level=ERROR",
        "--KernelManager.transport_encryption=auto",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]


def lab_environment(root):
    """Return the environment in which JupyterLab finds the book's settings.

    They count for this JupyterLab alone: no news, no look-ups for updates,
    and a layout that other projects' tabs stay out of.
    """
    home = root / ".jupyter"
    paths = [str(home), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    return {
        **os.environ,
        "JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, paths)),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }


def show_progress(forget=False):
    """Print the map of lessons, or delete the records of passed exercises."""
    from nnlib.checks import overview, progress

    if forget:
        progress.forget()
        print("All records of passed exercises are deleted.")
    else:
        print(overview())
    return 0


def _is_free(port):
    with socket.socket() as probe:
        if os.name == "posix":  # a port that was just left counts as free
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def _complain(sentence):
    print(f"nnlib: {sentence}", file=sys.stderr)
    return 1
