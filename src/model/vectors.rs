//! Vectors of texts, whoever sent them.

/// Vectors, if there is one of each text and all are of one length.
pub(super) fn even(rows: Vec<Vec<f64>>, want: usize) -> Result<Vec<Vec<f64>>, String> {
    let length = rows.first().map_or(0, Vec::len);
    if rows.len() != want {
        return Err(format!("it sent {} vectors for {want} texts", rows.len()));
    }
    if length == 0 || rows.iter().any(|row| row.len() != length) {
        return Err("its vectors have different lengths, or none".into());
    }
    Ok(rows)
}
