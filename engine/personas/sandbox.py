"""The Jinja2 of prompt templates: sandboxed, deterministic, and able to name every missing variable at once.

Template files are data that researchers exchange, so their texts run in Jinja2's sandbox, without includes and without
chance (no random filter, no lipsum). A missing variable does not stop the rendering: it is noted when it is used, so
that one error can list all of them. Asking whether it is there (`{% if item.x %}`, `is defined`, `default`) is no use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, wraps
from typing import Any

from jinja2 import ChainableUndefined, Template, TemplateSyntaxError, meta, nodes
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

_noted: ContextVar[dict[str, None] | None] = ContextVar("missing template variables", default=None)


class Fields(dict[str, Any]):
    """A mapping whose attributes in a template are its keys alone: a corpus may call a field 'items' or 'keys'.

    `path` is what messages call it: 'item', 'persona.attributes'.
    """

    __slots__ = ("path",)

    def __init__(self, path: str, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.path = path


@contextmanager
def noting_missing() -> Iterator[dict[str, None]]:
    """Collect the names of missing variables used by this thread's rendering inside the block, in order of use."""
    names: dict[str, None] = {}
    token = _noted.set(names)
    try:
        yield names
    finally:
        _noted.reset(token)


@lru_cache(maxsize=2048)
def compiled(text: str) -> Template:
    """Return the template of `text`, without the blank space at the ends of the source.

    Raises:
        ValueError: `text` is not valid Jinja2, or needs another file.
    """
    try:
        return _environment().from_string(text.strip())
    except TemplateSyntaxError as error:
        raise ValueError(f"not valid Jinja2: {error.message} (line {error.lineno})") from error


@lru_cache(maxsize=2048)
def variables(text: str) -> frozenset[str]:
    """Return the names that `text` expects to be given ('item', 'persona', ...).

    Raises:
        ValueError: `text` is not valid Jinja2, or needs another file.
    """
    compiled(text)
    tree = _environment().parse(text)
    if list(meta.find_referenced_templates(tree)):
        raise ValueError("include, import and extends are not available: a wording stands alone")
    # Jinja2 counts a name set in one branch as expected from outside; used before it is set, it is noted as missing.
    own = {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
    return frozenset(meta.find_undeclared_variables(tree)) - own - set(_environment().globals)


@lru_cache(maxsize=2048)
def mentions(text: str, name: str) -> bool:
    """Whether `name` occurs as a variable anywhere in the template, even as one that the template sets itself.

    Raises:
        ValueError: `text` is not valid Jinja2, or needs another file.
    """
    compiled(text)
    return any(node.name == name for node in _environment().parse(text).find_all(nodes.Name))


@lru_cache(maxsize=2048)
def attributes(text: str, name: str) -> tuple[str, ...]:
    """Return what the template reads of a variable ('text' of `item.text` for 'item'), in order of first use.

    Raises:
        ValueError: `text` is not valid Jinja2, or needs another file.
    """
    compiled(text)
    read = [n for n in _environment().parse(text).find_all(nodes.Getattr) if isinstance(n.node, nodes.Name)]
    return tuple(dict.fromkeys(n.attr for n in sorted(read, key=lambda n: n.lineno) if n.node.name == name))  # type: ignore[attr-defined]


class _Missing(ChainableUndefined):
    """A variable that nobody gave: notes its name whenever a template uses it, and then acts as nothing."""

    __slots__ = ()

    def _note(self) -> None:
        if self._undefined_exception is SecurityError:
            raise SecurityError(self._undefined_message)
        if self._undefined_name is None:  # not a variable: the first of an empty list, say
            raise UndefinedError(self._undefined_message)
        owner = f"{self._undefined_obj.path}." if isinstance(self._undefined_obj, Fields) else ""
        names = _noted.get()
        if names is not None:
            names[f"{owner}{self._undefined_name}"] = None

    def __str__(self) -> str:
        self._note()
        return ""

    __html__ = __str__

    def __iter__(self) -> Iterator[Any]:
        self._note()
        return iter(())

    def __len__(self) -> int:
        self._note()
        return 0

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        self._note()
        return self is other

    def __ne__(self, other: object) -> bool:
        self._note()
        return self is not other

    def __hash__(self) -> int:
        self._note()
        return 0

    def _nothing(self, *_: Any, **__: Any) -> _Missing:
        self._note()
        return self

    def _false(self, _other: object) -> bool:
        self._note()
        return False

    def _zero(self) -> int:
        self._note()
        return 0

    def _zero_point(self) -> float:
        self._note()
        return 0.0

    # The base class declares that these never return; here they note the name and let the rendering go on.
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _nothing  # type: ignore[assignment]
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _nothing  # type: ignore[assignment]
    __pow__ = __rpow__ = __pos__ = __neg__ = __abs__ = __round__ = __call__ = _nothing  # type: ignore[assignment]
    __lt__ = __le__ = __gt__ = __ge__ = _false  # type: ignore[assignment]
    __int__ = __index__ = _zero  # type: ignore[assignment]
    __float__ = _zero_point  # type: ignore[assignment]


class _Environment(ImmutableSandboxedEnvironment):
    """Looks a name of a `Fields` up among its keys, and nowhere else."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is Fields:
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if type(obj) is Fields:
            return self.getattr(obj, argument)
        return super().getitem(obj, argument)


@lru_cache(maxsize=1)
def _environment() -> _Environment:
    environment = _Environment(undefined=_Missing, autoescape=False, trim_blocks=True, lstrip_blocks=True)
    del environment.globals["lipsum"], environment.filters["random"]
    for name, function in environment.filters.items():
        if name not in ("default", "d"):  # these two are there to ask
            environment.filters[name] = _noting(function)
    return environment


def _noting(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter that notes a missing value handed to it; several of Jinja2's pass over one in silence."""

    @wraps(function)  # keeps the mark by which Jinja2 knows filters that want the environment
    def noting(*values: Any, **options: Any) -> Any:
        for value in (*values, *options.values()):
            if type(value) is _Missing:
                value._note()
        return function(*values, **options)

    return noting
