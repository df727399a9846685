//! What the machine is and how it is.

use super::asked::Question;
use crate::call::{InfoSection, Place};
use crate::effects::walk::{self, DEEPEST, Found, Wish};
use crate::effects::{Hand, Trouble};
use crate::state::Platform;
use rustix::fs::FileType;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use sysinfo::{CpuRefreshKind, Disks, MemoryRefreshKind, RefreshKind, System};

/// Most folders that `du` names.
const FOLDERS: usize = 200;
/// How long it may count.
const TIME: Duration = Duration::from_secs(120);

pub fn info(
    hand: &Hand<'_>,
    sections: &[InfoSection],
    path: Option<&Place>,
    depth: u32,
) -> Result<(Value, Option<String>), Trouble> {
    let wants = |section| sections.contains(&section);
    let kinds = RefreshKind::nothing().with_memory(MemoryRefreshKind::everything());
    let mut system = System::new_with_specifics(kinds)
        .map_err(|e| Trouble::Not(format!("the system does not tell about itself: {e}")))?;
    let mut said = Map::new();
    let mut say = |name: &str, value: Value| drop(said.insert(name.to_owned(), value));
    if wants(InfoSection::Os) {
        say("os", os());
    }
    if wants(InfoSection::Cpu) {
        say("cpu", cpu(&mut system));
    }
    if wants(InfoSection::Mem) {
        let mem = json!({
            "total": system.total_memory(), "available": system.available_memory(),
            "swap_total": system.total_swap(), "swap_used": system.used_swap(),
        });
        say("mem", mem);
    }
    if wants(InfoSection::Load) {
        let load = System::load_average().ok().map(|l| [l.one, l.five, l.fifteen].map(hundredths));
        say("load", json!(load));
    }
    if wants(InfoSection::Power) {
        say("battery", power(hand));
    }
    if wants(InfoSection::Disk) {
        say("disks", disks());
    }
    if let (true, Some(path)) = (wants(InfoSection::Du), path) {
        say("du", du(hand, path, depth)?);
    }
    Ok((said.into(), None))
}

#[expect(clippy::cast_possible_truncation, reason = "a load is small")]
fn hundredths(load: f64) -> i64 {
    (load * 100.0).round() as i64
}

fn os() -> Value {
    json!({
        "name": System::name().ok(), "version": System::long_os_version().ok(),
        "kernel": System::kernel_version().ok(), "host": System::host_name().ok(), "arch": System::cpu_arch(),
        "uptime_s": System::uptime().ok(), "booted": System::boot_time().ok(),
    })
}

fn cpu(system: &mut System) -> Value {
    system.refresh_cpu_list(CpuRefreshKind::nothing().with_usage());
    std::thread::sleep(sysinfo::MINIMUM_CPU_UPDATE_INTERVAL);
    system.refresh_cpu_usage();
    let brand = system.cpus().first().map(|cpu| cpu.brand().to_owned());
    json!({
        "brand": brand, "logical": system.cpus().len(), "physical": System::physical_core_count().ok(),
        "used_percent": hundredths(f64::from(system.global_cpu_usage())) / 100,
    })
}

fn disks() -> Value {
    let Ok(disks) = Disks::new_with_refreshed_list() else { return Value::Null };
    let row = |disk: &sysinfo::Disk| {
        json!({
            "at": disk.mount_point().to_string_lossy(), "device": disk.name().to_string_lossy(),
            "kind": disk.file_system().to_string_lossy(), "total": disk.total_space(),
            "available": disk.available_space(), "removable": disk.is_removable(), "read_only": disk.is_read_only(),
        })
    };
    disks.iter().map(row).collect()
}

fn power(hand: &Hand<'_>) -> Value {
    match hand.home.platform() {
        Platform::Macos => match PMSET.ask(hand) {
            Ok(said) => pmset(&said.out),
            Err(why) => json!({ "unknown": why.to_string() }),
        },
        Platform::Linux => supplies(),
    }
}

const PMSET: Question<'_> = Question { program: "pmset", args: &["-g", "batt"], seconds: 10, env: &[] };

/// Reads `pmset -g batt`.
fn pmset(said: &str) -> Value {
    let source = said.lines().find_map(|line| line.strip_prefix("Now drawing from '")?.strip_suffix('\''));
    let battery =
        said.lines().find_map(|line| line.trim_start().strip_prefix("-InternalBattery")?.split_once('\t'));
    let Some((_, battery)) = battery else {
        return json!({ "mains": source == Some("AC Power"), "percent": null });
    };
    let mut parts = battery.split(';').map(str::trim);
    let percent = parts.next().and_then(|p| p.strip_suffix('%')?.parse::<u64>().ok());
    let state = parts.next().map(|word| word.split(" present").next().unwrap_or(word).to_owned());
    let left = parts.next().and_then(|rest| rest.split(' ').next()?.split_once(':'));
    let minutes = left.and_then(|(h, m)| Some(h.parse::<u64>().ok()? * 60 + m.parse::<u64>().ok()?));
    json!({ "mains": source == Some("AC Power"), "percent": percent, "state": state, "minutes": minutes })
}

/// Reads `/sys/class/power_supply`.
fn supplies() -> Value {
    let folders = std::fs::read_dir("/sys/class/power_supply").into_iter().flatten();
    let mut found: Vec<Value> = folders
        .filter_map(|entry| {
            let folder = entry.ok()?.path();
            let read = |name: &str| {
                std::fs::read_to_string(folder.join(name)).ok().map(|text| text.trim().to_owned())
            };
            let number = |name: &str| read(name).and_then(|text| text.parse::<u64>().ok());
            Some(json!({
                "name": folder.file_name()?.to_string_lossy(), "kind": read("type"), "percent": number("capacity"),
                "state": read("status"), "online": number("online"),
            }))
        })
        .collect();
    found.sort_by_key(|row| row.get("name").map(Value::to_string));
    found.into()
}

/// What folders below a place hold: bytes on the disk, links as such, other file systems too.
fn du(hand: &Hand<'_>, place: &Place, depth: u32) -> Result<Value, Trouble> {
    let root = place.path.as_path();
    let depth = usize::try_from(depth).unwrap_or(1);
    let mut sums: BTreeMap<PathBuf, (u64, u64)> = BTreeMap::new();
    let wish = Wish { depth: DEEPEST, hidden: true, ignored: true, glob: None, until: Instant::now() + TIME };
    let left = walk::walk(hand, root, &wish, &mut |found: &Found<'_>| {
        let below = found.path.strip_prefix(root).unwrap_or(found.path);
        let bytes = u64::try_from(found.stat.st_blocks).unwrap_or(0) * 512;
        let files = u64::from(found.kind == FileType::RegularFile);
        let level = below.components().count();
        let kept = depth.min(level - usize::from(!found.kind.is_dir()));
        let mut at = root.to_path_buf();
        let mut add = |at: &PathBuf| {
            let sum = sums.entry(at.clone()).or_default();
            *sum = (sum.0 + bytes, sum.1 + files);
        };
        add(&at);
        for name in below.components().take(kept) {
            at.push(name);
            add(&at);
        }
        Ok(true)
    })?;
    if left.late {
        return Err(Trouble::Not(format!(
            "`{}` holds more than can be counted within {} s: name a part of it",
            root.display(),
            TIME.as_secs()
        )));
    }
    let mut rows: Vec<(PathBuf, (u64, u64))> = sums.into_iter().collect();
    rows.sort_by(|a, b| b.1.0.cmp(&a.1.0).then(a.0.cmp(&b.0)));
    let more = rows.len() > FOLDERS;
    rows.truncate(FOLDERS);
    let rows: Vec<Value> = rows
        .into_iter()
        .map(|(path, (bytes, files))| json!({ "path": path.to_string_lossy(), "bytes": bytes, "files": files }))
        .collect();
    Ok(json!({ "folders": rows, "truncated": more, "guarded": left.guarded, "refused": left.refused }))
}

#[cfg(test)]
mod tests {
    use super::*;

    // As public projects print and test it for macOS 13 to 26; none was recorded by us.
    const BATTERY: &str = "Now drawing from 'Battery Power'\n -InternalBattery-0 (id=22806627)\t78%; discharging; 5:05 remaining present: true\n";
    const MAINS: &str = "Now drawing from 'AC Power'\n -InternalBattery-0 (id=3735651)\t97%; charged; 0:00 remaining present: true\n";
    const NO_ESTIMATE: &str = "Now drawing from 'Battery Power'\n -InternalBattery-0 (id=3735651)\t97%; discharging; (no estimate) present: true\n";

    #[test]
    fn a_battery_is_read_with_and_without_an_estimate_and_none_is_none() {
        let of = |mains: bool, percent: u64, state: &str, minutes: Option<u64>| json!({ "mains": mains, "percent": percent, "state": state, "minutes": minutes });
        assert_eq!(pmset(BATTERY), of(false, 78, "discharging", Some(305)));
        assert_eq!(pmset(MAINS), of(true, 97, "charged", Some(0)));
        assert_eq!(pmset(NO_ESTIMATE), of(false, 97, "discharging", None));
        assert_eq!(pmset("Now drawing from 'AC Power'\n"), json!({ "mains": true, "percent": null }));
        assert_eq!(pmset(""), json!({ "mains": false, "percent": null }));
    }
}
