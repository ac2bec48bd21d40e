"""Writes the reference of the commands from their help: `commands.py PROGRAM FOLDER`, where FOLDER has SUMMARY.md."""

import os
import pathlib
import re
import subprocess
import sys


def help_of(program, words):
    environment = {"PATH": os.environ["PATH"], "HOME": "/dev/null", "COLUMNS": "100"}
    ended = subprocess.run([program, *words, "--help"], capture_output=True, text=True, check=True, env=environment)
    # What clap puts between paragraphs.
    return "\n".join(line.rstrip() for line in ended.stdout.splitlines())


def inner(text):
    """The commands that a help names, each with the first line about it."""
    found = re.search(r"^Commands:\n((?:  .*\n)+)", text, re.MULTILINE)
    lines = found.group(1).splitlines() if found else []
    named = (re.fullmatch(r"  ([a-z-]+) +(.*)", line) for line in lines)
    return [match.group(1) for match in named if match and match.group(1) != "help"]


def pages(program, words=()):
    """The words, the help and the inner commands of each command, the outer one first."""
    text = help_of(program, words)
    names = inner(text)
    yield words, text
    for name in names:
        yield from pages(program, (*words, name))


def main():
    program, folder = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2])
    (folder / "commands").mkdir()
    summary = ["", "# Commands", "", "- [All commands](commands.md)"]
    table = ["", "| command | |", "|---|---|"]
    for words, text in pages(program):
        about, _, rest = text.partition("\n\n")
        about = about.replace("\n", " ")
        page = f"# tfctrail {' '.join(words)}".rstrip() + f"\n\n{about}.\n\n```text\n{rest}\n```\n"
        if not words:
            first = page
            continue
        path = f"commands/{'-'.join(words)}.md"
        (folder / path).write_text(page, encoding="utf-8")
        summary.append(f"{'  ' * len(words)}- [{' '.join(words)}]({path})")
        table.append(f"| [`{' '.join(words)}`]({path}) | {about} |")
    if len(summary) < 20:
        sys.exit(f"only {len(summary)} commands were found in the help of {program}")
    (folder / "commands.md").write_text(first + "\n".join(table) + "\n", encoding="utf-8")
    with open(folder / "SUMMARY.md", "a", encoding="utf-8") as file:
        file.write("\n".join(summary) + "\n")


main()
