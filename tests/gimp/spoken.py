"""What the program's modules can say of an error, read from their source: each sentence with {} for what varies."""

import ast
import builtins
import re
from functools import cache
from itertools import islice, product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACE = "{}"
MOST = 100  # sentences that an error can make
DEEPEST = 14  # calls, names and parts inside one another that are followed


@cache
def modules():
    """Return the syntax tree of each module that a worker may load, by its path."""
    paths = [*ROOT.glob("dreamcore/**/*.py"), *ROOT.glob("wand_tools/**/*.py")]
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(paths)}


@cache
def _errors():
    """Return the names of the errors that are meant for people, and of the methods that make one."""
    names = {"DreamError"}
    classes = [node for tree in modules().values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    while more := {each.name for each in classes if names & {getattr(base, "id", "") for base in each.bases}} - names:
        names |= more
    return names | {"error"}


def said_in(path):
    """Return the sentences of a module's errors, whole, with whatever may stand in their places."""
    tree = modules()[path]
    behind = {below: node for node in ast.walk(tree) for below in ast.iter_child_nodes(node)}
    texts = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _makes_an_error(node, behind.get(node)):
            scopes, above = [tree], node
            while above := behind.get(above):
                scopes += [above] if isinstance(above, ast.FunctionDef) else []
            texts |= {*_texts(node.args[0], scopes, DEEPEST)}
    return texts


def _makes_an_error(call, parent):
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    is_raised = isinstance(parent, ast.Raise) and not hasattr(builtins, name) and not name.startswith("_")
    return name in _errors() or is_raised


def _texts(node, scopes, depth):
    """Return what an expression can say."""

    def of(below, where=scopes):
        return _texts(below, where, depth - 1) if depth else [PLACE]

    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else [PLACE]
    if isinstance(node, ast.FormattedValue):  # of which only what has words is told apart
        return [each if not each or re.search("[a-z]{2}", each) else PLACE for each in of(node.value)]
    if isinstance(node, ast.JoinedStr):
        return _joined(map(of, node.values))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _joined([of(node.left), of(node.right)])
    if isinstance(node, ast.Call) and not _is_join(node):
        function, tree = _called(node, scopes[0])
        returned = [each.value for each in ast.walk(function) if isinstance(each, ast.Return) and each.value]
        found = [text for each in returned for text in of(each, [tree, function])]
    else:
        found = [text for each in _values(node, scopes) for text in of(each)]
    return [*dict.fromkeys(found)] or [PLACE]


def _joined(parts):
    """Return each way to put one text of each part behind one another."""
    return ["".join(texts) for texts in islice(product(*parts), MOST)]


def _values(node, scopes):
    """Return the expressions that an expression may have its value from."""
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.BoolOp):
        return node.values
    if isinstance(node, (ast.List, ast.Tuple)):
        return node.elts
    if isinstance(node, ast.Call):
        return [getattr(node.args[0], "elt", node.args[0])]
    if isinstance(node, ast.Name):
        return [value for scope in scopes for value in _assigned(node.id, scope)]
    return []


def _is_join(call):
    return getattr(call.func, "attr", "") == "join" and len(call.args) == 1


def _called(call, tree):
    """Return the function that is called, and the module that it stands in; the call where it is of others."""
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return node, tree
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and name in {each.name for each in node.names}:
            there = modules().get(ROOT / f"{node.module.replace('.', '/')}.py")
            return _called(call, there) if there else (call, tree)
    return call, tree


def _assigned(name, scope):
    """Yield what a name is set to in a function or a module."""
    for node in scope.body if isinstance(scope, ast.Module) else ast.walk(scope):
        if isinstance(node, ast.NamedExpr) and node.target.id == name:
            yield node.value
        for target in node.targets if isinstance(node, ast.Assign) else ():
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = zip(target.elts, node.value.elts, strict=False)
            yield from (value for each, value in pairs if getattr(each, "id", None) == name)
