"""Tries what a confined program must not do. Prints {role: {attempt: "done" or the error}}."""

import ctypes, errno, fcntl, json, mmap, os, platform, socket, subprocess, sys

task, role = json.load(open(sys.argv[1])) if os.path.exists(sys.argv[1]) else json.loads(sys.argv[1]), sys.argv[2]
out, inside = task["outside"], task["inside"]
parent = task.setdefault("parent", os.getppid())
libc = ctypes.CDLL(None, use_errno=True)
x86 = platform.machine() == "x86_64"


def call(x86_number, arm_number, *arguments):
    """A system call by number, with arguments that would do no harm."""
    ctypes.set_errno(0)
    answer = libc.syscall(ctypes.c_long(x86_number if x86 else arm_number), *map(ctypes.c_long, arguments))
    if answer == -1:
        raise OSError(ctypes.get_errno(), "")
    return answer


def write(path, mode="w"):
    with open(path, mode) as file:
        file.write("x")


def read(path):
    if not open(path, "rb").read(16):
        raise OSError(errno.ENODATA, "")


def redirected_pair():
    mine, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    mine.connect(task["unix"] + ".datagram")


def forked_write():
    pid = os.fork()
    if pid == 0:
        try:
            write(f"{out}/forked-{role}")
            os._exit(0)
        except OSError:
            os._exit(1)
    if os.waitpid(pid, 0)[1] != 0:
        raise OSError(errno.EACCES, "")


def by_number(get, control, remove, *arguments):
    """Makes something that other programs of this account find by its number, and removes it."""
    made = call(*get, *arguments)
    call(*control, made, *remove)


def named_queue():
    name = ctypes.c_char_p(f"fleet-test-{role}-{os.getpid()}".encode())
    at = ctypes.cast(name, ctypes.c_void_p).value
    os.close(call(240, 180, at, os.O_CREAT | os.O_RDWR, 0o600, 0))
    call(241, 181, at)


def slow_down(pid):
    """What another process has already, set again."""
    attributes = ctypes.create_string_buffer(64)
    at = ctypes.addressof(attributes)
    call(315, 275, pid, at, 56, 0)
    call(314, 274, pid, at, 0)


# Work for anyone who is not confined.
plain = {
    "write-outside": lambda: write(f"{out}/new-{role}"),
    "append-outside": lambda: write(f"{out}/victim", "a"),
    "truncate-outside": lambda: os.truncate(f"{out}/victim", 0),
    "make-folder-outside": lambda: os.mkdir(f"{out}/folder-{role}"),
    "make-pipe-outside": lambda: os.mkfifo(f"{out}/pipe-{role}"),
    "write-from-a-fork": forked_write,
    "write-beside-cwd": lambda: write(f"../beside/up-{role}"),
    "write-cwd": lambda: write(f"cwd-{role}"),
    "write-through-link": lambda: write(f"{inside}/lead-out", "a"),
    "link-and-write": lambda: (os.symlink(f"{out}/victim", f"{inside}/link-{role}"), write(f"{inside}/link-{role}", "a")),
    "hard-link-in": lambda: os.link(f"{out}/victim", f"{inside}/hard-{role}"),
    "rename-out": lambda: (write(f"{inside}/mine-{role}"), os.rename(f"{inside}/mine-{role}", f"{out}/mine-{role}")),
    "rename-in": lambda: (write(f"{out}/theirs-{role}"), os.rename(f"{out}/theirs-{role}", f"{inside}/theirs-{role}")),
    "rename-victim-in": lambda: os.rename(f"{out}/victim", f"{inside}/victim-{role}"),
    "put-victim-back": lambda: os.rename(f"{inside}/victim-{role}", f"{out}/victim"),
    "write-in-tmp": lambda: (write(f"/tmp/fleet-test-{os.getpid()}"), os.unlink(f"/tmp/fleet-test-{os.getpid()}")),
    "write-in-shm": lambda: (write(f"/dev/shm/fleet-test-{os.getpid()}"), os.unlink(f"/dev/shm/fleet-test-{os.getpid()}")),
    "read-outside": lambda: read(f"{out}/victim"),
    "list-outside": lambda: os.listdir(out),
    "read-key": lambda: read(f"{task['home']}/.ssh/id_ed25519"),
    "list-home": lambda: os.listdir(task["home"]),
    "read-by-proc-root": lambda: read(f"/proc/self/root{out}/victim"),
    "read-by-proc-cwd": lambda: read("/proc/self/cwd/../beside/victim"),
    "read-fleet-log": lambda: read(f"{task['fleet']}/data/audit/00000000000000000001.jsonl"),
    "list-fleet-data": lambda: os.listdir(f"{task['fleet']}/data"),
    "read-fleet-policy": lambda: read(f"{task['fleet']}/config/policy.toml"),
    "write-fleet-policy": lambda: write(f"{task['fleet']}/config/policy.toml", "a"),
    "read-fleet-program": lambda: read(task["binary"]),
    "start-fleet-program": lambda: subprocess.run([task["binary"], "--version"], check=True, stdout=subprocess.DEVNULL),
    "read-parent-environment": lambda: read(f"/proc/{parent}/environ"),
    "read-parent-memory-map": lambda: read(f"/proc/{parent}/maps"),
    "open-parent-memory": lambda: open(f"/proc/{parent}/mem", "rb").close(),
    "see-parent-files": lambda: os.readlink(f"/proc/{parent}/fd/0"),
    "signal-parent": lambda: os.kill(parent, 0),
    "limit-parent": lambda: call(302, 261, parent, 7, 0, 0),
    "slow-parent": lambda: os.setpriority(os.PRIO_PROCESS, parent, os.getpriority(os.PRIO_PROCESS, parent)),
    "schedule-parent": lambda: slow_down(parent),
    "idle-parent": lambda: os.sched_setscheduler(parent, os.sched_getscheduler(parent), os.sched_getparam(parent)),
    "weigh-parent": lambda: os.sched_setparam(parent, os.sched_getparam(parent)),
    "pages-of-parent": lambda: call(279, 239, parent, 0, 0, 0, 0, 0),
    "shared-memory": lambda: by_number((29, 194), (31, 195), (0, 0), 0, 4096, 0o1600),
    "semaphores": lambda: by_number((64, 190), (66, 191), (0, 0, 0), 0, 1, 0o1600),
    "messages": lambda: by_number((68, 186), (71, 187), (0, 0), 0, 0o1600),
    "message-queue": named_queue,
    "pidfd-signal-parent": lambda: __import__("signal").pidfd_send_signal(os.pidfd_open(parent), 0),
    "tcp-connect": lambda: socket.create_connection(("127.0.0.1", task["tcp"]), 2),
    "tcp-serve": lambda: socket.create_server(("127.0.0.1", 0)),
    "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", task["udp"])),
    "unix-socket": lambda: socket.socket(socket.AF_UNIX).connect(task["unix"]),
    "abstract-socket": lambda: socket.socket(socket.AF_UNIX).bind(f"\0fleet-test-{os.getpid()}"),
    "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0),
    "datagram-pair": lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM),
}
if not os.path.isdir("/dev/shm"):
    del plain["write-in-shm"]

# Refused before their arguments are looked at, which are wrong or harmless: without a profile these
# are no success either, but are answered otherwise.
filtered = {
    "ptrace": lambda: call(101, 117, 9999, parent, 0, 0),
    "read-memory": lambda: call(310, 270, parent, 0, 0, 0, 0, 0),
    "user-namespace": lambda: call(272, 97, 0x10000000),
    "clone-namespace": lambda: call(56, 220, 0x10000000 | 0x200, 0, 0, 0, 0),
    "other-namespace": lambda: call(308, 268, -1, 0),
    "mount": lambda: call(165, 40, 0, 0, 0, 0, 0),
    "chroot": lambda: call(161, 51, 0),
    "keys": lambda: call(250, 219, 0, -3, 0, 0, 0),
    "bpf": lambda: call(321, 280, 0, 0, 0),
    "perf": lambda: call(298, 241, 0, 0, -1, -1, 0),
    "io-uring": lambda: call(425, 425, 1, 0),
    "file-handle": lambda: call(304, 265, -1, 0, 0),
    "userfault": lambda: call(323, 282, -1),
    "type-into-terminal": lambda: fcntl.ioctl(0, 0x5412, b"x"),
    "new-calls": lambda: call(435, 435, 0, 0),
    "packet-socket": lambda: socket.socket(17, socket.SOCK_RAW, 0),
    "redirected-pair": redirected_pair,
    "open-terminal": lambda: open("/dev/tty"),
    "make-terminal": lambda: os.openpty(),
}


def tried(what):
    try:
        what()
        return "done"
    except OSError as e:
        return errno.errorcode.get(e.errno, str(e))
    except subprocess.CalledProcessError as e:
        return str(e)


def aside(what):
    """The same in a process of its own, which it may change for good."""
    answer, said = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(said, tried(what).encode())
        os._exit(0)
    os.close(said)
    os.waitpid(pid, 0)
    with os.fdopen(answer) as answer:
        return answer.read()


if role == "control":
    said = {role: {name: tried(what) for name, what in plain.items()}}
    said["filtered"] = {name: aside(what) for name, what in filtered.items()}
else:
    said = {role: {name: tried(what) for name, what in {**plain, **filtered}.items()}}


def start(role, **how):
    argv = [sys.executable, sys.argv[0], json.dumps(task), role]
    said.update(json.loads(subprocess.run(argv, capture_output=True, check=True, **how).stdout))


if role == "program":
    start("child")
    start("session", start_new_session=True)
if role == "child":
    start("grandchild")
print(json.dumps(said))
