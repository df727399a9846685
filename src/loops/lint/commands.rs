//! Commands in a runbook, and the commands that fleet has.

/// Every command, with those below it. A test compares them with the command line.
pub const COMMANDS: &[(&str, &[&str])] = &[
    ("init", &[]),
    ("demo", &[]),
    ("run-loop", &[]),
    (
        "loop",
        &[
            "list",
            "show",
            "new",
            "lint",
            "explain",
            "register",
            "unregister",
            "pause",
            "resume",
            "live",
            "observe",
            "next",
            "history",
            "stat",
        ],
    ),
    ("finding", &["list"]),
    ("schedule", &["install", "render", "slots", "status", "sweep", "uninstall"]),
    ("tool", &["list", "show", "call"]),
    ("approval", &["list", "show"]),
    ("approve", &[]),
    ("deny", &[]),
    ("veto", &[]),
    ("kill", &[]),
    ("breaker", &["list", "show", "trip", "reset"]),
    ("ceiling", &["list"]),
    ("policy", &["show", "check", "lint", "replay"]),
    ("account", &["add", "list", "test", "remove"]),
    (
        "audit",
        &[
            "verify",
            "tail",
            "query",
            "show",
            "stats",
            "checkpoint",
            "export",
            "resolve",
            "repair",
            "archive",
            "verifier",
        ],
    ),
    ("model", &["add", "check", "list"]),
    ("cost", &[]),
    ("agent", &[]),
    ("postmortem", &["list", "new"]),
    ("serve-mcp", &[]),
    ("completions", &[]),
];

/// The commands of a page, in backticks or in fences, each with its line; `above` lines stand before.
pub fn commands(text: &str, above: usize) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (n, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            let line = line.trim();
            found.push((above + n + 1, line.strip_prefix("$ ").unwrap_or(line)));
        }
    }
    // A command in backticks can go over the end of a line.
    let mut rest = text;
    let mut line = above + 1;
    while let Some((before, after)) = rest.split_once('`') {
        line += before.matches('\n').count();
        if let Some(fence) = after.strip_prefix("``") {
            let (inside, behind) = fence.split_once("```").unwrap_or((fence, ""));
            line += inside.matches('\n').count();
            rest = behind;
            continue;
        }
        let Some((inside, behind)) = after.split_once('`') else { break };
        found.push((line, inside.trim()));
        line += inside.matches('\n').count();
        rest = behind;
    }
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_stand_in_backticks_and_fences() {
        let text = "a `one x`, `two\n  y`\n```sh\n$ three z\n```\nb `four`";
        assert_eq!(commands(text, 10), [(11, "one x"), (11, "two\n  y"), (14, "three z"), (16, "four")]);
    }
}
