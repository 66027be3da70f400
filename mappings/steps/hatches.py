"""The two ways out of the steps, to be taken in this order: a guarded expression, a function registered by name."""

from collections.abc import Callable
from typing import Any

from mappings.errors import MappingError
from mappings.expressions import BudgetError, ExpressionError, PrecisionError, compile_expression
from mappings.nodes import Act
from mappings.workbench import Bench, on_value
from mappings.written import nearest


def _expr(raw: Any, at: str, bench: Bench) -> Act | None:
    """`{expr: "…"}`: guarded JSONata over the value so far; as a first step over the message."""
    if not isinstance(raw, str):
        bench.fault(at, "expr", "an expression is text")
        return None
    try:
        evaluate = compile_expression(raw)
    except ExpressionError as error:
        bench.fault(at, "expr", str(error))
        return None
    number, budget, other = map(bench.failing, ("mapping.expr_number", "mapping.expr_budget", "mapping.expr"))

    def act(value: Any) -> Any:
        try:
            return evaluate(value)
        except PrecisionError as error:
            return number(str(error))
        except BudgetError as error:
            return budget(str(error))
        except Exception as error:  # noqa: BLE001 - a foreign evaluator; its message may hold personal data
            return other(f"the expression failed: {getattr(error, 'error', '') or type(error).__name__}")

    return on_value(act)


def _function(raw: Any, at: str, bench: Bench) -> Act | None:
    """`{function: name}`: a function of the value so far that the connector's folder registers."""
    if not isinstance(raw, str):
        bench.fault(at, "step", "function takes the name of a registered function")
        return None
    bench.functions_named.append(raw)
    registered: Callable[[Any], Any] | None = None
    if bench.functions is not None:
        registered = bench.functions.get(raw)
        if registered is None:
            hint = nearest(raw, tuple(bench.functions))
            bench.fault(at, "unknown_function", f"no function {raw!r} is registered", hint)
            return None
    fail = bench.failing("mapping.function")

    def act(value: Any) -> Any:
        try:
            return fail(f"{raw} is not registered") if registered is None else registered(value)
        except MappingError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a registered function raises, a message ends in our error
            return fail(f"{raw} failed: {type(error).__name__}")

    return on_value(act)


STEPS = {"expr": _expr, "function": _function}
