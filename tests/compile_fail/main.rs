//! What must not compile, as an outsider to the gate would try it. Each case is a few lines; the `.stderr` beside it says where it
//! fails, and why.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::too_many_lines,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on stops, and says where"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The crates that a case may name.
const NAMED: [&str; 5] = ["lianhu", "actix_web", "diesel", "serde", "serde_json"];

/// Where the crates lie that this very run was built with: cargo says so, and builds nothing anew.
fn crates() -> BTreeMap<String, PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut asked = Command::new(cargo);
    // What a run of a test adds to its surroundings would have build scripts run anew.
    for (name, _) in std::env::vars_os() {
        let told = name.to_string_lossy();
        if ["CARGO_MANIFEST_", "CARGO_PKG_", "CARGO_BIN_EXE_", "CARGO_CRATE_NAME", "NEXTEST"]
            .iter()
            .any(|with| told.starts_with(with))
        {
            asked.env_remove(name);
        }
    }
    let told = asked
        .args(["test", "--offline", "--no-run", "--test", "compile_fail", "--message-format", "json"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let mut found = BTreeMap::new();
    for line in String::from_utf8(told.stdout).unwrap().lines() {
        let message: Value = serde_json::from_str(line).unwrap();
        let name = message["target"]["name"].as_str().unwrap_or_default().replace('-', "_");
        let files = message["filenames"].as_array().map(Vec::as_slice).unwrap_or_default();
        let library =
            files.iter().filter_map(Value::as_str).map(Path::new).find(|file| file.extension().is_some_and(|end| end == "rlib"));
        if let Some(library) = library.filter(|_| NAMED.contains(&name.as_str())) {
            found.insert(name, PathBuf::from(library));
        }
    }
    assert_eq!(found.len(), NAMED.len(), "{found:?}");
    found
}

/// The compiler's errors, a line each: where, which, why.
fn errors(case: &Path, crates: &BTreeMap<String, PathBuf>, out: &Path) -> String {
    let mut compiler = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    compiler
        .args([
            "--edition",
            "2024",
            "--crate-type",
            "lib",
            "--emit",
            "metadata",
            "--error-format",
            "short",
            "--cap-lints",
            "allow",
        ])
        .arg("--out-dir")
        .arg(out)
        .arg("-L")
        .arg(format!("dependency={}", crates["serde"].parent().unwrap().display()));
    for (name, file) in crates {
        compiler.arg("--extern").arg(format!("{name}={}", file.display()));
    }
    let told = compiler.arg(case).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("rustc runs");
    assert!(!told.status.success(), "{} compiles", case.display());
    let text = String::from_utf8(told.stderr).unwrap();
    text.lines().filter(|line| line.starts_with("tests/")).flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn what_goes_around_the_gate_does_not_compile() {
    let (crates, out) = (crates(), tempfile::tempdir().unwrap());
    let folder = Path::new("tests/compile_fail/cases");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
        .unwrap()
        .map(|entry| folder.join(entry.unwrap().file_name()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .collect();
    cases.sort();
    assert!(cases.len() >= 9, "a case is lost: {cases:?}");
    let mut wrong = Vec::new();
    for case in cases {
        let (told, expected) = (errors(&case, &crates, out.path()), case.with_extension("stderr"));
        let expected = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(expected)).unwrap_or_default();
        if told.is_empty() || told != expected {
            wrong.push(format!("{}:\n--- expected\n{expected}--- told\n{told}\n", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.concat());
}
