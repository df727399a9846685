//! Archives as data: written byte by byte, since honest writers refuse what these hold.

use serde_json::Value;
use std::io::Write as _;

struct Entry {
    name: String,
    kind: String,
    to: String,
    mode: u32,
    bytes: Vec<u8>,
    says: u64,
}

fn entry(value: &Value) -> Entry {
    let text = |member: &str| value[member].as_str().unwrap_or_default().to_owned();
    let name = value.as_str().map_or_else(|| text("name"), str::to_owned);
    let number = |member: &str| value[member].as_u64();
    let kind = if name.ends_with('/') { "folder".into() } else { text("kind") };
    let file = kind.is_empty();
    let size = number("size").unwrap_or(if file { 5 } else { 0 });
    let bytes = vec![b'a'; usize::try_from(size).unwrap()];
    let mode =
        number("mode").map_or(if kind == "folder" { 0o755 } else { 0o644 }, |m| u32::try_from(m).unwrap());
    Entry { name, kind, to: text("to"), mode, says: number("says").unwrap_or(size), bytes }
}

/// The archive that `value` describes.
pub fn pack(value: &Value) -> Vec<u8> {
    let entries: Vec<_> = value["entries"].as_array().unwrap().iter().map(entry).collect();
    match value["format"].as_str().unwrap() {
        "zip" => zip(&entries),
        "tar" => tar(&entries),
        "tgz" => {
            let mut to = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            to.write_all(&tar(&entries)).unwrap();
            to.finish().unwrap()
        }
        other => panic!("{other}"),
    }
}

fn tar(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::new();
    for entry in entries {
        let mut header = [0u8; 512];
        let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, entry.name.as_bytes());
        put(100, format!("{:07o}\0", entry.mode).as_bytes());
        put(124, format!("{:011o}\0", entry.bytes.len()).as_bytes());
        put(136, b"00000000000\0");
        put(148, b"        ");
        put(
            156,
            match entry.kind.as_str() {
                "" => b"0",
                "hard" => b"1",
                "link" => b"2",
                "char" => b"3",
                "block" => b"4",
                "folder" => b"5",
                "fifo" => b"6",
                other => panic!("{other}"),
            },
        );
        put(157, entry.to.as_bytes());
        put(257, b"ustar\x0000");
        let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        out.extend_from_slice(&header);
        out.extend_from_slice(&entry.bytes);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    if entries.is_empty() {
        // A tape with nothing on it has no mark that tells it from zeros: one folder stands for it.
        return tar(&[entry(&"./".into())]);
    }
    out.resize(out.len() + 1024, 0);
    out
}

fn zip(entries: &[Entry]) -> Vec<u8> {
    let (mut out, mut central) = (Vec::new(), Vec::new());
    for entry in entries {
        let plain = if entry.kind == "link" { entry.to.clone().into_bytes() } else { entry.bytes.clone() };
        let mut packed = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&plain).unwrap();
        let packed = packed.finish().unwrap();
        let mut crc = flate2::Crc::new();
        crc.update(&plain);
        let says = if entry.kind == "link" { plain.len() as u64 } else { entry.says };
        // A size that does not fit stands in the extra field of a zip64.
        let (short, extra) = match u32::try_from(says) {
            Ok(short) => (short, Vec::new()),
            Err(_) => {
                (u32::MAX, [&1u16.to_le_bytes()[..], &8u16.to_le_bytes(), &says.to_le_bytes()].concat())
            }
        };
        let common = [
            &20u16.to_le_bytes()[..],
            &(1u16 << 11).to_le_bytes(),
            &8u16.to_le_bytes(),
            &[0, 0, 0x21, 0x58],
            &crc.sum().to_le_bytes(),
            &u32::try_from(packed.len()).unwrap().to_le_bytes(),
            &short.to_le_bytes(),
            &u16::try_from(entry.name.len()).unwrap().to_le_bytes(),
        ]
        .concat();
        let at = u32::try_from(out.len()).unwrap();
        // A local zip64 field must name both sizes.
        let local = match extra.is_empty() {
            true => Vec::new(),
            false => {
                let both = [says.to_le_bytes(), (packed.len() as u64).to_le_bytes()].concat();
                [&1u16.to_le_bytes()[..], &16u16.to_le_bytes(), &both].concat()
            }
        };
        out.extend_from_slice(b"PK\x03\x04");
        out.extend_from_slice(&common);
        out.extend_from_slice(&u16::try_from(local.len()).unwrap().to_le_bytes());
        out.extend_from_slice(entry.name.as_bytes());
        out.extend_from_slice(&local);
        out.extend_from_slice(&packed);
        let kind: u32 = match entry.kind.as_str() {
            "" => 0o100_000,
            "link" => 0o120_000,
            "folder" => 0o040_000,
            other => panic!("{other}"),
        };
        central.extend_from_slice(b"PK\x01\x02");
        central.extend_from_slice(&0x0314u16.to_le_bytes());
        central.extend_from_slice(&common);
        central.extend_from_slice(&u16::try_from(extra.len()).unwrap().to_le_bytes());
        central.extend_from_slice(&[0; 6]);
        central.extend_from_slice(&((kind | entry.mode) << 16).to_le_bytes());
        central.extend_from_slice(&at.to_le_bytes());
        central.extend_from_slice(entry.name.as_bytes());
        central.extend_from_slice(&extra);
    }
    let (at, length) = (u32::try_from(out.len()).unwrap(), u32::try_from(central.len()).unwrap());
    let count = u16::try_from(entries.len()).unwrap();
    out.extend_from_slice(&central);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&count.to_le_bytes());
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&at.to_le_bytes());
    out.extend_from_slice(&[0, 0]);
    out
}
