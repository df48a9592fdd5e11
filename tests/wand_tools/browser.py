"""Chromium's own decoder of animations: WebCodecs' ImageDecoder, in a page without a window."""

import base64
import html
import json
import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
TYPES = {".gif": "image/gif", ".webp": "image/webp", ".png": "image/png", ".apng": "image/png", ".avif": "image/avif"}
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--force-color-profile=srgb"),
    *("--timeout=120000", "--dump-dom"),
]
PAGE = """<!DOCTYPE html><title>frames</title><pre id="said"></pre><script>
const files = FILES;
const bytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
const text = data => { let all = ""; for (const each of data) all += String.fromCharCode(each); return btoa(all); };
async function read(file) {
  const decoder = new ImageDecoder({data: bytes(file.data), type: file.type, colorSpaceConversion: "none"});
  await decoder.tracks.ready;
  await decoder.completed;
  const track = decoder.tracks.selectedTrack, frames = [];
  for (let number = 0; number < track.frameCount; number++) {
    const {image} = await decoder.decode({frameIndex: number});
    const canvas = new OffscreenCanvas(image.displayWidth, image.displayHeight), drawn = canvas.getContext("2d");
    drawn.drawImage(image, 0, 0);
    const {data} = drawn.getImageData(0, 0, canvas.width, canvas.height);
    frames.push({time: image.duration, width: canvas.width, height: canvas.height, data: text(data)});
    image.close();
  }
  return {frames, repeats: track.repetitionCount === Infinity ? "for ever" : track.repetitionCount};
}
const open = document.body.appendChild(document.createElement("iframe")).contentDocument;
open.open();  // the page is not loaded, and not printed, before this one is closed
const said = document.getElementById("said");
Promise.all(files.map(file => read(file).catch(error => ({error: String(error)}))))
  .then(all => said.textContent = JSON.stringify(all))
  .catch(error => said.textContent = JSON.stringify([{error: String(error)}]))
  .finally(() => open.close());
</script>"""


class Seen(NamedTuple):
    """What Chromium sees: (H, W, 4) arrays, their seconds, and how often they are repeated, None for ever."""

    frames: list
    times: list
    repeats: int | None


def by_chromium(paths, folder):
    """Decode files by Chromium; return what it sees in each, or what it says of it."""
    files = [{"type": TYPES[path.suffix], "data": base64.b64encode(path.read_bytes()).decode()} for path in paths]
    page = Path(folder) / "page.html"
    page.write_text(PAGE.replace("FILES", json.dumps(files)))
    profile = f"--user-data-dir={folder}/profile"
    done = subprocess.run([PROGRAM, *FLAGS, profile, page.as_uri()], capture_output=True, text=True, timeout=240)
    found = re.search(r'<pre id="said">(.+?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stderr[-2000:]
    return [_seen(each) for each in json.loads(html.unescape(found[1]))]


def _seen(said):
    if "error" in said:
        return said["error"]
    arrays = [
        np.frombuffer(base64.b64decode(frame["data"]), np.uint8).reshape(frame["height"], frame["width"], 4)
        for frame in said["frames"]
    ]
    times = [frame["time"] and Fraction(frame["time"], 10**6) for frame in said["frames"]]
    return Seen(arrays, times, None if said["repeats"] == "for ever" else said["repeats"])
