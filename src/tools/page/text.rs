//! A page's text as a person would read it: blocks on lines of their own, headings, lists, links.

use super::article::Blocks;
use super::elements::{APART, AROUND, BLOCK, HIDDEN, VOID};
use super::markup::{Attributes, Token, Tokens, unescaped};
use serde::Serialize;
use url::Url;

/// Most links that are told.
const LINKS: usize = 200;
/// Longest text and address of one.
const LINK: usize = 2048;

/// A page, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// Its title.
    pub title: Option<String>,
    /// Its text.
    pub text: String,
    /// Where it leads, in order.
    pub links: Vec<Link>,
}

/// Where a page leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What stands there.
    pub text: String,
    /// The address in full.
    pub url: String,
}

/// All text of `page`, which stands at `base`.
pub fn text(page: &str, base: &str) -> Text {
    Reader::new(base, None).read(page).0
}

/// The text of the part of `page` that is its article; all of it where none stands out.
pub fn article(page: &str, base: &str) -> Text {
    let (whole, blocks) = Reader::new(base, None).read(page);
    match blocks.best() {
        Some(block) => {
            let chosen = Reader::new(base, Some(block)).read(page).0;
            Text { title: whole.title, ..chosen }
        }
        None => whole,
    }
}

struct Reader {
    base: Option<Url>,
    /// The block that is wanted; all if none is.
    wanted: Option<usize>,
    read: Text,
    blocks: Blocks,
    /// Line ends that come before the next text.
    breaks: usize,
    /// Whether a space does.
    space: bool,
    /// How deep in what is not read, by the element that began it.
    hidden: Option<(String, usize)>,
    pre: usize,
    /// The link that is open: where its text begins, and where it leads.
    link: Option<(usize, String)>,
    /// What stands before the next text of this line: a heading's or an item's mark.
    mark: String,
    /// The lists that are open; the next number of those that have numbers.
    lists: Vec<Option<u32>>,
}

impl Reader {
    fn new(base: &str, wanted: Option<usize>) -> Self {
        Self {
            base: Url::parse(base).ok(),
            wanted,
            read: Text::default(),
            blocks: Blocks::default(),
            breaks: 0,
            space: false,
            hidden: None,
            pre: 0,
            link: None,
            mark: String::new(),
            lists: Vec::new(),
        }
    }

    fn read(mut self, page: &str) -> (Text, Blocks) {
        for token in Tokens::of(page) {
            match token {
                Token::Text(text) => self.text(&unescaped(text)),
                Token::Raw("title", text) if self.read.title.is_none() => {
                    let title = unescaped(text).split_whitespace().collect::<Vec<_>>().join(" ");
                    self.read.title = Some(title).filter(|t| !t.is_empty());
                }
                Token::Raw("textarea" | "xmp", text) => self.text(&unescaped(text)),
                Token::Raw(..) => {}
                Token::Start(name, attributes) => self.start(&name, &attributes),
                Token::End(name) => self.end(&name),
            }
        }
        self.close_link();
        (self.read, self.blocks)
    }

    fn start(&mut self, name: &str, attributes: &Attributes<'_>) {
        if let Some((hidden, depth)) = &mut self.hidden {
            if hidden == name {
                *depth += 1;
            }
            // A page without `</head>` is read from its body on.
            if !(hidden == "head" && (name == "body" || BLOCK.contains(&name))) {
                return;
            }
            self.hidden = None;
        }
        let unseen = HIDDEN.contains(&name)
            || attributes.get("hidden").is_some()
            // Only within it: before, blocks would be numbered otherwise than when they were compared.
            || (AROUND.contains(&name) && self.wanted.is_some_and(|block| self.blocks.within(block)));
        if unseen && !VOID.contains(&name) {
            self.hidden = Some((name.to_owned(), 1));
            return;
        }
        self.blocks.open(name);
        if !self.reads() && name != "base" {
            return;
        }
        self.line(name);
        match name {
            "br" => self.breaks = self.breaks.max(1),
            "hr" => self.mark = "---".into(),
            "pre" => self.pre += 1,
            "ul" | "menu" | "dir" => self.lists.push(None),
            "ol" => {
                let start = attributes.get("start").and_then(|n| n.parse().ok());
                self.lists.push(Some(start.unwrap_or(1)));
            }
            "li" => self.mark = self.item(),
            "td" | "th" => self.space = true,
            "base" => {
                let href = attributes.get("href").and_then(|href| self.full(&href));
                self.base = href.and_then(|href| Url::parse(&href).ok()).or_else(|| self.base.take());
            }
            "a" => {
                self.close_link();
                let href = attributes.get("href").and_then(|href| self.full(&href));
                self.link = href.map(|href| (self.read.text.len(), href));
            }
            "img" => {
                if let Some(alt) = attributes.get("alt").filter(|alt| !alt.trim().is_empty()) {
                    self.text(&format!("[{}]", alt.trim()));
                }
            }
            _ => {
                if let Some(level) = name.strip_prefix('h').and_then(|n| n.parse::<usize>().ok())
                    && (1..=6).contains(&level)
                {
                    self.mark = format!("{} ", "#".repeat(level));
                }
            }
        }
    }

    fn end(&mut self, name: &str) {
        if let Some((hidden, depth)) = &mut self.hidden {
            if hidden == name {
                *depth -= 1;
                if *depth == 0 {
                    self.hidden = None;
                }
            }
            return;
        }
        match name {
            "a" => self.close_link(),
            "pre" => self.pre = self.pre.saturating_sub(1),
            "ul" | "ol" | "menu" | "dir" if self.reads() => drop(self.lists.pop()),
            _ => {}
        }
        self.blocks.close(name);
        if self.reads() {
            self.line(name);
        }
    }

    /// The mark of the next item of the innermost list.
    fn item(&mut self) -> String {
        let indent = "  ".repeat(self.lists.len().saturating_sub(1).min(8));
        match self.lists.last_mut() {
            Some(Some(n)) => {
                let mark = format!("{indent}{n}. ");
                *n = n.saturating_add(1);
                mark
            }
            Some(None) | None => format!("{indent}* "),
        }
    }

    /// Whether what comes now is of the part that is wanted.
    fn reads(&self) -> bool {
        self.wanted.is_none_or(|block| self.blocks.within(block))
    }

    fn line(&mut self, name: &str) {
        if BLOCK.contains(&name) {
            self.breaks = self.breaks.max(if APART.contains(&name) { 2 } else { 1 });
        }
    }

    fn text(&mut self, text: &str) {
        if self.hidden.is_some() || text.is_empty() || !self.reads() {
            return;
        }
        let before = self.read.text.len();
        if self.pre > 0 {
            self.begin();
            self.read.text.extend(text.chars().filter(|c| *c == '\n' || *c == '\t' || !c.is_control()));
        } else {
            for word in text.split_inclusive(|c: char| c.is_ascii_whitespace()) {
                let bare = word.trim_ascii_end();
                if !bare.is_empty() {
                    self.begin();
                    self.read.text.extend(bare.chars().filter(|c| !c.is_control()));
                }
                self.space |= bare.len() < word.len();
            }
        }
        self.blocks.said(self.read.text.len() - before, self.link.is_some());
    }

    /// What comes before text: line ends, the line's mark, or a space.
    fn begin(&mut self) {
        let text = &mut self.read.text;
        if self.breaks > 0 || text.is_empty() {
            if !text.is_empty() {
                text.push_str("\n\n".get(..self.breaks.min(2)).unwrap_or_default());
            }
        } else if self.space && !text.ends_with([' ', '\n']) {
            text.push(' ');
        }
        text.push_str(&self.mark);
        self.mark.clear();
        (self.breaks, self.space) = (0, false);
    }

    fn full(&self, href: &str) -> Option<String> {
        let href = href.trim();
        let url = match &self.base {
            Some(base) => base.join(href).ok()?,
            None => Url::parse(href).ok()?,
        };
        let text: String = url.into();
        let leads = ["http:", "https:", "mailto:"].iter().any(|scheme| text.starts_with(scheme));
        (leads && text.len() <= LINK).then_some(text)
    }

    fn close_link(&mut self) {
        let Some((from, url)) = self.link.take() else { return };
        if self.read.links.len() >= LINKS || !self.reads() {
            return;
        }
        let text = self.read.text.get(from..).unwrap_or_default();
        let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = text.chars().take(200).collect();
        self.read.links.push(Link { text, url });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<!doctype html><html><head><title>A &amp; B</title><style>p{}</style></head><body>\
        <nav><a href='/home'>Home</a> <a href='/about'>About</a></nav>\
        <div class=x><article><h1>The  head</h1><p>First   paragraph, with a <a href='b?c=1&amp;d'>link</a>, \
        and enough words, so that it counts as text that someone reads.</p>\
        <p>Second paragraph, also long enough, with commas, to be told from a menu of links.</p>\
        <ul><li>one<li>two <b>bold</b></ul><ol start=3><li>c</ol><pre>a\n  b</pre>\
        <table><tr><td>x<td>y</table></article></div>\
        <script>document.write('<p>no</p>')</script><footer>Imprint <a href='javascript:x'>x</a></footer>";

    #[test]
    fn a_page_reads_like_a_page() {
        let read = text(PAGE, "https://example.com/dir/page");
        assert_eq!(read.title.as_deref(), Some("A & B"));
        let expected = "Home About\n\n# The head\n\nFirst paragraph, with a link, and enough words, so that it \
            counts as text that someone reads.\n\nSecond paragraph, also long enough, with commas, to be told \
            from a menu of links.\n\n* one\n* two bold\n\n3. c\n\na\n  b\n\nx y\n\nImprint x";
        assert_eq!(read.text, expected);
        let urls: Vec<_> = read.links.iter().map(|l| l.url.as_str()).collect();
        assert_eq!(
            urls,
            ["https://example.com/home", "https://example.com/about", "https://example.com/dir/b?c=1&d"]
        );
    }

    #[test]
    fn the_article_is_what_is_read_not_what_surrounds_it() {
        let read = article(PAGE, "https://example.com/dir/page");
        assert!(read.text.starts_with("# The head"), "{}", read.text);
        assert!(!read.text.contains("Home") && !read.text.contains("Imprint"), "{}", read.text);
        assert_eq!((read.title.as_deref(), read.links.len()), (Some("A & B"), 1));
        assert_eq!(article("just text", "https://example.com/").text, "just text");
    }

    #[test]
    fn an_article_without_the_element_is_found_by_its_paragraphs() {
        let menu = "<div><ul>".to_owned()
            + &"<li><a href=/x>Some entry of a menu, long</a>".repeat(40)
            + "</ul></div>";
        let body = "<p>A sentence of an article, with commas, and with enough of it to count.</p>".repeat(8);
        let page = format!("{menu}<div id=a><div id=b>{body}</div><div>{menu}</div></div>");
        let read = article(&page, "https://example.com/");
        assert!(read.text.starts_with("A sentence") && !read.text.contains("menu"), "{}", read.text);
    }

    #[test]
    fn an_article_after_or_within_what_surrounds_others_is_found() {
        let said = "A sentence of an article, with commas, and with enough of it to count. ".repeat(8);
        let (said, p) = (said.trim(), format!("<p>{said}</p>"));
        for page in [
            format!("<body><header><div>logo</div></header><div>{p}</div><div>other</div>"),
            format!(
                "<body><form><div>menu</div><div>{p}<nav><div>more</div></nav></div></form><div>other</div>"
            ),
        ] {
            assert_eq!(article(&page, "https://example.com/").text, said, "{page}");
        }
    }

    #[test]
    fn hostile_pages_cost_no_more_than_their_length() {
        let deep = "<div>".repeat(200_000) + "x";
        let nested = "<ul><li>".repeat(100_000) + "x";
        let table = "<table><tr><td>".repeat(60_000) + "x";
        let attributes = format!("<a {}>x</a>", "a=1 ".repeat(250_000));
        let unclosed = "<p><b><i><a href=x>".repeat(50_000);
        let ends = "</div></p></ul>".repeat(70_000);
        for page in [deep, nested, table, attributes, unclosed, ends] {
            let read = article(&page, "https://example.com/");
            assert!(read.text.len() <= page.len() + 64 && read.links.len() <= LINKS);
        }
    }
}
