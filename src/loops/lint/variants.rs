//! Mistakes that the examples on the pages do not show: rule, file, what stands in the clean loop, what
//! is written instead. Others may find them too.

use super::rule::File;

pub const VARIANTS: &[(&str, File, &str, &str)] = &[
    ("FL002", File::Definition, "[limits]", "[limit]"),
    ("FL002", File::Definition, r#"stage    = "after""#, r#"satge = "after""#),
    (
        "FL002",
        File::Definition,
        r#"offset = "4m"
"#,
        r#"offset = "4m"
hours = "09:00-18:00"
"#,
    ),
    ("FL002", File::Definition, "summary  =", "sumary ="),
    ("FL012", File::Definition, "items      = 50", r#"items = "many""#),
    ("FL012", File::Definition, r#"kind = "cursor""#, r#"kind = "seen""#),
    (
        "FL006",
        File::Definition,
        "Files scanned invoices by year, keeps a list of what was filed, and offers empty scans for the trash",
        "",
    ),
    (
        "FL101",
        File::Definition,
        r#"every  = "30m"
offset = "4m"
watch  = ["~/Scans"]"#,
        "",
    ),
    ("FL102", File::Definition, r#""30m""#, r#""45m""#),
    ("FL102", File::Definition, r#""30m""#, r#""half""#),
    (
        "FL103",
        File::Definition,
        r#"every  = "30m"
offset = "4m""#,
        r#"weekly = { days = ["sun"], at = "01:15" }"#,
    ),
    (
        "FL117",
        File::Definition,
        r#"every  = "30m"
offset = "4m""#,
        r#"daily = ["25:00"]"#,
    ),
    (
        "FL117",
        File::Definition,
        r#"offset = "4m""#,
        r#"offset = "4m"
zone = "Mars/Olympus""#,
    ),
    ("FL201", File::Definition, r#""files_list""#, r#""files_lst""#),
    (
        "FL205",
        File::Definition,
        r#"tool = "files_list"
args = { path = "{{ config.folder }}", glob = "*.pdf", limit = 500 }"#,
        r#"tool = "shell_run"
args = { argv = ["ls"] }"#,
    ),
    ("FL206", File::Definition, "items      = 50", "items = 0"),
    ("FL206", File::Definition, "timeout_s  = 120", "timeout_s = 86400"),
    ("FL212", File::Definition, r#"mode = "append""#, r#"mode = "append", owner = "x""#),
    ("FL212", File::Definition, "limit = 500", r#"limit = "500""#),
    ("FL212", File::Definition, r#"mode = "append""#, r#"mode = "prepend""#),
    ("FL212", File::Definition, r#"path = "{{ item.path }}", max_bytes"#, "max_bytes"),
    ("FL301", File::Definition, "item.size > 0", "item.size >"),
    ("FL301", File::Definition, "| join |", "| joyn |"),
    ("FL301", File::Definition, "'kind', 'eq', 'file'", "'kind', 'equals', 'file'"),
    (
        "FL302",
        File::Definition,
        r#"for_each = "fresh"
args"#,
        r#"for_each = "{{ fresh }}"
args"#,
    ),
    ("FL303", File::Definition, "config.years", "config.year"),
    ("FL303", File::Definition, "state.filed)", "state.file)"),
    ("FL303", File::Definition, "{{ scans | length }}", "{{ scanz | length }}"),
    (
        "FL303",
        File::Definition,
        r#"when     = "item.size > 0"
args"#,
        r#"when     = "itm.size > 0"
args"#,
    ),
    ("FL306", File::Definition, r#"when = "known | length > 0""#, r#"when = "acts.file | length > 0""#),
    (
        "FL307",
        File::Definition,
        r#"to = "{{ config.folder }}/filed/{{ item.name }}""#,
        r#"to = "{{ config.folder }}/{{ gather.words | map(attribute='year') | first }}""#,
    ),
    (
        "FL307",
        File::Definition,
        r#"args = { paths = "{{ empty | map(attribute='path') | list }}" }"#,
        r#"args = { paths = ["{{ gather.words[0].content }}"] }"#,
    ),
    (
        "FL307",
        File::Definition,
        r#"args = { paths = "{{ empty | map(attribute='path') | list }}" }"#,
        r#"args = { paths = "{{ errors.words | map(attribute='error') | list }}" }"#,
    ),
    ("FL309", File::Definition, r#"when = "empty | length > 0""#, r#"when = "empty""#),
    ("FL309", File::Definition, r#"when = "empty | length > 0""#, r#"when = "empty | length""#),
    ("FL309", File::Definition, r#"when = "empty | length > 0""#, r#"when = "'yes'""#),
    ("FL309", File::Definition, r#"when = "empty | length > 0""#, r#"when = "gather.words""#),
    (
        "FL314",
        File::Definition,
        "It stays where",
        "https://discord.com/api/webhooks/123456789012345678/abcdefghijklmnopqrstuv where",
    ),
    ("FL314", File::Runbook, "Compare the two files.", "Use ghp_abcdefghijklmnopqrstuvwxyz0123456789."),
    ("FL315", File::Definition, r#"watch  = ["~/Scans"]"#, r#"watch  = ["/home/anna/Scans"]"#),
    ("FL316", File::Definition, "{{ item.path }}:{{ item.mtime }}", "{{ item.path }}:{{ run.date }}"),
    (
        "FL316",
        File::Definition,
        "unreadable:{{ item.item.path }}",
        "unreadable:{{ item.item.path }}:{{ errors.words | length }}",
    ),
    (
        "FL317",
        File::Definition,
        r#"for_each = "fresh"
args"#,
        r#"for_each = "fresh[:3]"
args"#,
    ),
    ("FL501", File::Definition, "unreadable:{{ item.item.path }}", "unreadable:{{ config.folder }}"),
    ("FL505", File::Definition, "max  = 5000", "max = 0"),
    ("FL506", File::Definition, r#"state    = "filed""#, r#"state = "field""#),
    (
        "FL508",
        File::Definition,
        "acts.file | selectattr('status', 'eq', 'failed') | list | length == 0",
        "true",
    ),
    (
        "FL508",
        File::Definition,
        "acts.file | selectattr('status', 'eq', 'failed') | list | length == 0",
        "1 == 1",
    ),
    ("FL509", File::Definition, r#"about    = "The folder that the scanner writes to""#, r#"about = "x""#),
    ("FL601", File::Runbook, "## Purpose", "## Aim"),
    ("FL601", File::Runbook, "## Verify by hand", "### Verify by hand"),
    (
        "FL602",
        File::Runbook,
        "`fleet loop pause scan-filer --for 7d`, and `fleet loop resume scan-filer` before its time.",
        "",
    ),
    ("FL606", File::Runbook, "### unreadable", "### unreadible"),
    ("FL609", File::Runbook, "fleet loop pause scan-filer", "fleet loop pause other-loop"),
    ("FL611", File::Runbook, "fleet run-loop scan-filer --plan", "fleet run-loop scan-filer"),
    ("FL612", File::Runbook, "`fleet loop show scan-filer`", "`fleet frobnicate scan-filer`"),
    ("FL612", File::Runbook, "`ls -la ~/Scans/filed`", "`ls -la ~/Scans/filed`\n- `fleet audit tial`"),
    ("FL613", File::Runbook, "Compare the two files.", "Compare [both](scan-filler.md)."),
    ("FL109", File::Plist, "local.fleet.scan-filer", "local.fleet.scanfiler"),
    ("FL109", File::Plist, "</dict>\n</plist>", "</plist>"),
    ("FL110", File::Plist, "/usr/local/bin/fleet", "fleet"),
    ("FL110", File::Plist, "<string>scan-filer</string>", "<string>stale-branches</string>"),
    ("FL110", File::Plist, "<string>run-loop</string>", "<string>run-loop</string>\n<string>--plan</string>"),
    (
        "FL111",
        File::Plist,
        "<key>Minute</key>\n\t\t\t<integer>4</integer>",
        "<key>Hour</key>\n\t\t\t<integer>4</integer>",
    ),
    ("FL112", File::Plist, "<key>ExitTimeOut</key>", "<key>RunAtLoad</key>\n<true/>\n<key>ExitTimeOut</key>"),
    ("FL112", File::Plist, "<key>ExitTimeOut</key>", "<key>KeepAlive</key>\n<true/>\n<key>ExitTimeOut</key>"),
    (
        "FL113",
        File::Plist,
        "<key>ExitTimeOut</key>",
        "<key>EnvironmentVariables</key>\n<dict><key>A</key><string>b</string></dict>\n<key>ExitTimeOut</key>",
    ),
    ("FL114", File::Plist, "/dev/null", "/tmp/out"),
    ("FL115", File::Plist, "Background", "Interactive"),
    ("FL901", File::Definition, "[limits]", "# fl: allow FL305 because x until 2027-01-01\n[limits]"),
    (
        "FL901",
        File::Definition,
        "[limits]",
        "# fl: allow FL999 because of a good reason until 2027-01-01\n[limits]",
    ),
    ("FL901", File::Definition, "[limits]", "#fl: allow FL305 because of a good reason until soon\n[limits]"),
    (
        "FL903",
        File::Definition,
        "[limits]",
        "# fl: allow FL205 because of a good reason until 2027-01-01\n[limits]",
    ),
];
