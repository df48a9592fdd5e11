"""The question before something of the artist's is written over."""

import os

from gi.repository import Gtk
from language import _


def may_replace_file(parent, path):
    """Return whether a file may be written: it is not there, or the artist says so."""
    if not os.path.exists(path):
        return True
    folder, name = os.path.split(path)
    text = _("A file named “{}” already exists. Do you want to replace it?").format(name)
    more = _("It is in “{}”. Replacing it will overwrite its contents.").format(folder)
    return may_replace(parent, _("Replace the file?"), text, more)


def may_replace(parent, title, text, more=""):
    """Ask; return whether the answer is yes."""
    question = Gtk.MessageDialog(
        transient_for=parent,
        modal=True,
        message_type=Gtk.MessageType.QUESTION,
        text=text,
        secondary_text=more,
        title=title,
    )
    question.add_buttons(_("_Cancel"), Gtk.ResponseType.CANCEL, _("_Replace"), Gtk.ResponseType.ACCEPT)
    question.set_default_response(Gtk.ResponseType.CANCEL)
    answer = question.run()
    question.destroy()
    return answer == Gtk.ResponseType.ACCEPT
