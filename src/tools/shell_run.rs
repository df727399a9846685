//! Run a program without a shell.

use super::typed::{Typed, Unclear};
use super::{Card, EffectClass};
use crate::call::{AbsPath, Happened, Malformed, Risk, SpawnWanted, Wanted};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub struct ShellRun;

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// Program and arguments. No shell reads them: `*`, `$` and `;` are plain characters.
    argv: Vec<String>,
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
    /// Whether it asks for the network.
    #[serde(default)]
    network: bool,
    /// Where it asks to write, from `/` or `~/`.
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
        about: "Runs one program with arguments, without a shell, after a person approved exactly that.",
        undo: "cannot be undone by fleet",
        bulk: &["stdin"],
        needs: None,
        example: r#"{"argv":["make","-n"],"cwd":"~/code/site"}"#,
    };

    fn plan(args: Args) -> Result<Vec<Wanted>, Unclear> {
        let Args { argv, cwd, stdin, timeout_s, max_output, network, write_roots } = args;
        let program = argv.first().map(String::as_str).unwrap_or_default();
        if program.is_empty() {
            return Err(Unclear::Args("argv names no program".into()));
        }
        if program.contains('/') && !program.starts_with('/') {
            return Err(Malformed::new(
                "program",
                program,
                "is a relative path; write it from `/`, or its name alone",
            )
            .into());
        }
        if let Some(bad) = argv.iter().find(|a| a.contains('\0')) {
            return Err(Malformed::new("argument", bad, "contains a NUL").into());
        }
        if timeout_s == 0 || timeout_s > 3600 {
            return Err(Unclear::Args(format!("timeout_s is {timeout_s}: expected 1 to 3600")));
        }
        if max_output > 1 << 20 {
            return Err(Unclear::Args(format!("max_output is {max_output}: expected at most 1048576")));
        }
        let stdin = stdin.into_bytes();
        Ok(vec![Wanted::Spawn(SpawnWanted { argv, cwd, stdin, timeout_s, max_output, network, write_roots })])
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
        for bad in [json!([]), json!([""]), json!(["./x"]), json!(["a/b"]), json!(["ls", "a\0b"])] {
            let bound = ShellRun.bind(&json!({ "argv": bad })).unwrap();
            assert!(Tool::plan(&ShellRun, &bound).is_err(), "{bad}");
        }
        assert!(ShellRun.bind(&json!({"argv": "ls -l"})).is_err());
        assert!(ShellRun.bind(&json!({"command": "ls -l"})).is_err());
    }
}
