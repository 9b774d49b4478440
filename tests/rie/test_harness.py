"""The suite can fail: faults planted in a function, and in its role, are reported."""

from pathlib import Path

import pytest

from tests.rie.build import Tools
from tests.rie.conftest import Lambdas
from tests.rie.emulator import Function, FunctionFailed
from tests.rie.events import sample
from tests.template.stack import Permission

RAISES = "def lambda_handler(event, context):\n    raise ValueError('planted')\n"
DOES_NOT_START = "raise RuntimeError('planted')\n"
NEVER_ENDS = "import time\n\n\ndef lambda_handler(event, context):\n    time.sleep(60)\n"
ECHOES = "def lambda_handler(event, context):\n    return event\n"


@pytest.mark.parametrize(
    ("handler", "told"),
    [(RAISES, "planted"), (DOES_NOT_START, "planted"), (NEVER_ENDS, "timed out")],
    ids=["raises", "does-not-start", "never-ends"],
)
def test_a_broken_function_is_reported(
    tools: Tools, tmp_path: Path, handler: str, told: str
) -> None:
    folder = _folder(tmp_path, handler)

    with (
        Function(tools, folder, timeout=1, log=tmp_path / "log") as function,
        pytest.raises(FunctionFailed, match=told),
    ):
        function.invoke({})


def test_a_sound_function_answers(tools: Tools, tmp_path: Path) -> None:
    folder = _folder(tmp_path, ECHOES)

    with Function(tools, folder, log=tmp_path / "log") as function:
        answers = [function.invoke({"call": number}) for number in range(3)]

    assert answers == [{"call": 0}, {"call": 1}, {"call": 2}]


def test_a_call_that_the_role_does_not_allow_is_refused(lambdas: Lambdas) -> None:
    with lambdas.start("planhat", role="api") as (function, gate):
        answer = function.invoke(sample("planhat"))

    assert answer["statusCode"] >= 500
    assert Permission("sqs:SendMessage", "MatchQueue") in gate.refused


def _folder(tmp_path: Path, handler: str) -> Path:
    folder = tmp_path / "planted"
    folder.mkdir()
    (folder / "handler.py").write_text(handler)
    return folder
