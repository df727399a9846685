//! Checkpoints: the head, signed. A signed note as C2SP has it; its text is the three lines of `head`,
//! whose third is a chain's last hash and no Merkle root, so its origin differs from a
//! transparency log's.

use super::Anchor;
use super::head::Head;
use crate::canon::hex;
use crate::state::{Home, Secret, Secrets, SecretsError, key as random_key};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

/// The name of the key in notes.
const NAME: &str = "fleet.local/audit";
/// The secret that holds the private key.
const SECRET: &str = "audit-key";
/// Ed25519 in signed notes.
const ED25519: u8 = 1;

/// A note that says nothing that can be relied on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadNote {
    /// It is no signed note of an audit log.
    #[error("it is not a signed note of an audit log")]
    Form,
    /// No signature by the key.
    #[error("no signature in it is by the key `{0}`")]
    Unsigned(String),
}

/// The private half.
pub struct Signer(SigningKey);

impl Signer {
    /// The key of `home`, made when it is first needed.
    ///
    /// # Errors
    /// [`SecretsError`].
    pub fn of(home: &Home) -> Result<Self, SecretsError> {
        let secret = Secrets::of(home).get_or_make(SECRET, || random_key().map(Secret::new))?;
        let bad = || SecretsError::Unreadable(SECRET.into(), "it is not 64 hex digits".into());
        Ok(Self(SigningKey::from_bytes(&from_hex(secret.reveal()).ok_or_else(bad)?)))
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey { name: NAME.to_owned(), key: self.0.verifying_key() }
    }

    /// The note that says `head`.
    pub(super) fn sign(&self, head: &Head) -> String {
        let text = head.text();
        let signature = self.0.sign(text.as_bytes()).to_bytes();
        let public = self.public();
        let both = [&public.id()[..], &signature[..]].concat();
        format!("{text}\n\u{2014} {} {}\n", public.name, STANDARD.encode(both))
    }
}

/// The public half: `name+id+base64`, as signed notes have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    key: VerifyingKey,
}

impl PublicKey {
    /// Reads `name+id+base64`, or the 32 bytes alone in base64 or hex.
    ///
    /// # Errors
    /// A sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || "expected NAME+ID+KEY as `fleet audit checkpoint` prints it".to_owned();
        let text = text.trim();
        let named = text.split_once('+').filter(|(name, _)| name.contains('/'));
        let (name, bytes, id) = match named {
            Some((name, rest)) => {
                let (id, key) = rest.split_once('+').ok_or_else(bad)?;
                let bytes = STANDARD.decode(key).map_err(|_| bad())?;
                let (kind, bytes) = bytes.split_first().ok_or_else(bad)?;
                if *kind != ED25519 {
                    return Err("only Ed25519 keys are understood".into());
                }
                (name, bytes.try_into().map_err(|_| bad())?, Some(id))
            }
            None => {
                let bytes = from_hex(text)
                    .or_else(|| STANDARD.decode(text).ok().and_then(|b| b.try_into().ok()))
                    .ok_or_else(bad)?;
                (NAME, bytes, None)
            }
        };
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| "this is no Ed25519 key".to_owned())?;
        let key = Self { name: name.to_owned(), key };
        if id.is_some_and(|id| id != key.id_hex()) {
            return Err("the key does not have the id that stands before it".into());
        }
        Ok(key)
    }

    /// The first four bytes of SHA-256(name, line feed, 1, key).
    fn id(&self) -> [u8; 4] {
        let mut hasher = Sha256::new();
        hasher.update(self.name.as_bytes());
        hasher.update([b'\n', ED25519]);
        hasher.update(self.key.as_bytes());
        let mut id = [0; 4];
        id.iter_mut().zip(hasher.finalize()).for_each(|(to, from)| *to = from);
        id
    }

    fn id_hex(&self) -> String {
        hex(&self.id())
    }

    /// What the notes in `text` say, if each is signed by this key.
    ///
    /// # Errors
    /// [`BadNote`]; one bad note spoils all.
    pub fn open(&self, text: &str) -> Result<Vec<Anchor>, BadNote> {
        let mut said = Vec::new();
        let mut rest = text;
        while !rest.trim().is_empty() {
            rest = rest.trim_start_matches('\n');
            let (body, after) = rest.split_once("\n\n").ok_or(BadNote::Form)?;
            let lines = after.split_inclusive('\n').take_while(|l| l.starts_with('\u{2014}')).count();
            let length: usize = after.split_inclusive('\n').take(lines).map(str::len).sum();
            let (signatures, next) = after.split_at_checked(length).ok_or(BadNote::Form)?;
            let body = format!("{body}\n");
            if !signatures.lines().any(|line| self.signed(&body, line)) {
                return Err(BadNote::Unsigned(self.to_string()));
            }
            let head = Head::parse(&body).ok_or(BadNote::Form)?;
            said.push(Anchor { seq: head.seq, hash: head.hash, log: Some(head.log) });
            rest = next;
        }
        if said.is_empty() { Err(BadNote::Form) } else { Ok(said) }
    }

    /// Whether `line` is this key's signature under `body`.
    fn signed(&self, body: &str, line: &str) -> bool {
        let read = || {
            let (name, signature) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
            let bytes = STANDARD.decode(signature).ok()?;
            let (id, signature) = bytes.split_at_checked(4)?;
            let signature = Signature::from_slice(signature).ok()?;
            let own = name == self.name && id == self.id();
            Some(own && self.key.verify_strict(body.as_bytes(), &signature).is_ok())
        };
        read().unwrap_or(false)
    }
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = [&[ED25519][..], self.key.as_bytes()].concat();
        write!(f, "{}+{}+{}", self.name, self.id_hex(), STANDARD.encode(key))
    }
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let bytes: Option<Vec<u8>> =
        (0..32).map(|n| u8::from_str_radix(text.get(2 * n..2 * n + 2)?, 16).ok()).collect();
    bytes?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::sha256;

    fn signer(seed: u8) -> Signer {
        Signer(SigningKey::from_bytes(&[seed; 32]))
    }

    fn head(seq: u64) -> Head {
        Head { log: "0123456789abcdef".repeat(2), seq, hash: sha256(b"x") }
    }

    #[test]
    fn a_note_says_what_was_signed_and_nothing_else() {
        let (key, note) = (signer(1).public(), signer(1).sign(&head(41)));
        let said = key.open(&note).unwrap();
        assert_eq!(said, [Anchor { seq: 41, hash: sha256(b"x"), log: Some(head(1).log) }]);
        let two = format!("{note}\n{}", signer(1).sign(&head(50)));
        assert_eq!(key.open(&two).unwrap().len(), 2);
        for bad in [
            note.replace("\n41\n", "\n42\n"),
            note.replace('\u{2014}', "-"),
            note.replacen("fleet.local", "other.local", 1),
            note.lines().take(4).map(|l| format!("{l}\n")).collect(),
            signer(2).sign(&head(41)),
            format!("{note}\n{}", signer(2).sign(&head(50))),
            format!("{note}garbage"),
            String::new(),
        ] {
            assert!(key.open(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_public_key_is_read_in_three_spellings() {
        let key = signer(1).public();
        let bytes = key.key.as_bytes();
        for text in [key.to_string(), hex(bytes), STANDARD.encode(bytes), format!(" {key}\n")] {
            assert_eq!(PublicKey::parse(&text), Ok(key.clone()), "{text}");
        }
        let other_id = key.to_string().replacen(&key.id_hex(), "00000000", 1);
        for bad in ["", "x", "fleet.local/audit+", other_id.as_str()] {
            assert!(PublicKey::parse(bad).is_err(), "{bad}");
        }
    }

    /// The example of RFC 8032 section 7.1, test 1: the same key and signature as everybody's.
    #[test]
    fn the_signature_is_that_of_rfc_8032() {
        let seed = from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").unwrap();
        let key = SigningKey::from_bytes(&seed);
        let public = from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a").unwrap();
        assert_eq!(key.verifying_key().as_bytes(), &public);
        let hex = hex(&key.sign(b"").to_bytes()[..8]);
        assert_eq!(hex, "e5564300c360ac72");
    }
}
