"""The `dreamcore` line that does what the dialog does. Standard library only, no GIMP."""

import shlex

PICTURE, ANIMATION = "picture.png", "dream.gif"  # where the picture has no file yet; where the frames go


def command(job, picture, masks=()):
    """Return the line.

    Parameters
    ----------
    job : dict
        As `arguments.job_fields` returns it.
    picture : str or None
        File of the picture.
    masks : sequence of str
        What else the pixels of the dialog are: ``mask``, ``guide``; each stands for a file of its own.

    Examples
    --------
    >>> job = {"recipe": "whirlpool", "parameters": {"octave_scale": "1.2", "loop": "yes", "transform": "zoom(0.1)"}}
    >>> command(job, "my photo.jpg")
    "dreamcore animate 'my photo.jpg' dream.gif --recipe whirlpool --octave-scale 1.2 --loop --transform 'zoom(0.1)'"
    >>> command({"recipe": "", "parameters": {"loop": "no"}}, None, ["mask"])
    'dreamcore animate picture.png dream.gif --no-loop --mask mask.png'
    """
    words = ["dreamcore", "animate", picture or PICTURE, ANIMATION]
    words += ["--recipe", job["recipe"]] if job["recipe"] else []
    for name, value in job["parameters"].items():
        option = name.replace("_", "-")
        if value in ("yes", "no"):
            words.append(f"--{option}" if value == "yes" else f"--no-{option}")
        else:
            words += [f"--{option}={value}"] if value.startswith("-") else [f"--{option}", value]
    for role in masks:
        words += [f"--{role}", f"{role}.png"]
    return shlex.join(words)
