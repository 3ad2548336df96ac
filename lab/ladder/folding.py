"""Folding what repeats: a packet's way over routers is one arrow, a handshake one step, acknowledgements a remark."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from scapy.layers.inet import TCP

from lab.capture import payload
from lab.ladder.claims import about_neighbours
from lab.ladder.echoes import series_of
from lab.ladder.repeats import WAITS
from lab.ladder.rows import Note, Part, Row
from lab.ladder.styles import Style
from lab.ladder.words import SPOKEN_IN_LINES


@dataclass(frozen=True)
class Step:
    """What is drawn as one arrow: the frames in it, and the nodes on its way, the sender first.

    ``heard`` are the nodes that got a frame for many, and ``meant`` the one that a lost frame was for. ``both`` tells
    that frames go both ways, ``times`` how often the same was sent, ``acks`` how many acknowledgements are in it.
    """

    rows: tuple[Row, ...]
    path: tuple[str, ...]
    heard: tuple[str, ...]
    protocol: str
    text: str
    notes: tuple[Note, ...]
    part: Part
    both: bool = False
    times: int = 1
    acks: int = 0

    @property
    def meant(self) -> str:
        """The node that its first frame is for."""
        return self.rows[0].meant

    @property
    def talk(self) -> int:
        """The conversation that it is in."""
        return self.rows[0].talk

    @property
    def nodes(self) -> frozenset[str]:
        """The nodes that an arrow touches."""
        return frozenset((*self.path, *self.heard, *((self.meant,) if self.meant else ())))

    @property
    def said(self) -> str:
        """The word of its protocol, and what it says: "ICMP echo request"."""
        return f"{self.protocol} {self.text}"

    @property
    def whole(self) -> str:
        """What it says, with what is in it: "HTTP 200 OK in 3 segments +2ACK"."""
        return f"{self.said}{self.counts}"

    @property
    def loud(self) -> bool:
        """Whether something about it should be missed by nobody."""
        return any(note.loud for note in self.notes)

    @property
    def style(self) -> Style:
        """How its arrow looks: as what nobody should miss about it, or else as its protocol."""
        return next((note.style for note in self.notes if note.loud), Style.of(self.protocol))

    @property
    def way(self) -> tuple[str, ...]:
        """Its way in words: the nodes on it, and last those who heard it, or "nobody"."""
        ends = ", ".join(self.heard) if self.heard else "" if len(self.path) > 1 else "nobody"
        return (*self.path, ends) if ends else self.path

    @property
    def points(self) -> str:
        """What stands between the nodes of its way: an arrow that goes both ways, or one way."""
        return " ↔ " if self.both else " → "

    @property
    def again(self) -> bool:
        """Whether its segments are the same one, sent again and again."""
        headers = [row.frame.packet.getlayer(TCP) for row in self.rows if row.part is Part.CARRIES]
        return len(headers) > 1 and len({(tcp.seq, payload(tcp)) for tcp in headers if tcp is not None}) == 1

    @property
    def numbers(self) -> str:
        """The numbers of its frames: "7", "18–23", or "18 +2" when others lie between."""
        first, last, more = self.rows[0].number, max(row.number for row in self.rows), len(self.rows) - 1
        if not more:
            return str(first)
        return f"{first}–{last}" if last - first == more else f"{first} +{more}"

    @property
    def moment(self) -> str:
        """When its first frame was seen, from the act's first one on: "1.26 ms"."""
        milliseconds = self.rows[0].time_ns / 1e6
        if milliseconds >= 1000:
            return f"{milliseconds / 1000:.2f} s"
        return f"{milliseconds:.1f} ms" if milliseconds >= 10 else f"{milliseconds:.2f} ms"

    @property
    def counts(self) -> str:
        """How many segments or repetitions, and acknowledgements, are in it: " ×2 +3ACK"; empty for one frame."""
        pieces = self.part is Part.CARRIES and not self.again
        many = f" in {self.times} segments" if pieces else f" ×{self.times}"
        times = many if self.times > 1 else ""
        return times + (f" +{self.acks if self.acks > 1 else ''}ACK" if self.acks else "")


def steps(rows: Sequence[Row], columns: Sequence[str], unfold: bool = False) -> tuple[Step, ...]:
    """Return the rows as steps, in the order of their first frames; ``unfold`` makes a step of each row."""
    if unfold:
        return tuple(_step((row,)) for row in rows)
    told: list[Step] = []
    for journey in _journeys(rows, columns):
        told.append(_step(journey))
        while shorter := _shorter(told):
            told = shorter
    return tuple(told)


def _step(rows: tuple[Row, ...]) -> Step:
    first, last = rows[0], rows[-1]
    one_receiver = len(last.receivers) == 1 and not last.to_all
    way = (*(row.sender for row in rows), *(last.receivers if one_receiver else ()))
    heard = () if one_receiver else last.receivers
    return Step(rows, way, heard, first.protocol, first.text, _remarks(rows), first.part)


def _remarks(rows: Sequence[Row]) -> tuple[Note, ...]:
    """Return the notes of rows once each; a packet on a further wire is said to be forwarded if nothing else is."""
    notes = tuple(dict.fromkeys(note for row in rows for note in row.notes))
    forwarded = rows[0].before and not rows[0].relayed
    return (Note(f"forwarded by {rows[0].sender}"), *notes) if forwarded else notes


def _journeys(rows: Sequence[Row], columns: Sequence[str]) -> Iterable[tuple[Row, ...]]:
    """Put the wires of a packet together, as far as routers send it on in one direction without asking their way."""
    journeys: list[list[Row]] = []
    under_way: dict[int, list[Row]] = {}
    asked: dict[str, int] = {}
    for row in rows:
        journey = under_way.get(row.before)
        if journey and asked.get(row.sender, 0) < row.before and _goes_straight_on(journey[-1], row, columns):
            journey.append(row)
        else:
            journey = [row]
            journeys.append(journey)
        under_way[row.number] = journey
        if about_neighbours(row.frame.packet):
            asked[row.sender] = row.number
    return map(tuple, journeys)


def _goes_straight_on(before: Row, row: Row, columns: Sequence[str]) -> bool:
    if row.relayed or any(len(one.receivers) != 1 or one.to_all for one in (before, row)):
        return False
    start, middle, end = (columns.index(name) for name in (before.sender, row.sender, row.receivers[0]))
    return start < middle < end or start > middle > end


def _shorter(told: list[Step]) -> list[Step] | None:
    """Return the steps with the last ones made one; None when they say too much for that."""
    if len(told) > 2 and _shake_hands(*told[-3:]):
        opens, *others = told[-3:]
        return [*told[:-3], _together(opens, *others, text="3-way handshake", both=True)]
    if len(told) > 3 and (pings := _pings(told[-4:])):
        return [*told[:-4], pings]
    if len(told) > 2 and (pings := _more_pings(*told[-3:])):
        return [*told[:-3], pings]
    if len(told) > 5 and _the_same_again(told[-6:-3], told[-3:]):
        return [*told[:-6], *map(_once_more, told[-6:-3], told[-3:])]
    if len(told) > 2 and _alternate(*told[-3:]):
        relayed, relay, other = told[-3:]
        return [*told[:-3], _together(relayed, other, times=relayed.times + 1), relay]
    if len(told) < 2:
        return None
    *others, one, other = told
    if other.part is Part.ACKNOWLEDGES and (place := _acknowledged(told)) is not None:
        return [*told[:place], _with_acks(told[place], other), *told[place + 1 : -1]]
    same_talk = one.talk == other.talk
    if same_talk and (one.part, other.part) == (Part.CLOSES, Part.CLOSES) and _reversed(one, other):
        return [*others, _together(one, other, text="connection closed", part=Part.OTHER, both=True)]
    if same_talk and (one.part, other.part) == (Part.CARRIES, Part.CARRIES) and _goes_on(one, other):
        return [*others, _together(one, other, times=one.times + 1)]
    if _says_the_same(one, other):
        return [*others, _together(one, other, times=one.times + 1)]
    return None


def _pings(told: Sequence[Step]) -> Step | None:
    """Return two echoes of one program, each with its answer and all on one way, as one step."""
    one, answer, other, its_answer = told
    if not (_is_answered(one, answer) and _is_answered(other, its_answer) and _of_one_series(one, other)):
        return None
    return _together(*told, text=f"{one.text} and reply", part=Part.OTHER, both=True, times=2)


def _more_pings(pings: Step, other: Step, its_answer: Step) -> Step | None:
    """Return echoes that were made one step already with one more of them."""
    if pings.times < 2 or not (_is_answered(other, its_answer) and _of_one_series(pings, other)):
        return None
    return _together(pings, other, its_answer, both=True, times=pings.times + 1) if pings.both else None


def _the_same_again(steps: Sequence[Step], others: Sequence[Step]) -> bool:
    """Tell whether echoes of one program come to nothing once more, in the same way."""
    series = {series_of(step.rows[0].frame.packet) for step in (*steps, *others)}
    return len(series) == 1 and None not in series and all(map(_says_the_same, steps, others))


def _once_more(one: Step, other: Step) -> Step:
    return replace(one, rows=one.rows + other.rows, times=one.times + 1)


def _is_answered(asks: Step, answers: Step) -> bool:
    return asks.talk == answers.talk and not answers.both and _reversed(asks, answers) and not asks.both


def _of_one_series(one: Step, other: Step) -> bool:
    series = series_of(one.rows[0].frame.packet)
    return series is not None and series == series_of(other.rows[0].frame.packet) and one.path == other.path


def _shake_hands(opens: Step, accepts: Step, acknowledges: Step) -> bool:
    in_order = (opens.part, accepts.part, acknowledges.part) == (Part.OPENS, Part.ACCEPTS, Part.ACKNOWLEDGES)
    one_way = opens.path == acknowledges.path and _reversed(opens, accepts)
    return in_order and one_way and opens.talk == accepts.talk == acknowledges.talk


def _reversed(one: Step, other: Step) -> bool:
    return one.path == other.path[::-1] and not one.heard


def _goes_on(one: Step, other: Step) -> bool:
    """Tell whether a segment goes on with what an earlier one began, on the same way."""
    alike = [note.text for note in one.notes] == [note.text for note in other.notes]
    begun_before = other.protocol == "TCP" or (other.protocol == one.protocol and _breaks_off(one))
    return one.path == other.path and begun_before and alike


def _breaks_off(step: Step) -> bool:
    """Tell whether a protocol of lines is in the middle of one."""
    if step.protocol not in SPOKEN_IN_LINES:
        return False
    last = next(row for row in reversed(step.rows) if row.part is Part.CARRIES)
    return not payload(last.frame.packet[TCP]).endswith(b"\n")


def _alternate(relayed: Step, relay: Step, other: Step) -> bool:
    """Tell whether a stream goes on while somebody relays it: its segments and theirs take turns."""
    one_stream = relayed.talk == relay.talk == other.talk
    all_carry = {relayed.part, relay.part, other.part} == {Part.CARRIES}
    return one_stream and all_carry and _goes_on(relayed, other) and relay.rows[0].relayed


def _says_the_same(one: Step, other: Step) -> bool:
    return (one.path, one.heard, one.protocol, one.text, one.notes, one.both) == (
        *(other.path, other.heard, other.protocol, other.text, other.notes),
        other.both,
    ) and other.times == 1


def _acknowledged(told: Sequence[Step]) -> int | None:
    """Return the place of the step that the last one, an acknowledgement, belongs to: the last of its conversation."""
    places = range(len(told) - 2, -1, -1)
    return next((at for at in places if told[at].talk == told[-1].talk and told[at].part is not told[-1].part), None)


def _with_acks(step: Step, acks: Step) -> Step:
    """Return a step with acknowledgements in it.

    That they were lost, or wait for something that was, is worth a word, and which way they took is not.
    """
    lost = (replace(note, detail="an acknowledgement") for note in acks.notes if note.style is Style.LOST)
    told = (*lost, *(note for note in acks.notes if note.text == WAITS))
    said = sum(not row.before for row in acks.rows)
    notes = tuple(dict.fromkeys((*step.notes, *told)))
    return replace(step, rows=step.rows + acks.rows, acks=step.acks + said, notes=notes)


def _together(
    first: Step,
    *others: Step,
    text: str = "",
    part: Part | None = None,
    both: bool = False,
    times: int = 1,
) -> Step:
    """Return steps as one, which says what the first says unless told otherwise."""
    several = (first, *others)
    notes = {note.text: note for step in reversed(several) for note in step.notes if step is first or note.loud}
    return replace(
        first,
        rows=tuple(row for step in several for row in step.rows),
        text=text or first.text,
        notes=tuple(notes.values()),
        part=part or first.part,
        both=both or first.both,
        times=max(times, first.times),
        acks=sum(step.acks for step in several),
    )
