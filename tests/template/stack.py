"""template.yaml as CloudFormation sees it: transformed offline, then asked in plain words."""

import ast
import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser  # type: ignore[import-untyped]
from samtranslator.translator.translator import Translator  # type: ignore[import-untyped]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
FUNCTIONS = ROOT / "functions"
EVENTS = ROOT / "events"

MANAGED_POLICY = "AWS::IAM::ManagedPolicy"
Properties = dict[str, Any]
_MANAGED = {
    name: f"arn:aws:iam::aws:policy/service-role/{name}"
    for name in ("AWSLambdaBasicExecutionRole", "AWSLambdaSQSQueueExecutionRole")
}
# What an ARN says before the name of a resource of the stack.
_OF_ARN = re.compile(r"^arn:.*:(workgroup/|database/|table/)?")
_IN_SUB = re.compile(r"\$\{(?!!)([^}]+)\}")


@dataclass(frozen=True)
class Permission:
    """One action on one resource: `EventsTable` is a table, `InboxBucket/chunks/*` some objects.

    `keys` are the partition keys that an item of a table may have, `*` in them for any text; or
    the one key that a call names. None where a condition leaves all of them open.
    """

    action: str
    resource: str
    keys: str | None = None

    @property
    def target(self) -> str:
        """The logical id of the resource."""
        return self.resource.split("/")[0]


class Stack:
    """A template before (`source`) and after (`resources`) the transform."""

    def __init__(self, text: str) -> None:
        self.source: Properties = yaml_parse(text)
        self.resources: dict[str, Properties] = _transform(self.source)["Resources"]

    def of_type(self, kind: str) -> dict[str, Properties]:
        """The properties of every resource of a type, by logical id."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def functions(self) -> dict[str, str]:
        """The logical id of each function, by its verb, which is its folder."""
        return {
            properties["CodeUri"].removeprefix("functions/"): name
            for name, properties in self._sources("AWS::Serverless::Function")
        }

    def function(self, verb: str) -> Properties:
        return self.of_type("AWS::Lambda::Function")[self.functions()[verb]]

    def environment(self, verb: str) -> dict[str, Any]:
        """A function's environment variables, intrinsics left as they are."""
        return dict(self.function(verb)["Environment"]["Variables"])

    def permissions(self, verb: str) -> list[Permission]:
        """What a function's own role allows: its inline statements and the stack's policies."""
        role = self.of_type("AWS::IAM::Role")[self.role(verb)]
        shared = [grant for name in self.shared_policies(verb) for grant in self.policy(name)]
        own = [grant for policy in role.get("Policies", []) for grant in _grants(policy)]
        return shared + own

    def policy(self, name: str) -> list[Permission]:
        """What a managed policy of this stack allows."""
        return list(_grants(self.of_type(MANAGED_POLICY)[name]))

    def shared_policies(self, verb: str) -> list[str]:
        """The managed policies of this stack in a function's role, by logical id."""
        role = self.of_type("AWS::IAM::Role")[self.role(verb)]
        return [place(arn) for arn in role["ManagedPolicyArns"] if isinstance(arn, dict)]

    def role(self, verb: str) -> str:
        """The logical id of a function's role."""
        return place(self.function(verb)["Role"])

    def routes(self, verb: str) -> set[tuple[str, str]]:
        """(method, path) of every API event of a function; `ANY` is a method."""
        return {
            (event["Properties"]["Method"].upper(), event["Properties"]["Path"])
            for event in self._events(verb)
            if event["Type"] == "Api"
        }

    def _events(self, verb: str) -> list[Properties]:
        function = self.source["Resources"][self.functions()[verb]]
        return list(function["Properties"].get("Events", {}).values())

    def _sources(self, kind: str) -> Iterator[tuple[str, Properties]]:
        for name, resource in self.source["Resources"].items():
            if resource["Type"] == kind:
                yield name, resource["Properties"]

    def largest(self, value: Any) -> int:
        """A number, or the most that the parameter behind a `Ref` may be set to."""
        return self._bound(value, "MaxValue")

    def smallest(self, value: Any) -> int:
        """A number, or the least that the parameter behind a `Ref` may be set to."""
        return self._bound(value, "MinValue")

    def _bound(self, value: Any, bound: str) -> int:
        if isinstance(value, dict):
            return int(self.source["Parameters"][value["Ref"]][bound])
        return int(value)


@cache
def the_stack() -> Stack:
    """The stack of this checkout."""
    return Stack(TEMPLATE.read_text())


def verbs() -> list[str]:
    """Every function folder."""
    return sorted(folder.name for folder in FUNCTIONS.iterdir() if any(folder.glob("*.py")))


def open_doors() -> list[str]:
    """The functions with routes whose handler never asks for a token's scope."""
    return [verb for verb in verbs() if the_stack().routes(verb) and not _asks_for_token(verb)]


def _asks_for_token(verb: str) -> bool:
    tree = ast.parse((FUNCTIONS / verb / "handler.py").read_text())
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return any(ast.unparse(function) == "auth.granted" for function in calls)


def place(expression: Any) -> str:
    """A resource as a plain name: `Table.Arn` and `Ref` become the logical id, a Sub its text."""
    match expression:
        case str():
            return expression
        case {"Ref": name}:
            return str(name)
        case {"Fn::GetAtt": [name, *_]}:
            return str(name)
        case {"Fn::Sub": str(text)}:
            name = _IN_SUB.sub(lambda match: match[1].removesuffix(".Arn"), text)
            # Glue's catalog is every stack's: whoever reads a database has to be let into it.
            return _OF_ARN.sub("", name).replace("catalog", "LakeDatabase")
    raise ValueError(f"not a resource that this test can read: {json.dumps(expression)}")


def _grants(policy: Properties) -> Iterator[Permission]:
    for statement in _many(policy["PolicyDocument"]["Statement"]):
        for action in _many(statement["Action"]):
            for resource in map(place, _many(statement["Resource"])):
                for keys in _leading_keys(statement):
                    yield Permission(action, resource, keys)


def _leading_keys(statement: Properties) -> list[str | None]:
    """The partition keys of a statement; it may have no other condition."""
    match statement.get("Condition"):
        case None:
            return [None]
        case {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": keys}, **others} if not others:
            return list(keys)
    raise ValueError(f"not a condition that this test can read: {statement['Condition']}")


def references(value: Any) -> Iterator[str]:
    """Every logical id that a value names by Ref, GetAtt, Sub or DependsOn."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _named(key, item)
            yield from references(item)


def _named(key: str, item: Any) -> Iterator[str]:
    if key == "Ref":
        yield item
    elif key == "DependsOn":
        yield from _many(item)
    elif key == "Fn::GetAtt":
        yield item.split(".")[0] if isinstance(item, str) else item[0]
    elif key == "Fn::Sub":
        text = item if isinstance(item, str) else item[0]
        yield from (name.split(".")[0] for name in _IN_SUB.findall(text))


def _transform(source: Properties) -> Properties:
    """What CloudFormation's SAM transform makes of the template, without AWS."""
    packaged = deepcopy(source)
    for resource in packaged["Resources"].values():
        for name in ("CodeUri", "ContentUri"):
            if name in resource.get("Properties", {}):
                resource["Properties"][name] = {"Bucket": "code", "Key": "code.zip"}
    session = boto3.Session(region_name="us-east-1")
    translator = Translator(_MANAGED, Parser(), boto_session=session)
    return dict(translator.translate(packaged, {}))


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
