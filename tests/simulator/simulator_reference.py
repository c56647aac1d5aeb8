"""What the inventory engine should do, in dictionaries and one list; nothing of the engine's.

Each method is a command of `simulator_commands`. It changes the dictionaries, or raises `No`
where the engine must refuse; whoever calls it works on a copy. `entries` is the plain ledger:
every change of a quantity, in turn.
"""

from copy import deepcopy

HOUSES = {"south": 0, "north": 1}
"""The warehouses with their priorities: the smaller comes first."""

COUNTS = ("available", "allocated", "held", "incoming", "backordered")
RULES = {("tea", None): (2, 3), ("pot", "south"): (0, 2)}
"""What is reordered where: at how few units, and in which lots."""


class No(Exception):
    """What is asked cannot be."""


class Reference:
    def __init__(self, units):
        """`units` are available at each place at first: pairs of product and warehouse."""
        self.levels = {place: dict.fromkeys(COUNTS, 0) for place in units}
        self.entries, self.done, self.waiting = [], set(), []
        self.orders, self.payments, self.parcels = {}, {}, {}
        self.holds, self.purchases, self.transfers = {}, [], {}
        self.now = 0.0
        for place, available in units.items():
            self.move(place, available=available)

    def do(self, name, arguments):
        """The reference after a command, and whether the command was refused."""
        after = deepcopy(self)
        try:
            getattr(after, name)(**arguments)
        except No:
            return self, True
        return after, False

    def move(self, place, **changes):
        level = self.levels.get(place)
        if level is None or any(level[name] + n < 0 for name, n in changes.items()):
            raise No
        for name, n in changes.items():
            level[name] += n
        self.entries.append((place, changes))

    def first(self, key):
        new = key not in self.done
        self.done.add(key)
        return new

    # Stock transactions and batches.

    def batch(self, atomic, updates):
        for command, action, product, quantity, house in updates:
            before = deepcopy(self)
            try:
                if self.first(command):
                    self.transact(action, (product, house), quantity)
            except No:
                if atomic:
                    raise
                self.__dict__ = before.__dict__

    def transact(self, action, place, n):
        if n < 0:
            raise No
        if action == "set":
            level = self.levels[place]
            n -= level["available"] + level["allocated"] + level["held"]
        self.move(
            place,
            **{
                "increment": {"available": n},
                "set": {"available": n},
                "decrement": {"available": -n},
                "allocate": {"available": -n, "allocated": n},
                "deallocate": {"available": n, "allocated": -n},
                "ship": {"allocated": -n},
            }[action],
        )

    # Reservations.

    def hold(self, hold, cart, lines, ttl, partial, house, instead_of):
        if hold in self.holds:
            if self.holds[hold]["cart"] != cart:
                raise No
            return
        if instead_of in self.holds:
            self.release(instead_of, cart)
        held = {}
        for product, wanted in sorted(lines.items()):
            there = self.levels[product, house]["available"]
            quantity = min(wanted, there) if partial else wanted
            if quantity:
                self.move((product, house), available=-quantity, held=quantity)
                held[product] = quantity
        if not held:
            raise No
        until = self.now + ttl
        self.holds[hold] = {
            "cart": cart, "lines": held, "house": house, "status": "HELD", "until": until,
            "extended": 0,
        }  # fmt: skip

    def end_hold(self, hold, status, **to):
        for product, quantity in self.holds[hold]["lines"].items():
            place = product, self.holds[hold]["house"]
            self.move(place, held=-quantity, **dict.fromkeys(to, quantity))
        self.holds[hold]["status"] = status

    def lapse(self, hold):
        found = self.holds.get(hold)
        over = found is not None and found["status"] == "HELD" and found["until"] <= self.now
        if over:
            self.end_hold(hold, "EXPIRED", available=True)
        return over

    def held_for(self, hold, cart):
        found = self.holds.get(hold)
        return found is not None and found["status"] == "HELD" and found["cart"] == cart

    def extend(self, hold, cart, ttl):
        if self.lapse(hold) or not self.held_for(hold, cart):
            return
        found = self.holds[hold]
        if found["until"] < self.now + ttl and found["extended"] < 2:
            found["until"], found["extended"] = self.now + ttl, found["extended"] + 1

    def release(self, hold, cart):
        if self.held_for(hold, cart):
            self.end_hold(hold, "RELEASED", available=True)

    def sweep(self):
        for hold in self.holds:
            self.lapse(hold)

    def wait(self, seconds):
        self.now += seconds

    def take_over(self, order, hold, cart):
        found = self.open(order)
        if self.lapse(hold) or not self.held_for(hold, cart):
            return
        house = self.holds[hold]["house"]
        self.end_hold(hold, "CONSUMED", allocated=True)
        for product, quantity in self.holds[hold]["lines"].items():
            line = found["lines"].get(product)
            if line is None or quantity > missing(line):
                raise No
            line["has"][house] = line["has"].get(house, 0) + quantity

    # Orders.

    def open(self, order):
        if order not in self.orders or self.orders[order]["cancelled"]:
            raise No
        return self.orders[order]

    def place(self, order, lines, amount, subscription):
        if order not in self.orders:
            self.orders[order] = {
                "lines": {product: new_line(n) for product, n in sorted(lines.items())},
                "cancelled": False, "revision": 1, "amount": amount, "of": subscription,
                "paid": None,
            }  # fmt: skip

    def allocate(self, order, partial, limit, sources):
        for product, line in sorted(self.open(order)["lines"].items()):
            if missing(line) > 0:
                self.bind(order, product, line, missing(line), partial, limit, sources)

    def bind(self, order, product, line, n, partial, limit, sources):
        places, in_turn = [None], [None]
        if sources:
            places, in_turn = HOUSES, self.in_turn(product, line, n, partial or limit, *sources)
        there = sum(self.has(product, place) for place in in_turn)
        owed = sum(self.levels[product, place]["backordered"] for place in places)
        short = 0 if partial else max(n - there, 0)
        if short and owed + short > limit:
            raise No
        for place in in_turn:
            units = min(n - short, self.has(product, place))
            n -= units
            self.give(product, line, place, units)
        if short:
            self.owe(order, product, line, in_turn[0], short)

    def has(self, product, place):
        return self.levels[product, place]["available"]

    def in_turn(self, product, line, n, any_will_do, policy, sticky, split):
        """The warehouses that may give, who is asked first first; the first owes what is short."""
        asked = [h for h in sorted(HOUSES, key=HOUSES.get) if policy != "sticky" or h == sticky]
        giving = sorted(h for h in HOUSES if line["has"].get(h) or line["owed"].get(h))
        if giving and not split:
            asked = [h for h in asked if h == giving[0]]
        if policy == "best":
            asked.sort(key=lambda house: -self.has(product, house))
        if split:
            return asked
        giving = [h for h in asked if self.has(product, h)]
        enough = [h for h in giving if self.has(product, h) >= n]
        return (enough or (giving or asked if any_will_do else []))[:1]

    def owe(self, order, product, line, place, n):
        self.move((product, place), backordered=n)
        line["owed"][place] = line["owed"].get(place, 0) + n
        waits = order, product, place
        self.waiting += [] if waits in self.waiting else [waits]

    def give(self, product, line, house, n):
        if n:
            self.move((product, house), available=-n, allocated=n)
            line["has"][house] = line["has"].get(house, 0) + n

    def give_back(self, product, line, n):
        """The last warehouse's first, the shop's own last; picked units stay."""
        for house in sorted(line["has"], key=lambda house: house or "", reverse=True):
            units = min(n, line["has"][house] - line["picked"].get(house, 0))
            if units:
                self.move((product, house), available=units, allocated=-units)
                line["has"][house] -= units
                n -= units

    def waive(self, order, product, line, n):
        """The last warehouse's first, the shop's own last."""
        for place in sorted(line["owed"], key=lambda place: place or "", reverse=True):
            units = min(n, line["owed"][place])
            n -= units
            self.wait_less(order, product, line, place, units)

    def wait_less(self, order, product, line, place, n):
        if n:
            self.move((product, place), backordered=-n)
            line["owed"][place] -= n
            if not line["owed"][place]:
                self.waiting.remove((order, product, place))

    def let_go(self, order):
        for parcel, packed in self.parcels.items():
            if packed["order"] == order:
                self.unpack(parcel)
        for product, line in self.orders[order]["lines"].items():
            self.give_back(product, line, has(line) - sum(line["picked"].values()))
            self.waive(order, product, line, owed(line))

    def amend(self, order, revision, lines, limit, sources):
        found = self.open(order)
        if revision != found["revision"] + 1:
            raise No
        found["revision"] = revision
        bound = any(has(x) + owed(x) + x["left"] for x in found["lines"].values())
        for product, wanted in sorted(lines.items()):
            line = found["lines"].setdefault(product, new_line(0))
            if wanted < line["left"] + sum(line["picked"].values()):
                raise No
            line["want"] = wanted
            more = missing(line)
            if bound and more > 0:
                self.bind(order, product, line, more, False, limit, sources)
            elif bound and more < 0:
                waived = min(-more, owed(line))
                self.waive(order, product, line, waived)
                self.give_back(product, line, -more - waived)

    def cancel(self, order):
        if order not in self.orders:
            raise No
        found = self.orders[order]
        if found["cancelled"]:
            return
        wanted = [x for x in found["lines"].values() if x["want"]]
        if wanted and all(x["left"] == x["want"] for x in wanted):
            raise No
        found["cancelled"] = True
        self.let_go(order)
        for line in found["lines"].values():
            line["want"] = line["left"] or line["want"]
        for payment in self.payments.values():
            if payment["order"] == order:
                payment["status"] = owed_back(payment["status"])

    def end_subscription(self, subscription):
        for order, found in sorted(self.orders.items()):
            if found["of"] == subscription:
                after, refused = self.do("cancel", {"order": order})
                if not refused:
                    self.__dict__ = after.__dict__

    def fill(self, product, place):
        for order, wanted, where in list(self.waiting):
            line = self.orders[order]["lines"][wanted]
            units = min(line["owed"][where], self.has(wanted, where))
            if (wanted, where) == (product, place) and units:
                self.wait_less(order, product, line, place, units)
                self.give(product, line, place, units)

    # Payments.

    def begin(self, payment, order, amount, limit, sources):
        found = self.open(order)
        if payment not in self.payments:
            if found["paid"] or amount > found["amount"] - self.money_of(order):
                raise No
            self.allocate(order, False, limit, sources)
            self.payments[payment] = {
                "order": order, "amount": amount, "status": "PENDING", "captured": 0,
                "refunded": 0,
            }  # fmt: skip
            self.sum_up(order)

    def pay(self, payment, order, amount, limit, sources, says):
        self.begin(payment, order, amount, limit, sources)
        said = {"approve": "AUTHORISED", "decline": "DECLINED", "time out": "UNKNOWN"}[says]
        self.settle(payment, said)

    def settle(self, payment, said):
        found = self.payments.get(payment)
        if found is None:
            raise No
        new = {
            "PENDING": ("AUTHORISED", "CAPTURED", "DECLINED", "UNKNOWN"),
            "UNKNOWN": ("AUTHORISED", "CAPTURED", "DECLINED"),
            "AUTHORISED": ("CAPTURED",),
            "VOID_DUE": ("CAPTURED",),
            "VOIDED": ("CAPTURED",),
            "DECLINED": ("AUTHORISED", "CAPTURED"),
        }.get(found["status"], ())
        if said in new:
            order = self.orders[found["order"]]
            others = self.money_of(found["order"], but=found)
            too_much = others > 0 and others + found["amount"] > order["amount"]
            late = found["status"] in ("VOID_DUE", "VOIDED", "DECLINED")
            found["captured"] = found["amount"] if said == "CAPTURED" else 0
            found["status"] = owed_back(said) if order["cancelled"] or too_much or late else said
            self.sum_up(found["order"])

    def capture(self, payment):
        if payment not in self.payments:
            raise No
        if self.payments[payment]["status"] == "AUTHORISED":
            self.settle(payment, "CAPTURED")

    def void(self, payment):
        if payment not in self.payments:
            raise No
        if self.payments[payment]["status"] in ("AUTHORISED", "VOID_DUE"):
            self.payments[payment]["status"] = "VOIDED"
            self.sum_up(self.payments[payment]["order"])

    def refund(self, payment, amount, refund):
        found = self.payments.get(payment)
        if found is None:
            raise No
        if not self.first(refund):
            return
        if found["refunded"] + amount > found["captured"]:
            raise No
        found["refunded"] += amount
        if found["refunded"] == found["captured"]:
            found["status"] = "REFUNDED"
        elif found["status"] != "REFUND_DUE":
            found["status"] = "PARTIALLY_REFUNDED"
        self.sum_up(found["order"])

    def sum_up(self, order):
        """Whether the order is paid; its units go back when nobody can pay for it any more."""
        found = self.orders[order]
        if found["cancelled"] or found["paid"] == "COMPLETE":
            return
        own = self.paying(order)
        if not own:
            self.let_go(order)
        taken = [p for p in own if p["captured"]]
        enough = self.money_of(order) >= found["amount"]
        captured = sum(p["captured"] - p["refunded"] for p in taken)
        complete = bool(taken) and captured >= found["amount"]
        authorised = enough and any(p["status"] == "AUTHORISED" for p in own)
        found["paid"] = "COMPLETE" if complete else "PROCESSING" if authorised else None

    def paying(self, order):
        over = ("DECLINED", "VOIDED", "VOID_DUE", "REFUND_DUE", "REFUNDED")
        return [
            p for p in self.payments.values() if p["order"] == order and p["status"] not in over
        ]

    def money_of(self, order, but=None):
        """What payments hold for the order: taken and not given back, or authorised."""
        return sum(
            p["amount"] if p["status"] == "AUTHORISED" else p["captured"] - p["refunded"]
            for p in self.paying(order)
            if p is not but
        )

    # Fulfilment.

    def pack(self, parcel, order, lines, house):
        found = self.open(order)
        if not found["paid"]:
            raise No
        if parcel in self.parcels:
            return
        for product, n in lines.items():
            line = found["lines"].get(product)
            if line is None or n > line["has"].get(house, 0) - line["picked"].get(house, 0):
                raise No
            line["picked"][house] = line["picked"].get(house, 0) + n
        self.parcels[parcel] = {
            "order": order, "lines": lines, "house": house, "status": "CREATED",
        }  # fmt: skip

    def unpack(self, parcel):
        packed = self.parcels[parcel]
        if packed["status"] == "CREATED":
            packed["status"] = "CANCELLED"
            for product, n in packed["lines"].items():
                self.orders[packed["order"]]["lines"][product]["picked"][packed["house"]] -= n

    def cancel_parcel(self, parcel):
        if parcel not in self.parcels:
            raise No
        self.unpack(parcel)

    def dispatch(self, parcel):
        if parcel not in self.parcels:
            raise No
        packed = self.parcels[parcel]
        if packed["status"] == "CREATED":
            self.unpack(parcel)
            packed["status"] = "SHIPPED"
            for product, n in packed["lines"].items():
                line = self.orders[packed["order"]]["lines"][product]
                self.move((product, packed["house"]), allocated=-n)
                line["has"][packed["house"]] -= n
                line["left"] += n

    def take_back(self, returned, order, lines, restock, house):
        if order not in self.orders:
            raise No
        if not self.first(returned):
            return
        for product, n in lines.items():
            line = self.orders[order]["lines"].get(product)
            if line is None or line["back"] + n > line["left"]:
                raise No
            line["back"] += n
            if restock:
                self.move((product, house), available=n)

    # Supply.

    def reorder(self, product, place):
        point, lot = RULES.get((product, place), (None, 0))
        level = self.levels[product, place]
        position = level["available"] + level["incoming"] - level["backordered"]
        n = 0
        while lot and position + n <= point:
            n += lot
        if n:
            self.move((product, place), incoming=n)
            self.purchases.append(
                {"ordered": n, "received": 0, "closed": False, "at": (product, place)}
            )

    def bought(self, product, place):
        return [bought for bought in self.purchases if bought["at"] == (product, place)]

    def deliver(self, product, place, number, n, delivery):
        if number >= len(self.bought(product, place)):
            raise No
        found = self.bought(product, place)[number]
        if not self.first(delivery):
            return
        if found["closed"] or found["received"] + n > found["ordered"]:
            raise No
        found["received"] += n
        self.move(found["at"], incoming=-n, available=n)

    def close(self, product, place, number):
        if number < len(self.bought(product, place)):
            found = self.bought(product, place)[number]
            left = found["ordered"] - found["received"]
            if left and not found["closed"]:
                self.move(found["at"], incoming=-left)
                found["closed"] = True

    def send(self, transfer, n, source, target):
        if transfer not in self.transfers:
            self.move(("pot", source), available=-n)
            self.move(("pot", target), incoming=n)
            self.transfers[transfer] = {"sent": n, "received": 0, "lost": 0, "target": target}

    def arrive(self, transfer, n, lost, arrival):
        if transfer not in self.transfers:
            raise No
        found = self.transfers[transfer]
        if not self.first(arrival):
            return
        if found["received"] + found["lost"] + n + lost > found["sent"]:
            raise No
        found["received"], found["lost"] = found["received"] + n, found["lost"] + lost
        self.move(("pot", found["target"]), incoming=-n - lost, available=n)


def new_line(wanted):
    return {"want": wanted, "has": {}, "picked": {}, "owed": {}, "left": 0, "back": 0}


def has(line):
    return sum(line["has"].values())


def owed(line):
    return sum(line["owed"].values())


def missing(line):
    return line["want"] - has(line) - owed(line) - line["left"]


def owed_back(status):
    due = {"AUTHORISED": "VOID_DUE", "CAPTURED": "REFUND_DUE", "PARTIALLY_REFUNDED": "REFUND_DUE"}
    return due.get(status, status)
