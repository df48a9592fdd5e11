"""The user's language."""

import gettext
import os

FOLDER = os.path.dirname(os.path.abspath(__file__))
_ = gettext.translation("deep-dream", os.path.join(FOLDER, "locale"), fallback=True).gettext
