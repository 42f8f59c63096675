"""What a student's code may do once the fences are up, and what it may not.

Every script here runs as a submission does: in a fork of a Python behind the
outer fence. Attacks of which one fence alone is to hold are tried with the
others taken away.
"""

import errno
import json
import platform
import signal
import struct
import subprocess

import pytest

from nnlib.grading import bubble
from nnlib.grading.inside import fences, syscalls

# The worker of these tests: forks once, and says what became of the fork.
WORKER = """
import json, os, sys
from nnlib.grading.inside import fences

script, without, limits, warm = json.loads(sys.argv[1])
exec(warm)
for name in without:
    setattr(fences, name, lambda *_: None)
folder = "/desk/here"
os.mkdir(folder)
outcome, told = os.pipe()
wall = fences.prepare()
fork = os.fork()
if fork == 0:
    names = {"__name__": "__main__", "said": "nothing"}
    try:
        fences.lock_down(folder, wall, **limits)
        exec(script, names)
        said = names["said"]
    except OSError as error:
        said = [type(error).__name__, error.errno]
    except BaseException as error:
        said = [type(error).__name__, str(error)]
    os.write(told, json.dumps(said).encode())
    os._exit(0)
os.close(told)
said = b""
while part := os.read(outcome, 65536):
    said += part
ended = os.waitstatus_to_exitcode(os.waitpid(fork, 0)[1])
print(json.dumps([json.loads(said or b"null"), ended, os.listdir(folder)]))
"""
NOT_PERMITTED = ["PermissionError", errno.EPERM]
C = """
import ctypes, os
c = ctypes.CDLL(None, use_errno=True)
def call(*values):
    if c.syscall(*values) < 0:
        raise OSError(ctypes.get_errno(), "refused")
"""
X86 = platform.machine() == "x86_64"
HERE = 0 if X86 else 1


def submitted(script, without=(), warm="", opened=None, **limits):
    """Return [what a script said, how it ended, what it left behind]."""
    argument = json.dumps([script, list(without), limits, warm])
    done = subprocess.run(
        bubble.command(["-c", WORKER, argument], open_modules=opened),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# --- the filter, run step by step -------------------------------------------

ANSWERS = {
    0x7FFF0000: "allowed",
    0x80000000: "killed",
    0x00050000 + errno.EPERM: "refused",
    0x00050000 + errno.ENOSYS: "unknown",
    0x00050000 + errno.ENOTSUP: "unsupported",
}
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def answer(machine, number, *arguments, architecture=None, pid=7):
    """Return what the filter answers to a system call."""
    program = syscalls.own(syscalls.program(machine), pid)
    data = struct.pack(
        "<IIQ6Q",
        number,
        architecture or MACHINES[machine],
        0,
        *(*arguments, 0, 0, 0, 0, 0, 0)[:6],
    )
    place, value = 0, None
    while True:
        code, yes, no, k = struct.unpack_from("<HBBI", program, 8 * place)
        place += 1
        if code == 0x06:
            return ANSWERS[k]
        if code == 0x20:
            (value,) = struct.unpack_from("<I", data, k)
        else:
            true = {0x15: value == k, 0x25: value > k, 0x45: value & k}[code]
            place += yes if true else no


CALLS = {  # on x86_64, on aarch64, and what is answered
    "read": (0, 63, "allowed"),
    "openat": (257, 56, "allowed"),
    "mmap": (9, 222, "allowed"),
    "futex": (202, 98, "allowed"),
    "setitimer": (38, 103, "allowed"),
    "exit_group": (231, 94, "allowed"),
    "clone": (56, 220, "refused"),
    "execve": (59, 221, "refused"),
    "execveat": (322, 281, "refused"),
    "socket": (41, 198, "refused"),
    "socketpair": (53, 199, "refused"),
    "connect": (42, 203, "refused"),
    "sendmsg": (46, 211, "refused"),
    "recvmsg": (47, 212, "refused"),
    "linkat": (265, 37, "refused"),
    "symlinkat": (266, 36, "refused"),
    "mknodat": (259, 33, "refused"),
    "fchownat": (260, 54, "refused"),
    "memfd_create": (319, 279, "refused"),
    "setrlimit": (160, 164, "refused"),
    "personality": (135, 92, "refused"),
    "seccomp": (317, 277, "refused"),
    "landlock_restrict_self": (446, 446, "refused"),
    "shmget": (29, 194, "refused"),
    "mq_open": (240, 180, "refused"),
    "semget": (64, 190, "refused"),
    "timer_create": (222, 107, "refused"),
    "pidfd_open": (434, 434, "refused"),
    "pidfd_send_signal": (424, 424, "refused"),
    "rt_sigqueueinfo": (129, 138, "refused"),
    "rt_tgsigqueueinfo": (297, 240, "refused"),
    "sched_setaffinity": (203, 122, "refused"),
    "sched_setscheduler": (144, 119, "refused"),
    "setpriority": (141, 140, "refused"),
    "setsid": (112, 157, "refused"),
    "setuid": (105, 146, "refused"),
    "setresuid": (117, 147, "refused"),
    "capset": (126, 91, "refused"),
    "inotify_init1": (294, 26, "refused"),
    "fanotify_init": (300, 262, "refused"),
    "splice": (275, 76, "refused"),
    "vmsplice": (278, 75, "refused"),
    "io_setup": (206, 0, "refused"),
    "sync": (162, 81, "refused"),
    "clock_settime": (227, 112, "refused"),
    "name_to_handle_at": (303, 264, "refused"),
    "process_madvise": (440, 440, "refused"),
    "ptrace": (101, 117, "killed"),
    "process_vm_readv": (310, 270, "killed"),
    "process_vm_writev": (311, 271, "killed"),
    "bpf": (321, 280, "killed"),
    "userfaultfd": (323, 282, "killed"),
    "perf_event_open": (298, 241, "killed"),
    "keyctl": (250, 219, "killed"),
    "add_key": (248, 217, "killed"),
    "io_uring_setup": (425, 425, "killed"),
    "mount": (165, 40, "killed"),
    "umount2": (166, 39, "killed"),
    "move_mount": (429, 429, "killed"),
    "pivot_root": (155, 41, "killed"),
    "chroot": (161, 51, "killed"),
    "setns": (308, 268, "killed"),
    "unshare": (272, 97, "killed"),
    "open_by_handle_at": (304, 265, "killed"),
    "kexec_load": (246, 104, "killed"),
    "init_module": (175, 105, "killed"),
    "reboot": (169, 142, "killed"),
    "clone3": (435, 435, "unknown"),
    "mseal": (462, 462, "unknown"),
    "listxattr": (194, 11, "unsupported"),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_filter_answers_alike_on_both_architectures(name):
    x86, arm, expected = CALLS[name]
    assert answer("x86_64", x86) == expected
    assert answer("aarch64", arm) == expected


@pytest.mark.parametrize(
    "number", [57, 58, 85 + 3, 86, 133, 172, 173, 154, 43, 44, 288]
)
def test_old_calls_of_x86_64_are_no_way_round(number):
    assert answer("x86_64", number) in ("refused", "killed")


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_of_another_architecture_kill(machine):
    i386, arm = 0x40000003, 0x40000028
    assert answer(machine, 0, architecture=i386) == "killed"
    assert answer(machine, 0, architecture=arm) == "killed"
    other = (MACHINES.keys() - {machine}).pop()
    assert answer(machine, 0, architecture=MACHINES[other]) == "killed"
    for number in (0, 1, 39, 59, 512, 520, 545):
        assert answer(machine, 0x40000000 | number) == "killed"
    assert answer(machine, 0xFFFFFFFF) == "killed"


@pytest.mark.parametrize("machine", MACHINES)
def test_what_depends_on_its_arguments_is_asked_about_them(machine):
    column = list(MACHINES).index(machine)
    numbers = syscalls.numbers(syscalls.LIMITED, column)

    def allowed(name, *arguments):
        return answer(machine, numbers[name], *arguments) == "allowed"

    for name in ("kill", "tkill", "tgkill"):
        assert allowed(name, 7, 7, 9)
        assert not allowed(name, 1, 7, 9)
        assert not allowed(name, 0)
        assert not allowed(name, (1 << 64) - 1)
        assert not allowed(name, (1 << 64) - 7)
    assert allowed("prlimit64", 0, 0, 0, 1 << 40)
    assert not allowed("prlimit64", 0, 0, 1 << 12)
    assert not allowed("prlimit64", 0, 0, 1 << 32)
    assert allowed("fcntl", 3, 1030)
    assert allowed("fcntl", 3, 6)
    assert not allowed("fcntl", 3, 37)  # a lock that outlives the process
    assert not allowed("fcntl", 3, 8)  # F_SETOWN: signals to others
    assert not allowed("fcntl", 3, 10)  # F_SETSIG
    assert not allowed("fcntl", 3, 1031)  # F_SETPIPE_SZ: memory
    assert allowed("ioctl", 1, 0x5401)
    assert not allowed("ioctl", 1, 0x5412)  # TIOCSTI
    assert allowed("prctl", 15)
    assert not allowed("prctl", 4)  # PR_SET_DUMPABLE
    assert allowed("fchmod", 3, 0o777)
    assert not allowed("fchmod", 3, 0o4777)
    assert allowed("fchmodat", -100 & 0xFFFFFFFF, 0, 0o700)
    assert not allowed("fchmodat", -100 & 0xFFFFFFFF, 0, 0o2700)


def test_no_number_stands_in_two_tables():
    tables = [
        getattr(syscalls, name)
        for name in "ALLOWED LIMITED HOSTILE UNSUPPORTED UNKNOWN".split()  # noqa: SIM905
    ]
    for column in (0, 1):
        listed = [
            number
            for table in tables
            for number in syscalls.numbers(table, column).values()
        ]
        assert len(listed) == len(set(listed))


def test_a_machine_without_a_list_is_refused():
    with pytest.raises(OSError, match="no list of system calls for riscv64"):
        syscalls.program("riscv64")


# --- attacks ----------------------------------------------------------------

REFUSED = {
    "fork": "import os; os.fork()",
    "spawn": "import os; os.posix_spawn('/bin/sh', ['sh'], {})",
    "subprocess": "import subprocess; subprocess.run(['ls'])",
    "vfork": C + f"call({(58, 220)[HERE]}, 0x4111, 0, 0, 0, 0)",
    "clone": C + f"call({(56, 220)[HERE]}, 17, 0, 0, 0, 0)",
    "clone a thread": C + f"call({(56, 220)[HERE]}, 0x10f00, 0, 0, 0, 0)",
    "exec": "import os; os.execv('/usr/lib/os-release', ['x'])",
    "exec a descriptor": C + f"call({(322, 281)[HERE]}, 0, b'', 0, 0, 0x1000)",
    "code in memory": "import os; os.memfd_create('x')",
    "internet": "import socket; socket.socket()",
    "unix": "import socket; socket.socket(socket.AF_UNIX)",
    "netlink": "import socket; socket.socket(socket.AF_NETLINK)",
    "raw": "import socket; socket.socket(17, socket.SOCK_RAW)",
    "pair": "import socket; socket.socketpair()",
    "kill the worker": "import os; assert os.getppid() == 1; os.kill(1, 9)",
    "kill all": "import os; assert os.getppid() == 1; os.kill(-1, 9)",
    "kill the group": "import os; assert os.getppid() == 1; os.kill(0, 9)",
    "stop the worker": "import os; assert os.getppid() == 1; os.kill(1, 19)",
    "pidfd": "import os; os.pidfd_open(1)",
    "symlink": "import os; os.symlink('/', 'x')",
    "hard link": "import os; os.link('/etc/ld.so.cache', 'x')",
    "device": "import os; os.mknod('x', 0o20666, os.makedev(1, 1))",
    "fifo": "import os; os.mkfifo('x')",
    "setuid bit": "import os; os.chmod('.', 0o4777)",
    "owner": "import os; os.chown('.', 0, 0)",
    "user": "import os; os.setuid(0)",
    "session": "import os; os.setsid()",
    "priority": "import os; os.setpriority(os.PRIO_PROCESS, 0, 5)",
    "processors": "import os; os.sched_setaffinity(0, {0})",
    "fifo scheduling": (
        "import os; os.sched_setscheduler(0, 1, os.sched_param(1))"
    ),
    "sync": C + f"call({(162, 81)[HERE]})",
    "dumpable": C + f"call({(157, 167)[HERE]}, 4, 1, 0, 0, 0)",
    "another filter": C + f"call({(317, 277)[HERE]}, 1, 0, 0)",
    "landlock": C + "call(444, 0, 0, 1)",
    "personality": C + f"call({(135, 92)[HERE]}, 0x40000)",
    "typing": C + f"call({(16, 29)[HERE]}, 1, 0x5412, b'x')",
    "shared memory": C + f"call({(29, 194)[HERE]}, 0, 4096, 0o1600)",
    "message queue": C + f"call({(68, 186)[HERE]}, 0, 0o1600)",
    "the clock": "import time; time.clock_settime(0, 0)",
    "host name": "import socket; socket.sethostname('x')",
}
KILLED = {
    "ptrace": (101, 117),
    "another's memory": (310, 270),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "perf": (298, 241),
    "keys": (250, 219),
    "io_uring": (425, 425),
    "mount": (165, 40),
    "unmount": (166, 39),
    "unshare": (272, 97),
    "setns": (308, 268),
    "chroot": (161, 51),
}
THREAD = "import threading; threading.Thread(target=print).start()"


@pytest.mark.parametrize("name", REFUSED)
def test_what_reaches_further_is_refused(name):
    assert submitted(REFUSED[name]) == [NOT_PERMITTED, 0, []]


@pytest.mark.parametrize("name", KILLED)
def test_what_is_plainly_an_attack_ends_the_process(name):
    script = C + f"call({KILLED[name][HERE]}, 0, 0, 0, 0, 0)"
    assert submitted(script) == [None, -signal.SIGSYS, []]


def test_there_are_no_threads():
    said = ["RuntimeError", "can't start new thread"]
    assert submitted(THREAD) == [said, 0, []]


# Machine code that asks for the process's number in two other ways: as a
# program for i386 would (int 0x80), and as one for x32 would.
OTHER_TABLES = {
    "x86_64": {
        "i386": "b814000000cd80c3",
        "x32": "b8270000400f05c3",
    },
    "aarch64": {},
}


@pytest.mark.parametrize("name", OTHER_TABLES[platform.machine()])
def test_machine_code_finds_no_other_door(name):
    script = f"""
import ctypes, mmap
code = bytes.fromhex({OTHER_TABLES[platform.machine()][name]!r})
memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | 4)
memory.write(code)
start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
said = ctypes.CFUNCTYPE(ctypes.c_int)(start)()
"""
    said, ended, _ = submitted(script)
    # A kernel that has no such table at all stops it in its own way.
    assert said is None
    assert ended in (-signal.SIGSYS, -signal.SIGSEGV)


def test_limits_cannot_be_changed():
    script = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
"""
    assert submitted(script)[0][0] == "ValueError"


def test_no_capability_is_left():
    script = """
import ctypes, struct
header, data = struct.pack("<Ii", 0x20080522, 0), bytearray(24)
ctypes.CDLL(None).capget(
    header, (ctypes.c_char * 24).from_buffer(data))
said = list(data)
"""
    without = ["_filter_calls", "_landlock"]
    assert submitted(script, without) == [[0] * 24, 0, []]


# --- bombs ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("bytearray(2 << 30)", ["MemoryError", ""]),
        ("x = []\nwhile True: x.append(bytes(1 << 20))", ["MemoryError", ""]),
        ("import mmap; mmap.mmap(-1, 2 << 30)", ["OSError", errno.ENOMEM]),
        ("open('x', 'wb').truncate(10 << 30)", ["OSError", errno.EFBIG]),
        (
            "with open('x', 'wb', 0) as f:\n"
            "    while True: f.write(bytes(1 << 20))",
            ["OSError", errno.EFBIG],
        ),
        (
            "for i in range(99): open(str(i), 'wb').write(bytes(8 << 20))",
            ["OSError", errno.ENOSPC],
        ),
        (
            "for i in range(100_000): open(str(i), 'w').close()",
            ["OSError", errno.ENOSPC],
        ),
        (
            "import os\nfor i in range(100_000): os.mkdir('x'); os.chdir('x')",
            ["OSError", errno.ENOSPC],
        ),
        ("x = [open('/dev/null') for i in range(999)]", ["OSError", 24]),
        ("import os\nx = [os.pipe() for i in range(999)]", ["OSError", 24]),
    ],
)
def test_a_bomb_fizzles_out(script, said):
    assert submitted(script, memory=512 << 20) == [said, 0, []]


def test_numpy_says_memory_error():
    script = "import numpy; numpy.zeros((10**5, 10**5))"
    assert submitted(script)[0][0] in ("MemoryError", "_ArrayMemoryError")


@pytest.mark.parametrize(
    "script",
    [
        "while True: pass",
        "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\n"
        "while True: pass",
    ],
)
def test_time_is_up_at_some_point(script):
    ended = submitted(script, cpu_seconds=1)[1]
    assert ended in (-signal.SIGXCPU, -signal.SIGKILL)


# --- each fence alone -------------------------------------------------------

OUTSIDE = ["/desk/x", "/x", "/etc/x", "/book/x", "/dev/x", "/usr/lib/x"]
WRITE = f"""
said = []
for path in {OUTSIDE}:
    try:
        open(path, "w")
        said.append(0)
    except OSError as error:
        said.append(error.errno)
"""


@pytest.mark.parametrize(
    ("without", "numbers"),
    [
        ((), {errno.EROFS, errno.EACCES}),
        (["_landlock"], {errno.EROFS}),
        (["_own_folder"], {errno.EROFS, errno.EACCES}),
    ],
)
def test_writing_ends_at_the_folder(without, numbers):
    said, ended, _ = submitted(WRITE, without)
    assert set(said) <= numbers
    assert ended == 0


@pytest.mark.parametrize(
    ("script", "since"),
    [
        ("open('/desk/x', 'w')", 1),
        ("import os; os.mkdir('/desk/x')", 1),
        ("import os; os.symlink('/', 'x')", 1),
        ("import os; os.mkfifo('x')", 1),
        ("import os; assert os.getppid() == 1; os.kill(1, 0)", 6),
    ],
)
def test_landlock_alone_keeps_it_in_its_folder(script, since):
    version = fences._C.syscall(444, None, 0, 1)
    said, _, left = submitted(script, ["_own_folder", "_filter_calls"])
    refused = said[0] == "PermissionError"
    assert refused == (version >= since)
    assert left == ([] if refused or "'x'" not in script else ["x"])


def test_a_folder_that_cannot_be_mounted_is_still_its_own_to_write_to():
    script = "open('x', 'w').write('y'); said = open('x').read()"
    assert submitted(script, ["_own_folder"]) == ["y", 0, ["x"]]


def test_nothing_is_left_in_a_folder_that_was_mounted():
    script = "open('x', 'w').write('y'); import os; os.makedirs('a/b/c')"
    assert submitted(script) == ["nothing", 0, []]


def test_where_a_fence_fails_nothing_runs():
    warm = "fences._C.prctl = lambda *_: -1"
    said = submitted("said = 'ran'", warm=warm)[0]
    assert said[0] in ("OSError", "PermissionError")


def test_the_fences_go_up_in_a_few_milliseconds():
    script = """
import resource
said = resource.getrusage(resource.RUSAGE_SELF)
said = said.ru_utime + said.ru_stime
"""
    took = sorted(submitted(script)[0] for _ in range(5))
    assert took[0] < 0.01  # of the fork's own processor time


# --- what honest code needs -------------------------------------------------

WARM = "import numpy, nnlib.plots, nnlib.datasets"
HONEST = {
    "numpy": """
import numpy as np
rng = np.random.default_rng(0)
A = rng.normal(size=(80, 80))
assert np.allclose(np.linalg.inv(A) @ A, np.eye(80))
assert len(np.linalg.svd(A)[1]) == 80
np.savez("a.npz", A=A)
assert (np.load("a.npz")["A"] == A).all()
""",
    "pictures": """
import matplotlib.pyplot as plt
from nnlib import plots
plt.plot([1, 2, 4])
plt.savefig("a.png")
assert open("a.png", "rb").read(4)[1:] == b"PNG"
with plots.drawing(2, 1) as figure:
    figure.subplots().plot([1, 2])
    assert len(plots.Picture(figure, "A line.").png) > 100
""",
    "digits": """
from nnlib import datasets
assert datasets.digits()[0].shape == (1797, 64)
""",
    "files": """
import csv, json, pathlib, shutil, tempfile
with open("a.csv", "w", newline="") as file:
    csv.writer(file).writerows([["x", "y"], [1, 2]])
assert list(csv.reader(open("a.csv"))) == [["x", "y"], ["1", "2"]]
pathlib.Path("b.json").write_text(json.dumps({"x": 1}))
shutil.copy2("b.json", "c.json")
shutil.copytree(".", "../here/d", dirs_exist_ok=True,
                ignore=shutil.ignore_patterns("d"))
shutil.move("c.json", "e.json")
shutil.rmtree("d")
with tempfile.TemporaryDirectory() as folder:
    assert folder.startswith("/desk/here/")
with tempfile.TemporaryFile() as file:
    file.write(b"x")
assert pathlib.Path.home() == pathlib.Path.cwd()
assert sorted(p.name for p in pathlib.Path().iterdir()) == [
    "a.csv", "b.json", "e.json"]
""",
    "time": """
import datetime, time
start = time.perf_counter()
time.sleep(0.01)
assert time.perf_counter() > start
assert datetime.datetime.now().year >= 2024 and time.strftime("%Y")
""",
    "signals to itself": """
import os, signal, time
heard = []
signal.signal(signal.SIGALRM, lambda *_: heard.append(1))
signal.raise_signal(signal.SIGALRM)
os.kill(os.getpid(), signal.SIGALRM)
signal.setitimer(signal.ITIMER_REAL, 0.01)
signal.pause()
assert len(heard) == 3
""",
    "a database": """
import sqlite3
with sqlite3.connect("a.db") as base:
    base.execute("create table t (x)")
    base.execute("insert into t values (3)")
assert sqlite3.connect("a.db").execute("select x from t").fetchone() == (3,)
""",
    "chance": """
import os, random, secrets, uuid
assert len(os.urandom(4)) == 4 and secrets.token_hex() and uuid.uuid4()
assert 0 <= random.random() < 1
""",
    "numbers of the machine": """
import os, platform, resource
assert os.cpu_count() >= 1 and platform.system() == "Linux"
assert resource.getrlimit(resource.RLIMIT_CPU)[0] == 60
""",
}


@pytest.mark.parametrize("name", HONEST)
def test_honest_code_does_not_notice(name):
    opened, _ = bubble.open_and_closed({"nnlib.datasets"}, ())
    warm = WARM if "nnlib" in HONEST[name] else ""
    outcome = submitted(HONEST[name], opened=opened, warm=warm)
    assert outcome == ["nothing", 0, []]


def test_packages_can_be_imported_after_the_fences_are_up():
    opened, _ = bubble.open_and_closed({"nnlib.datasets"}, ())
    outcome = submitted(HONEST["digits"], opened=opened)
    assert outcome == ["nothing", 0, []]


def test_a_channel_works_with_read_and_write():
    warm = """
import socket
ours, theirs = socket.socketpair()
ours.send(b"question")
"""
    script = """
import os
assert os.read(NUMBER, 100) == b"question"
assert os.writev(NUMBER, [b"an", b"swer"]) == 6
"""
    warm += "script = script.replace('NUMBER', str(theirs.fileno()))"
    assert submitted(script, warm=warm) == ["nothing", 0, []]


def test_preparing_gives_what_locking_down_needs():
    assert syscalls.own(fences.prepare(), 12345) != fences.prepare()
