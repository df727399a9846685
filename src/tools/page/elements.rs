//! Which elements of a page begin a line, are not read, or have no end.

/// Elements that begin and end a line.
pub const BLOCK: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "center",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "html",
    "legend",
    "li",
    "main",
    "menu",
    "nav",
    "ol",
    "option",
    "p",
    "pre",
    "section",
    "select",
    "summary",
    "table",
    "tbody",
    "tfoot",
    "thead",
    "tr",
    "ul",
];

/// Those with an empty line around them.
pub const APART: &[&str] = &[
    "article",
    "blockquote",
    "dl",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "ul",
];

/// Elements whose content nobody reads.
pub const HIDDEN: &[&str] =
    &["head", "template", "svg", "math", "object", "audio", "video", "canvas", "datalist"];

/// Parts of a page that are not its article.
pub const AROUND: &[&str] = &["nav", "footer", "aside", "form", "header", "menu", "dialog"];

/// Elements without an end.
pub const VOID: &[&str] =
    &["br", "hr", "img", "input", "link", "meta", "base", "col", "source", "wbr", "embed"];
