//! Pages as text: charset, markup, links, and which part of a page is its article. One pass from left
//! to right, without a tree: whatever a page holds, time and memory grow with its length alone.

mod article;
mod charset;
mod elements;
mod markup;
mod text;

pub use charset::decoded;
pub use text::{Text, article, text};
