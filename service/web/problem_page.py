"""Errors as pages, and as toasts where only a part of a page was asked for."""

from flask import current_app, g, render_template, request

from service.problems import Problem
from service.web import frame


def render(problem: Problem) -> str:
    """The page of a problem: what is the matter, what to do next, the number that leads to it in the log."""
    context = {"problem": problem, "bare": problem.status >= 500 and g.get("asking") is None}
    current_app.update_template_context(context)
    if not context.get("asset"):
        context = frame.context() | context
    template = "problem_part.html" if request.headers.get("HX-Target", "main") != "main" else "problem.html"
    return render_template(template, **context)
