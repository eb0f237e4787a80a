"""A batch on SQLAlchemy: ships orders. Each is a commit in the warehouse's database, then one in the shop's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from block import begin
from sqlalchemy import Boolean, Column, Engine, Integer, Table, create_engine, select
from sqlalchemy.orm import Session, registry

mapper = registry()


@dataclass
class Order:
    number: int
    amount: int
    shipped: bool = False


@dataclass
class Movement:
    """What has left the warehouse."""

    order: int
    amount: int


orders = Table(
    "orders",
    mapper.metadata,
    Column("number", Integer, primary_key=True),
    Column("amount", Integer, nullable=False),
    Column("shipped", Boolean, nullable=False),
)
movements = Table(
    "movements",
    mapper.metadata,
    Column("order", Integer, primary_key=True, autoincrement=False),
    Column("amount", Integer, nullable=False),
)
mapper.map_imperatively(Order, orders)
mapper.map_imperatively(Movement, movements)


def database(sockets: Path, name: str, who: str = "batch") -> Engine:
    return create_engine(f"postgresql+psycopg://postgres@/{name}?host={sockets}&application_name={who}")


def main() -> None:
    site, protect = begin()
    with protect() as block, Session(database(site, "shop")) as shop, Session(database(site, "warehouse")) as warehouse:
        waiting = shop.scalars(select(Order).where(orders.c.shipped.is_(False)).order_by(orders.c.number)).all()
        print("ready", flush=True)
        for order in waiting:
            warehouse.add(Movement(order.number, order.amount))
            warehouse.commit()
            order.shipped = True
            shop.commit()
            block.allow_break()


if __name__ == "__main__":
    main()
