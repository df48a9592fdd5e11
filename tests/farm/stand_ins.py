"""Stand-ins for what is on a farm: SLURM, Flamenco's Manager, and a dreamcore that notes its words."""

import json
import sys

# SLURM's, as far as an array and a dependency need it: runs at once what it is given, and says the number of the job.
SBATCH = f"""#!{sys.executable}
import json, os, pathlib, re, subprocess, sys
jobs = pathlib.Path(os.environ["SBATCH_JOBS"])
number = str(100 + len([*jobs.iterdir()]))
options = dict(each.removeprefix("--").partition("=")[::2] for each in sys.argv[1:])
script, runs, codes = sys.stdin.read(), [None], []
if "array" in options:
    first, last = map(int, options["array"].split("-"))
    runs = range(first, last + 1)
before = re.fullmatch("afterok:(.*)", options.get("dependency", "afterok:"))[1]
if not before or json.loads((jobs / before).read_text())["ok"]:
    for run in runs:
        told = {{"SLURM_CPUS_PER_TASK": options["cpus-per-task"], "SLURM_MEM_PER_NODE": options["mem"].rstrip("M")}}
        told |= {{"SLURM_ARRAY_TASK_ID": str(run)}} if run else {{}}
        done = subprocess.run(["bash", "-c", script], env={{**os.environ, **told}}, stdout=sys.stderr)
        codes.append(done.returncode)
(jobs / number).write_text(json.dumps({{"options": options, "codes": codes, "ok": bool(codes) and not any(codes)}}))
print(f"{{number}};cluster")
"""

# What a Manager gives to a job's script (github.com/mateusabelli/flamenco: internal/manager/job_compilers/author.go).
MANAGER = """
const author = {
    Task: (name, type) => {
        const task = { name, type, commands: [], after: [] };
        task.addCommand = (command) => task.commands.push(command);
        task.addDependency = (other) => task.after.push(other.name);
        return task;
    },
    Command: (name, parameters) => ({ name, ...parameters }),
};
function frameChunker(frames, size) {
    const [first, last] = frames.split("-").map(Number);
    const chunks = [];
    for (let at = first; at <= last; at += size) {
        const end = Math.min(at + size - 1, last);
        chunks.push(at === end ? `${at}` : `${at}-${end}`);
    }
    return chunks;
}
const tasks = [];
compileJob({ settings: SETTINGS, addTask: (task) => tasks.push(task) });
console.log(JSON.stringify({ type: JOB_TYPE, tasks }));
"""

DREAMCORE = f"""#!{sys.executable}
import json, os, sys
with open(os.environ["NOTED"], "a") as file:
    print(json.dumps([os.getcwd(), *sys.argv[1:]]), file=file)
sys.exit(int(os.environ.get("ENDS_WITH", "0")))
"""


class Farm:
    """A machine of a farm, whose PATH begins with a folder of stand-ins."""

    def __init__(self, folder, monkeypatch):
        self.programs, self.jobs, self.noted = folder / "bin", folder / "jobs", folder / "noted"
        for each in (self.programs, self.jobs):
            each.mkdir()
        monkeypatch.setenv("SBATCH_JOBS", str(self.jobs))
        monkeypatch.setenv("NOTED", str(self.noted))
        monkeypatch.setenv("PATH", str(self.programs), prepend=":")
        self.install("sbatch", SBATCH)

    def install(self, name, text):
        (self.programs / name).write_text(text)
        (self.programs / name).chmod(0o755)

    @property
    def words(self):
        """The words that `dreamcore` was called with, each time, after the folder that it was called in."""
        return [json.loads(line) for line in self.noted.read_text().splitlines()]

    def job(self, number):
        """What SLURM knows of a job."""
        return json.loads((self.jobs / str(number)).read_text())


def windows_words(line):
    """Return the words of a command line as Windows and .NET read them (CommandLineToArgvW)."""
    words, word, slashes, quoted, begun = [], "", 0, False, False
    for letter in [*line, " "]:
        if letter == "\\":
            slashes, begun = slashes + 1, True
            continue
        if letter == '"':
            word += "\\" * (slashes // 2)
            word, quoted = (word + '"', quoted) if slashes % 2 else (word, not quoted)
            slashes, begun = 0, True
            continue
        word, slashes = word + "\\" * slashes, 0
        if letter in " \t" and not quoted:
            words, word, begun = [*words, *([word] if begun else [])], "", False
        else:
            word, begun = word + letter, True
    return words
