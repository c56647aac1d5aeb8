"""Schema files as strangers may have written them: read within limits, inside one folder only.

Every refusal is a `RefusedError` with a place and a sentence; the caller makes findings of them.
"""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eventproof.contracts.keywords import DEPTH_LIMIT
from eventproof.findings import read_within

BYTES_LIMIT = 2 * 1024 * 1024
"""The largest schema file that is read."""

_SEPARATORS = frozenset({"/", "\\", ":", os.sep})

ALIASES_LIMIT = 100
"""How many YAML aliases one file may use."""


FILES_MAX = 2_000
"""How many files are searched for what another one needs."""


@dataclass(frozen=True, slots=True)
class SchemaFile:
    """One file, parsed."""

    name: str
    """Relative to the catalog's root, with forward slashes."""
    text: str
    content: Any
    """What it holds, as JSON values only."""

    def may_say(self, *words: str) -> bool:
        """Whether a look at the text cannot rule out that its JSON has any of these words.

        YAML and escapes can write them in other ways, so for those the answer is yes.
        """
        # A loop, since this is asked of every schema and makes no generator.
        for word in ("\\u", *words):
            if word in self.text:
                return True
        return is_yaml(self.name)


class RefusedError(Exception):
    """A file that is not used. `kind` says which rule it belongs to."""

    def __init__(
        self, kind: str, sentence: str, *, line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(sentence)
        self.kind = kind
        """`missing`, `broken`; of Protobuf files `unclear` as well, which message is meant."""
        self.sentence = sentence
        """A predicate without its subject, such as `is not valid JSON: …`."""
        self.line = line
        self.column = column

    @property
    def is_limit(self) -> bool:
        """Whether a limit of ours is in the way, and the file may be well in itself."""
        return self.sentence.startswith(("is larger than", "is nested more", "uses more than"))


def inside(root: Path, folder: str, relative: str) -> str:
    """Return the path of the file that `relative` means, seen from `folder`, inside `root`.

    `root` and `folder` must be free of links. Raises `RefusedError` for what does not exist or
    leaves the root, through links as well.
    """
    if "\0" in relative:
        raise RefusedError("missing", "is no file name")
    try:
        plain = f"{folder}/{relative}"
        if is_plain_name(relative) and _is_plain_file(plain):
            return plain  # as most are, and it takes no search for links
        path = (Path(folder) / relative).resolve()
        if not path.is_relative_to(root):
            raise RefusedError("missing", "lies outside the catalog and is not read")
        if not path.is_file():
            raise RefusedError("missing", "does not exist")
    except (OSError, RuntimeError) as error:  # a name too long, a loop of links
        raise RefusedError("missing", "cannot be found") from error
    return path.as_posix()


def files_below(folder: str, suffixes: tuple[str, ...], *, deep: bool = True) -> Iterator[str]:
    """Yield the paths of up to `FILES_MAX` files in a folder, and below it, that are no links."""
    left = FILES_MAX
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if deep and not f.startswith((".", "node_modules")))
        for name in sorted(names):
            path = f"{here}/{name}"
            if name.endswith(suffixes) and not os.path.islink(path):  # noqa: PTH114 - it is a text
                if not left:
                    return
                left -= 1
                yield path


def is_plain_name(relative: str) -> bool:
    """Whether a relative path is the name of something in the folder itself."""
    return relative not in ("", ".", "..") and not _SEPARATORS.intersection(relative)


def _is_plain_file(path: str) -> bool:
    """Whether something is a file, and no link to one."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False


def read_schema_file(root: Path, path: str) -> SchemaFile:
    """Read and parse one file that `inside` has allowed. Raises `RefusedError`."""
    name = path.removeprefix(root.as_posix()).lstrip("/")
    text = read_text(path)
    return SchemaFile(name, text, parsed(text, yaml=is_yaml(name)))


def is_yaml(name: str) -> bool:
    """Whether a file is YAML by its name."""
    return name.lower().endswith((".yml", ".yaml"))


def read_text(path: str) -> str:
    """Return the text of one file that `inside` has allowed. Raises `RefusedError`."""
    try:
        raw = read_within(path, BYTES_LIMIT)
        if len(raw) > BYTES_LIMIT:
            raise RefusedError("broken", f"is larger than {BYTES_LIMIT // 1024 // 1024} MiB")
        return raw.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise RefusedError("broken", "is not UTF-8 text") from error
    except OSError as error:
        raise RefusedError("broken", f"cannot be read: {error.strerror}") from error


def parsed(text: str, *, yaml: bool = False) -> Any:
    """Parse a JSON or YAML text. Raises `RefusedError` with line and column."""
    try:
        if yaml:
            return _plain(_yaml(text), 0)
        content = _JSON.decode(text)
        is_shallow = text.count("{") + text.count("[") <= DEPTH_LIMIT
        return content if is_shallow else _plain(content, 0)
    except json.JSONDecodeError as error:
        sentence = f"is not valid JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise RefusedError("broken", sentence, line=error.lineno, column=error.colno) from error
    except RecursionError as error:
        raise RefusedError("broken", f"is nested more than {DEPTH_LIMIT} levels deep") from error
    except ValueError as error:  # a number with thousands of digits, NaN
        raise RefusedError("broken", f"is not valid JSON: {error}") from error


def line_of(text: str, path: tuple[str | int, ...]) -> int | None:
    """Return the line, from 1, where the value at `path` begins; None where it cannot be told."""
    return lines_of(text, [path])[0]


def lines_of(text: str, paths: Sequence[tuple[str | int, ...]]) -> list[int | None]:
    """Return the lines of several places of one text, which is composed but once."""
    import yaml

    try:
        root = yaml.compose(text.replace("\t", "  "), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, RecursionError):
        return [None] * len(paths)
    return [_line(root, path) for path in paths]


def _line(node: Any, path: tuple[str | int, ...]) -> int | None:
    for step in path:
        found = _child(node, step)
        if found is None:
            break
        node = found
    return int(node.start_mark.line) + 1 if node else None


def _child(node: Any, step: str | int) -> Any:
    value = getattr(node, "value", None)
    if not isinstance(value, list):
        return None
    pairs = [pair for pair in value if isinstance(pair, tuple)]
    if isinstance(step, int):
        return value[step] if step < len(value) and not pairs else None
    return next((child for key, child in pairs if key.value == step), None)


def _yaml(text: str) -> Any:
    import yaml

    try:
        _within_limits(yaml.parse(text, Loader=yaml.CSafeLoader))
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise RefusedError(
            "broken",
            f"is not valid YAML: {error.problem or error.context}",
            line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
        ) from error
    except yaml.YAMLError as error:
        raise RefusedError(
            "broken", f"is not valid YAML: {' '.join(str(error).split())}"
        ) from error


def _within_limits(events: Iterable[Any]) -> None:
    """Refuse YAML that would unfold to a flood or overrun the stack, before it is built."""
    import yaml

    aliases = depth = 0
    for event in events:
        aliases += isinstance(event, yaml.AliasEvent)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if aliases > ALIASES_LIMIT:
            raise RefusedError("broken", f"uses more than {ALIASES_LIMIT} YAML aliases")
        if depth > DEPTH_LIMIT + 1:
            raise RefusedError("broken", f"is nested more than {DEPTH_LIMIT} levels deep")


def _plain(value: Any, depth: int) -> Any:
    """Return the value in JSON's own types: YAML has dates, and keys that are no strings."""
    if depth > DEPTH_LIMIT:
        raise RefusedError("broken", f"is nested more than {DEPTH_LIMIT} levels deep")
    if isinstance(value, dict):
        return {_key(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, depth + 1) for item in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise RefusedError("broken", "holds a number that JSON does not have")
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _key(key: Any) -> str:
    if isinstance(key, bool):
        return "true" if key else "false"
    return key if isinstance(key, str) else str(key)


def _number(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise RefusedError("broken", "holds a number that JSON does not have")
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


_JSON = json.JSONDecoder(parse_constant=_no_constant, parse_float=_number)
"""Made once: making a decoder takes longer than reading a schema."""
