"""Which system calls a student's code may make, as a filter for the kernel.

What is not named here is refused with "Operation not permitted", which honest
code gets as a PermissionError and can live with; what is plainly an attack
ends the process. A filter is a small program that Linux runs before each
system call: see seccomp(2), and bpf(4) for its instructions.
"""

import platform
import struct

# Numbers stand for the two architectures in this order; - is: not there.
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

ALLOWED = """
read 0 63, write 1 64, readv 19 65, writev 20 66, pread64 17 67,
pwrite64 18 68, preadv 295 69, pwritev 296 70, preadv2 327 286,
pwritev2 328 287, open 2 -, openat 257 56, creat 85 -, close 3 57,
close_range 436 436, lseek 8 62, stat 4 -, fstat 5 80, lstat 6 -,
newfstatat 262 79, statx 332 291, statfs 137 43, fstatfs 138 44,
access 21 -, faccessat 269 48, faccessat2 439 439, readlink 89 -,
readlinkat 267 78, getdents 78 -, getdents64 217 61, getcwd 79 17,
chdir 80 49, fchdir 81 50, mkdir 83 -, mkdirat 258 34, rmdir 84 -,
unlink 87 -, unlinkat 263 35, rename 82 -, renameat 264 38,
renameat2 316 276, truncate 76 45, ftruncate 77 46, fallocate 285 47,
fadvise64 221 223, fsync 74 82, fdatasync 75 83, utime 132 -,
utimes 235 -, utimensat 280 88, futimesat 261 -, umask 95 166,
sendfile 40 71, copy_file_range 326 285, dup 32 23, dup2 33 -, dup3 292 24,
pipe 22 -, pipe2 293 59,

poll 7 -, ppoll 271 73, select 23 -, pselect6 270 72, epoll_create 213 -,
epoll_create1 291 20, epoll_ctl 233 21, epoll_wait 232 -, epoll_pwait 281 22,
eventfd 284 -, eventfd2 290 19, pause 34 -, nanosleep 35 101,
clock_nanosleep 230 115, futex 202 98, sched_yield 24 124,
restart_syscall 219 128, wait4 61 260, waitid 247 95,

mmap 9 222, mprotect 10 226, munmap 11 215, mremap 25 216, madvise 28 233,
msync 26 227, brk 12 214,

time 201 -, gettimeofday 96 169, clock_gettime 228 113, clock_getres 229 114,
times 100 153, getitimer 36 102, setitimer 38 103, alarm 37 -,

rt_sigaction 13 134, rt_sigprocmask 14 135, rt_sigreturn 15 139,
rt_sigpending 127 136, rt_sigtimedwait 128 137, rt_sigsuspend 130 133,
sigaltstack 131 132,

getpid 39 172, getppid 110 173, gettid 186 178, getpgid 121 155,
getpgrp 111 -, getsid 124 156, getuid 102 174, geteuid 107 175,
getgid 104 176, getegid 108 177, getresuid 118 148, getresgid 120 150,
getgroups 115 158, uname 63 160, sysinfo 99 179, getcpu 309 168,
getrlimit 97 163, getrusage 98 165, getpriority 140 141,
sched_getaffinity 204 123, getrandom 318 278, rseq 334 293,
set_robust_list 273 99, exit 60 93, exit_group 231 94
"""

# Allowed to some ends only: see _conditions.
LIMITED = """
kill 62 129, tkill 200 130, tgkill 234 131, prlimit64 302 261, fcntl 72 25,
ioctl 16 29, prctl 157 167, chmod 90 -, fchmod 91 52, fchmodat 268 53
"""

# No notebook has an honest use for these.
HOSTILE = """
ptrace 101 117, process_vm_readv 310 270, process_vm_writev 311 271,
bpf 321 280, userfaultfd 323 282, perf_event_open 298 241, add_key 248 217,
request_key 249 218, keyctl 250 219, io_uring_setup 425 425,
io_uring_enter 426 426, io_uring_register 427 427, mount 165 40,
umount2 166 39, pivot_root 155 41, chroot 161 51, setns 308 268,
unshare 272 97, open_tree 428 428, move_mount 429 429, fsopen 430 430,
fsconfig 431 431, fsmount 432 432, fspick 433 433, mount_setattr 442 442,
open_by_handle_at 304 265, kexec_load 246 104, kexec_file_load 320 294,
init_module 175 105, finit_module 313 273, delete_module 176 106,
reboot 169 142, swapon 167 224, swapoff 168 225, iopl 172 -, ioperm 173 -,
modify_ldt 154 -, acct 163 89
"""

# shutil.copy2 goes on without them if the file system does not know them.
UNSUPPORTED = """
setxattr 188 5, lsetxattr 189 6, fsetxattr 190 7, getxattr 191 8,
lgetxattr 192 9, fgetxattr 193 10, listxattr 194 11, llistxattr 195 12,
flistxattr 196 13, removexattr 197 14, lremovexattr 198 15,
fremovexattr 199 16
"""

# The C library asks for these first, and takes an older call if the kernel
# does not know them. The same goes for what is newer than this file.
UNKNOWN = """
clone3 435 435, openat2 437 437, epoll_pwait2 441 441, futex_waitv 449 449
"""
NEWEST = 450

# Descriptors, and locks that end with the process; others might tell the next.
FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 1030)
IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # questions, flags
PRCTL = (15, 16)  # the process's own name

_LOAD, _EQUAL, _OVER, _BITS, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in seccomp_data
_KILL, _ALLOW, _ERROR = 0x80000000, 0x7FFF0000, 0x00050000
_EPERM, _ENOSYS, _ENOTSUP = 1, 38, 95
_SOMEBODY = 0x7EA57EED  # stands for a process that is not there yet
_X32 = 0x3FFFFFFF  # numbers above are x86_64's second table


def program(machine=None):
    """Return the filter, as the kernel reads it, but for `own`.

    Parameters
    ----------
    machine : str, optional
        An architecture as `platform.machine` names it; this one's if left
        out.

    Returns
    -------
    bytes
        Instructions of 8 bytes each.

    Raises
    ------
    OSError
        If there is no table for this architecture.

    >>> len(program("x86_64")) % 8
    0
    """
    machine = machine or platform.machine()
    if machine not in ARCHITECTURES:
        raise OSError(f"no list of system calls for {machine}")
    column, architecture = ARCHITECTURES[machine]
    steps = [
        _step(_LOAD, _ARCHITECTURE),
        *(_step(_EQUAL, architecture, 1, 0), _step(_RETURN, _KILL)),
        _step(_LOAD, _NUMBER),
        *_answer(ALLOWED, column, _ALLOW),
        *_conditions(column),
        *(_step(_OVER, _X32, 0, 1), _step(_RETURN, _KILL)),
        *_answer(HOSTILE, column, _KILL),
        *_answer(UNSUPPORTED, column, _ERROR + _ENOTSUP),
        *_answer(UNKNOWN, column, _ERROR + _ENOSYS),
        *(_step(_OVER, NEWEST, 0, 1), _step(_RETURN, _ERROR + _ENOSYS)),
        _step(_RETURN, _ERROR + _EPERM),
    ]
    return b"".join(steps)


def own(steps, pid):
    """Return the filter for the process `pid`: it may signal itself alone."""
    return steps.replace(
        _SOMEBODY.to_bytes(4, "little"), pid.to_bytes(4, "little")
    )


def numbers(table, column):
    """Return {name: number} of one of the tables above.

    >>> numbers("read 0 63, open 2 -", 1)
    {'read': 63}
    """
    rows = (row.split() for row in table.split(","))
    pairs = ((row[0], row[1 + column]) for row in rows if row)
    return {name: int(number) for name, number in pairs if number != "-"}


def _step(code, value, if_true=0, if_false=0):
    """Return one instruction; the last two are how many steps to skip."""
    return struct.pack("<HBBI", code, if_true, if_false, value)


def _answer(table, column, answer):
    for number in numbers(table, column).values():
        yield from _if_called(number, [_step(_RETURN, answer)])


def _if_called(number, steps):
    """Return steps that are taken for this call alone; the last returns."""
    return [_step(_EQUAL, number, 0, len(steps)), *steps]


def _conditions(column):
    itself = _one_of(_argument(0), [_SOMEBODY])
    nothing_new = [
        *_one_of(_argument(2), [0]),
        *_one_of(_argument(2) + 4, [0]),
    ]
    conditions = {
        "kill": itself,
        "tkill": itself,
        "tgkill": itself,
        "prlimit64": nothing_new,
        "fcntl": _one_of(_argument(1), FCNTL),
        "ioctl": _one_of(_argument(1), IOCTL),
        "prctl": _one_of(_argument(0), PRCTL),
        "chmod": _without(_argument(1), 0o6000),
        "fchmod": _without(_argument(1), 0o6000),
        "fchmodat": _without(_argument(2), 0o6000),
    }
    for name, number in numbers(LIMITED, column).items():
        steps = [*conditions[name], _step(_RETURN, _ALLOW)]
        yield from _if_called(number, steps)


def _argument(place):
    return _ARGUMENTS + 8 * place  # its low half; the high one is 4 on


def _one_of(offset, values):
    """Return steps that go on if the number there is one of these."""
    last = len(values)
    equal = [
        _step(_EQUAL, value, last - place)
        for place, value in enumerate(values)
    ]
    return [_step(_LOAD, offset), *equal, _step(_RETURN, _ERROR + _EPERM)]


def _without(offset, bits):
    """Return steps that go on if none of these bits is set there."""
    refused = _step(_RETURN, _ERROR + _EPERM)
    return [_step(_LOAD, offset), _step(_BITS, bits, 0, 1), refused]
