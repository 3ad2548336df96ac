"""REST: what four methods do to a row in a table, each with its number in the answer."""

from dataclasses import dataclass

from lab.capture import Capture
from lab.running import Lab
from lab.scenario import Evidence, scenario

NAME = "orders.office.example"
CURL = ("curl", "--silent", "--show-error")
EVERY, FIRST = f"http://{NAME}/orders", f"http://{NAME}/orders/1"
TABLE = ("sqlite3", "/tmp/orders.sqlite", "SELECT id, drink, cups FROM orders")


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, what was printed, and the rows of the table after each act."""

    made: Capture
    read: Capture
    changed: Capture
    deleted: Capture
    refused: Capture
    printed: tuple[str, ...]
    rows: tuple[str, ...]


@scenario("rest-api", topology="office", shows="http")
def rest_api(lab: Lab) -> Seen:
    """Tell it in five acts: create, read, update, delete, and what is no order."""
    alice, bob, orders = lab["alice"], lab["bob"], lab["orders"]
    orders.begins_anew()  # it numbers the orders that it gets
    printed, rows = [], []

    with lab.act(
        "Alice orders two cups of coffee from a service that keeps orders in a table.",
        "She does not know the number of her order. Who chooses it?",
        "The server: POST says what it is to be, and the answer, 201, where it can be found from now on.",
    ) as made:
        printed.append(alice.types(*CURL, "--json", '{"drink": "coffee", "cups": 2}', EVERY))
        rows.append(orders.types(*TABLE))

    with lab.act(
        "Bob reads the order.",
        "Does reading change anything?",
        "Nothing. GET may be sent once or ten times, and the table is as before.",
    ) as read:
        printed.append(bob.types(*CURL, FIRST))
        rows.append(orders.types(*TABLE))

    with lab.act(
        "Alice wants three cups. She puts another order into the place of the first, and does so twice, to be sure.",
        "Will she get six?",
        "Three. PUT says how it is to be; to say so twice is to say so once. With POST she would have two orders now.",
    ) as changed:
        for _ in range(2):
            printed.append(alice.types(*CURL, "--request", "PUT", "--json", '{"drink": "coffee", "cups": 3}', FIRST))
        rows.append(orders.types(*TABLE))

    with lab.act(
        "She deletes it, and Bob looks for it once more.",
        "What is an answer that has nothing to say?",
        "204: done, and no content. After that there is no such order: 404.",
    ) as deleted:
        printed.append(alice.types(*CURL, "--request", "DELETE", FIRST))
        printed.append(bob.types(*CURL, FIRST))
        rows.append(orders.types(*TABLE))

    with lab.act(
        "Eve orders a thousand cups.",
        "Who says that this is too much: the network, the protocol, or the service?",
        "The service, by a number of the protocol that means: you got something wrong. The table stays empty.",
    ) as refused:
        printed.append(lab["eve"].types(*CURL, "--json", '{"drink": "coffee", "cups": 1000}', EVERY))
        rows.append(orders.types(*TABLE))

    acts = (made.capture, read.capture, changed.capture, deleted.capture, refused.capture)
    return Seen(lab.plan, *acts, tuple(printed), tuple(rows))
