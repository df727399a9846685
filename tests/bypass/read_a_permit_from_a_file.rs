// refused: E0277
pub fn go(text: &str) -> Option<crate::gate::Permit> {
    serde_json::from_str(text).ok()
}
