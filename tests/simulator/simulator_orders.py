"""Orders of tea, as the engine places them and as dictionaries keep them."""

from eventproof.simulator.inventory import orders

NAMES = ("o-1", "o-2")
AMOUNT = 10


async def placed(tx, order="o-1", **lines):
    await orders.place(
        tx, order, customer_id="ada", lines=list((lines or {"tea": 2}).items()), amount=AMOUNT
    )


class Plain:
    """The plain reference for orders of tea: a counter of free units, a dictionary an order."""

    def __init__(self, units):
        self.free = units
        self.orders = {
            name: {"want": 2, "has": 0, "picked": 0, "left": 0, "back": 0, "pay": None,
                   "open": True, "parcel": None, "revision": 1}
            for name in NAMES
        }  # fmt: skip

    def do(self, act, name, n):
        order = self.orders[name]
        getattr(self, "do_" + act.replace(" ", "_"))(order, n)

    def do_pay(self, order, _n, outcome="AUTHORISED"):
        if not order["open"] or order["pay"] is not None:
            return
        missing = order["want"] - order["has"] - order["left"]
        if missing > self.free:
            return
        self.free -= missing
        order["has"] += missing
        order["pay"] = outcome
        if outcome == "DECLINED":
            self.give_back(order)

    def do_decline(self, order, n):
        self.do_pay(order, n, "DECLINED")

    def do_time_out(self, order, n):
        self.do_pay(order, n, "UNKNOWN")

    def do_webhook(self, order, n):
        outcome = ("AUTHORISED", "CAPTURED", "DECLINED")[n - 1]
        known = order["pay"] == "UNKNOWN" or (
            outcome == "CAPTURED" and order["pay"] in ("AUTHORISED", "VOID_DUE")
        )
        if not known:
            return
        due = {"AUTHORISED": "VOID_DUE", "CAPTURED": "REFUND_DUE"}
        order["pay"] = outcome if order["open"] else due.get(outcome, outcome)
        if outcome == "DECLINED" and order["open"]:
            self.give_back(order)

    def do_capture(self, order, _n):
        if order["pay"] == "AUTHORISED":
            self.do_webhook(order, 2)

    def do_void(self, order, _n):
        if order["pay"] in ("AUTHORISED", "VOID_DUE"):
            order["pay"] = "VOIDED"
            if order["open"]:
                self.give_back(order)

    def do_cancel(self, order, _n):
        if not order["open"] or order["left"] == order["want"]:
            return
        order["parcel"] = "CANCELLED" if order["picked"] else order["parcel"]
        order["picked"], order["open"] = 0, False
        self.give_back(order)
        order["want"] = order["left"] or order["want"]
        due = {"AUTHORISED": "VOID_DUE", "CAPTURED": "REFUND_DUE"}
        order["pay"] = due.get(order["pay"], order["pay"])

    def do_amend(self, order, n):
        if not order["open"] or n < order["left"] + order["picked"]:
            return
        bound = order["has"] + order["left"]
        if bound and n - bound > self.free:
            return
        order["want"] = n
        order["revision"] += 1
        if bound:
            self.free -= n - bound
            order["has"] += n - bound

    def do_pick(self, order, n):
        paid_for = order["open"] and order["pay"] in ("AUTHORISED", "CAPTURED")
        if paid_for and order["parcel"] is None and order["picked"] + n <= order["has"]:
            order["picked"], order["parcel"] = n, "CREATED"

    def do_ship(self, order, _n):
        if order["parcel"] == "CREATED":
            order["has"] -= order["picked"]
            order["left"] += order["picked"]
            order["picked"], order["parcel"] = 0, "SHIPPED"

    def do_unpick(self, order, _n):
        if order["parcel"] == "CREATED":
            order["picked"], order["parcel"] = 0, "CANCELLED"

    def do_return(self, order, n):
        if n <= order["left"] and not order["back"]:
            order["back"] = n
            self.free += n

    def do_fill(self, order, n):
        """Nobody waits: nothing is backordered here."""

    def give_back(self, order):
        self.free += order["has"] - order["picked"]
        order["has"] = order["picked"]
