//! Programs: looked up in a fixed list of folders, never in `PATH`.

use super::Unresolved;
use crate::call::RealPath;
use crate::state::Home;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// The real path of the program `name`, or none if there is no such program. `name` is a bare name
/// or absolute.
///
/// # Errors
/// [`Unresolved`].
pub fn find(name: &str, home: &Home) -> Result<Option<RealPath>, Unresolved> {
    let runs =
        |path: &Path| path.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0);
    // By way of `/proc` a program has another name, and is none of those that are looked up.
    let pseudo = super::super::rules::PSEUDO.iter().any(|root| Path::new(name).starts_with(root));
    let found = if pseudo {
        None
    } else if name.starts_with('/') {
        Some(Path::new(name).to_path_buf()).filter(|p| runs(p))
    } else if name.is_empty() || name.contains('/') {
        None
    } else {
        home.program_folders().iter().map(|folder| folder.join(name)).find(|p| runs(p))
    };
    found.map(|path| Ok(RealPath::new(&super::path::real(&path)?)?)).transpose()
}

/// `PATH` for programs that tools start: the same fixed list.
pub fn search_path(home: &Home) -> String {
    let folders: Vec<_> = home.program_folders().iter().map(|f| f.display().to_string()).collect();
    folders.join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_in_the_fixed_folders_only() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::scratch(dir.path()).unwrap();
        assert!(find("sh", &home).unwrap().is_some());
        for none in ["no-such-program", "", "../sh", "./sh", "/etc/passwd", "/nowhere"] {
            assert_eq!(find(none, &home).unwrap(), None, "{none}");
        }
    }
}
