"""Checks that every link to a place of ours leads to it: `check_links.py BOOK [PAGE.md…]`.

In the pages of the book these are files and ids, in the pages of Markdown files alone and headings. Links to other hosts are not
followed.
"""

import html.parser
import pathlib
import re
import sys
import urllib.parse


class Page(html.parser.HTMLParser):
    """The ids of a page, and where it leads."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name == "id":
                self.ids.add(value)
            elif name in ("href", "src", "srcset") and value and tag != "base":
                self.links.append(value)


def markdown(text):
    """A page of Markdown as GitHub names its headings."""
    page = Page("")
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE):
        page.ids.add(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-"))
    page.links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"(?:src|srcset|href)=\"([^\"]+)\"", text)
    return page


def main():
    book, *others = map(pathlib.Path, sys.argv[1:])
    paths = [*book.rglob("*.html"), *others]
    read = {path.resolve(): path for path in paths}
    pages = {
        path: (Page if path.suffix == ".html" else markdown)(shown.read_text(encoding="utf-8"))
        for path, shown in read.items()
    }
    checked, wrong = 0, []
    for path, page in pages.items():
        for link in page.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            checked += 1
            place = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
            if not place.exists():
                wrong.append(f"{read[path]}: {link}: there is no such file")
            elif parts.fragment and place in pages and urllib.parse.unquote(parts.fragment) not in pages[place].ids:
                wrong.append(f"{read[path]}: {link}: there is no such place in it")
    if wrong or checked < 100:
        sys.exit("\n".join([*wrong, f"{len(wrong)} of {checked} links lead nowhere"]))
    print(f"{len(pages)} pages, {checked} links")


main()
