"""A show: stories told one after the other in one lab, act by act, and all that was seen and said of them so far."""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lab.audience import Audience
from lab.capture import Capture
from lab.errors import InputError, ScenarioFailed, WiretaleError
from lab.evidence import Told
from lab.plan import Plan
from lab.proving import Proof, prove
from lab.report import Report, view
from lab.report import folder as run_folder
from lab.report.document import act_of
from lab.running import Act, Lab
from lab.scenario import Evidence, Scenario
from lab.telling import tell
from lab.topology.model import Topology
from lab.web.feed import Feed


@dataclass(frozen=True)
class Place:
    """Where stories are told: the lab's topology and plan, how it is entered, and where runs are kept."""

    topology: Topology
    plan: Plan
    entered: Callable[[Audience], AbstractContextManager[Lab]]
    runs: Path


class Show:
    """Tells stories in a thread of its own; ``feed`` tells of all that happens.

    It is the audience of its stories. One that ``stops`` waits before each act until somebody says ``goes_on``.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._lock = threading.RLock()
        self.feed = Feed()
        self._may_go_on = threading.Semaphore(0)
        self._stops = False
        self._ended = False
        self._teller: threading.Thread | None = None
        self._acts: Sequence[Act] = ()
        self._report = Report("", place.topology, place.plan, (), ())
        self._rendering = threading.Lock()
        self._rendered: tuple[Report | None, str] = (None, "")

    # What watchers know

    @property
    def page(self) -> str:
        """The report of the story so far, which is made once for all who ask for it."""
        with self._rendering:
            report, page = self._rendered
            if report is not self._report:
                report = self._report
                self._rendered = report, (page := view(report, "html"))
            return page

    # What the teacher may do

    def plays(self, story: Scenario[Evidence], *, stops: bool) -> None:
        """Begin to tell a story. Raises ``InputError`` while another one is told."""
        with self._lock:
            if self._teller is not None and self._teller.is_alive():
                raise InputError(f"'{self._report.scenario}' is being told; one story at a time")
            self._stops, self._ended, self._may_go_on = stops, False, threading.Semaphore(0)
            self._report = Report(story.name, self._place.topology, self._place.plan, (), ())
            self._teller = threading.Thread(target=self._told, args=[story], name=f"telling {story.name}")
            self._happened("title", story=story.name, stops=stops)
            self._teller.start()

    def goes_on(self) -> None:
        """Let the next act begin."""
        self._may_go_on.release()

    def ends_early(self) -> None:
        """End the story that is told, where its next act would begin."""
        self._ended = True
        self.goes_on()

    def close(self) -> None:
        """End the story that is told, wait until it has tidied up, and let everybody who watches go."""
        self.ends_early()
        if self._teller is not None:
            self._teller.join()
        self.feed.end()

    # What the story tells its audience

    def begins(self, sentence: str, question: str) -> None:
        """Ask the question; tell the sentence when the act may begin."""
        if self._stops:
            self._happened("waits", question=question)
            self._may_go_on.acquire()
        if self._ended:
            raise ScenarioFailed("the story was ended by its teller")
        self._happened("begins", sentence=sentence)

    def ends(self, answer: str, seen: Capture) -> None:
        """Show the frames of an act that is over."""
        acts = self._report.acts
        before = acts[-1].told.capture.frames[-1].number if acts and len(acts[-1].told.capture) else 0
        numbered = tuple(replace(frame, number=number) for number, frame in enumerate(seen, before + 1))
        act, shown = self._acts[-1], replace(seen, frames=numbered)
        told = Told(f"act {len(acts) + 1}", act.sentence, act.question, answer, shown, tuple(act.lines))
        self._report = replace(self._report, acts=(*acts, act_of(len(acts) + 1, told, self._place.plan)))
        first = numbered[0].number if numbered else 0
        self._happened("ends", act=len(acts) + 1, frame=first, answer=answer)

    def typed(self, node: str, command: str) -> None:
        """Show a command."""
        self._happened("typed", node=node, command=command)

    def printed(self, line: str) -> None:
        """Show a line that it printed."""
        self._happened("printed", line=line)

    # How a story is told

    def _told(self, story: Scenario[Evidence]) -> None:
        try:
            folder = run_folder.new(self._place.runs, story.name)
            with self._place.entered(self) as lab:
                self._acts = lab.acts
                tell(story, lab, folder)
            self._proven(prove(story, folder), folder)
        except WiretaleError as error:
            self._happened("trouble", why=str(error))
        finally:
            self._happened("over")

    def _proven(self, proofs: Sequence[Proof], folder: Path) -> None:
        self._report = replace(self._report, proofs=tuple(proofs))
        run_folder.write_ladder(self._report, folder)
        (folder / run_folder.PAGE).write_text(self.page, encoding="utf-8")
        told = [{"sentence": one.sentence, "verdict": one.verdict, "frames": one.frames[:1]} for one in proofs]
        self._happened("proven", proofs=told, verdict=self._report.verdict, worst=self._report.worst, run=str(folder))

    def _happened(self, kind: str, **more: Any) -> None:
        self.feed.add({"kind": kind, **more})
