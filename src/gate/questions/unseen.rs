//! Does a path hold characters that cannot be seen?

use super::Draft;
use crate::call::{Answer, Reason, visible, visible_line};
use crate::gate::rules::touched;
use crate::gate::world::World;

/// Most reasons.
const MOST: usize = 20;

pub fn ask(draft: &Draft<'_>, _: &World<'_>) -> Vec<(Answer, Reason)> {
    let paths = draft.effects.iter().flat_map(touched).map(|(path, _)| path.as_str());
    let unseen = paths.filter(|path| !path.is_ascii() && visible(path) != *path).take(MOST);
    let reason = |path| {
        let message = format!(
            "`{}` holds a character that cannot be seen: it is another name than it looks",
            visible_line(path, 200)
        );
        (Answer::Ask, Reason::built_in("unseen-character", message))
    };
    unseen.map(reason).collect()
}
