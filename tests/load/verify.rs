//! How fast an exported log is verified, beside one core's raw SHA-256 over the same bytes; and how much memory it takes.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use lianhu::audit::log::note::Use;
use lianhu::audit::log::tile::{self, Kind, TilePath};
use lianhu::audit::log::{Checkpoint, Signer, leaf_hash};
use sha2::{Digest as _, Sha256};

use crate::tree::Stored;

/// The process that verifies says its peak memory, KiB, as the system counted it.
pub fn peak_kib(child: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{child}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

fn put(folder: &Path, path: &TilePath, bytes: &[u8]) {
    let file = folder.join(path.to_string());
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
    std::fs::write(file, bytes).expect("written");
}

fn leaf(number: u64) -> Vec<u8> {
    // As long as the entry of a look at a case.
    format!(
        r#"{{"v":1,"id":"01935000-0000-7000-8000-{number:012x}","at":"2026-11-24T08:00:00.000000Z","who":{{"kind":"user","user":"01935000-0000-7000-8000-00000000000a","agency":"01935000-0000-7000-8000-00000000000b","roles":["federation_staff"],"session":"01935000-0000-7000-8000-00000000000c"}},"action":"view_case","record":"case/01935000-0000-7000-8000-{number:012x}","cases":[{{"case":"01935000-0000-7000-8000-{number:012x}","facets":["identity","incident","risk"],"grants":["01935000-0000-7000-8000-00000000000d"]}}],"withheld":"{number:064x}","policy_set":"{number:064x}","outcome":"allowed","request":"01935000-0000-7000-8000-{number:012x}","address":"10.0.0.1","user_agent":"Mozilla/5.0"}}"#
    )
    .into_bytes()
}

/// Writes an export of so many entries; the bytes of its leaves.
fn export(folder: &Path, count: u64) -> u64 {
    let signer = Signer::new("load.test/log", Use::Log, &[7; 32]).expect("a name");
    let (mut bytes, mut leaf_hashes) = (0_u64, Vec::new());
    let mut number = 0;
    while let Some(path) = TilePath::holding(Kind::Entries, number, count) {
        let leaves: Vec<Vec<u8>> = (0..path.width).map(|n| leaf(number + n)).collect();
        bytes += leaves.iter().map(|leaf| u64::try_from(leaf.len()).unwrap_or(0)).sum::<u64>();
        put(folder, &path, &tile::bundle(leaves.iter().map(Vec::as_slice)).expect("short"));
        leaf_hashes.extend(leaves.iter().map(|leaf| leaf_hash(leaf)));
        number += path.width;
    }
    let levels = Stored::over(leaf_hashes);
    for (level, hashes) in levels.0.iter().enumerate() {
        let level = u8::try_from(level).expect("few");
        for (number, group) in hashes.chunks(256).enumerate() {
            let (number, width) = (u64::try_from(number).expect("few"), u64::try_from(group.len()).expect("few"));
            let all: Vec<u8> = group.iter().flat_map(|hash| hash.0).collect();
            put(folder, &TilePath { kind: Kind::Hashes(level), number, width }, &all);
        }
    }
    let root = lianhu::audit::log::tree::root(levels, count).expect("a root");
    let signed = Checkpoint::sign("load.test/log", count, root, &[&signer]).expect("signed");
    std::fs::write(folder.join("checkpoint"), signed.note()).expect("written");
    let kept = folder.join(lianhu::audit::verify::checkpoint_path(count));
    std::fs::create_dir_all(kept.parent().expect("a folder")).expect("made");
    std::fs::write(kept, signed.note()).expect("written");
    std::fs::write(folder.join("keys"), format!("{}\n", signer.public())).expect("written");
    bytes
}

/// One core's SHA-256 over what a verification must hash: each leaf behind one byte, each node of 65 bytes.
fn raw(count: u64) -> Duration {
    let (leaf, node) = (leaf(7), [1_u8; 65]);
    let begun = Instant::now();
    let mut last = [0; 32];
    for _ in 0..count {
        last = Sha256::new().chain_update([0]).chain_update(&leaf).finalize().into();
    }
    for _ in 0..count {
        last = Sha256::digest(node).into();
    }
    std::hint::black_box(last);
    begun.elapsed()
}

/// One export of each size, verified by the program itself.
pub fn measure(sizes: &[u64]) {
    println!(
        "| {:>10} | {:>8} | {:>9} | {:>12} | {:>8} | {:>9} |",
        "entries", "MB", "verify s", "entries/s", "of raw %", "peak MiB"
    );
    println!(
        "|{}|{}|{}|{}|{}|{}|",
        "-".repeat(12),
        "-".repeat(10),
        "-".repeat(11),
        "-".repeat(14),
        "-".repeat(10),
        "-".repeat(11)
    );
    for count in sizes {
        let folder = tempfile::tempdir().expect("a folder");
        let bytes = export(folder.path(), *count);
        let raw = raw(*count);
        let mut command = Command::new(env!("CARGO_BIN_EXE_lianhu"));
        command.env_clear().args(["audit", "verify", "--export"]).arg(folder.path());
        let begun = Instant::now();
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        let mut peak = 0;
        let status = loop {
            if let Some(status) = child.try_wait().expect("it runs") {
                break status;
            }
            peak = peak.max(peak_kib(child.id()));
            std::thread::park_timeout(Duration::from_millis(5));
        };
        let took = begun.elapsed();
        assert!(status.success(), "it does not fit: {status}");
        let entries = f64::from(u32::try_from(*count).unwrap_or(u32::MAX));
        println!(
            "| {count:>10} | {:>8} | {:>9.2} | {:>12.0} | {:>8.0} | {:>9.1} |",
            bytes / 1_000_000,
            took.as_secs_f64(),
            entries / took.as_secs_f64(),
            100.0 * raw.as_secs_f64() / took.as_secs_f64(),
            f64::from(u32::try_from(peak).unwrap_or(u32::MAX)) / 1024.0
        );
    }
    println!();
}
