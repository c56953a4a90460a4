# SPDX-License-Identifier: GPL-3.0-or-later
"""One hostile input of the corpus, and its verdict."""
import dataclasses
import typing


@dataclasses.dataclass
class Case:
    name: str
    make: typing.Callable  # Puts the files into a folder, in which the program then runs.
    arguments: list
    status: int
    pattern: str  # Must be found in the output, or with another status than 0 in the errors.
    lines: int = 1  # Of errors, where the status is not 0.
    made: set = dataclasses.field(default_factory=set)  # What the program is to leave behind.


def writes(name, content):
    def make(folder):
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return make
