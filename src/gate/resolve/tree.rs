//! A tree of names: each is kept once, however many paths lead through it.

use std::collections::BTreeMap;

/// Names below names, each with a value.
pub struct Tree<T> {
    below: BTreeMap<(usize, String), usize>,
    values: Vec<T>,
}

impl<T: Copy> Tree<T> {
    /// The one that all others are below.
    pub const ROOT: usize = 0;

    /// With nothing below its root.
    pub fn of(root: T) -> Self {
        Self { below: BTreeMap::new(), values: vec![root] }
    }

    /// The value of one.
    pub fn get(&self, at: usize) -> Option<T> {
        self.values.get(at).copied()
    }

    /// Changes the value of one.
    pub fn set(&mut self, at: usize, value: T) {
        if let Some(old) = self.values.get_mut(at) {
            *old = value;
        }
    }

    /// The one of this name below `at`.
    pub fn find(&self, at: usize, name: &str) -> Option<usize> {
        self.below.get(&(at, name.to_owned())).copied()
    }

    /// The one of this name below `at`, and its value so far; if it is new it gets `value`.
    pub fn below(&mut self, at: usize, name: String, value: T) -> (usize, Option<T>) {
        let next = self.values.len();
        let found = *self.below.entry((at, name)).or_insert(next);
        if found == next {
            self.values.push(value);
            return (found, None);
        }
        (found, self.get(found))
    }

    /// The values on the way to the path of these names, as far as it is there, itself left out.
    pub fn on_the_way(&self, names: &[String]) -> Vec<T> {
        let (mut at, mut passed) = (Self::ROOT, Vec::new());
        for name in names.iter().take(names.len().saturating_sub(1)) {
            let Some(next) = self.find(at, name) else { break };
            passed.extend(self.get(next));
            at = next;
        }
        passed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_once_and_knows_what_is_below_it() {
        let mut tree = Tree::of('/');
        let names = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
        for (path, new) in [("a/b/c", 3), ("a/b/d", 1), ("b/c", 2), ("a/b/c", 0)] {
            let (mut at, before) = (Tree::<char>::ROOT, tree.values.len());
            for name in names(path) {
                let value = name.chars().next().unwrap();
                at = tree.below(at, name, value).0;
            }
            assert_eq!((tree.values.len() - before, tree.get(at)), (new, path.chars().last()), "{path}");
        }
        assert_eq!(tree.on_the_way(&names("a/b/c")), ['a', 'b']);
        assert_eq!(tree.on_the_way(&names("a/x/c/d")), ['a']);
        let a = tree.find(Tree::<char>::ROOT, "a").unwrap();
        tree.set(a, 'A');
        assert_eq!(tree.on_the_way(&names("a/x")), ['A']);
    }
}
