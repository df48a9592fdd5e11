"""The table of dream parameters: what the command line, recipes, documents and dialogs read."""

from dreamcore.errors import DreamError, nearest
from dreamcore.grammar.schedules import schedule, value_at
from dreamcore.grammar.terms import number, text, whole

DREAM_PARAMETERS = {
    row.name: row
    for row in (
        text("layer", "objects", "what is maximised: a layer, a blob, or a role (textures, patterns, parts, objects)"),
        whole("iterations", 10, 1, 1000, "steps for each octave"),
        whole("octaves", 4, 1, 20, "number of scales, from small to full size"),
        number("octave_scale", 1.4, 1.05, 4, "from one scale to the next"),
        number("step_size", 1.5, 0.01, 100, "mean change of a pixel in one step, in grey levels"),
        whole("jitter", 32, 0, 512, "each step shifts the picture by up to this many pixels"),
        number("strength", 1, 0, 1, "opacity of the dream over the picture"),
    )
}


def dream_parameters(given=()):
    """Complete dream parameters with their defaults and check them.

    Parameters
    ----------
    given : mapping of str to number, str or Schedule
        Any of `DREAM_PARAMETERS`; a text is read as a schedule.

    Returns
    -------
    dict
        Every parameter, numbers in range.

    Raises
    ------
    DreamError
        For an unknown name or a value out of range.

    Examples
    --------
    >>> dream_parameters({"octaves": "0:1, 20:4"})["iterations"]
    10
    """
    given = dict(given)
    for name in given:
        if name not in DREAM_PARAMETERS:
            hint = nearest(name, DREAM_PARAMETERS)
            raise DreamError(f"no dream parameter {name!r}{hint}; allowed: {', '.join(DREAM_PARAMETERS)}")
    values = {name: schedule(given.get(name, row.default)) for name, row in DREAM_PARAMETERS.items()}
    for name, row in DREAM_PARAMETERS.items():
        if row.type != "text":
            values[name] = row.check(values[name])
    return values


def at_frame(parameters, number):
    """The keyword arguments of `dreamcore.dream` for one frame: schedules looked up, whole numbers rounded."""
    values = {
        name: DREAM_PARAMETERS[name].resolve(value, number)
        if DREAM_PARAMETERS[name].type != "text"
        else str(value_at(value, number))
        for name, value in parameters.items()
    }
    values["end"] = values.pop("layer")
    return values


def noted(parameters):
    """Dream parameters as JSON can hold them: schedules as the text that reads back equal."""
    return {name: value if isinstance(value, (int, float)) else str(value) for name, value in parameters.items()}
