"""What runs on the forge: pinned to a commit, with no permission that it does not ask for."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.template.stack import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")


def actions(workflow: Any) -> list[str]:
    """The actions of others that a workflow runs, each with its version."""
    return [
        step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step
    ]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_an_action_is_pinned_to_a_commit_that_nobody_can_move(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text())

    assert actions(workflow)
    assert [action for action in actions(workflow) if not PINNED.fullmatch(action)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_job_may_read_the_checkout_and_nothing_else(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text())

    assert workflow["permissions"] == {}
    assert {str(job["permissions"]) for job in workflow["jobs"].values()} == {
        str({"contents": "read"})
    }


def test_an_action_that_is_named_by_a_tag_is_noticed() -> None:
    planted = {"jobs": {"test": {"steps": [{"uses": "actions/checkout@v5"}, {"run": "make test"}]}}}

    assert [action for action in actions(planted) if not PINNED.fullmatch(action)]


def test_the_forge_runs_what_a_contributor_runs() -> None:
    runs = "\n".join(path.read_text() for path in WORKFLOWS)

    assert "- run: make test\n" in runs
