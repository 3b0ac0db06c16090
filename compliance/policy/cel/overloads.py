"""Which of a function's signatures fits its arguments, and what to say when none does."""

from compliance.policy.cel.functions import Function, Overload
from compliance.policy.cel.types import DYN, Type, Unifier

_COMPARING = frozenset({"==", "!=", "<", "<=", ">", ">="})


def result_type(unifier: Unifier, function: Function, args: list[Type], *, is_method: bool) -> Type | None:
    """The type that the function gives for these arguments; None if no signature fits them."""
    results: list[Type] = []
    before = dict(unifier.bound)
    kept = before
    for overload in function.overloads:
        unifier.bound = dict(before)
        found = _fitting(unifier, overload, args) if overload.is_method == is_method else None
        if found is not None:
            results.append(found)
            kept = unifier.bound if len(results) == 1 else before
    unifier.bound = kept
    if not results:
        return None
    return results[0] if all(result == results[0] for result in results) else DYN


def _fitting(unifier: Unifier, overload: Overload, args: list[Type]) -> Type | None:
    """The result's type if the arguments fit the signature, else None."""
    if len(overload.args) != len(args):
        return None
    names: dict[str, Type] = {}
    wanted = [unifier.instance(arg, names) for arg in overload.args]
    if not all(unifier.fits(one, two) for one, two in zip(wanted, args, strict=True)):
        return None
    return unifier.resolve(unifier.instance(overload.result, names))


def misfit(name: str, kinds: list[str], *, is_method: bool) -> str:
    """Why arguments of these types fit no signature, in words."""
    if name in _COMPARING:
        return f"cannot compare {kinds[0]} with {kinds[1]}"
    if name == "in":
        return f"cannot look for {kinds[0]} in {kinds[1]}"
    if name in {"!_", "-_"}:
        return f"{name[0]} cannot stand before {kinds[0]}"
    if not name[0].isalpha():
        return f"{name} cannot join {kinds[0]} and {kinds[1]}"
    if is_method:
        return f"{kinds[0]}.{name}() cannot take ({', '.join(kinds[1:])})"
    return f"{name}() cannot take ({', '.join(kinds)})"
