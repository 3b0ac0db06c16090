"""The daemon: a clock that looks every half minute for scans that are due, and runs them one after the other.

APScheduler only ticks; which scans are due stands in the store, so a restart loses nothing, and a scan that
was missed while nobody kept the time is run, or written down as missed.
"""

import logging
import signal
from datetime import UTC, datetime
from types import FrameType

from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.interval import IntervalTrigger

from compliance.actions.schedule import run_due
from compliance.actions.service import Service

log = logging.getLogger(__name__)

TICK_SECONDS = 30


def keep_time(service: Service) -> None:
    """Run what is due, for ever; SIGTERM and SIGINT end it after the scan that is running."""
    clock = BlockingScheduler(timezone=UTC)
    clock.add_job(
        run_due,
        IntervalTrigger(seconds=TICK_SECONDS),
        args=(service,),
        next_run_time=datetime.now(UTC),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )

    def stop(_number: int, _frame: FrameType | None) -> None:
        log.info("daemon ends")
        clock.shutdown(wait=True)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    log.info("daemon keeps the time")
    clock.start()
