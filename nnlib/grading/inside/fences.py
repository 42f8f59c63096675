"""What a process gives up before it runs the first line of a student's code.

The kernel holds it to that: a folder of its own and nothing else to write to,
so much memory and time, and the system calls in `syscalls`. There is no way
back, for the code that calls `lock_down` as little as for the student's.
"""

import ctypes
import os
import resource
import struct

from nnlib.grading.inside import syscalls

_C = ctypes.CDLL(None, use_errno=True)
_SET_DUMPABLE, _SET_SECCOMP, _SET_NO_NEW_PRIVS = 4, 22, 38  # of prctl(2)
_NEW_MOUNTS, _NO_SETUID_NO_DEVICES = 0x20000, 6
_READ_ONLY_FROM_NOW_ON = 0x1021 | _NO_SETUID_NO_DEVICES
_RULESET, _RULE, _RESTRICT = 444, 445, 446  # the same on all architectures

# Landlock's rights, each bit as landlock(7) has it, and which version of
# Landlock knows how many of them.
_READ, _WRITE = 0b1101, 0b10
_CHANGE = _READ | _WRITE | 0b110_0001_1011_0000  # no devices, sockets, links
_KNOWN = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}


def prepare():
    """Return what `lock_down` needs and what takes a while to make.

    Raises
    ------
    OSError
        If there are no fences for this machine.
    """
    return syscalls.program()


def lock_down(
    folder,
    wall,
    *,
    memory=1 << 30,
    cpu_seconds=60,
    largest_file=16 << 20,
    room=64 << 20,
    files=2000,
):
    """Put up all fences around this process; the folder becomes its own.

    Where the worker may mount, an empty file system of `room` bytes covers
    `folder` for this process alone, and goes when it ends. Elsewhere the
    folder stays as it is, and room in it is what the sandbox has.

    Parameters
    ----------
    folder : str
        Where it may write; it becomes the current folder, and the home.
    wall : bytes
        What `prepare` returned.
    memory : int
        Bytes of address space, those that are in use already among them.
    cpu_seconds : int
        After which the kernel sends SIGXCPU, and SIGKILL a second later.
    largest_file : int
        Bytes.
    room, files : int
        Bytes of all files together, and how many they may be.

    Raises
    ------
    OSError
        If a fence cannot be put up: run nothing then.
    """
    _own_folder(folder, room, files)
    os.chdir(folder)
    os.environ["HOME"] = folder
    _limit(memory, cpu_seconds, largest_file)
    _check("prctl", _C.prctl(_SET_DUMPABLE, 0, 0, 0, 0))
    _check("prctl", _C.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _drop_capabilities()
    _landlock(folder)
    _filter_calls(syscalls.own(wall, os.getpid()))


def _own_folder(folder, room, files):
    options = f"size={room},nr_inodes={files},mode=700".encode()
    target = os.fsencode(folder)
    if _C.unshare(_NEW_MOUNTS) == 0:
        _C.mount(b"tmpfs", target, b"tmpfs", _NO_SETUID_NO_DEVICES, options)
        parent = os.path.dirname(target)
        _C.mount(None, parent, None, _READ_ONLY_FROM_NOW_ON, None)


def _limit(memory, cpu_seconds, largest_file):
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_FSIZE: largest_file,
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_STACK: 8 << 20,
        resource.RLIMIT_SIGPENDING: 64,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_NICE: 0,
        resource.RLIMIT_RTPRIO: 0,
    }
    for kind, value in limits.items():
        _set_limit(kind, value, value)
    _set_limit(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1)


def _set_limit(kind, soft, hard):
    _, above = resource.getrlimit(kind)
    if above != resource.RLIM_INFINITY:
        soft, hard = min(soft, above), min(hard, above)
    resource.setrlimit(kind, (soft, hard))


def _drop_capabilities():
    header = struct.pack("<Ii", 0x20080522, 0)  # version 3, this process
    _check("capset", _C.capset(header, bytes(24)))


def _landlock(folder):
    """Let Landlock deny writing elsewhere, where the kernel has it."""
    version = _C.syscall(_RULESET, None, 0, 1)
    if version < 1:
        return
    rights = (1 << _KNOWN.get(version, 16)) - 1
    network, scope = 0b11, 0b11  # no ports; no abstract sockets, no signals
    parts = 1 if version < 4 else 2 if version < 6 else 3
    handled = struct.pack("<QQQ", rights, network, scope)[: 8 * parts]
    rules = _check("landlock", _C.syscall(_RULESET, handled, len(handled), 0))
    allowed = {"/": _READ, "/dev/null": 0b100 | _WRITE, folder: _CHANGE}
    for path, wanted in allowed.items():
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rule = struct.pack("<Qi", wanted & rights, place)
        _check("landlock", _C.syscall(_RULE, rules, 1, rule, 0))
        os.close(place)
    _check("landlock", _C.syscall(_RESTRICT, rules, 0))
    os.close(rules)


def _filter_calls(steps):
    buffer = ctypes.create_string_buffer(steps, len(steps))
    program = struct.pack("<H6xQ", len(steps) // 8, ctypes.addressof(buffer))
    _check("seccomp", _C.prctl(_SET_SECCOMP, 2, program, 0, 0))


def _check(what, result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result
