"""A report as JSON, for programs: its acts with their steps, each frame in words, and the proofs."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from lab.ladder.folding import Step
from lab.ladder.rows import Row
from lab.report.document import Act, Report


def as_json(report: Report) -> str:
    """Return all that a report says, without the bytes of its frames: those are in the capture."""
    told = {
        "scenario": report.scenario,
        "topology": report.topology.name,
        "verdict": report.worst,
        "acts": [_act(act) for act in report.acts],
        "proofs": [asdict(proof) for proof in report.proofs],
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _act(act: Act) -> Mapping[str, Any]:
    return {
        "number": act.number,
        "name": act.told.name,
        "sentence": act.sentence,
        "question": act.told.question,
        "answer": act.told.answer,
        "lines": [f"{line.prompt}{line.text}" for line in act.told.lines],
        "nodes": act.nodes,
        "steps": [_step(step) for step in act.drawn.steps],
        "counted": [row.number for row in act.drawn.aside],
    }


def _step(step: Step) -> Mapping[str, Any]:
    return {
        "says": step.whole,
        "path": step.path,
        "heard": step.heard,
        "notes": [str(note) for note in step.notes],
        "frames": [_frame(row) for row in step.rows],
    }


def _frame(row: Row) -> Mapping[str, Any]:
    return {
        "number": row.number,
        "time_ns": row.time_ns,
        "network": row.frame.port.network,
        "from": row.sender,
        "to": row.receivers,
        "protocol": row.protocol,
        "says": row.text,
        "notes": [str(note) for note in row.notes],
    }
