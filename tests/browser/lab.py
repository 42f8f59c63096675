"""A private JupyterLab on 127.0.0.1, and a headless Chromium that looks at it.

Everything lives in one temporary folder: a copy of the book, Jupyter's own
folders, the reader's progress. Requests to any other address are refused and
remembered.
"""

import contextlib
import json
import secrets
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import nbformat
from playwright.sync_api import sync_playwright

from nnlib import cli

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
# Without it JupyterLab would ask which kernel a notebook wants.
KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def chromium():
    """Return the path of the machine's Chromium or Chrome."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    raise FileNotFoundError(
        "No Chromium here. On Debian and Ubuntu: apt-get install chromium"
    )


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def book_in_lab(folder):
    """Copy the book into `folder`, serve it, yield its address; then stop."""
    book, port, token = folder / "book", free_port(), secrets.token_hex(16)
    for part in ("lessons", "exercises", ".jupyter"):
        shutil.copytree(ROOT / part, book / part)
    environment = cli.lab_environment(book)
    for name in ("CONFIG", "DATA", "RUNTIME"):
        environment[f"JUPYTER_{name}_DIR"] = str(folder / name.lower())
    environment |= {
        "HOME": str(folder),
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_TOKEN": token,
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "MPLCONFIGDIR": str(folder / "matplotlib"),
        "NNLIB_PROGRESS": str(folder / "progress"),
    }
    log = (folder / "lab.log").open("wb")
    server = subprocess.Popen(
        [
            *cli.lab_command(book, port),
            *("--no-browser", "--allow-root"),
            "--LabApp.expose_app_in_browser=True",
        ],
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/api/status?token={token}", server)
        yield address, token
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        log.close()


def _wait_for(url, server):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RuntimeError("JupyterLab ended before it answered")
        with contextlib.suppress(OSError), urllib.request.urlopen(url) as page:
            page.read()
            return
        time.sleep(0.1)
    raise TimeoutError("JupyterLab did not answer for 60 seconds")


@contextlib.contextmanager
def browser():
    """Yield a Chromium that has no window."""
    with sync_playwright() as playwright:
        process = playwright.chromium.launch(
            executable_path=chromium(), args=ARGUMENTS
        )
        yield process
        process.close()


class Reader:
    """Someone with a browser window who reads one notebook at a time.

    Attributes
    ----------
    page : playwright.sync_api.Page
    refused : list of str
        Addresses outside this machine that the page asked for.
    complaints : list of str
        Errors on the browser's console.
    """

    def __init__(self, process, lab, width=1280, height=1000):
        self.address, self.token = lab
        self.refused, self.complaints = [], []
        self.context = process.new_context(
            viewport={"width": width, "height": height}
        )
        self.context.route(self._is_foreign, self._refuse)
        self.page = self.context.new_page()
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))

    def _is_foreign(self, url):
        return not url.startswith((self.address, "data:", "blob:"))

    def _refuse(self, route):
        self.refused.append(route.request.url)
        route.abort()

    def _listen(self, message):
        if message.type == "error":
            self.complaints.append(message.text)

    def open(self, path="", mode="lab"):
        """Open a notebook, or what the address alone opens; wait for it.

        `?reset` forgets the tabs that an earlier reader left open.
        """
        place = f"{mode}/tree/{path}?reset&" if path else "?"
        self.page.goto(f"{self.address}/{place}token={self.token}")
        self.page.wait_for_function(
            "() => window.jupyterapp && window.jupyterapp.shell"
        )
        self.page.evaluate("() => window.jupyterapp.restored.then(() => 1)")
        self.page.evaluate(_READY)

    def run_all(self):
        """Run every cell; return the errors as [(cell id, first line)]."""
        return self.page.evaluate(_RUN_ALL)

    def ask(self, expression):
        """Return what a Python expression is in the notebook's kernel."""
        return self.page.evaluate(
            _ASK, f"__import__('json').dumps({expression})"
        )

    def write(self, path, cells):
        """Write a notebook of code cells to the book in the lab."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in cells],
            metadata={"kernelspec": KERNEL},
        )
        model = {"type": "notebook", "format": "json", "content": notebook}
        request = urllib.request.Request(
            f"{self.address}/api/contents/{path}",
            json.dumps(model).encode(),
            {"Authorization": f"token {self.token}"},
            method="PUT",
        )
        urllib.request.urlopen(request, timeout=20).close()

    def theme(self, name):
        self.page.evaluate(
            """(name) => window.jupyterapp.commands.execute(
                'apputils:change-theme', { theme: name })""",
            name,
        )
        dark = "false" if "Dark" in name else "true"
        self.page.wait_for_selector(
            f'body[data-jp-theme-light="{dark}"]', state="attached"
        )

    def cell(self, source_part):
        """Return the code cell whose source contains some text."""
        return self.page.locator(".jp-CodeCell").filter(has_text=source_part)

    def close(self):
        self.context.close()


_PANEL = """
  const shown = [...window.jupyterapp.shell.widgets('main')].filter(
    (widget) => widget.sessionContext && widget.content?.model?.cells);
  const panel = shown.find((widget) => widget.isVisible) ?? shown[0];
"""

_READY = f"""async () => {{
  const until = performance.now() + 60000;
  while (performance.now() < until) {{
    {_PANEL}
    if (panel) {{
      await panel.sessionContext.ready;
      const kernel = panel.sessionContext.session?.kernel;
      if (kernel) {{
        await kernel.info;
        if (kernel.status === 'idle') return;
      }}
    }}
    await new Promise((resolve) => setTimeout(resolve, 50));
  }}
  throw new Error('no kernel has started for 60 seconds');
}}"""

_ASK = f"""async (code) => {{
  {_PANEL}
  const reply = await panel.sessionContext.session.kernel.requestExecute({{
    code: '', silent: true, store_history: false,
    user_expressions: {{ asked: code }},
  }}).done;
  const {{ asked }} = reply.content.user_expressions;
  if (asked.status !== 'ok') throw new Error(asked.evalue);
  return JSON.parse(asked.data['text/plain'].slice(1, -1));
}}"""

_RUN_ALL = f"""async () => {{
  {_PANEL}
  window.jupyterapp.shell.activateById(panel.id);
  await window.jupyterapp.commands.execute('notebook:run-all-cells');
  await panel.sessionContext.session.kernel.requestExecute(
    {{ code: "" }}).done;
  const errors = [];
  for (const cell of panel.content.model.cells) {{
    if (cell.type !== 'code') continue;
    for (let i = 0; i < cell.outputs.length; i += 1) {{
      const found = cell.outputs.get(i).toJSON();
      if (found.output_type === 'error') errors.push([cell.id, found.evalue]);
      if (found.name === 'stderr') errors.push([cell.id, 'stderr']);
    }}
  }}
  return errors;
}}"""
