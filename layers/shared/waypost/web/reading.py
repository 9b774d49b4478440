"""What readers are asked and answer: parameters, and JSON or CSV. No door loads any of it."""

from collections.abc import Callable

from msgspec import Struct

from waypost import answer_size
from waypost.web import csv_answers, paging
from waypost.web.app import App, reply
from waypost.web.asking import Parameters
from waypost.web.responses import Response


def parameters_of(app: App) -> Parameters:
    """The query parameters of the current request; who accepts only CSV asks for it."""
    given = app.event.get("multiValueQueryStringParameters") or {}
    accepted = app.headers.get("accept", "")
    if accepted.startswith("text/csv") and "format" not in given:
        given = {**given, "format": ["csv"]}
    return Parameters(given)


def formatted(ask: Callable[[Parameters], Struct], parameters: Parameters) -> Response:
    """What is asked as JSON, or with `?format=csv` all of it as CSV.

    Raises `TooMuch`, where a question can still go on as a job.
    """
    if not parameters.is_csv():
        response = reply(ask(parameters))
        answer_size.check(response.body)
        return response
    pages = paging.pages(ask, parameters)
    return Response(200, "text/csv; charset=utf-8", csv_answers.text(pages))
