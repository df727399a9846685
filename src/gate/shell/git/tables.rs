//! Subcommands that only look, with every option that keeps them so.

use crate::gate::shell::reader::{Operands, Reader};

const LOG: &str = "no-commit-id no-walk patch-with-stat oneline stat stat= numstat shortstat name-only \
    name-status patch graph all decorate decorate= no-decorate abbrev-commit no-abbrev-commit \
    abbrev= format= pretty= since= until= after= before= author= committer= grep= no-merges \
    merges first-parent reverse follow cached staged color color= no-color word-diff word-diff= \
    max-count= skip= date= relative relative= unified= diff-filter= ignore-space-change \
    ignore-all-space ignore-blank-lines minimal patience histogram raw no-patch summary dirstat \
    topo-order date-order left-right boundary tags branches remotes count no-ext-diff \
    no-textconv exit-code quiet find-renames merge-base cherry-pick cherry-mark ignore-case \
    invert-grep fixed-strings extended-regexp compact-summary no-renames full-index binary check \
    source simplify-by-decoration reflog walk-reflogs parents children no-notes not numbered \
    email cc root no-prefix objects full-history ancestry-path left-only right-only cherry \
    ignore-submodules ignore-submodules=";

const fn reader(
    names: &'static [&'static str],
    short: &'static str,
    valued: &'static str,
    long: &'static str,
) -> Reader {
    Reader { names, short, valued, long, pairs: "", one_letter: false, operands: Operands::Paths }
}

pub static READ: &[Reader] = &[
    reader(
        &["status"],
        "sbvuzMnoarml",
        "",
        "short branch porcelain porcelain= untracked-files untracked-files= ignored ignored= long \
        show-stash ahead-behind no-ahead-behind verbose no-renames ignore-submodules \
        ignore-submodules=",
    ),
    reader(
        &[
            "log",
            "show",
            "diff",
            "whatchanged",
            "rev-list",
            "diff-tree",
            "diff-index",
            "diff-files",
            "reflog",
            "range-diff",
            "cherry",
        ],
        "puisqwbzcmrRtEFPevaDlgMC0123456789",
        "nSGULO",
        LOG,
    ),
    // Here `-n` has no value.
    reader(&["shortlog"], "puisqwbzcmrRtEFPnevaDlgMC0123456789", "SGUO", LOG),
    reader(
        &["blame", "annotate"],
        "wMCelstpfnbc",
        "L",
        "date= porcelain line-porcelain show-email show-name since= root abbrev= first-parent",
    ),
    reader(
        &["ls-files"],
        "cdomistvzkuf",
        "xX",
        "cached deleted modified others ignored stage unmerged exclude-standard full-name \
        error-unmatch directory eol deduplicate",
    ),
    reader(
        &["ls-tree"],
        "drtlz",
        "",
        "name-only name-status long full-name full-tree abbrev abbrev= object-only",
    ),
    reader(
        &["rev-parse"],
        "q",
        "",
        "show-toplevel abbrev-ref short short= verify git-dir git-common-dir is-inside-work-tree \
        quiet is-bare-repository show-prefix symbolic-full-name absolute-git-dir all branches \
        tags show-cdup is-shallow-repository show-superproject-working-tree abbrev-ref= symbolic \
        revs-only",
    ),
    reader(
        &["describe"],
        "",
        "",
        "tags always dirty dirty= abbrev= long all match= contains exact-match first-parent",
    ),
    reader(&["cat-file"], "tspe", "", "batch-check"),
    reader(&["merge-base"], "a", "", "all is-ancestor octopus fork-point"),
    reader(
        &[
            "name-rev",
            "show-ref",
            "count-objects",
            "check-ignore",
            "show-branch",
            "verify-pack",
            "get-tar-commit-id",
            "stripspace",
        ],
        "vHdsqn",
        "",
        "heads branches tags name-only verbose human-readable verify quiet hash all abbrev",
    ),
    reader(
        &["for-each-ref"],
        "",
        "",
        "format= sort= count= contains merged no-merged points-at= contains= merged= no-merged=",
    ),
    reader(
        &["grep"],
        "niIlcwEFGPvhHopqL",
        "eABCmf",
        "line-number ignore-case files-with-matches name-only count word-regexp extended-regexp \
        fixed-strings perl-regexp invert-match cached heading break color color= no-color and or \
        not all-match context= after-context= before-context= max-depth= quiet show-function",
    ),
    reader(&["version"], "", "", "build-options"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_letter_has_two_meanings() {
        for r in READ {
            assert_eq!(r.two_meanings(), "", "{:?}", r.names);
        }
    }
}
