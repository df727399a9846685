//! Programs that only look, with every option that keeps them so. What is not listed here asks:
//! an unknown option may write a file or start a program.

use super::reader::{Operands, Reader};
use Operands::{Anything, None as Nothing, OnePath, Paths, Pattern, Text};

const fn reader(
    names: &'static [&'static str],
    short: &'static str,
    valued: &'static str,
    long: &'static str,
    operands: Operands,
) -> Reader {
    Reader { names, short, valued, long, pairs: "", one_letter: false, operands }
}

/// All of them. `find`, `sed`, `awk`, `git` and a few more have files or rules of their own.
pub static READERS: &[Reader] = &[
    reader(
        &["ls"],
        "aAbBcCdeFfgGhHiIklLmnNoOpqQrRsStTuUvxXZ1@%",
        "w",
        "all almost-all author escape directory classify classify= color color= \
        group-directories-first no-group human-readable si inode size recursive reverse sort= \
        time= time-style= full-time numeric-uid-gid literal show-control-chars width= \
        dereference format= ignore= hide= file-type zero",
        Paths,
    ),
    reader(
        &["cat"],
        "AbeEnstTuv",
        "",
        "show-all number number-nonblank squeeze-blank show-ends show-tabs",
        Paths,
    ),
    reader(
        &["head", "tail"],
        "qvz0123456789",
        "nc",
        "lines= bytes= quiet silent verbose zero-terminated",
        Paths,
    ),
    reader(&["wc"], "clmwL", "", "lines words chars bytes max-line-length total=", Paths),
    reader(
        &["grep", "egrep", "fgrep"],
        "abcEFGhHilLnoPqrRsTvwxyzZUu0123456789",
        "ABCme",
        "extended-regexp fixed-strings basic-regexp perl-regexp regexp= ignore-case \
        no-ignore-case invert-match word-regexp line-regexp count color color= colour= \
        files-with-matches files files-without-match max-count= only-matching quiet silent \
        no-messages byte-offset with-filename no-filename label= line-number initial-tab null \
        after-context= before-context= context context= text binary-files= include= exclude= \
        exclude-dir= recursive line-buffered",
        Pattern,
    ),
    reader(
        &["rg"],
        "aFHINPSUVblcinopqsvwx0",
        "ABCEegmMtTrj",
        "after-context= before-context= context= case-sensitive color= column count count-matches \
        crlf encoding= files-with-matches files files-without-match fixed-strings glob= heading \
        no-heading iglob= ignore-case invert-match json line-number no-line-number line-regexp \
        max-columns= max-count= max-depth= max-filesize= multiline no-filename no-messages null \
        only-matching pcre2 pretty quiet regexp= replace= smart-case sort= sortr= stats text \
        threads= trim type= type-not= type-list vimgrep with-filename word-regexp no-config \
        version",
        Pattern,
    ),
    reader(
        &["fd", "fdfind"],
        "agsiF0pV",
        "dteEcj",
        "absolute-path glob case-sensitive ignore-case fixed-strings print0 full-path max-depth= \
        min-depth= exact-depth= type= extension= exclude= color= size= changed-within= \
        changed-before= version max-results=",
        Pattern,
    ),
    reader(
        &["sort"],
        "bcCdfghiMmnrRsuVz",
        "kt",
        "ignore-leading-blanks dictionary-order ignore-case general-numeric-sort \
        ignore-nonprinting month-sort human-numeric-sort numeric-sort reverse stable unique \
        version-sort zero-terminated key= field-separator= check merge",
        Paths,
    ),
    reader(
        &["uniq"],
        "cdDiuz",
        "fsw",
        "count repeated unique ignore-case skip-fields= skip-chars= check-chars=",
        OnePath,
    ),
    reader(
        &["cut"],
        "nsz",
        "bcdf",
        "bytes= characters= delimiter= fields= complement only-delimited output-delimiter=",
        Paths,
    ),
    reader(&["tr"], "cCdst", "", "complement delete squeeze-repeats truncate-set1", Text),
    reader(&["nl"], "p", "bdfhilnsvw", "body-numbering= number-width= number-format=", Paths),
    reader(&["tac", "rev", "tsort"], "brs", "", "before regex separator=", Paths),
    reader(&["column"], "txen", "socNRHTO", "table separator= output-separator=", Paths),
    reader(&["paste"], "sz", "d", "delimiters= serial zero-terminated", Paths),
    reader(&["join"], "iz", "1247aejotv", "ignore-case check-order nocheck-order header", Paths),
    reader(&["comm"], "123z", "", "check-order nocheck-order output-delimiter= total", Paths),
    reader(&["fold", "fmt"], "bsctu", "w", "bytes spaces width=", Paths),
    reader(&["expand", "unexpand"], "aif", "t", "all initial tabs= first-only", Paths),
    reader(
        &["diff"],
        "abBcdeEiNnpqrsTtuwyZ",
        "CUWFIxL",
        "brief report-identical-files context context= unified unified= ed rcs side-by-side \
        width= left-column suppress-common-lines show-c-function show-function-line= label= \
        expand-tabs recursive new-file exclude= ignore-case ignore-tab-expansion \
        ignore-trailing-space ignore-space-change ignore-all-space ignore-blank-lines \
        ignore-matching-lines= text strip-trailing-cr minimal color color= speed-large-files",
        Paths,
    ),
    reader(&["cmp"], "bls", "in", "print-bytes verbose quiet silent bytes= ignore-initial=", Paths),
    reader(
        &["file"],
        "bhiIkLNprv0",
        "F",
        "brief mime mime-type mime-encoding keep-going dereference no-dereference separator=",
        Paths,
    ),
    reader(&["stat"], "fLnqlrsxt", "c", "dereference file-system format= printf= terse cached=", Paths),
    reader(
        &["du"],
        "0abcDhHkLlmPsSxgA",
        "dtBI",
        "all apparent-size block-size= bytes total max-depth= human-readable si summarize \
        separate-dirs threshold= time time= exclude= one-file-system inodes",
        Paths,
    ),
    reader(
        &["df"],
        "abghHiklmPTYnI",
        "tB",
        "all block-size= human-readable si inodes local portability total type= print-type output \
        output=",
        Paths,
    ),
    reader(
        &["tree"],
        "adfiCDFghilnNpqrsSuUv",
        "LPI",
        "dirsfirst filelimit= noreport charset= sort= du prune gitignore",
        Paths,
    ),
    reader(&["pwd"], "LP", "", "", Nothing),
    // Whatever these are given, they print it or compare it.
    reader(&["echo", "printf", "expr", "test", "[", "true", "false"], "", "", "", Anything),
    reader(&["seq", "factor", "numfmt"], "w", "sf", "separator= equal-width to= from=", Text),
    reader(&["basename", "dirname"], "az", "s", "multiple suffix= zero", Text),
    reader(
        &["realpath", "readlink"],
        "efmnqsvzLP",
        "",
        "canonicalize canonicalize-existing canonicalize-missing no-newline quiet relative-to= \
        relative-base=",
        Paths,
    ),
    reader(&["which"], "as", "", "all", Text),
    reader(
        &[
            "md5sum",
            "sha1sum",
            "sha224sum",
            "sha256sum",
            "sha384sum",
            "sha512sum",
            "b2sum",
            "cksum",
            "sum",
            "md5",
            "shasum",
        ],
        "bdpqrstz",
        "al",
        "binary text tag zero algorithm= length=",
        Paths,
    ),
    reader(&["base64", "base32", "basenc"], "dDi", "wb", "decode ignore-garbage wrap=", OnePath),
    // The rest of `-pc` is nothing, and the word after it is a path.
    Reader { one_letter: true, ..reader(&["xxd"], "abCeiEpPu", "cglsoRn", "", OnePath) },
    reader(
        &["hexdump", "hd", "od"],
        "bcCdovx",
        "nsAtjNwS",
        "address-radix= format= read-bytes= skip-bytes= width=",
        Paths,
    ),
    reader(&["strings"], "afow", "nte", "all bytes= radix= encoding= print-file-name", Paths),
    reader(&["date"], "uRjnI", "dvf", "date= utc universal iso-8601 iso-8601= rfc-3339= rfc-email", Text),
    reader(&["cal", "ncal"], "13jyhb", "ABmd", "", Text),
    reader(
        &["whoami", "logname", "tty", "arch", "nproc", "uptime", "groups", "sw_vers", "users", "hostname"],
        "psfi",
        "",
        "all pretty since short fqdn productVersion productName buildVersion",
        Nothing,
    ),
    reader(&["id"], "agGnruz", "", "group groups name real user zero", Text),
    reader(
        &["uname"],
        "amnrspvio",
        "",
        "all kernel-name nodename kernel-release machine operating-system",
        Nothing,
    ),
    reader(&["who", "w", "last"], "abdHilmpqrstTuhsfoxFw", "n", "", Nothing),
    reader(&["free"], "bkmghltw", "sc", "bytes kilo mega giga human lohi total wide", Nothing),
    reader(&["vmstat", "iostat"], "adfmnstwcx", "S", "", Text),
    reader(
        &["lscpu", "lsblk", "lsmem"],
        "abdefilmnOpStJrs",
        "o",
        "all bytes fs json list output= extended parse",
        Nothing,
    ),
    reader(
        &["ps"],
        "AaefFlmrTvwxjLyHcMN",
        "opuUgGtCs",
        "forest sort= format= pid= ppid= user= headers no-headers",
        Nothing,
    ),
    reader(&["pgrep"], "acfilnovx", "uUPgst", "list-name full exact newest oldest count ignore-case", Text),
    reader(&["printenv", "locale", "getconf"], "a0k", "", "all-locales null", Text),
    Reader {
        pairs: "arg argjson",
        ..reader(
            &["jq"],
            "acCeMnrRsSj",
            "",
            "ascii-output compact-output color-output exit-status monochrome-output null-input \
        raw-input raw-output slurp sort-keys join-output tab indent=",
            Pattern,
        )
    },
    reader(&["sleep"], "", "", "", Text),
    reader(&["zipinfo"], "12smlvhtzC", "", "", OnePath),
    reader(
        &["nm", "size", "otool"],
        "aABCDgnpruPLhltdf",
        "",
        "demangle defined-only undefined-only dynamic",
        Paths,
    ),
    reader(&["tokei", "scc"], "", "", "", Paths),
    reader(&["zcat", "gzcat", "bzcat", "xzcat", "zstdcat"], "", "", "", Paths),
    reader(&["eza", "exa"], "1aAdDfFghHilmrRTuUx", "sLt", "all long tree level= sort= reverse header", Paths),
    // Nothing is drawn where there is no terminal; what would change a value is blocked.
    reader(&["top"], "bciHS1", "ndpuUo", "", Nothing),
    reader(&["sysctl"], "aAbdeNnx", "", "", Text),
];

/// The entry of a program.
pub fn find(name: &str) -> Option<&'static Reader> {
    READERS.iter().find(|r| r.names.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_program_stands_twice_and_no_letter_has_two_meanings() {
        let mut names: Vec<_> = READERS.iter().flat_map(|r| r.names).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        for r in READERS {
            assert_eq!(r.two_meanings(), "", "{:?}", r.names);
        }
    }
}
