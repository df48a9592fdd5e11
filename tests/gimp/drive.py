"""Runs beside GIMP under Xvfb: starts it with a picture, uses it with keys and clicks, and keeps screenshots.

``python3 drive.py FOLDER PICTURE STEP...``: a step is ``shot NAME``, ``key KEY``, ``type TEXT``, ``search TEXT``,
``window TITLE`` (wait for it), ``fill TITLE``, ``gone TITLE``, ``click TITLE X Y``, ``drop PATH X Y`` (onto what is
there), ``sleep SECONDS``, ``kill plug-in`` or ``worker``, ``ended worker``, ``copy PATH NAME`` (into FOLDER) or
``file PATH`` (wait for it). What took how long is printed.
"""

import glob
import os
import shutil
import signal
import subprocess
import sys
import time

PATIENCE = float(os.environ.get("PATIENCE", "120"))
folder, picture, *steps = sys.argv[1:]


def xdotool(*arguments):
    done = subprocess.run(["xdotool", *arguments], capture_output=True, text=True)
    return done.stdout.split()


def until(found, seconds):
    """Return what was found, or nothing when the time is over."""
    began = time.monotonic()
    while not (result := found()) and time.monotonic() - began < seconds:
        time.sleep(0.02)
    return result


def wait(what, found, seconds=PATIENCE):
    result = until(found, seconds)
    if not result:
        shot("failed")
        sys.exit(f"drive: no {what} after {seconds} s")
    return result


def windows(title):
    return xdotool("search", "--onlyvisible", "--name", title)


def processes(name):
    words, found = {"plug-in": "deep-dream/deep-dream.py -", "worker": "fake_worker.py"}[name], []
    for process in filter(str.isdecimal, os.listdir("/proc")):
        try:
            with open(f"/proc/{process}/cmdline") as file:
                if words in file.read().replace("\0", " "):
                    found.append(int(process))
        except OSError:
            pass
    return found


def is_managed():
    """Tell whether windows are managed; on a busy machine the display comes later than its first window manager."""
    if not managers or managers[-1].poll() is not None:
        managers.append(subprocess.Popen(["openbox"]))
    said = subprocess.run(["xprop", "-root", "_NET_SUPPORTING_WM_CHECK"], capture_output=True, text=True).stdout
    return "window id" in said


def shot(name):
    xdotool("mousemove", "640", "895")  # where no tooltip comes up
    time.sleep(0.2)
    subprocess.run(["import", "-window", "root", os.path.join(folder, f"{name}.png")], check=True)


managers = []
wait("window manager", is_managed)
gimp = subprocess.Popen(["gimp", "-n", "-s", picture], stdout=sys.stderr)
for step in steps:
    began = time.monotonic()
    verb, _, rest = step.partition(" ")
    if verb == "shot":
        shot(rest)
    elif verb == "sleep":
        time.sleep(float(rest))
    elif verb == "key":
        xdotool("key", "--clearmodifiers", *rest.split())
    elif verb == "type":
        xdotool("type", "--delay", "15", rest)
    elif verb == "search":
        for _ in range(10):  # a window that has just opened may still take the focus
            xdotool("windowactivate", "--sync", wait("GIMP", lambda: windows("– GIMP$"))[-1])
            xdotool("key", "slash")
            time.sleep(1)
            if windows("Search Actions"):
                break
        xdotool("type", "--delay", "15", rest)
        time.sleep(1.5)
        began = time.monotonic()
        xdotool("key", "Return")
        for _ in range(20):  # on a busy machine the list of what was found may come later than the key
            if until(lambda: not windows("Search Actions"), 3):
                break
            began = time.monotonic()
            xdotool("key", "Return")
    elif verb == "window":
        found = wait(rest, lambda rest=rest: windows(rest))
        xdotool("windowactivate", "--sync", found[-1])
    elif verb == "fill":
        found = wait(rest, lambda rest=rest: windows(rest))
        xdotool("windowmove", found[-1], "0", "0", "windowsize", "--sync", found[-1], "100%", "97%")
    elif verb == "gone":
        wait(f"end of {rest}", lambda rest=rest: not windows(rest))
    elif verb == "click":
        title, x, y = rest.rsplit(" ", 2)
        found = wait(title, lambda title=title: windows(title))
        xdotool("mousemove", "--window", found[-1], x, y, "click", "1")
    elif verb == "drop":
        path, *there = rest.split()
        source = subprocess.Popen(["python3", os.path.join(os.path.dirname(__file__), "drag.py"), path])
        found = wait("Files", lambda: windows("^Files$"))[-1]
        xdotool("mousemove", "--sync", "--window", found, "20", "8", "mousedown", "1")
        for share in range(1, 21):  # as a hand does it: a drag begins when the mouse has moved some way
            xdotool("mousemove", *(str(20 + (int(side) - 20) * share // 20) for side in there))
            time.sleep(0.05)
        time.sleep(0.5)
        xdotool("mouseup", "1")
        source.wait(timeout=PATIENCE)
    elif verb == "copy":
        path, name = rest.split()
        shutil.copy(path, os.path.join(folder, name))
    elif verb == "kill":
        for process in processes(rest):
            os.kill(process, signal.SIGKILL)
    elif verb == "ended":
        wait(f"end of {rest}", lambda rest=rest: not processes(rest))
    elif verb == "file":
        wait(rest, lambda rest=rest: any(map(os.path.getsize, glob.glob(rest))), 120)
    print(f"{time.monotonic() - began:.2f} {step}", flush=True)
gimp.kill()
