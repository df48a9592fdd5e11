"""What a worker process runs: ``python child.py FOLDER...``, with the folders that it may import from.

A file that is started by its path, since ``python -c`` and ``python -m`` first look for every module in the current
folder, where pictures lie and whatever else came with them.
"""

import sys

if __name__ == "__main__":
    sys.path[:] = sys.argv[1:]  # before any import: the folder of this file, which Python puts first, is no library

    from dreamcore.children import serve

    serve()
