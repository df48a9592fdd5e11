"""Windows of several runs beside one another: GIMP's window manager puts each in the middle, over the others."""

ASIDE = 36  # pixels, which is the height of a title


def step_aside(window):
    """Have a window go a little aside when it is shown, where it lies exactly over another one."""
    window.connect("map-event", _mapped)


def _mapped(window, _event):
    """Move the window as long as there is another one at its place, and room on the screen."""
    others = [each for each in window.get_screen().get_window_stack() or () if each != window.get_window()]
    taken = {_place(each) for each in others if each.is_visible()}
    here, (width, height) = _place(window.get_window()), window.get_size()
    area = window.get_display().get_monitor_at_window(window.get_window()).get_workarea()
    moved = here
    while moved in taken and moved[0] + width + ASIDE < area.width and moved[1] + height + ASIDE < area.height:
        moved = moved[0] + ASIDE, moved[1] + ASIDE
    if moved != here:
        window.move(*moved)
    return False


def _place(window):
    return tuple(window.get_root_origin())
