"""Takes pictures of a report, light and dark: `report.py REPORT.html FOLDER`."""

import pathlib
import shutil
import sys

from playwright.sync_api import sync_playwright

# What fits into the width of a README, and how large a picture may be.
SIZE = {"width": 1120, "height": 704}
LIMIT = 200_000


def main():
    report, folder = map(pathlib.Path, sys.argv[1:])
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport=SIZE, color_scheme=scheme)
            page.goto(report.resolve().as_uri())
            path = folder / f"report-{scheme}.png"
            page.screenshot(path=path)
            if path.stat().st_size > LIMIT:
                sys.exit(f"{path} has {path.stat().st_size} bytes, more than {LIMIT}")
        browser.close()


main()
