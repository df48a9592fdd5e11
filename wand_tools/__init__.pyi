from .errors import AnimationError as AnimationError
from .errors import AnimationWarning as AnimationWarning
from .inspection import Info as Info
from .inspection import info as info
from .make import Made as Made
from .make import make_animation as make_animation
from .make import reverse as reverse
from .sheet import contact_sheet as contact_sheet
