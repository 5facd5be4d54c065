"""The rows of a training, written as they come."""

import csv
import io
from pathlib import Path

from sslcore.files import read, write

Row = dict[str, float]


class History:
    """history.csv, a line at a time; what is there after step `start` is dropped."""

    def __init__(self, path: Path, start: int):
        lines = read(path).decode("utf-8", "replace").splitlines(keepends=True) if start else []
        whole = [line for line in lines[1:] if line.endswith("\n") and float(line.split(",")[0]) <= start]
        write(path, "".join([*lines[:1], *whole]).encode())
        self.path, self.begun = path, bool(whole)

    def add(self, row: Row) -> None:
        text = io.StringIO()
        lines = csv.DictWriter(text, row, lineterminator="\n")
        if not self.begun:
            lines.writeheader()
        lines.writerow(row)
        self.begun = True
        try:
            with open(self.path, "a") as file:
                file.write(text.getvalue())
        except OSError as error:
            raise OSError(f"{self.path} cannot be written: {error.strerror}; what was saved last is kept") from error
