"""Whether a set of rules makes sense: one function per mistake, a module per subject."""

from guidelines.checks import (
    actions,
    automation,
    between,
    conditions,
    fairness,
    ladders,
    periods,
    publication,
    rules,
    thresholds,
)
from guidelines.checks.flaw import Check

#: A new check is one function in the module of its subject, and its name in that module's `CHECKS`.
CHECKS: tuple[Check, ...] = (
    *publication.CHECKS,
    *periods.CHECKS,
    *rules.CHECKS,
    *conditions.CHECKS,
    *thresholds.CHECKS,
    *automation.CHECKS,
    *actions.CHECKS,
    *ladders.CHECKS,
    *fairness.CHECKS,
    *between.CHECKS,
)
