"""The template deploys: what no linter sees is looked for here."""

import subprocess
import sys
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.template.stack import TEMPLATE, Stack, references

MOST_LINES = 1_250
MOST_RESOURCES = 260
CYCLE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Bucket:
    Type: AWS::S3::Bucket
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: handler.lambda_handler
      CodeUri: functions/load
      Environment: {Variables: {BUCKET: !Ref Bucket}}
      Events:
        Dropped: {Type: S3, Properties: {Bucket: !Ref Bucket, Events: "s3:ObjectCreated:*"}}
"""


def test_nothing_in_the_stack_waits_for_itself(stack: Stack) -> None:
    order = _order(stack.resources)

    assert set(order) == set(stack.resources)


def test_a_bucket_that_waits_for_its_own_reader_is_caught() -> None:
    planted = Stack(CYCLE)

    with pytest.raises(CycleError) as caught:
        _order(planted.resources)

    assert {"Bucket", "Function"} <= set(caught.value.args[1])


def test_the_template_is_one_that_can_be_read(stack: Stack) -> None:
    """CloudFormation takes 500 resources; four in ten of them leave room for what is to come.

    An alarm per function and metric is what names the function: they are a fifth of the lines.
    """
    assert len(TEMPLATE.read_text().splitlines()) <= MOST_LINES
    assert len(stack.resources) <= MOST_RESOURCES


@pytest.mark.slow
def test_cfn_lint_finds_nothing() -> None:
    lint = Path(sys.executable).with_name("cfn-lint")

    answer = subprocess.run([lint, TEMPLATE], capture_output=True, text=True, check=False)

    assert (answer.returncode, answer.stdout) == (0, "")


def test_the_template_repeats_itself_in_words_not_in_yaml_anchors() -> None:
    tokens = yaml.scan(TEMPLATE.read_text())

    anchored = [t for t in tokens if isinstance(t, yaml.AnchorToken | yaml.AliasToken)]

    assert not anchored, "CloudFormation refuses anchors and aliases"


def test_every_local_path_of_the_template_is_a_folder(stack: Stack) -> None:
    paths = [
        TEMPLATE.parent / resource["Properties"][name]
        for resource in stack.source["Resources"].values()
        for name in ("CodeUri", "ContentUri")
        if name in resource.get("Properties", {})
    ]

    assert paths
    assert [path for path in paths if not path.is_dir()] == []


def _order(resources: Mapping[str, Any]) -> list[str]:
    """An order in which the resources can be created. Raises `CycleError` where there is none."""
    graph = {
        name: {other for other in references(resource) if other in resources}
        for name, resource in resources.items()
    }
    return list(TopologicalSorter(graph).static_order())
