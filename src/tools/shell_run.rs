//! Run a program without a shell.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass};
use crate::call::{AbsPath, Happened, Malformed, Risk, Script, SpawnWanted, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub struct ShellRun;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// Program and arguments. Nobody expands them: `*`, `$` and `;` are plain characters.
    #[serde(default)]
    argv: Vec<String>,
    /// Instead of argv, one line as for `sh`: pipes, `&&`, `||`, `;`, quotes, `*`, redirections. What
    /// is understood runs without a shell; what is not asks a person first.
    #[serde(default)]
    #[schemars(with = "String")]
    command: Option<String>,
    /// Where it runs, from `/` or `~/`; an empty scratch folder if left out.
    #[serde(default)]
    #[schemars(with = "String")]
    cwd: Option<AbsPath>,
    /// What it reads.
    #[serde(default)]
    stdin: String,
    /// Wall seconds until it is ended with everything it started; 3600 is the most.
    #[serde(default = "minute")]
    timeout_s: u32,
    /// Bytes kept of stdout and of stderr each; 1048576 is the most.
    #[serde(default = "some")]
    max_output: u32,
    /// Whether it may open TCP connections: then a person decides, whatever the line does.
    #[serde(default)]
    network: bool,
    /// Folders it may change besides those that the line names, from `/` or `~/`; they must exist.
    #[serde(default)]
    write_roots: Vec<AbsPath>,
}

const fn minute() -> u32 {
    60
}

const fn some() -> u32 {
    65_536
}

impl Typed for ShellRun {
    type Args = Args;
    const CARD: Card = Card {
        name: "shell_run",
        family: "shell",
        risk: Risk::High,
        effect: EffectClass::Destructive,
        about: "Runs programs without a shell: lines that only look run at once, everything else after a person \
                approved exactly that.",
        undo: "cannot be undone by fleet",
        bulk: &["stdin"],
        needs: None,
        example: r#"{"command":"git log --oneline | head -5","cwd":"~/code/site"}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { argv, command, cwd, stdin, timeout_s, max_output, network, write_roots } = args;
        let script = match (argv.first().map(String::as_str), command) {
            (Some(_), Some(_)) => return Err(Unclear::Args("give either argv or command, not both".into())),
            (None | Some(""), None) => {
                return Err(Unclear::Args("neither argv nor command names a program".into()));
            }
            (None, Some(line)) => Script::Line(line),
            (Some(_), None) => Script::Argv(argv),
        };
        if let Script::Argv(argv) = &script
            && let Some(bad) = argv.iter().find(|a| a.contains('\0'))
        {
            return Err(Malformed::new("argument", bad, "contains a NUL").into());
        }
        if timeout_s == 0 || timeout_s > 3600 {
            return Err(Unclear::Args(format!("timeout_s is {timeout_s}: expected 1 to 3600")));
        }
        if max_output > 1 << 20 {
            return Err(Unclear::Args(format!("max_output is {max_output}: expected at most 1048576")));
        }
        let stdin = stdin.into_bytes();
        Ok(vec![Wanted::Spawn(SpawnWanted {
            script,
            cwd,
            stdin,
            timeout_s,
            max_output,
            network,
            write_roots,
        })])
    }

    fn report(_: Args, happened: &[Happened]) -> Value {
        let Some(Happened::Ran { exit, signal, stdout, stderr, truncated, timed_out, sandbox }) =
            happened.first()
        else {
            return Value::Null;
        };
        json!({
            "exit": exit,
            "signal": signal,
            "stdout": String::from_utf8_lossy(stdout),
            "stderr": String::from_utf8_lossy(stderr),
            "truncated": truncated,
            "timed_out": timed_out,
            "sandbox": sandbox,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Tool;
    use super::*;

    #[test]
    fn argv_that_names_no_one_program_is_unclear() {
        for bad in [json!([]), json!([""]), json!(["ls", "a\0b"])] {
            let bound = ShellRun.bind(&json!({ "argv": bad })).unwrap();
            assert!(Tool::plan(&ShellRun, &bound).is_err(), "{bad}");
        }
        assert!(ShellRun.bind(&json!({"argv": "ls -l"})).is_err());
        let both = ShellRun.bind(&json!({"argv": ["ls"], "command": "ls"})).unwrap();
        assert!(Tool::plan(&ShellRun, &both).is_err());
    }
}
