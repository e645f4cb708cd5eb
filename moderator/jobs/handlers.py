"""Which handler does which kind of job, in the order that a comment walks."""

from moderator import upkeep
from moderator.backtest import runs
from moderator.jobs.queue import Kind
from moderator.jobs.runner import Handler
from moderator.pipeline import act, classify, decide, end, explain, triage
from moderator.review import bulk

CLASSIFY = Handler(Kind.CLASSIFY, 256, classify.work, classify.store, classify.give_up)
DECIDE = Handler(Kind.DECIDE, 256, decide.work, decide.store, decide.give_up)
TRIAGE = Handler(Kind.TRIAGE, 256, triage.work, triage.store, triage.give_up)
# Few at a time: one explanation costs as much as some dozen readings, and a batch must end within its lease.
EXPLAIN = Handler(Kind.EXPLAIN, 8, explain.work, explain.store, explain.give_up)
ACT = Handler(Kind.ACT, 16, act.work, act.store, act.give_up)
END = Handler(Kind.END, 64, end.work, end.store, end.give_up)
# One slice of one run, and then whatever else is due.
BACKTEST = Handler(Kind.BACKTEST, 1, runs.work, runs.store, runs.give_up)
# One slice of one run, and then the next run's.
BULK = Handler(Kind.BULK, 1, bulk.work, bulk.store, bulk.give_up)
UPKEEP = Handler(Kind.UPKEEP, 1, upkeep.work, upkeep.store, upkeep.give_up)

#: What is done on this machine alone, and what waits for somebody else's.
PIPELINE = (CLASSIFY, DECIDE, TRIAGE)
PLATFORM = (END, ACT)
#: What somebody watches while it is done.
WATCHED = (BULK,)
#: What nobody waits for.
ASIDE = (UPKEEP, EXPLAIN, BACKTEST)
ALL = PIPELINE + PLATFORM + WATCHED + ASIDE
