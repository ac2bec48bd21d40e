"""Draws what a command prints on a terminal of 100 columns: `terminal.py FILE.svg COMMAND…`.

The command runs on a pseudo terminal. Colours, bold and faint text become spans; whatever else moves a cursor is refused, so
that the picture cannot differ from the screen.
"""

import fcntl
import os
import pathlib
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
from xml.sax.saxutils import escape

COLUMNS, ROWS = 100, 500
# The size of a character, and the space around the text.
WIDTH, HEIGHT, SPACE, BAR = 8.4, 18, 16, 30
COLOURS = ["#6e7681", "#ff7b72", "#7ee787", "#e3b341", "#79c0ff", "#d2a8ff", "#76e3ea", "#d0d7de"]


def printed(command):
    """What the command prints on a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/dev/null/home",
        "TERM": "xterm-256color",
        "TFCTRAIL_CONFIG": "/dev/null",
        "TFCTRAIL_PROGRESS": "never",
        "PAGER": "cat",
    }
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    parts = []
    try:
        while part := os.read(ours, 65536):
            parts.append(part)
    except OSError:
        # So Linux says that the other end was closed.
        pass
    if process.wait() != 0:
        sys.exit(f"{command} ended with {process.returncode}")
    return b"".join(parts).decode().replace("\r\n", "\n")


def changed(style, codes):
    """A style after an escape sequence."""
    style = dict(style)
    # The first sixteen of 256 colours are those that have codes of their own.
    codes = re.sub(r"38;5;(\d|1[0-5])(?!\d)", lambda found: str(30 + int(found[1]) % 8), codes)
    for code in map(int, (codes or "0").split(";")):
        if code == 0:
            style = {}
        elif code == 1:
            style["bold"] = True
        elif code == 2:
            style["faint"] = True
        elif code == 22:
            style = {name: value for name, value in style.items() if name not in ("bold", "faint")}
        elif 30 <= code <= 37:
            style["colour"] = code - 30
        elif 90 <= code <= 97:
            style["colour"] = code - 90
        elif code == 39:
            style.pop("colour", None)
        elif code not in (3, 4, 23, 24):
            sys.exit(f"no such style is drawn: {codes}")
    return style


def screen(text):
    """The lines of the screen, each as texts with their column and style. A long line goes on in the next one."""
    lines, style = [], {}
    for line in text.split("\n"):
        found, column = [], 0
        for part, codes in re.findall(r"([^\x1b]+)|\x1b\[([\d;]*)m", line):
            if not part:
                style = changed(style, codes)
            while part:
                if column == COLUMNS:
                    lines.append(found)
                    found, column = [], 0
                piece, part = part[: COLUMNS - column], part[COLUMNS - column :]
                found.append((column, piece, style))
                column += len(piece)
        lines.append(found)
    return lines


def drawn(number, found):
    """A line of the picture."""
    parts = []
    for column, text, style in found:
        # White space is what is between the words, and their places are known.
        for word in re.finditer(r"\S+(?: \S+)*", text):
            x = SPACE + (column + word.start()) * WIDTH
            names = [name for name in ("bold", "faint") if name in style]
            names += [f"c{style['colour']}"] if "colour" in style else []
            name = f' class="{" ".join(names)}"' if names else ""
            length = len(word.group()) * WIDTH
            parts.append(f'<tspan x="{x:.1f}" textLength="{length:.1f}"{name}>{escape(word.group())}</tspan>')
    y = BAR + SPACE + number * HEIGHT
    return f'<text y="{y}">{"".join(parts)}</text>' if parts else ""


def main():
    path, *command = sys.argv[1:]
    text = f"\x1b[32m$\x1b[0m \x1b[1m{shlex.join(command)}\x1b[0m\n{printed(command)}".rstrip("\n")
    unknown = re.sub(r"\x1b\[[\d;]*m", "", text)
    if re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", unknown):
        sys.exit(f"{command} moves the cursor")
    lines = [drawn(number, found) for number, found in enumerate(screen(text))]
    width = round(2 * SPACE + COLUMNS * WIDTH)
    height = BAR + SPACE + len(lines) * HEIGHT
    colours = "".join(f".c{number}{{fill:{colour}}}" for number, colour in enumerate(COLOURS))
    font = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"
    dots = "".join(f'<circle cx="{SPACE + 4 + 18 * at}" cy="15" r="5" fill="#484f58"/>' for at in range(3))
    picture = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">',
        f"<title>{escape(shlex.join(command))}</title>",
        f"<style>text{{font:14px {font};fill:#d0d7de}}.bold{{font-weight:600}}.faint{{opacity:.65}}{colours}</style>",
        f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>{dots}',
        *filter(None, lines),
        "</svg>",
    ]
    pathlib.Path(path).write_text("\n".join(picture) + "\n", encoding="utf-8")


main()
