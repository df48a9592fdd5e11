"""What the worker says, in the user's language. No GIMP here.

The worker knows no language but its own. Its sentences are known here as patterns: {} is what varies in them, {hint} is
empty or says what may have been meant.
"""

from __future__ import annotations

import re
from functools import cache

from arguments import TABLE, label
from language import _

SENTENCES = (
    # phrases inside sentences
    ' (did you mean "{}"?)',
    "; allowed: {}",
    "; it has none",
    "a whole number",
    "a whole number from {}",
    "a whole number from {} to {}",
    "a number",
    "a number from {}",
    "a number from {} to {}",
    "yes, no",
    "text",
    "{}, or a picture file",
    "[{} numbers]",
    "{} or {}",
    "{} and {}",
    "whole numbers from 0",
    "a picture file, or first for the picture that the dream begins with",
    "a layer, a blob or a role, or a [list] of which the first that the network has is taken",
    "the name of a class, such as jellyfish, or its number, from 0",
    "a number, a formula of n, count and t, {}",
    "a transform such as zoom(0.05)",
    "a layer, or an objective such as 0.3*patterns + channels(objects, 12)",
    "the end",
    "frame {}",
    "{} of {}",
    "{} GB",
    "a picture of {}x{} pixels",
    "No such file or directory",
    "Permission denied",
    "No space left on device",
    "Is a directory",
    "Not a directory",
    "Read-only file system",
    # what is typed
    "a keyframe is missing here, such as 60:0.08",
    "a keyframe is missing here, such as 40:objects",
    "a keyframe begins with a frame number, such as 60:0.08",
    "a keyframe's value is a number or a word",
    "a schedule needs at least one keyframe, such as 0:0.05",
    "keyframe {} is before the first frame, 0",
    "keyframe {} comes after keyframe {}; frame numbers must rise",
    "period {} must be above 0: 0.000001 to 1000000 frames",
    "phase {} is not allowed; allowed: -1000000 to 1000000",
    'unknown schedule "{}"{hint}; allowed: {}',
    'unknown transform "{}"{hint}',
    'unknown objective "{}"{hint}',
    'unknown shift "{}"{hint}',
    "a transform is missing here, such as {}",
    "an objective is missing here, such as {}",
    "a shift is missing here, such as {}",
    "a layer is missing here, such as 0.3*patterns",
    "two layers cannot be multiplied",
    "{} is a number",
    "{} got {} twice",
    '{} takes {}, each once, not "{}"{hint}',
    "{} takes no keyframes here; give them to a parameter, such as {}(linear(0:1, 60:2))",
    "{} is no number, which a formula is; a text with signs in it stands in quotes",
    "{} has no value at frame {}: it grows without end",
    "{} has no value at frame {}: {}",
    '{} has no parameter "{}"{hint}{}',
    "{} takes {} value{}, this is one too many",
    "{} takes no transform inside",
    "{} takes {} transform{} inside, not {}",
    "{} or more",
    "{} to {}",
    "{} needs {}: {}",
    "this quote is not closed",
    '"{}" is missing here, found {}',
    '"," or "{}" is missing here, found {}',
    '"{}" is too much here',
    "a value is missing here, found {}",
    "more than {} calls inside one another",
    "more than {} brackets inside one another",
    "{} is not allowed: the number is too large",
    "a backslash here stands before neither a quote nor a backslash",
    "{} follows a sound, and none is heard yet: frames of a job hear one",
    "{} is heard for frames 0 to {}, and asked for frame {}",
    "band is told a span of hertz, such as band(40..120)",
    "band {} is not allowed; allowed are 0..{} hertz, the lower one first",
    "{}({}) is not allowed; {}",
    "allowed are {} to {}, such as 1/2 or 4",
    "{}={} is not allowed; allowed are 0 to {} frames",
    # what is set
    "{}={} is not allowed{hint}; allowed: {}",
    "{}={} is not allowed: {} is the same for all frames",
    "no {} is given; give at least one, such as 12",
    "delay={} is not allowed: which frame hears what follows from it",
    "transform is {}; allowed is {}",
    "{}; allowed: {} to {} pixels",
    "{} needs an objective for one of its colours: {}",
    "{} has no channel {}; allowed are 0 to {}",
    "layer is {} and objective is {}: both say what is dreamed, so give one of them",
    "{} needs the picture that the sequence began with, and there is none here",
    "a loop of {} frames is not allowed; allowed: {} frames or more",
    "{} and loop exclude each other: a loop has no beginning",
    "loop and a frame to go on from exclude each other: a loop has no beginning",
    "{} follows a sound, and none is named: name one with sound{}",
    ", or its tempo with bpm",
    "cannot read {}: it is not there, and what is kept of a sound is of {}",
    "other frames or schedules",
    "another, {}",
    "{} is no sound that can be read; allowed are WAV, FLAC, OGG, MP3, AIFF, CAF and AU",
    "{} is no sound that can be read: {}",
    "{} lasts {} s; a sound of {} s or more is needed",
    "it holds what is no number, or none of a sound",
    "{} samples a second are not {} to {}",
    "an objective needs something to dream; add one",
    "{} is no {}",
    # pictures
    "a picture of {} is too small for {}: {}",
    "a picture of {} does not fit {}: {}",
    "layer {} ({}) {}",
    "looks through windows of {} at {}",
    "leaves nothing of it",
    "{} pixels",
    "a picture of {} pixels is too small for each layer of {}",
    "the mask has shape {}, the picture {}; they must be the same",
    "the frame to go on from has {}x{} pixels, the picture {}",
    "the picture has {}; allowed are (height, width, 3) and (height, width, 4)",
    "the picture has {}; allowed are numbers (height, width, 3) and (height, width, 4)",
    "{} is no picture: none of its pixels is a number",
    "the dream holds what is no number: {} gives none for this picture; weights, or the picture's pixels, are too "
    "large",
    "There is not enough memory for a picture this large: make it smaller, or dream a part of it.",
    "The dream stopped unexpectedly ({}: {}).",
    "{} takes {} of memory, the limit is {}, and {}; {}",
    "{} takes at least {} of memory for {}, the limit is {}; {}",
    "cannot be tiled: {} sees all of it",
    "about {}x{} would fit",
    "no smaller one would fit",
    "the picture takes {} in {}, where {} are free{}",
    "cannot keep a picture in {}: {}{}",
    "there is too little room in {}: {}, {} are free",
    "tiles of {} pixels are too small for {} of {}",
    "{} is not a picture that can be read",
    # models
    "no model {}{hint}; installed: {}",
    "{} holds no weights: no file that ends in {}",
    "{} holds {} files of weights: {}; name one of them as the model",
    "no prototxt {}{hint}; {} holds {}",
    "{} holds no .prototxt: the architecture is missing",
    "{} holds {} architectures: {}; {}",
    "{} has no layer {}{hint}; `dreamcore layers` lists those of a model",
    "{} is no classifier: it has no classes to dream of",
    "layer {} of {} writes no blob",
    "{} has no class {}; allowed are 0 to {}",
    "{} has no class {}{hint}",
    "class {}: {} has {} classes, and {}; give the number of one",
    "{} are named beside its weights",
    "no {} beside its weights names them",
    "{} is in the names of {} classes: {}",
    "{} takes pictures of {} channel{}, not of {}",
    "{} takes pictures of {} channels; a dream has 3, or 1 for the luminance",
    "no device {} on this machine; allowed: auto, {}",
    "no backend {}{hint}; allowed: {}",
    "no precision {}{hint}; allowed: {}",
    "{} and {} do not fit: {}",
    "{} is not a Caffe model: it holds no weights",
    "{} is not a Caffe model, or is cut short: {}",
    "{}: the weights of layer {} are cut short",
    "{}: the weights of layer {} hold numbers that are not finite: it is damaged",
    # files and recipes
    "cannot read {}: {}",
    "cannot read {}: it is no file",
    "cannot read {}: it is larger than {} MiB",
    "cannot write {}: {}",
    "cannot write {}: that is no file's name",
    "cannot write {}: that is a folder; name a file in it",
    "cannot write {}: there is no folder {}",
    "cannot write into {}: {}",
    "cannot make the folder {}: {}",
    "cannot read the folder {}: {}",
    "{} holds frames already; resume to go on with them, or name another folder",
    "{} holds pictures that no {} explains; name another folder",
    "{} is damaged: {}",
    "{} is damaged: it holds no JSON object",
    "this user has no home folder; set HOME to one",
    'no recipe "{}"{hint}; `dreamcore recipes list` shows them, a file of your own ends in .toml, or is a picture or '
    "an animation that carries one",
    'no key "{}"{hint} in {}',
    "no parameter {}{hint}; allowed: {}",
    "{} is a table: write [{}] and its keys below",
    "{} is no text, which is all that a recipe can hold; rename the file",
    "{} ends in {}; a recipe is a .toml file",
    "{} ends in {}; allowed are {}",
    '"{}" is no name of a recipe; allowed: one such as slow-whirl, or a .toml file',
    "these notes name a guide, and say nothing of the picture: they are damaged",
    "not a TOML file: {}",
    "not a TOML file: it is nested without end",
    "{} is not a frame directory: no readable {}",
    'no default "{}"{hint}; allowed: {}',
    "{}={} is not allowed; allowed: {}",
    "{} is not a file",
    "cannot read {}: its head announces more than any picture has",
    "{} is what it would be made of, and would be overwritten; name another file",
    "{} is not empty; name a new folder",
    "{} is not a frame of this program, and would be overwritten; move it away, or name another folder",
    "{} was made with another {}; use the same, or another folder",
    "{} is damaged; delete it, and the frames are made again from the first one",
    "{} is no lock of this program; move it away, or name another folder",
    # the machine
    "this process may take {} of memory (ulimit -v); PyTorch needs {} to start, and a picture more",
    "device {} cannot compute a gradient: {}",
    "device {} computes gradients that differ from the processor's by {} of their size; allowed is {}. Its driver or "
    "this PyTorch is at fault ({}); device 'cpu' computes them right",
    "no channel {}; allowed are 0 to {}",
    # animations
    "{}: format {} is not one of {}{hint}",
    "{}: no suffix says the format; give one of {} with --format",
    "{}: the file is empty",
    "max_size is for .gif; {} is as large as it comes",
    "max_size {} cannot be reached; tried {}",
    "{}: allowed is a size such as 900MB, 2GB or 1.5GiB",
    "no pictures are kept for an animation",
    "{}: what is there is no animation, and would be lost; name another file, or set force to replace it",
    "{}: {}x{} needs {} MiB in ImageMagick, whose limits leave {} MiB (memory + map + disk); make the frames smaller, "
    "or raise these limits in ImageMagick's policy.xml",
    "{}x{}: a WebP side has at most {} pixels",
    "{}x{}: an AVIF side has at most {} pixels",
    "a frame lasts {} s: too long for WebP",
    "plays {}: a WebP can hold 0 (for ever) to {}",
    "a frame lasts {} s: too long for APNG",
    "a frame lasts {} s: too long for AVIF",
    "a frame lasts {} s: a video's has at most {}",
    "{}: there is no such file",
    "{}: there is no sound in this file",
)


class _Part(str):
    """What stands in the place of a {}: perhaps a phrase; as ``{:label}`` the name of a setting as its field has it."""

    def __format__(self, wanted: str) -> str:
        if wanted == "label" and self in TABLE:
            return label(TABLE[self], unit=False).replace("_", "")
        return said(str(self))


PLACES = {"{}": "(.*?)", "{hint}": r"( \(did you mean \".*?\"\?\)|)"}


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"({\w*})", sentence)
    return re.compile("".join(PLACES.get(each) or re.escape(each) for each in parts), re.DOTALL)


def plain(sentence: str) -> str:
    """Return a sentence with all of its places alike, as it is translated."""
    return sentence.replace("{hint}", "{}")


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Return the patterns, made when something is first said; those with the most words of their own come first."""
    return [(_pattern(each), plain(each)) for each in sorted(SENTENCES, key=lambda each: -len(plain(each)))]


@cache
def said(text: str) -> str:
    """Return what the worker says in the user's language; what is not known stays as it is.

    Examples
    --------
    >>> said("mine.toml: iterations=0 is not allowed; allowed: a whole number from 1")
    'mine.toml: iterations=0 is not allowed; allowed: a whole number from 1'
    """
    for pattern, sentence in _patterns():
        if match := pattern.fullmatch(text):
            return _(sentence).format(*map(_Part, match.groups()))
    for colon in re.finditer(": ", text):  # a place before what is said, or the text that it points at after it
        parts = text[: colon.start()], text[colon.end() :]
        if parts != (found := tuple(map(said, parts))):
            return ": ".join(found)
    return _(text) if " " in text else text


def in_words(message: dict) -> dict:
    """Return an answer of the worker with what it says of an error in the user's language."""
    if message["say"] != "error":
        return message
    wrong = {name: said(sentence) for name, sentence in message.get("wrong", {}).items()}
    return {**message, "message": said(message["message"]), **({"wrong": wrong} if wrong else {})}
