//! The base score of CVSS 3.0 and 3.1, as first.org specifies it, as one of its words.

/// The word for the score of `vector`; none if it is of another version, or not whole.
pub fn severity(vector: &str) -> Option<&'static str> {
    let score = tenths(vector)?;
    Some(match score {
        0 => "none",
        1..=39 => "low",
        40..=69 => "medium",
        70..=89 => "high",
        _ => "critical",
    })
}

/// The base score in tenths.
fn tenths(vector: &str) -> Option<u32> {
    let parts = vector.strip_prefix("CVSS:3.0/").or_else(|| vector.strip_prefix("CVSS:3.1/"))?;
    let of = |name: &str| parts.split('/').find_map(|part| part.strip_prefix(name)?.strip_prefix(':'));
    let changed = of("S")? == "C";
    let weigh = |name: &str, weights: &[(&str, f64)]| {
        let value = of(name)?;
        weights.iter().find(|(word, _)| *word == value).map(|(_, weight)| *weight)
    };
    let reach = weigh("AV", &[("N", 0.85), ("A", 0.62), ("L", 0.55), ("P", 0.2)])?;
    let complexity = weigh("AC", &[("L", 0.77), ("H", 0.44)])?;
    let (low, high) = if changed { (0.68, 0.5) } else { (0.62, 0.27) };
    let rights = weigh("PR", &[("N", 0.85), ("L", low), ("H", high)])?;
    let user = weigh("UI", &[("N", 0.85), ("R", 0.62)])?;
    let harm = |name| weigh(name, &[("H", 0.56), ("L", 0.22), ("N", 0.0)]);
    let base = 1.0 - (1.0 - harm("C")?) * (1.0 - harm("I")?) * (1.0 - harm("A")?);
    let impact = if changed { 7.52 * (base - 0.029) - 3.25 * (base - 0.02).powi(15) } else { 6.42 * base };
    if impact <= 0.0 {
        return Some(0);
    }
    let exploit = 8.22 * reach * complexity * rights * user;
    let sum = if changed { 1.08 * (impact + exploit) } else { impact + exploit };
    Some(rounded_up(sum.min(10.0)))
}

/// Up to a tenth, without what floating point adds (CVSS 3.1, appendix A).
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a score is between 0 and 10")]
fn rounded_up(score: f64) -> u32 {
    let exact = (score * 100_000.0).round() as u32;
    exact.div_ceil(10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_those_of_the_specification() {
        // From the examples of first.org's CVSS 3.1 documents.
        for (vector, expected) in [
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 98),
            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 61),
            ("CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 99),
            ("CVSS:3.0/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 78),
            ("CVSS:3.0/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 31),
            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0),
        ] {
            assert_eq!(tenths(vector), Some(expected), "{vector}");
        }
        assert_eq!((severity("CVSS:3.1/AV:N"), severity("CVSS:4.0/AV:N/AC:L")), (None, None));
        assert_eq!(severity("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"), Some("critical"));
    }
}
