"""What all parts of the store have in common: the database, and a right for each method."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from posture.records.database import Database
from posture.records.roles import Right

Given = ParamSpec("Given")
Result = TypeVar("Result")


class Part:
    """A part of the store, such as that for patients.

    Parameters
    ----------
    database : Database
        The open database, in the name of the actor whose rights count.
    """

    def __init__(self, database: Database) -> None:
        self._db = database


Self_ = TypeVar("Self_", bound=Part)


def needs(
    right: Right, doing: str
) -> Callable[
    [Callable[Concatenate[Self_, Given], Result]], Callable[Concatenate[Self_, Given], Result]
]:
    """Declare which right a public method of a part needs; it is checked at each call.

    ``doing`` is what the audit trail calls the method where it was refused. It stays when the
    method is renamed.
    """

    def guard(
        method: Callable[Concatenate[Self_, Given], Result],
    ) -> Callable[Concatenate[Self_, Given], Result]:
        @wraps(method)
        def guarded(self: Self_, /, *args: Given.args, **kwargs: Given.kwargs) -> Result:
            self._db.demand(right, doing)
            return method(self, *args, **kwargs)

        cast("Any", guarded).right = right
        cast("Any", guarded).doing = doing
        return guarded

    return guard
