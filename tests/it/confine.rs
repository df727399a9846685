//! What the kernel holds a program to, tried for real: below a profile it is refused, without one
//! the same attempt works.

use crate::harness::{World, has, left_out};
use serde_json::{Value, json};
use std::net::{TcpListener, UdpSocket};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::{UnixDatagram, UnixListener};

/// What the kernel says of what it refuses.
const REFUSED: &[&str] = &["EPERM", "EACCES", "ENOSYS"];
/// Everything that is tried, as a program that says what became of each.
const ATTEMPTS: &str = include_str!("confine/attempts.py");
/// Attempts that only a kernel without the filter would not refuse for reasons of its own.
const NEEDS_FILTER: &[&str] = &[
    "ptrace",
    "read-memory",
    "user-namespace",
    "clone-namespace",
    "other-namespace",
    "mount",
    "chroot",
    "keys",
    "bpf",
    "perf",
    "io-uring",
    "file-handle",
    "userfault",
    "type-into-terminal",
    "new-calls",
];

/// Whether this kernel has what profiles need; where it has not, the test says so and ends.
pub fn kernel_confines(test: &str) -> bool {
    use landlock::{
        ABI, Access as _, AccessFs, AccessNet, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _,
    };
    let hard = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    let made = hard
        .handle_access(AccessFs::from_all(ABI::V4))
        .and_then(|r| r.handle_access(AccessNet::from_all(ABI::V4)))
        .and_then(Ruleset::create);
    if made.is_ok() {
        return true;
    }
    left_out(test, "this kernel has no Landlock of version 4 or later");
    false
}

/// Runs a program with a person's approval; its result.
pub fn run(world: &World, args: Value) -> Value {
    let id = world.waits("shell_run", args);
    let ran = world.fleet(&["approve", &id, "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let result = ran.json()["result"].clone();
    assert_eq!(result["sandbox"], "landlock+seccomp", "{result}");
    result
}

/// A machine with things to reach for.
struct Bait {
    world: World,
    tcp: TcpListener,
    udp: UdpSocket,
    unix: UnixListener,
    _datagram: UnixDatagram,
}

impl Bait {
    fn new() -> Self {
        let world = World::new();
        for folder in ["w/in", "w/out", "user/.ssh", "user/notes", "beside"] {
            std::fs::create_dir_all(world.root().join(folder)).unwrap();
        }
        for (file, text) in [
            ("user/.ssh/id_ed25519", "secret"),
            ("user/notes/a.txt", "a note"),
            ("beside/victim", "victim"),
            ("w/in/given", "given\n"),
            ("w/attempts.py", ATTEMPTS),
        ] {
            std::fs::write(world.root().join(file), text).unwrap();
        }
        // A link that stands in the folder where the program may write, and leads out of it.
        symlink(world.root().join("beside/victim"), world.at("out/lead-out")).unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let unix = UnixListener::bind(world.root().join("agent")).unwrap();
        tcp.set_nonblocking(true).unwrap();
        udp.set_nonblocking(true).unwrap();
        unix.set_nonblocking(true).unwrap();
        let datagram = UnixDatagram::bind(world.root().join("agent.datagram")).unwrap();
        Self { world, tcp, udp, unix, _datagram: datagram }
    }

    /// What the attempts need to know.
    fn argument(&self) -> String {
        let root = self.world.root();
        json!({
            "outside": root.join("beside"), "inside": self.world.at("out"), "home": self.world.user(),
            "fleet": root.join("fleet"), "binary": crate::harness::FLEET, "unix": root.join("agent"),
            "tcp": self.tcp.local_addr().unwrap().port(), "udp": self.udp.local_addr().unwrap().port(),
        })
        .to_string()
    }

    /// Whether anything came in at the listeners.
    fn heard(&self) -> bool {
        let mut heard = false;
        while self.tcp.accept().is_ok() || self.unix.accept().is_ok() || self.udp.recv(&mut [0; 64]).is_ok() {
            heard = true;
        }
        heard
    }
}

fn said(text: &str) -> Value {
    serde_json::from_str(text.trim()).unwrap_or_else(|e| panic!("{e}: {text}"))
}

#[test]
fn what_was_not_declared_is_refused_to_a_program_and_to_all_it_starts() {
    if !kernel_confines("what_was_not_declared") {
        return;
    }
    let bait = Bait::new();
    let world = &bait.world;
    let before = World::snapshot(&world.root().join("beside"));
    let result = run(
        world,
        json!({"argv": ["python3", world.at("attempts.py"), world.script("task.json", &bait.argument()), "program"], "cwd": world.w(),
               "write_roots": [world.at("out")], "timeout_s": 30}),
    );
    assert_eq!(result["exit"], 0, "{result}");
    let said = said(result["stdout"].as_str().unwrap());
    for role in ["program", "grandchild", "session"] {
        let tried = said[role].as_object().unwrap_or_else(|| panic!("{role} did not report: {result}"));
        assert!(tried.len() > 45, "{tried:?}");
        let through: Vec<_> = tried.iter().filter(|(_, what)| *what == "done").collect();
        assert_eq!(through, Vec::<(&String, &Value)>::new(), "{role}");
        for name in ["packet-socket", "redirected-pair", "open-terminal", "make-terminal"] {
            assert!(REFUSED.contains(&tried[name].as_str().unwrap()), "{role}: {name}: {}", tried[name]);
        }
        for name in NEEDS_FILTER {
            let expected = if ["io-uring", "new-calls"].contains(name) { "ENOSYS" } else { "EPERM" };
            assert_eq!(tried[*name], expected, "{role}: {name}");
        }
    }
    assert!(!bait.heard(), "something came through");
    assert_eq!(World::snapshot(&world.root().join("beside")), before);
    world.verify();
}

/// The same attempts without a profile: an attempt that never works would prove nothing above.
#[test]
fn the_same_attempts_work_without_a_profile() {
    let bait = Bait::new();
    let world = &bait.world;
    let mut command =
        world.process("/usr/bin/python3", &[&world.at("attempts.py"), &bait.argument(), "control"]);
    let out = command.current_dir(world.w()).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let said = said(&String::from_utf8_lossy(&out.stdout));
    let tried = said["control"].as_object().unwrap();
    assert!(tried.len() > 30, "{tried:?}");
    let not: Vec<_> = tried.iter().filter(|(_, what)| *what != "done").collect();
    assert_eq!(not, Vec::<(&String, &Value)>::new());
    // Those whose arguments are wrong get another answer than the filter's.
    let filtered = said["filtered"].as_object().unwrap();
    assert!(NEEDS_FILTER.iter().all(|name| filtered.contains_key(*name)), "{filtered:?}");
    let by_itself = |what: &Value| REFUSED.contains(&what.as_str().unwrap());
    let proving = filtered.values().filter(|what| !by_itself(what)).count();
    for (name, what) in filtered.iter().filter(|(_, what)| by_itself(what)) {
        left_out(&format!("what_was_not_declared: `{name}`"), &format!("refused here by itself ({what})"));
    }
    assert!(proving > 0, "{filtered:?}");
    assert!(bait.heard());
}

#[test]
fn everyday_programs_work_below_a_profile() {
    if !kernel_confines("everyday_programs") {
        return;
    }
    let world = World::new();
    let repo = world.repository("site");
    std::fs::create_dir(world.at("out")).unwrap();
    std::fs::write(world.at("site/Makefile"), "all:\n\t@echo made > $(OUT)/made; cat $(OUT)/made\n").unwrap();
    std::fs::write(world.at("site/jobs.mk"), "all: a b\n\t@echo both\na b:\n\t@sleep 0.1\n").unwrap();
    std::fs::write(world.at("site/notes.txt"), "one\ntwo\nthree\n").unwrap();
    std::fs::write(world.at("site/hello.c"), "#include <stdio.h>\nint main(void) { puts(\"compiled\"); }\n")
        .unwrap();
    std::fs::write(world.at("site/run.sh"), "#!/bin/sh\necho from a script\n").unwrap();
    std::fs::set_permissions(world.at("site/run.sh"), PermissionsExt::from_mode(0o755)).unwrap();
    let out = world.at("out");
    let lines = [
        ("ls", "run.sh"),
        ("cat notes.txt", "two"),
        ("grep -rn thre .", "notes.txt:3:three"),
        ("sort -r notes.txt | head -1", "two"),
        ("find . -name '*.c' -print0 | xargs -0 wc -l", "hello.c"),
        ("git status --short --branch", "## main"),
        ("git log --format=%s -1", "done/two"),
        ("python3 -c 'import json,hashlib,tempfile,subprocess; print(tempfile.mkdtemp() and 6*7)'", "42"),
        ("make OUT=$OUT", "made"),
        ("cc -o $OUT/hello hello.c && $OUT/hello", "compiled"),
        ("./run.sh", "from a script"),
        ("cp notes.txt $OUT/n && sed -i s/two/2/ $OUT/n && cat $OUT/n", "2"),
        ("mkdir -p $OUT/a/b && mv $OUT/n $OUT/a/b/n && rm -r $OUT/a && echo gone", "gone"),
        (
            "tar cf $OUT/t.tar notes.txt && mkdir $OUT/x && tar xf $OUT/t.tar -C $OUT/x && cat $OUT/x/notes.txt",
            "three",
        ),
        ("chmod +x $OUT/x/notes.txt && ls -l $OUT/x | grep -c rwx", "1"),
        ("mktemp -d >/dev/null && date +%Y && id -un", "20"),
        ("ps -o comm= -p $$", "sh"),
        ("(sleep 0.05; echo later) & wait", "later"),
        ("echo x > /dev/null && head -c 4 /dev/urandom | wc -c", "4"),
        ("perl -e 'print 6*7'", "42"),
        ("awk 'END {print NR}' notes.txt", "3"),
        (
            "printf 'a\\nb\\n' | python3 -c 'import multiprocessing.connection, os, socket; a, b = socket.socketpair(); a.send(b\"paired\"); print(b.recv(9))'",
            "paired",
        ),
        ("seq 300000 | sort -rn --parallel=4 -S 1M | head -1", "300000"),
        ("xz -T2 --block-size=4096 -c notes.txt | xz -dc", "three"),
        ("taskset -c 0 nice -n 5 echo on one", "on one"),
        ("make -j4 -f jobs.mk", "both"),
        (
            "python3 -c 'import concurrent.futures as f; print(sum(f.ThreadPoolExecutor(4).map(abs, range(9))))'",
            "36",
        ),
        (
            "python3 -c 'import multiprocessing as m; a, b = m.Pipe(); p = m.Process(target=b.send, args=(7,)); p.start(); print(a.recv() * 6); p.join()'",
            "42",
        ),
        (
            "python3 -c 'import os, resource; os.sched_setaffinity(0, os.sched_getaffinity(0)); os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0)); resource.setrlimit(resource.RLIMIT_CPU, (50, 50)); print(\"its own\")'",
            "its own",
        ),
    ];
    // Programs that a small machine may be without.
    let optional = ["make", "cc", "perl", "xz", "taskset"];
    let program = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
    let there = |line: &str| {
        let there = !optional.contains(&program(line).as_str()) || has(&program(line));
        if !there {
            left_out(&format!("everyday_programs: `{line}`"), "this machine has no such program");
        }
        there
    };
    let lines: Vec<_> = lines.into_iter().filter(|(line, _)| there(line)).collect();
    let shell: Vec<_> = lines.iter().map(|(line, _)| *line).collect();
    let how = json!({"cwd": repo, "write_roots": [out]});
    for ((line, exit, said), (_, expected)) in
        world.lines(&format!("OUT={out}\n"), &shell, how).into_iter().zip(lines)
    {
        assert!(exit == 0 && said.contains(expected), "`{line}` exit {exit}: {said}");
    }
}

#[test]
fn a_declared_network_is_outgoing_tcp_and_nothing_else() {
    if !kernel_confines("a_declared_network") {
        return;
    }
    let bait = Bait::new();
    let world = &bait.world;
    let script = "import socket, sys\n\
        def tried(what):\n\
        \x20   try: what(); return 'done'\n\
        \x20   except OSError as e: return 'refused'\n\
        port, udp, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]\n\
        print(tried(lambda: socket.create_connection(('127.0.0.1', port), 2)),\n\
        \x20     tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', udp))),\n\
        \x20     tried(lambda: socket.create_server(('127.0.0.1', 0))),\n\
        \x20     tried(lambda: socket.socket(socket.AF_UNIX).connect(path)))";
    let port = |address: std::net::SocketAddr| address.port().to_string();
    let (tcp, udp) = (port(bait.tcp.local_addr().unwrap()), port(bait.udp.local_addr().unwrap()));
    let unix = world.root().join("agent");
    for (network, expected) in
        [(true, "done refused refused refused"), (false, "refused refused refused refused")]
    {
        let args = json!({"argv": ["python3", "-c", script, tcp, udp, unix], "network": network});
        assert_eq!(run(world, args)["stdout"].as_str().unwrap().trim(), expected);
    }
    assert!(bait.tcp.accept().is_ok() && bait.tcp.accept().is_err());
    assert!(bait.unix.accept().is_err() && bait.udp.recv(&mut [0; 8]).is_err());
}

#[test]
fn a_home_as_working_folder_is_shown_without_its_keys() {
    if !kernel_confines("a_home_as_working_folder") {
        return;
    }
    let bait = Bait::new();
    let world = &bait.world;
    let script =
        "cat notes/a.txt; echo; cat .ssh/id_ed25519; ls .ssh; cat ../beside/victim; echo $HOME; ls -A $HOME";
    let result = run(world, json!({"argv": ["sh", world.script("home.sh", script)], "cwd": world.user()}));
    let (stdout, stderr) = (result["stdout"].as_str().unwrap(), result["stderr"].as_str().unwrap());
    assert!(
        stdout.starts_with("a note\n") && !stdout.contains("secret") && !stdout.contains("victim"),
        "{result}"
    );
    assert_eq!(stderr.matches("Permission denied").count(), 3, "{result}");
    // Its own home is empty, and not the owner's.
    assert!(!stdout.contains(world.user().to_str().unwrap()), "{result}");
}

#[test]
fn what_fleets_parent_left_open_is_closed() {
    if !kernel_confines("what_fleets_parent_left_open") {
        return;
    }
    let bait = Bait::new();
    let world = &bait.world;
    let secret = world.user().join(".ssh/id_ed25519");
    let id = world.waits(
        "shell_run",
        json!({"argv": ["sh", world.script("open.sh", "ls /proc/self/fd; cat <&7; ulimit -c")]}),
    );
    let line = format!("exec 7<{}; exec {} approve {id} --json", secret.display(), crate::harness::FLEET);
    let out = world.process("/bin/sh", &["-c", &line]).output().unwrap();
    let reply = said(&String::from_utf8_lossy(&out.stdout));
    // Three, and the one that `ls` itself opens.
    assert_eq!(reply["result"]["stdout"], "0\n1\n2\n3\n0\n", "{reply}");
    // Without a profile, too.
    world.unconfine();
    let id = world.waits(
        "shell_run",
        json!({"argv": ["sh", world.script("open.sh", "ls /proc/self/fd; cat <&7; ulimit -c")]}),
    );
    let line = format!("exec 7<{}; exec {} approve {id} --json", secret.display(), crate::harness::FLEET);
    let out = world.process("/bin/sh", &["-c", &line]).output().unwrap();
    let reply = said(&String::from_utf8_lossy(&out.stdout));
    assert_eq!(
        (&reply["result"]["stdout"], &reply["result"]["sandbox"]),
        (&json!("0\n1\n2\n3\n0\n"), &json!("none"))
    );
}

#[test]
fn a_folder_may_hold_more_than_fleet_may_have_open() {
    if !kernel_confines("a_folder_may_hold_more") {
        return;
    }
    let bait = Bait::new();
    let world = &bait.world;
    for nth in 0..300 {
        std::fs::write(world.user().join(format!("file-{nth}")), "x").unwrap();
    }
    // A home is shown entry by entry, for the sake of what is hidden in it.
    let args = json!({"argv": ["cat", "file-0", "file-299", "notes/a.txt"], "cwd": world.user()});
    let id = world.waits("shell_run", args);
    let line = format!("ulimit -n 128; exec {} approve {id} --json", crate::harness::FLEET);
    let out = world.process("/bin/sh", &["-c", &line]).output().unwrap();
    let reply = said(&String::from_utf8_lossy(&out.stdout));
    assert_eq!(
        (&reply["status"], &reply["result"]["stdout"]),
        (&json!("done"), &json!("xxa note")),
        "{reply}"
    );
}

#[test]
fn a_place_to_write_must_be_there() {
    if !kernel_confines("a_place_to_write") {
        return;
    }
    let world = World::new();
    let id = world.waits("shell_run", json!({"argv": ["touch", "x"], "write_roots": [world.at("none")]}));
    let ran = world.fleet(&["approve", &id, "--json"]);
    assert_eq!((ran.code, ran.json()["status"].as_str()), (1, Some("failed")), "{ran:?}");
    assert!(ran.json()["error"].as_str().unwrap().contains("make that file or folder first"), "{ran:?}");
}
