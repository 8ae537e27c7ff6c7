"""Writes every document that is made from the code."""

from __future__ import annotations

from tests.docs.made import made


def main() -> None:
    """Write those that are not as they should be."""
    for path, content in made().items():
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
            print(path.relative_to(path.cwd()) if path.is_relative_to(path.cwd()) else path)


main()
