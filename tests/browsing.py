"""A page in Chromium without a window, told what to do through the pipe of its developer tools."""

import base64
import json
import os
import subprocess
import sys
from contextlib import contextmanager

from tests.wand_tools.browser import PROGRAM

FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--force-color-profile=srgb"),
    *("--hide-scrollbars", "--remote-debugging-pipe", "--disable-dev-shm-usage"),
]
# Chromium reads what it is told from file 3, and answers in file 4.
START = """
import os, sys
told, answers = (os.dup(int(each)) for each in sys.argv[1:3])
for file, number in (told, 3), (answers, 4):
    os.dup2(file, number)
    os.set_inheritable(number, True)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Browser:
    """A Chromium that has one page open."""

    def __init__(self, ask, answers):
        self.ask, self.answers, self.rest, self.count, self.session = ask, answers, b"", 0, {}
        self.requested = []  # the addresses that the page has asked for
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = {"sessionId": self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]}
        for domain in ("Page", "Runtime", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        """Call a method of the developer tools and return its result."""
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters, **self.session}
        os.write(self.ask, json.dumps(message).encode() + b"\0")
        said = self.wait(lambda said: said.get("id") == self.count)
        assert "error" not in said, said
        return said["result"]

    def wait(self, is_it):
        """Return the first message that is meant."""
        while True:
            while b"\0" not in self.rest:
                part = os.read(self.answers, 1 << 20)
                assert part, "Chromium has ended"
                self.rest += part
            data, _, self.rest = self.rest.partition(b"\0")
            said = json.loads(data)
            if said.get("method") == "Network.requestWillBeSent":
                self.requested.append(said["params"]["request"]["url"])
            if is_it(said):
                return said

    def open(self, path, width=1280, height=900, **media):
        """Open a file in a window of this size; `media` such as ``prefers_color_scheme="dark"``."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        features = [{"name": name.replace("_", "-"), "value": value} for name, value in media.items()]
        self.call("Emulation.setEmulatedMedia", features=features)
        self.requested.clear()
        self.call("Page.navigate", url=path.as_uri())
        self.wait(lambda said: said.get("method") == "Page.loadEventFired")

    def run(self, script):
        """Return what a script of the page returns, as soon as it is there."""
        said = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True)
        assert "exceptionDetails" not in said, said["exceptionDetails"]
        return said["result"].get("value")

    def until(self, condition):
        """Wait until a condition of the page holds, a quarter of a minute at most; return whether it does."""
        return self.run(f"""(async () => {{
            for (let n = 0; n < 300 && !({condition}); n++) await new Promise(then => setTimeout(then, 50));
            return !!({condition});
        }})()""")

    def point_at(self, selector, click=False):
        """Move the mouse to the middle of an element, which is scrolled to, and perhaps press."""
        x, y = self.run(f"""(() => {{
            const element = document.querySelector({json.dumps(selector)});
            element.scrollIntoView({{block: "center"}});
            const box = element.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];
        }})()""")
        for kind in ("mouseMoved", *(("mousePressed", "mouseReleased") if click else ())):
            button = {"button": "left", "clickCount": 1} if kind != "mouseMoved" else {}
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **button)

    def click(self, selector):
        """Click into the middle of an element."""
        self.point_at(selector, click=True)

    def press(self, key, code=0):
        """Press a key, such as ``ArrowRight``."""
        text = {"text": key} if len(key) == 1 else {}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **text)

    def screenshot(self, path):
        """Write what is seen into a PNG."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))


@contextmanager
def browser(folder):
    """Start a Chromium whose profile is in a folder, without a network."""
    (told, ask), (answers, said) = os.pipe(), os.pipe()
    flags = [*FLAGS, f"--user-data-dir={folder}/profile", "--proxy-server=127.0.0.1:9"]
    command = [sys.executable, "-c", START, str(told), str(said), PROGRAM, *flags]
    with subprocess.Popen(command, pass_fds=(told, said), stderr=subprocess.DEVNULL) as process:
        os.close(told)
        os.close(said)
        try:
            yield Browser(ask, answers)
        finally:
            os.close(ask)  # upon which Chromium ends
            os.close(answers)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
