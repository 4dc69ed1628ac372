"""Holds a program in Python to what it needs, before its first line runs: it reads what lies under /usr, and has no other file, no network, no other
program, and no signal for anybody. What listens to the sounds of strangers is a large library in C; a fault in it then reads no key of the hub, whose user it has.

  python3 -I confined.py [--with MODULE]... PROGRAM WORDS...   runs a program so, with modules that it imports by the names of their files
  python3 -I confined.py                    is held and ends
Either says first, as a line of JSON on stdout, what of it this machine's kernel does: {"id": -1, "held": ["files", "calls"]}.
"files": Landlock, of Linux 5.13 and later. "calls": a filter of system calls, by libseccomp, which each Debian has.
"""
import ctypes
import errno
import json
import os
import resource
import sys
import types

READS = ("/usr", "/etc/ld.so.cache")
# The recogniser writes what it says of itself there.
WRITES = ("/dev/null",)
MOST_MEMORY = 1 << 30
MOST_OPEN = 64

READ = 1 << 2 | 1 << 3
WRITE = 1 << 1
# What Landlock can refuse by its versions: the first, moving files, shortening them, orders to devices.
RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
NO_NEW_PRIVILEGES = 38

REFUSED = """
socket socketpair connect bind listen accept accept4 io_uring_setup execve execveat ptrace process_vm_readv process_vm_writev pidfd_getfd
kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_send_signal prlimit64 setpriority sched_setscheduler sched_setparam sched_setattr
sched_setaffinity add_key request_key keyctl userfaultfd bpf perf_event_open mount unshare setns open_by_handle_at
""".split()
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM


class Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("at", ctypes.c_int32)]


def hold_files(libc):
    """Whether the files of the machine are out of reach from here on."""
    version = libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if version < 1:
        return False
    handled = ctypes.c_uint64(sum(rights for since, rights in RIGHTS.items() if since <= version))
    rules = libc.syscall(CREATE_RULESET, ctypes.byref(handled), ctypes.c_size_t(8), ctypes.c_uint32(0))
    if rules < 0:
        return False
    try:
        for path, allowed in [(path, READ) for path in READS] + [(path, WRITE | 1 << 2) for path in WRITES]:
            try:
                at = os.open(path, os.O_PATH)
            except OSError:
                continue
            if not os.path.isdir(path):
                allowed &= ~(1 << 3)
            try:
                if libc.syscall(ADD_RULE, rules, 1, ctypes.byref(Beneath(allowed, at)), ctypes.c_uint32(0)) != 0:
                    return False
            finally:
                os.close(at)
        return libc.syscall(RESTRICT_SELF, rules, ctypes.c_uint32(0)) == 0
    finally:
        os.close(rules)


def hold_calls():
    """Whether the kernel refuses calls that lead out of the process from here on."""
    try:
        library = ctypes.CDLL("libseccomp.so.2")
    except OSError:
        return False
    library.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(ALLOW)))
    if not rules:
        return False
    try:
        for name in REFUSED:
            call = library.seccomp_syscall_resolve_name(name.encode())
            # A negative one is not there on this kind of processor.
            if call >= 0 and library.seccomp_rule_add(rules, ctypes.c_uint32(REFUSE), ctypes.c_int(call), ctypes.c_uint(0)) != 0:
                return False
        return library.seccomp_load(rules) == 0
    finally:
        library.seccomp_release(rules)


def bound(what, most):
    try:
        resource.setrlimit(what, (most, most))
    except (OSError, ValueError):
        pass  # where systemd forbids it, the unit has bounds of its own


def compiled(path):
    with open(path, "rb") as file:
        return compile(file.read(), path, "exec")


def main():
    libc = ctypes.CDLL(None, use_errno=True)
    os.closerange(3, MOST_OPEN)
    for what, most in ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_NOFILE, MOST_OPEN), (resource.RLIMIT_CORE, 0)):
        bound(what, most)
    libc.prctl(NO_NEW_PRIVILEGES, ctypes.c_ulong(1), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0))
    # Read before files are out of reach.
    modules = []
    while sys.argv[1:2] == ["--with"]:
        modules.append(compiled(sys.argv[2]))
        del sys.argv[1:3]
    program = compiled(sys.argv[1]) if len(sys.argv) > 1 else None
    # Landlock first: its calls are none that a filter knows.
    held = [what for what, holds in (("files", hold_files(libc)), ("calls", hold_calls())) if holds]
    print(json.dumps({"id": -1, "held": held}), flush=True)
    for code in modules:
        module = types.ModuleType(os.path.basename(code.co_filename).removesuffix(".py"))
        exec(code, module.__dict__)
        sys.modules[module.__name__] = module
    if program is not None:
        del sys.argv[0]
        exec(program, {"__name__": "__main__", "__file__": sys.argv[0], "__builtins__": __builtins__})


main()
