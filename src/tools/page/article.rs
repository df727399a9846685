//! Which part of a page is its article: the block that holds most of what is read rather than clicked.

/// Blocks that may be an article.
const CANDIDATE: &[&str] = &["article", "main", "section", "div", "td", "body"];
/// Deeper ones are not looked at.
const DEEP: usize = 256;
/// How far up an end finds its start.
const UP: usize = 24;
/// Least score of an article.
const LEAST: u64 = 200;

/// The blocks of a page, in the order in which they begin: the same page gives the same numbers.
#[derive(Debug, Default)]
pub struct Blocks {
    all: Vec<Block>,
    open: Vec<usize>,
    /// Candidates that were too deep to be opened.
    deeper: usize,
    /// How deep in paragraphs.
    prose: usize,
}

#[derive(Debug)]
struct Block {
    name: &'static str,
    /// Bytes of text in it, its own and that of blocks within it, and of links.
    text: u64,
    links: u64,
    /// Bytes of paragraphs that stand in it, with half of those one block below.
    prose: u64,
}

impl Blocks {
    /// An element begins.
    pub fn open(&mut self, name: &str) {
        if PROSE.contains(&name) {
            self.prose = 1;
        }
        let Some(name) = CANDIDATE.iter().copied().find(|n| *n == name) else { return };
        self.prose = 0;
        if self.open.len() >= DEEP {
            self.deeper += 1;
            return;
        }
        self.open.push(self.all.len());
        self.all.push(Block { name, text: 0, links: 0, prose: 0 });
    }

    /// An element ends.
    pub fn close(&mut self, name: &str) {
        if PROSE.contains(&name) {
            self.prose = 0;
        }
        if !CANDIDATE.contains(&name) {
            return;
        }
        if self.deeper > 0 {
            self.deeper -= 1;
            return;
        }
        let named = |at: &usize| self.all.get(*at).is_some_and(|block| block.name == name);
        // An end without a start ends nothing.
        let Some(up) = self.open.iter().rev().take(UP).position(named) else { return };
        self.open.truncate(self.open.len() - 1 - up);
    }

    /// So much was said here, in a link or not.
    pub fn said(&mut self, bytes: usize, link: bool) {
        let bytes = u64::try_from(bytes).unwrap_or(0);
        for (up, at) in self.open.iter().rev().enumerate() {
            let Some(block) = self.all.get_mut(*at) else { continue };
            block.text += bytes;
            if link {
                block.links += bytes;
            } else if self.prose > 0 && up < 2 {
                block.prose += bytes >> up;
            }
            if up >= UP {
                break;
            }
        }
    }

    /// Whether what comes now stands in `block`.
    pub fn within(&self, block: usize) -> bool {
        self.open.binary_search(&block).is_ok()
    }

    /// The block that is the article, if one stands out.
    pub fn best(&self) -> Option<usize> {
        let score = |block: &Block| {
            let named = if matches!(block.name, "article" | "main") { 3 } else { 2 };
            // What is clicked is not read.
            let read = block.text.saturating_sub(block.links);
            block.prose * named * read / block.text.max(1)
        };
        let scored = self.all.iter().enumerate().map(|(at, block)| (score(block), std::cmp::Reverse(at)));
        scored.max().filter(|(score, _)| *score >= LEAST).map(|(_, at)| at.0)
    }
}

/// Elements in which an article says what it says.
const PROSE: &[&str] = &["p", "pre", "blockquote", "li", "dd"];
