//! What a program may reach: a value, computed without touching the world.
//!
//! Readable and executable: the system's folders, the program itself, its working folder, the files
//! that its arguments name. Writable: the declared roots and its scratch folder. Where one of them
//! holds something that is guarded (keys, fleet's own files), it is taken apart, and all that is in
//! it but the guarded is granted; what is put there later is not.

use crate::gate::Guard;
use crate::state::Platform;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Most places that a profile names: past that it is not worth its time, and names less.
const MOST: usize = 4000;

/// Everything that a program and all it starts may reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Read and executed, with all below.
    pub reads: Vec<PathBuf>,
    /// Read but not executed, with all below.
    pub looks: Vec<PathBuf>,
    /// Read, executed and changed, with all below.
    pub writes: Vec<PathBuf>,
    /// The network.
    pub network: Network,
}

/// What may leave the machine. The kernel knows no host names: which hosts are meant is the gate's to
/// judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// Nothing.
    None,
    /// TCP connections. Never a server, never UDP.
    Tcp,
}

/// What was declared for one run, whatever the shape of the effect is.
#[derive(Debug, Clone)]
pub struct Declared<'a> {
    /// Programs of the run.
    pub programs: Vec<&'a Path>,
    /// Where they run.
    pub cwd: Option<&'a Path>,
    /// Files that arguments name.
    pub inputs: Vec<&'a Path>,
    /// Where they may write.
    pub write_roots: Vec<&'a Path>,
    /// The run's own empty folder.
    pub scratch: &'a Path,
    /// The network.
    pub network: Network,
}

/// The world as far as a profile needs it.
pub struct Ground<'a> {
    /// Whether a path is guarded.
    pub guard: &'a dyn Fn(&Path) -> Guard,
    /// What lies in a folder, links left out: where they lead must be granted by itself.
    pub list: &'a dyn Fn(&Path) -> Vec<PathBuf>,
    /// Where a path of the system leads: some are links, and nothing in a profile is followed later.
    pub real: &'a dyn Fn(&Path) -> Option<PathBuf>,
}

/// The profile of one run.
pub fn profile(platform: Platform, declared: &Declared<'_>, ground: &Ground<'_>) -> Profile {
    let mut reads = Vec::new();
    let real = |paths: &[&str]| -> Vec<PathBuf> {
        paths.iter().filter_map(|path| (ground.real)(Path::new(path))).collect()
    };
    let system = real(system_folders(platform));
    let declared_reads = declared.cwd.iter().chain(&declared.inputs).copied();
    for root in system.iter().map(PathBuf::as_path).chain(declared_reads) {
        without_guarded(root, ground, &mut reads);
    }
    // They were judged as they are: the program of a canary is fleet itself.
    reads.extend(declared.programs.iter().map(|path| path.to_path_buf()));
    let mut looks = real(looked_at(platform));
    if declared.network != Network::None {
        looks.extend(real(for_names(platform)));
    }
    // The gate refuses a root that is or holds what is guarded; here it is not granted either.
    let roots = declared.write_roots.iter().copied().filter(|root| (ground.guard)(root) == Guard::Open);
    let writes = roots.chain([declared.scratch]).map(Path::to_path_buf).collect();
    Profile { reads: tidy(reads), looks, writes: tidy(writes), network: declared.network }
}

/// Adds `root`, or what is in it but the guarded.
fn without_guarded(root: &Path, ground: &Ground<'_>, into: &mut Vec<PathBuf>) {
    let mut left = vec![root.to_path_buf()];
    while let Some(path) = left.pop().filter(|_| into.len() < MOST) {
        match (ground.guard)(&path) {
            Guard::Open => into.push(path),
            Guard::Holds => left.extend((ground.list)(&path)),
            Guard::Closed => {}
        }
    }
}

/// Sorted, and without what lies below another.
fn tidy(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
    paths.sort();
    paths.dedup();
    let mut kept: Vec<PathBuf> = Vec::new();
    for path in paths {
        if !kept.last().is_some_and(|last| path.starts_with(last)) {
            kept.push(path);
        }
    }
    kept
}

/// Programs, libraries and what they all read. Of `/etc` only what is named here.
const fn system_folders(platform: Platform) -> &'static [&'static str] {
    match platform {
        Platform::Linux => &[
            "/usr",
            "/bin",
            "/sbin",
            "/lib",
            "/lib32",
            "/lib64",
            "/opt",
            "/nix/store",
            "/etc/alternatives",
            "/etc/bash.bashrc",
            "/etc/ca-certificates",
            "/etc/ca-certificates.conf",
            "/etc/crypto-policies",
            "/etc/debian_version",
            "/etc/fonts",
            "/etc/group",
            "/etc/host.conf",
            "/etc/hostname",
            "/etc/hosts",
            "/etc/inputrc",
            "/etc/java",
            "/etc/ld.so.cache",
            "/etc/ld.so.conf",
            "/etc/ld.so.conf.d",
            "/etc/ld.so.preload",
            "/etc/locale.alias",
            "/etc/locale.conf",
            "/etc/localtime",
            "/etc/login.defs",
            "/etc/lsb-release",
            "/etc/magic",
            "/etc/mime.types",
            "/etc/nsswitch.conf",
            "/etc/os-release",
            "/etc/passwd",
            "/etc/perl",
            "/etc/pki/ca-trust",
            "/etc/pki/tls/certs",
            "/etc/pki/tls/openssl.cnf",
            "/etc/profile",
            "/etc/protocols",
            "/etc/python3",
            "/etc/rpc",
            "/etc/services",
            "/etc/shells",
            "/etc/ssl/cert.pem",
            "/etc/ssl/certs",
            "/etc/ssl/openssl.cnf",
            "/etc/terminfo",
            "/etc/timezone",
            "/etc/vim",
        ],
        Platform::Macos => &[
            "/usr",
            "/bin",
            "/sbin",
            "/System",
            "/Library",
            "/opt/homebrew",
            "/private/etc",
            "/private/var/db/timezone",
            "/private/var/select",
            "/Applications/Xcode.app",
        ],
    }
}

/// Windows into the kernel that programs look through. On Linux the kernel shows a confined process
/// nothing of another's memory, environment and files there.
const fn looked_at(platform: Platform) -> &'static [&'static str] {
    match platform {
        Platform::Linux => &["/proc", "/sys/devices/system", "/sys/fs/cgroup", "/sys/kernel/mm"],
        Platform::Macos => &[],
    }
}

/// What turns names into addresses.
const fn for_names(platform: Platform) -> &'static [&'static str] {
    match platform {
        Platform::Linux => {
            &["/etc/resolv.conf", "/etc/gai.conf", "/run/systemd/resolve", "/run/NetworkManager/resolv.conf"]
        }
        Platform::Macos => &["/private/var/run/resolv.conf"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A home with keys and fleet's files in it.
    fn guard(path: &Path) -> Guard {
        let closed = ["/home/ada/.ssh", "/home/ada/.local/share/fleet", "/usr/local/bin/fleet"];
        if closed.iter().any(|c| path.starts_with(c)) {
            Guard::Closed
        } else if closed.iter().any(|c| Path::new(c).starts_with(path)) {
            Guard::Holds
        } else {
            Guard::Open
        }
    }

    fn list(path: &Path) -> Vec<PathBuf> {
        let names: &[&str] = match path.to_str().unwrap() {
            "/" => &["home", "usr"],
            "/home" => &["ada", "bob"],
            "/home/ada" => &[".ssh", ".local", "code", "notes.txt"],
            "/home/ada/.local" => &["share", "lib"],
            "/home/ada/.local/share" => &["fleet", "fonts"],
            "/usr" => &["bin", "lib", "local"],
            "/usr/local" => &["bin", "share"],
            "/usr/local/bin" => &["fleet", "make"],
            other => panic!("nobody should list {other}"),
        };
        names.iter().map(|name| path.join(name)).collect()
    }

    fn of(cwd: &str, roots: &[&str], network: Network) -> Profile {
        let declared = Declared {
            programs: vec![Path::new("/home/ada/tool")],
            cwd: Some(Path::new(cwd)),
            inputs: vec![Path::new("/srv/data.csv"), Path::new("/home/ada/.ssh/id_rsa")],
            write_roots: roots.iter().map(Path::new).collect(),
            scratch: Path::new("/tmp/scratch"),
            network,
        };
        profile(
            Platform::Linux,
            &declared,
            &Ground { guard: &guard, list: &list, real: &|path| Some(path.to_path_buf()) },
        )
    }

    fn beyond_the_system(profile: &Profile) -> Vec<&str> {
        let system = ["/bin", "/sbin", "/lib", "/opt", "/nix", "/etc", "/lib32", "/lib64"];
        let paths = profile.reads.iter().filter(|p| !system.iter().any(|s| p.starts_with(s)));
        paths.map(|p| p.to_str().unwrap()).collect()
    }

    #[test]
    fn a_folder_of_work_is_granted_as_a_whole_and_fleet_is_cut_out_of_the_system() {
        let profile = of("/home/ada/code/site", &["/home/ada/code/site/out"], Network::None);
        assert_eq!(
            beyond_the_system(&profile),
            [
                "/home/ada/code/site",
                "/home/ada/tool",
                "/srv/data.csv",
                "/usr/bin",
                "/usr/lib",
                "/usr/local/bin/make",
                "/usr/local/share"
            ]
        );
        assert_eq!(profile.writes, ["/home/ada/code/site/out", "/tmp/scratch"].map(PathBuf::from).to_vec());
        assert_eq!((profile.looks.len(), profile.network), (4, Network::None));
    }

    #[test]
    fn a_home_is_taken_apart_so_that_its_keys_stay_out() {
        let profile = of("/home/ada", &[], Network::None);
        let homes: Vec<_> =
            beyond_the_system(&profile).into_iter().filter(|p| p.starts_with("/home")).collect();
        assert_eq!(
            homes,
            [
                "/home/ada/.local/lib",
                "/home/ada/.local/share/fonts",
                "/home/ada/code",
                "/home/ada/notes.txt",
                "/home/ada/tool"
            ]
        );
    }

    #[test]
    fn a_root_that_holds_what_is_guarded_is_not_writable() {
        for root in ["/", "/home/ada", "/home/ada/.ssh", "/usr/local/bin", "/home/ada/.local/share/fleet"] {
            let profile = of("/home/ada/code", &[root], Network::None);
            assert_eq!(profile.writes, [PathBuf::from("/tmp/scratch")], "{root}");
        }
    }

    #[test]
    fn names_are_resolved_only_for_a_run_with_a_network() {
        let profile = of("/home/ada/code", &[], Network::Tcp);
        assert!(profile.looks.contains(&PathBuf::from("/etc/resolv.conf")));
        let profile = of("/home/ada/code", &[], Network::None);
        assert!(!profile.looks.contains(&PathBuf::from("/etc/resolv.conf")));
    }

    #[test]
    fn it_survives_the_way_to_the_child() {
        let profile = of("/home/ada/code", &["/home/ada/out"], Network::Tcp);
        let text = serde_json::to_string(&profile).unwrap();
        assert_eq!(serde_json::from_str::<Profile>(&text).unwrap(), profile);
    }
}
