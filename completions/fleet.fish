# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_fleet_global_optspecs
    string join \n json h/help V/version
end

function __fish_fleet_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_fleet_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_fleet_using_subcommand
    set -l cmd (__fish_fleet_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c fleet -n "__fish_fleet_needs_command" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_needs_command" -s V -l version -d 'Print version'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "init" -d 'Make a home: data and configuration folders, default policy, the log\'s first entry'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "demo" -d 'Show the whole circle: request, plan, gate, approval, execution, record, forgery found'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "run-loop" -d 'Run the slot of a loop that is due: gather, plan, act through the gate, record'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "loop" -d 'List, show, write, check and register loops'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "finding" -d 'Show what loops found and is still so'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "schedule" -d 'When loops run, and the system\'s scheduler that pokes them'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "tool" -d 'List, show and call tools. Every call goes through the gate'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "approval" -d 'Show calls that wait for a person, whole and escaped'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "approve" -d 'Carry out waiting calls, after everything was checked again'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "deny" -d 'Turn waiting calls down. The same is not asked again for 30 days, whoever asks'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "veto" -d 'Take back what a call did, as far as that is possible, and have the same call ask next time'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "kill" -d 'Stop everything: refuse every call from now on, and end what is running'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "breaker" -d 'Show and move breakers: they stop calls of what failed five times in a row'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "ceiling" -d 'Show ceilings: how much each tool, loop and destination may send'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "policy" -d 'Show, check, lint and replay the policy'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "account" -d 'Set up, list, test and remove accounts: mail, credentials for requests, webhooks of channels'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "audit" -d 'Verify, read, sign and close the audit log'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "model" -d 'Add, list and check models on this machine'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "cost" -d 'Show what models took: tokens, seconds and calls, by loop, model and day'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "agent" -d 'Let a model on this machine plan calls towards a goal, and make those that you agree to'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "postmortem" -d 'Write up what went wrong: a breaker that opened, a kill, an unknown call, a failed run'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "serve-mcp" -d 'Serve one MCP client on stdin and stdout, until its input ends'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "completions" -d 'Print a completion script'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "gen" -d 'Write completions, manual pages and plists below a folder'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "exec-child" -d 'Register in an in-flight file and become a program. Only fleet\'s own hands use this'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "exec-line" -d 'Carry out a line of several programs below a profile. Only fleet\'s own hands use this'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "canary" -d 'Try what a confined program must not do. Only fleet itself uses this'
complete -c fleet -n "__fish_fleet_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand init" -l workspace -d 'A folder inside which LOW and MEDIUM calls run; repeat for more' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand init" -l approvals -d 'A channel on which you decide: `tty` or `script`; repeat for more' -r
complete -c fleet -n "__fish_fleet_using_subcommand init" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand demo" -l keep -d 'Keep the scratch home, and say where it is'
complete -c fleet -n "__fish_fleet_using_subcommand demo" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand run-loop" -l fixture -d 'Show what it makes of the recorded world in DIR/world.json: nothing is asked, done or written. The loop is taken as it is now, registered or not; with --json this is what DIR/plan.json holds' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand run-loop" -l plan -d 'Stop at the plan: reads through the gate, changes nothing, leaves no run record'
complete -c fleet -n "__fish_fleet_using_subcommand run-loop" -l now -d 'Run now, whether a slot is due or not'
complete -c fleet -n "__fish_fleet_using_subcommand run-loop" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand run-loop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and not __fish_seen_subcommand_from list show new lint explain register unregister live observe pause resume next history stat help" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and not __fish_seen_subcommand_from list show new lint explain register unregister live observe pause resume next history stat help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and not __fish_seen_subcommand_from list show new lint explain register unregister live observe pause resume next history stat help" -f -a "list" -d 'All loops: whether they are registered, may act, and how they last ended'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and not __fish_seen_subcommand_from list show new lint explain register unregister live observe pause resume next history stat help" -f -a "show" -d 'One loop: what it does, what holds for it and where that comes from, its last run'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and not __fish_seen_subcommand_from list show new lint explain register unregister live observe pause resume next history stat help" -f -a "new" -d 'Write a new loop to go on with: its definition and its runbook'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and not __fish_seen_subcommand_from list show new lint explain register unregister live observe pause resume next history stat help" -f -a "lint" -d 'Say what is wrong with loops: file, line, rule, what it is, and what to do'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and not __fish_seen_subcommand_from list show new lint explain register unregister live observe pause resume next history stat help" -f -a "explain" -d 'What a rule finds, why that is bad, and what to do, with an example'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and not __fish_seen_subcommand_from list show new lint explain register unregister live observe pause resume next history stat help" -f -a "register" -d 'Pass loops through their gate: only the registered copy runs. A person\'s command'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and not __fish_seen_subcommand_from list show new lint explain register unregister live observe pause resume next history stat help" -f -a "unregister" -d 'Take loops out of the registry: they do not run. A person\'s command'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and not __fish_seen_subcommand_from list show new lint explain register unregister live observe pause resume next history stat help" -f -a "live" -d 'Let a loop act. A person\'s command'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and not __fish_seen_subcommand_from list show new lint explain register unregister live observe pause resume next history stat help" -f -a "observe" -d 'Let a loop plan and record, and act on nothing. A person\'s command'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and not __fish_seen_subcommand_from list show new lint explain register unregister live observe pause resume next history stat help" -f -a "pause" -d 'Keep a loop from running for some time. A person\'s command'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and not __fish_seen_subcommand_from list show new lint explain register unregister live observe pause resume next history stat help" -f -a "resume" -d 'End a pause before its time. A person\'s command'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and not __fish_seen_subcommand_from list show new lint explain register unregister live observe pause resume next history stat help" -f -a "next" -d 'The next slots of registered loops, the soonest first: local time, UTC, the loop'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and not __fish_seen_subcommand_from list show new lint explain register unregister live observe pause resume next history stat help" -f -a "history" -d 'The newest runs of a loop, oldest first: when, how each ended, and what it said'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and not __fish_seen_subcommand_from list show new lint explain register unregister live observe pause resume next history stat help" -f -a "stat" -d 'How a loop stands, in a sentence; with `-o` the values of some fields'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and not __fish_seen_subcommand_from list show new lint explain register unregister live observe pause resume next history stat help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from new" -l title -d 'What a person gets, in a few words' -r
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from new" -l purpose -d 'One sentence: what it does to what, and for what' -r
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from new" -l category -d 'Its group in lists' -r
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from new" -l daily -d 'Runs daily at this time' -r
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from new" -l every -d 'Runs again and again, as in 30m or 6h' -r
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from new" -l gather -d 'A tool that it reads with' -r
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from new" -l act -d 'A tool that it acts with' -r
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from new" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from lint" -l in -d 'A folder to look at instead: ID.toml, ID.md and local.fleet.ID.plist, or the same in loops/, runbooks/ and plists/ below it; recorded worlds in fixtures/ID/ beside the definitions' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from lint" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from lint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from explain" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from register" -l all -d 'Every loop there is'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from register" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from register" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from unregister" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from unregister" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from live" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from live" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from observe" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from observe" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from pause" -l for -d 'How long: a number with m, h, d or w; 90d is the most' -r
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from pause" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from pause" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from resume" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from resume" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from next" -s n -d 'How many slots of one loop' -r
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from next" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from next" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from history" -s n -l last -d 'How many' -r
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from history" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from history" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from stat" -s o -d 'Fields, in this order, with tabs between them; `-` stands for none' -r
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from stat" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from stat" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from help" -f -a "list" -d 'All loops: whether they are registered, may act, and how they last ended'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from help" -f -a "show" -d 'One loop: what it does, what holds for it and where that comes from, its last run'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from help" -f -a "new" -d 'Write a new loop to go on with: its definition and its runbook'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from help" -f -a "lint" -d 'Say what is wrong with loops: file, line, rule, what it is, and what to do'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from help" -f -a "explain" -d 'What a rule finds, why that is bad, and what to do, with an example'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from help" -f -a "register" -d 'Pass loops through their gate: only the registered copy runs. A person\'s command'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from help" -f -a "unregister" -d 'Take loops out of the registry: they do not run. A person\'s command'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from help" -f -a "live" -d 'Let a loop act. A person\'s command'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from help" -f -a "observe" -d 'Let a loop plan and record, and act on nothing. A person\'s command'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from help" -f -a "pause" -d 'Keep a loop from running for some time. A person\'s command'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from help" -f -a "resume" -d 'End a pause before its time. A person\'s command'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from help" -f -a "next" -d 'The next slots of registered loops, the soonest first: local time, UTC, the loop'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from help" -f -a "history" -d 'The newest runs of a loop, oldest first: when, how each ended, and what it said'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from help" -f -a "stat" -d 'How a loop stands, in a sentence; with `-o` the values of some fields'
complete -c fleet -n "__fish_fleet_using_subcommand loop; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand finding; and not __fish_seen_subcommand_from list help" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand finding; and not __fish_seen_subcommand_from list help" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand finding; and not __fish_seen_subcommand_from list help" -f -a "list" -d 'Open findings, the most urgent and oldest first'
complete -c fleet -n "__fish_fleet_using_subcommand finding; and not __fish_seen_subcommand_from list help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand finding; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand finding; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand finding; and __fish_seen_subcommand_from help" -f -a "list" -d 'Open findings, the most urgent and oldest first'
complete -c fleet -n "__fish_fleet_using_subcommand finding; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and not __fish_seen_subcommand_from render install uninstall status sweep slots help" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and not __fish_seen_subcommand_from render install uninstall status sweep slots help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and not __fish_seen_subcommand_from render install uninstall status sweep slots help" -f -a "render" -d 'What launchd, systemd or cron would be given, for this machine'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and not __fish_seen_subcommand_from render install uninstall status sweep slots help" -f -a "install" -d 'Give the system\'s scheduler a job for each registered loop, and one for the sweeper'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and not __fish_seen_subcommand_from render install uninstall status sweep slots help" -f -a "uninstall" -d 'Take the jobs of fleet out of the system\'s scheduler, strays included'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and not __fish_seen_subcommand_from render install uninstall status sweep slots help" -f -a "status" -d 'Compare what is registered with what is installed and loaded; changes nothing'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and not __fish_seen_subcommand_from render install uninstall status sweep slots help" -f -a "sweep" -d 'Start what is due and did not start, and tell of loops that do not run'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and not __fish_seen_subcommand_from render install uninstall status sweep slots help" -f -a "slots" -d 'The instants of a schedule in UTC, a line each'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and not __fish_seen_subcommand_from render install uninstall status sweep slots help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from render" -l bin -d 'Where fleet is; this program if left out' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from render" -l home -d 'The user\'s home folder, which `~` stands for' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from render" -l out -d 'Write each file into this folder instead of printing it' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from render" -l launchd -d 'Property lists for launchd: the default on macOS'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from render" -l systemd -d 'Units for the user\'s systemd: the default elsewhere'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from render" -l cron -d 'A crontab'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from render" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from render" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from install" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from install" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from uninstall" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from uninstall" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from status" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from sweep" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from sweep" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from slots" -l spec -d 'The schedule, as TOML' -r
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from slots" -l zone -d 'The zone its wall times are in; without it the schedule\'s own, or the system\'s' -r
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from slots" -l from -d 'Slots after this time, itself left out; now if left out' -r
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from slots" -s n -d 'How many' -r
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from slots" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from slots" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from help" -f -a "render" -d 'What launchd, systemd or cron would be given, for this machine'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from help" -f -a "install" -d 'Give the system\'s scheduler a job for each registered loop, and one for the sweeper'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from help" -f -a "uninstall" -d 'Take the jobs of fleet out of the system\'s scheduler, strays included'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from help" -f -a "status" -d 'Compare what is registered with what is installed and loaded; changes nothing'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from help" -f -a "sweep" -d 'Start what is due and did not start, and tell of loops that do not run'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from help" -f -a "slots" -d 'The instants of a schedule in UTC, a line each'
complete -c fleet -n "__fish_fleet_using_subcommand schedule; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand tool; and not __fish_seen_subcommand_from list show call help" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand tool; and not __fish_seen_subcommand_from list show call help" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand tool; and not __fish_seen_subcommand_from list show call help" -f -a "list" -d 'All tools with risk and whether they can be used here'
complete -c fleet -n "__fish_fleet_using_subcommand tool; and not __fish_seen_subcommand_from list show call help" -f -a "show" -d 'One tool with its arguments'
complete -c fleet -n "__fish_fleet_using_subcommand tool; and not __fish_seen_subcommand_from list show call help" -f -a "call" -d 'Call one tool. Exit 3 if the call waits for a person'
complete -c fleet -n "__fish_fleet_using_subcommand tool; and not __fish_seen_subcommand_from list show call help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand tool; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand tool; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand tool; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand tool; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand tool; and __fish_seen_subcommand_from call" -l args -d 'Arguments as JSON, `@FILE`, or `-` for stdin' -r
complete -c fleet -n "__fish_fleet_using_subcommand tool; and __fish_seen_subcommand_from call" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand tool; and __fish_seen_subcommand_from call" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand tool; and __fish_seen_subcommand_from help" -f -a "list" -d 'All tools with risk and whether they can be used here'
complete -c fleet -n "__fish_fleet_using_subcommand tool; and __fish_seen_subcommand_from help" -f -a "show" -d 'One tool with its arguments'
complete -c fleet -n "__fish_fleet_using_subcommand tool; and __fish_seen_subcommand_from help" -f -a "call" -d 'Call one tool. Exit 3 if the call waits for a person'
complete -c fleet -n "__fish_fleet_using_subcommand tool; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand approval; and not __fish_seen_subcommand_from list show help" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand approval; and not __fish_seen_subcommand_from list show help" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand approval; and not __fish_seen_subcommand_from list show help" -f -a "list" -d 'What waits, oldest first'
complete -c fleet -n "__fish_fleet_using_subcommand approval; and not __fish_seen_subcommand_from list show help" -f -a "show" -d 'One waiting call: exactly what it would do'
complete -c fleet -n "__fish_fleet_using_subcommand approval; and not __fish_seen_subcommand_from list show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand approval; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand approval; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand approval; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand approval; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand approval; and __fish_seen_subcommand_from help" -f -a "list" -d 'What waits, oldest first'
complete -c fleet -n "__fish_fleet_using_subcommand approval; and __fish_seen_subcommand_from help" -f -a "show" -d 'One waiting call: exactly what it would do'
complete -c fleet -n "__fish_fleet_using_subcommand approval; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand approve" -l yes -d 'Do not ask once more on a terminal'
complete -c fleet -n "__fish_fleet_using_subcommand approve" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand approve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand deny" -l reason -d 'Why; it is recorded, and shown to who asks again' -r
complete -c fleet -n "__fish_fleet_using_subcommand deny" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand deny" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand veto" -l reason -d 'Why; it is recorded' -r
complete -c fleet -n "__fish_fleet_using_subcommand veto" -l yes -d 'Do not ask once more on a terminal'
complete -c fleet -n "__fish_fleet_using_subcommand veto" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand veto" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand kill" -l reason -d 'Why; recorded, and shown to whoever is refused. A release must say it' -r
complete -c fleet -n "__fish_fleet_using_subcommand kill" -l release -d 'Let calls run again. A person\'s command'
complete -c fleet -n "__fish_fleet_using_subcommand kill" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand kill" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and not __fish_seen_subcommand_from list show trip reset help" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and not __fish_seen_subcommand_from list show trip reset help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and not __fish_seen_subcommand_from list show trip reset help" -f -a "list" -d 'Breakers that are open, half-open or count failures'
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and not __fish_seen_subcommand_from list show trip reset help" -f -a "show" -d 'One breaker'
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and not __fish_seen_subcommand_from list show trip reset help" -f -a "trip" -d 'Open a breaker for an hour'
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and not __fish_seen_subcommand_from list show trip reset help" -f -a "reset" -d 'Close breakers. A person\'s command'
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and not __fish_seen_subcommand_from list show trip reset help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and __fish_seen_subcommand_from trip" -l reason -d 'Why; recorded, and shown to whoever is stopped' -r
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and __fish_seen_subcommand_from trip" -l hold -d 'Until a person resets it'
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and __fish_seen_subcommand_from trip" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and __fish_seen_subcommand_from trip" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and __fish_seen_subcommand_from reset" -l reason -d 'Why; recorded' -r
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and __fish_seen_subcommand_from reset" -l all -d 'All that are not closed'
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and __fish_seen_subcommand_from reset" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and __fish_seen_subcommand_from reset" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and __fish_seen_subcommand_from help" -f -a "list" -d 'Breakers that are open, half-open or count failures'
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and __fish_seen_subcommand_from help" -f -a "show" -d 'One breaker'
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and __fish_seen_subcommand_from help" -f -a "trip" -d 'Open a breaker for an hour'
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and __fish_seen_subcommand_from help" -f -a "reset" -d 'Close breakers. A person\'s command'
complete -c fleet -n "__fish_fleet_using_subcommand breaker; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand ceiling; and not __fish_seen_subcommand_from list help" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand ceiling; and not __fish_seen_subcommand_from list help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand ceiling; and not __fish_seen_subcommand_from list help" -f -a "list" -d 'Ceilings with a value of their own, and those that something was taken of'
complete -c fleet -n "__fish_fleet_using_subcommand ceiling; and not __fish_seen_subcommand_from list help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand ceiling; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand ceiling; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand ceiling; and __fish_seen_subcommand_from help" -f -a "list" -d 'Ceilings with a value of their own, and those that something was taken of'
complete -c fleet -n "__fish_fleet_using_subcommand ceiling; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand policy; and not __fish_seen_subcommand_from show check lint replay help" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand policy; and not __fish_seen_subcommand_from show check lint replay help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand policy; and not __fish_seen_subcommand_from show check lint replay help" -f -a "show" -d 'Show the policy in force: defaults, your file, and the built-in rules, each with its source'
complete -c fleet -n "__fish_fleet_using_subcommand policy; and not __fish_seen_subcommand_from show check lint replay help" -f -a "check" -d 'Judge one call, or a file of calls; decides and does nothing else. Exit 0 whatever the answer'
complete -c fleet -n "__fish_fleet_using_subcommand policy; and not __fish_seen_subcommand_from show check lint replay help" -f -a "lint" -d 'Say what is wrong with a policy: each line, what it is, and what to do'
complete -c fleet -n "__fish_fleet_using_subcommand policy; and not __fish_seen_subcommand_from show check lint replay help" -f -a "replay" -d 'Judge recorded calls again, and print those that would be answered otherwise'
complete -c fleet -n "__fish_fleet_using_subcommand policy; and not __fish_seen_subcommand_from show check lint replay help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand policy; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand policy; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand policy; and __fish_seen_subcommand_from check" -l args -d 'Its arguments as JSON, `@FILE`, or `-` for stdin' -r
complete -c fleet -n "__fish_fleet_using_subcommand policy; and __fish_seen_subcommand_from check" -l caller -d 'Who would ask: `cli`, `loop:ID` or `mcp:NAME`' -r
complete -c fleet -n "__fish_fleet_using_subcommand policy; and __fish_seen_subcommand_from check" -l cases -d 'JSON lines `{"tool","args","caller"?}`; answers a line for each, in order' -r
complete -c fleet -n "__fish_fleet_using_subcommand policy; and __fish_seen_subcommand_from check" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand policy; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand policy; and __fish_seen_subcommand_from lint" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand policy; and __fish_seen_subcommand_from lint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand policy; and __fish_seen_subcommand_from replay" -l since -d 'Not before: RFC 3339, a date, or how long ago (90m, 24h, 7d)' -r
complete -c fleet -n "__fish_fleet_using_subcommand policy; and __fish_seen_subcommand_from replay" -l with -d 'Judge by this policy instead of the one in force' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand policy; and __fish_seen_subcommand_from replay" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand policy; and __fish_seen_subcommand_from replay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show the policy in force: defaults, your file, and the built-in rules, each with its source'
complete -c fleet -n "__fish_fleet_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "check" -d 'Judge one call, or a file of calls; decides and does nothing else. Exit 0 whatever the answer'
complete -c fleet -n "__fish_fleet_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "lint" -d 'Say what is wrong with a policy: each line, what it is, and what to do'
complete -c fleet -n "__fish_fleet_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "replay" -d 'Judge recorded calls again, and print those that would be answered otherwise'
complete -c fleet -n "__fish_fleet_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand account; and not __fish_seen_subcommand_from add list test remove help" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand account; and not __fish_seen_subcommand_from add list test remove help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand account; and not __fish_seen_subcommand_from add list test remove help" -f -a "add" -d 'Set an account up, or replace it with its credential'
complete -c fleet -n "__fish_fleet_using_subcommand account; and not __fish_seen_subcommand_from add list test remove help" -f -a "list" -d 'All accounts, without their credentials'
complete -c fleet -n "__fish_fleet_using_subcommand account; and not __fish_seen_subcommand_from add list test remove help" -f -a "test" -d 'Prove what an account is for; nothing is sent or changed'
complete -c fleet -n "__fish_fleet_using_subcommand account; and not __fish_seen_subcommand_from add list test remove help" -f -a "remove" -d 'Forget an account and its credential'
complete -c fleet -n "__fish_fleet_using_subcommand account; and not __fish_seen_subcommand_from add list test remove help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand account; and __fish_seen_subcommand_from add" -l address -d 'For mail: from whom its mails are' -r
complete -c fleet -n "__fish_fleet_using_subcommand account; and __fish_seen_subcommand_from add" -l user -d 'For mail: who logs in; the address if left out' -r
complete -c fleet -n "__fish_fleet_using_subcommand account; and __fish_seen_subcommand_from add" -l imap -d 'For mail: where it is read, as HOST or HOST:PORT. TLS at once, or STARTTLS at port 143' -r
complete -c fleet -n "__fish_fleet_using_subcommand account; and __fish_seen_subcommand_from add" -l smtp -d 'For mail: where it is sent, as HOST or HOST:PORT. TLS at once, or STARTTLS at 587 and 25' -r
complete -c fleet -n "__fish_fleet_using_subcommand account; and __fish_seen_subcommand_from add" -l sent -d 'For mail: the mailbox that keeps copies of what was sent; `none` if the server does so' -r
complete -c fleet -n "__fish_fleet_using_subcommand account; and __fish_seen_subcommand_from add" -l drafts -d 'For mail: the mailbox of drafts' -r
complete -c fleet -n "__fish_fleet_using_subcommand account; and __fish_seen_subcommand_from add" -l trash -d 'For mail: the mailbox of deleted mail' -r
complete -c fleet -n "__fish_fleet_using_subcommand account; and __fish_seen_subcommand_from add" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand account; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand account; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand account; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand account; and __fish_seen_subcommand_from test" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand account; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand account; and __fish_seen_subcommand_from remove" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand account; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "add" -d 'Set an account up, or replace it with its credential'
complete -c fleet -n "__fish_fleet_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "list" -d 'All accounts, without their credentials'
complete -c fleet -n "__fish_fleet_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "test" -d 'Prove what an account is for; nothing is sent or changed'
complete -c fleet -n "__fish_fleet_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Forget an account and its credential'
complete -c fleet -n "__fish_fleet_using_subcommand account; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and not __fish_seen_subcommand_from verify tail query show stats export checkpoint resolve repair archive verifier help" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and not __fish_seen_subcommand_from verify tail query show stats export checkpoint resolve repair archive verifier help" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and not __fish_seen_subcommand_from verify tail query show stats export checkpoint resolve repair archive verifier help" -f -a "verify" -d 'Check every entry and name the first that does not fit. Exit 6 if one does not'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and not __fish_seen_subcommand_from verify tail query show stats export checkpoint resolve repair archive verifier help" -f -a "tail" -d 'The newest entries, oldest first'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and not __fish_seen_subcommand_from verify tail query show stats export checkpoint resolve repair archive verifier help" -f -a "query" -d 'Print the entries that fit, as JSON lines just as they stand in the log'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and not __fish_seen_subcommand_from verify tail query show stats export checkpoint resolve repair archive verifier help" -f -a "show" -d 'One entry whole, and whether its own hash fits'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and not __fish_seen_subcommand_from verify tail query show stats export checkpoint resolve repair archive verifier help" -f -a "stats" -d 'Count entries by kind, tool, risk, decision, outcome, caller and loop'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and not __fish_seen_subcommand_from verify tail query show stats export checkpoint resolve repair archive verifier help" -f -a "export" -d 'Write entries for a collector elsewhere, which can verify them again'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and not __fish_seen_subcommand_from verify tail query show stats export checkpoint resolve repair archive verifier help" -f -a "checkpoint" -d 'Sign the log\'s end, and publish it'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and not __fish_seen_subcommand_from verify tail query show stats export checkpoint resolve repair archive verifier help" -f -a "resolve" -d 'Close a call of which it could not be known whether it took place'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and not __fish_seen_subcommand_from verify tail query show stats export checkpoint resolve repair archive verifier help" -f -a "repair" -d 'Mend a log that takes no entry'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and not __fish_seen_subcommand_from verify tail query show stats export checkpoint resolve repair archive verifier help" -f -a "archive" -d 'Close a sound log and begin a successor, so that the old one can be kept elsewhere'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and not __fish_seen_subcommand_from verify tail query show stats export checkpoint resolve repair archive verifier help" -f -a "verifier" -d 'Print the independent verifier: a page of Python that needs nothing of fleet'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and not __fish_seen_subcommand_from verify tail query show stats export checkpoint resolve repair archive verifier help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from verify" -l anchor -d 'An entry\'s number and hash that were kept elsewhere; repeat for more' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from verify" -l since -d 'Look only at entries from this number on; those before are taken on trust' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from verify" -l checkpoint -d 'A file of signed notes, as `fleet audit checkpoint` makes them' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from verify" -l key -d 'The public key they must be signed with: itself, or a file that holds it' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from verify" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from tail" -s n -l lines -d 'How many' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from tail" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from tail" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from query" -l since -d 'Not before: RFC 3339, a date, or how long ago (90m, 24h, 7d)' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from query" -l until -d 'Before; the same spellings' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from query" -l from -d 'From this number on' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from query" -l to -d 'Up to this number' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from query" -l kind -d 'Kind, as `call.done`' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from query" -l loop -d 'Loop' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from query" -l tool -d 'Tool' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from query" -l decision -d 'Decision: allow, ask, block, error, approve, deny, expired' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from query" -l risk -d 'Risk' -r -f -a "LOW\t''
MEDIUM\t''
HIGH\t''
CRITICAL\t''"
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from query" -l run -d 'Run' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from query" -l call -d 'Call' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from query" -l caller -d 'Who called: cli, loop:ID, mcp:NAME' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from query" -s n -l most -d 'Stop after this many' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from query" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from query" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from stats" -l since -d 'Not before: RFC 3339, a date, or how long ago (90m, 24h, 7d)' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from stats" -l until -d 'Before; the same spellings' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from stats" -l from -d 'From this number on' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from stats" -l to -d 'Up to this number' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from stats" -l kind -d 'Kind, as `call.done`' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from stats" -l loop -d 'Loop' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from stats" -l tool -d 'Tool' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from stats" -l decision -d 'Decision: allow, ask, block, error, approve, deny, expired' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from stats" -l risk -d 'Risk' -r -f -a "LOW\t''
MEDIUM\t''
HIGH\t''
CRITICAL\t''"
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from stats" -l run -d 'Run' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from stats" -l call -d 'Call' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from stats" -l caller -d 'Who called: cli, loop:ID, mcp:NAME' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from stats" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from stats" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from export" -l format -d 'Which format' -r -f -a "jsonl\t'Lines as they stand'
csv\t'Comma-separated, with a header'"
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from export" -l since -d 'Not before: RFC 3339, a date, or how long ago (90m, 24h, 7d)' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from export" -l until -d 'Before; the same spellings' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from export" -l from -d 'From this number on' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from export" -l to -d 'Up to this number' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from export" -l kind -d 'Kind, as `call.done`' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from export" -l loop -d 'Loop' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from export" -l tool -d 'Tool' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from export" -l decision -d 'Decision: allow, ask, block, error, approve, deny, expired' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from export" -l risk -d 'Risk' -r -f -a "LOW\t''
MEDIUM\t''
HIGH\t''
CRITICAL\t''"
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from export" -l run -d 'Run' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from export" -l call -d 'Call' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from export" -l caller -d 'Who called: cli, loop:ID, mcp:NAME' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from export" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from checkpoint" -l publish -d 'Add a line SEQ:HASH to this file as well' -r -F
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from checkpoint" -l public-key -d 'Print the public key and sign nothing'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from checkpoint" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from checkpoint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from resolve" -l reason -d 'How you know; it is recorded' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from resolve" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from resolve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from repair" -l reason -d 'What happened, as far as you know; it is recorded' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from repair" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from repair" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from archive" -l reason -d 'Why; it is recorded' -r
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from archive" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from archive" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from verifier" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from verifier" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Check every entry and name the first that does not fit. Exit 6 if one does not'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "tail" -d 'The newest entries, oldest first'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "query" -d 'Print the entries that fit, as JSON lines just as they stand in the log'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "show" -d 'One entry whole, and whether its own hash fits'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "stats" -d 'Count entries by kind, tool, risk, decision, outcome, caller and loop'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "export" -d 'Write entries for a collector elsewhere, which can verify them again'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "checkpoint" -d 'Sign the log\'s end, and publish it'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "resolve" -d 'Close a call of which it could not be known whether it took place'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "repair" -d 'Mend a log that takes no entry'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "archive" -d 'Close a sound log and begin a successor, so that the old one can be kept elsewhere'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "verifier" -d 'Print the independent verifier: a page of Python that needs nothing of fleet'
complete -c fleet -n "__fish_fleet_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand model; and not __fish_seen_subcommand_from add list check help" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand model; and not __fish_seen_subcommand_from add list check help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand model; and not __fish_seen_subcommand_from add list check help" -f -a "add" -d 'Find a model, pin what it is now, and write it into fleet.toml'
complete -c fleet -n "__fish_fleet_using_subcommand model; and not __fish_seen_subcommand_from add list check help" -f -a "list" -d 'All models that are set up'
complete -c fleet -n "__fish_fleet_using_subcommand model; and not __fish_seen_subcommand_from add list check help" -f -a "check" -d 'See what a model and its server do, a line a proof. Exit 1 if one does not hold'
complete -c fleet -n "__fish_fleet_using_subcommand model; and not __fish_seen_subcommand_from add list check help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand model; and __fish_seen_subcommand_from add" -l server -d 'Who serves it: `ollama`, `llama.cpp` or `mlx`' -r
complete -c fleet -n "__fish_fleet_using_subcommand model; and __fish_seen_subcommand_from add" -l endpoint -d 'Where: `http://127.0.0.1:PORT` or `unix:/PATH`' -r
complete -c fleet -n "__fish_fleet_using_subcommand model; and __fish_seen_subcommand_from add" -l model -d 'Its name there; needed where there are several' -r
complete -c fleet -n "__fish_fleet_using_subcommand model; and __fish_seen_subcommand_from add" -l replace -d 'Take a model of this name as it is now, instead of as it was'
complete -c fleet -n "__fish_fleet_using_subcommand model; and __fish_seen_subcommand_from add" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand model; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand model; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand model; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand model; and __fish_seen_subcommand_from check" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand model; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand model; and __fish_seen_subcommand_from help" -f -a "add" -d 'Find a model, pin what it is now, and write it into fleet.toml'
complete -c fleet -n "__fish_fleet_using_subcommand model; and __fish_seen_subcommand_from help" -f -a "list" -d 'All models that are set up'
complete -c fleet -n "__fish_fleet_using_subcommand model; and __fish_seen_subcommand_from help" -f -a "check" -d 'See what a model and its server do, a line a proof. Exit 1 if one does not hold'
complete -c fleet -n "__fish_fleet_using_subcommand model; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand cost" -l since -d 'From when on: a time, a date, or `24h`, `7d`' -r
complete -c fleet -n "__fish_fleet_using_subcommand cost" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand cost" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand agent" -l tools -d 'Families of tools that it may use' -r
complete -c fleet -n "__fish_fleet_using_subcommand agent" -l max-steps -d 'Most steps of one plan' -r
complete -c fleet -n "__fish_fleet_using_subcommand agent" -l model -d 'The model; needed where several are set up' -r
complete -c fleet -n "__fish_fleet_using_subcommand agent" -l seed -d 'What the model\'s chance begins with' -r
complete -c fleet -n "__fish_fleet_using_subcommand agent" -l temperature -d 'Hundredths: 0 is its likeliest plan' -r
complete -c fleet -n "__fish_fleet_using_subcommand agent" -l yes -d 'Make the calls of the plan without asking. Each still passes the gate'
complete -c fleet -n "__fish_fleet_using_subcommand agent" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand agent" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand postmortem; and not __fish_seen_subcommand_from list new help" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand postmortem; and not __fish_seen_subcommand_from list new help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand postmortem; and not __fish_seen_subcommand_from list new help" -f -a "list" -d 'Incidents without a page, the oldest first'
complete -c fleet -n "__fish_fleet_using_subcommand postmortem; and not __fish_seen_subcommand_from list new help" -f -a "new" -d 'Begin a page: the timeline from the log, and the questions'
complete -c fleet -n "__fish_fleet_using_subcommand postmortem; and not __fish_seen_subcommand_from list new help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand postmortem; and __fish_seen_subcommand_from list" -l all -d 'Also those that have one'
complete -c fleet -n "__fish_fleet_using_subcommand postmortem; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand postmortem; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand postmortem; and __fish_seen_subcommand_from new" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand postmortem; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand postmortem; and __fish_seen_subcommand_from help" -f -a "list" -d 'Incidents without a page, the oldest first'
complete -c fleet -n "__fish_fleet_using_subcommand postmortem; and __fish_seen_subcommand_from help" -f -a "new" -d 'Begin a page: the timeline from the log, and the questions'
complete -c fleet -n "__fish_fleet_using_subcommand postmortem; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand serve-mcp" -l as -d 'Who is served: what rules match as `mcp:NAME`, and which profile of fleet.toml holds' -r
complete -c fleet -n "__fish_fleet_using_subcommand serve-mcp" -l allow-high -d 'Offer HIGH tools too; each of their calls still waits for a person. `FLEET_MCP_ALLOW_HIGH=1` does the same'
complete -c fleet -n "__fish_fleet_using_subcommand serve-mcp" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand serve-mcp" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fleet -n "__fish_fleet_using_subcommand completions" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand completions" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand gen" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand gen" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand exec-child" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand exec-child" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand exec-line" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand exec-line" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand canary" -l below -d 'Begin anew below the profile that is read from this open descriptor' -r
complete -c fleet -n "__fish_fleet_using_subcommand canary" -l json -d 'Print one JSON value on one line to stdout, whatever the exit code'
complete -c fleet -n "__fish_fleet_using_subcommand canary" -s h -l help -d 'Print help'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "init" -d 'Make a home: data and configuration folders, default policy, the log\'s first entry'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "demo" -d 'Show the whole circle: request, plan, gate, approval, execution, record, forgery found'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "run-loop" -d 'Run the slot of a loop that is due: gather, plan, act through the gate, record'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "loop" -d 'List, show, write, check and register loops'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "finding" -d 'Show what loops found and is still so'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "schedule" -d 'When loops run, and the system\'s scheduler that pokes them'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "tool" -d 'List, show and call tools. Every call goes through the gate'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "approval" -d 'Show calls that wait for a person, whole and escaped'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "approve" -d 'Carry out waiting calls, after everything was checked again'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "deny" -d 'Turn waiting calls down. The same is not asked again for 30 days, whoever asks'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "veto" -d 'Take back what a call did, as far as that is possible, and have the same call ask next time'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "kill" -d 'Stop everything: refuse every call from now on, and end what is running'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "breaker" -d 'Show and move breakers: they stop calls of what failed five times in a row'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "ceiling" -d 'Show ceilings: how much each tool, loop and destination may send'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "policy" -d 'Show, check, lint and replay the policy'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "account" -d 'Set up, list, test and remove accounts: mail, credentials for requests, webhooks of channels'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "audit" -d 'Verify, read, sign and close the audit log'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "model" -d 'Add, list and check models on this machine'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "cost" -d 'Show what models took: tokens, seconds and calls, by loop, model and day'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "agent" -d 'Let a model on this machine plan calls towards a goal, and make those that you agree to'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "postmortem" -d 'Write up what went wrong: a breaker that opened, a kill, an unknown call, a failed run'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "serve-mcp" -d 'Serve one MCP client on stdin and stdout, until its input ends'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "completions" -d 'Print a completion script'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "gen" -d 'Write completions, manual pages and plists below a folder'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "exec-child" -d 'Register in an in-flight file and become a program. Only fleet\'s own hands use this'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "exec-line" -d 'Carry out a line of several programs below a profile. Only fleet\'s own hands use this'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "canary" -d 'Try what a confined program must not do. Only fleet itself uses this'
complete -c fleet -n "__fish_fleet_using_subcommand help; and not __fish_seen_subcommand_from init demo run-loop loop finding schedule tool approval approve deny veto kill breaker ceiling policy account audit model cost agent postmortem serve-mcp completions gen exec-child exec-line canary help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from loop" -f -a "list" -d 'All loops: whether they are registered, may act, and how they last ended'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from loop" -f -a "show" -d 'One loop: what it does, what holds for it and where that comes from, its last run'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from loop" -f -a "new" -d 'Write a new loop to go on with: its definition and its runbook'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from loop" -f -a "lint" -d 'Say what is wrong with loops: file, line, rule, what it is, and what to do'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from loop" -f -a "explain" -d 'What a rule finds, why that is bad, and what to do, with an example'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from loop" -f -a "register" -d 'Pass loops through their gate: only the registered copy runs. A person\'s command'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from loop" -f -a "unregister" -d 'Take loops out of the registry: they do not run. A person\'s command'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from loop" -f -a "live" -d 'Let a loop act. A person\'s command'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from loop" -f -a "observe" -d 'Let a loop plan and record, and act on nothing. A person\'s command'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from loop" -f -a "pause" -d 'Keep a loop from running for some time. A person\'s command'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from loop" -f -a "resume" -d 'End a pause before its time. A person\'s command'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from loop" -f -a "next" -d 'The next slots of registered loops, the soonest first: local time, UTC, the loop'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from loop" -f -a "history" -d 'The newest runs of a loop, oldest first: when, how each ended, and what it said'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from loop" -f -a "stat" -d 'How a loop stands, in a sentence; with `-o` the values of some fields'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from finding" -f -a "list" -d 'Open findings, the most urgent and oldest first'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from schedule" -f -a "render" -d 'What launchd, systemd or cron would be given, for this machine'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from schedule" -f -a "install" -d 'Give the system\'s scheduler a job for each registered loop, and one for the sweeper'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from schedule" -f -a "uninstall" -d 'Take the jobs of fleet out of the system\'s scheduler, strays included'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from schedule" -f -a "status" -d 'Compare what is registered with what is installed and loaded; changes nothing'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from schedule" -f -a "sweep" -d 'Start what is due and did not start, and tell of loops that do not run'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from schedule" -f -a "slots" -d 'The instants of a schedule in UTC, a line each'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from tool" -f -a "list" -d 'All tools with risk and whether they can be used here'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from tool" -f -a "show" -d 'One tool with its arguments'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from tool" -f -a "call" -d 'Call one tool. Exit 3 if the call waits for a person'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from approval" -f -a "list" -d 'What waits, oldest first'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from approval" -f -a "show" -d 'One waiting call: exactly what it would do'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from breaker" -f -a "list" -d 'Breakers that are open, half-open or count failures'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from breaker" -f -a "show" -d 'One breaker'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from breaker" -f -a "trip" -d 'Open a breaker for an hour'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from breaker" -f -a "reset" -d 'Close breakers. A person\'s command'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from ceiling" -f -a "list" -d 'Ceilings with a value of their own, and those that something was taken of'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from policy" -f -a "show" -d 'Show the policy in force: defaults, your file, and the built-in rules, each with its source'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from policy" -f -a "check" -d 'Judge one call, or a file of calls; decides and does nothing else. Exit 0 whatever the answer'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from policy" -f -a "lint" -d 'Say what is wrong with a policy: each line, what it is, and what to do'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from policy" -f -a "replay" -d 'Judge recorded calls again, and print those that would be answered otherwise'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "add" -d 'Set an account up, or replace it with its credential'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "list" -d 'All accounts, without their credentials'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "test" -d 'Prove what an account is for; nothing is sent or changed'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from account" -f -a "remove" -d 'Forget an account and its credential'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "verify" -d 'Check every entry and name the first that does not fit. Exit 6 if one does not'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "tail" -d 'The newest entries, oldest first'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "query" -d 'Print the entries that fit, as JSON lines just as they stand in the log'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "show" -d 'One entry whole, and whether its own hash fits'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "stats" -d 'Count entries by kind, tool, risk, decision, outcome, caller and loop'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "export" -d 'Write entries for a collector elsewhere, which can verify them again'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "checkpoint" -d 'Sign the log\'s end, and publish it'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "resolve" -d 'Close a call of which it could not be known whether it took place'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "repair" -d 'Mend a log that takes no entry'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "archive" -d 'Close a sound log and begin a successor, so that the old one can be kept elsewhere'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "verifier" -d 'Print the independent verifier: a page of Python that needs nothing of fleet'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from model" -f -a "add" -d 'Find a model, pin what it is now, and write it into fleet.toml'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from model" -f -a "list" -d 'All models that are set up'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from model" -f -a "check" -d 'See what a model and its server do, a line a proof. Exit 1 if one does not hold'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from postmortem" -f -a "list" -d 'Incidents without a page, the oldest first'
complete -c fleet -n "__fish_fleet_using_subcommand help; and __fish_seen_subcommand_from postmortem" -f -a "new" -d 'Begin a page: the timeline from the log, and the questions'
