//! How sure a model is, by the probabilities of the letters that stand for its options.

/// The letter of each option; none if there are more options than letters.
pub fn letters(options: &[String]) -> Option<Vec<char>> {
    (options.len() <= 26).then(|| ('A'..='Z').take(options.len()).collect())
}

/// The per cent of `label` among `options`, given the probabilities of pieces; none if they say nothing.
pub fn confidence(options: &[String], label: &str, odds: &[(String, f64)]) -> Option<u32> {
    let letters = letters(options)?;
    let mass = |letter: &char| {
        let of = odds.iter().filter(|(piece, p)| piece.trim() == letter.to_string() && p.is_finite());
        of.map(|(_, p)| p.max(0.0)).sum::<f64>()
    };
    let all: f64 = letters.iter().map(mass).sum();
    let own = options.iter().zip(&letters).find(|(option, _)| *option == label)?;
    let share = mass(own.1) / all;
    // A whole number of per cent, rounded down: 99.9 is not sure.
    (0..=100).rev().find(|n| share * 100.0 >= f64::from(*n)).filter(|_| all > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_is_the_labels_share_of_what_was_offered() {
        let options = ["spam", "bill"].map(str::to_owned);
        let odds = |all: &[(&str, f64)]| all.iter().map(|(t, p)| ((*t).to_owned(), *p)).collect::<Vec<_>>();
        let told = |label: &str, all: &[(&str, f64)]| confidence(&options, label, &odds(all));
        assert_eq!(told("spam", &[("A", 0.75), ("B", 0.25)]), Some(75));
        assert_eq!(told("bill", &[("A", 0.75), (" B", 0.25)]), Some(25));
        assert_eq!(told("bill", &[("A", 0.3), ("B", 0.05), ("B", 0.05), ("x", 0.6)]), Some(25));
        assert_eq!(told("spam", &[("B", 0.5)]), Some(0));
        assert_eq!(told("spam", &[("A", 0.9999), ("B", 0.0001)]), Some(99));
        assert_eq!(told("spam", &[("x", 1.0)]), None);
        assert_eq!(told("spam", &[]), None);
        assert_eq!(told("spam", &[("A", f64::NAN)]), None);
        assert_eq!(told("other", &[("A", 1.0)]), None);
        assert!(letters(&vec![String::new(); 27]).is_none());
    }
}
