//! `lianhu demo`, as somebody who tries it runs it: the whole story, told on a database of its own, ending now.

use std::process::Command;

#[test]
fn the_demo_tells_every_step_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    let told = Command::new(env!("CARGO_BIN_EXE_lianhu"))
        .args(["demo", "--once", "--listen", "127.0.0.1:0", "--data"])
        .arg(&data)
        .env_remove("LIANHU_DATABASE_URL")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&told.stdout);
    assert!(told.status.success(), "{text}\n{}", String::from_utf8_lossy(&told.stderr));
    for step in 1..=16 {
        assert!(text.lines().any(|line| line.trim_start().starts_with(&format!("{step} "))), "step {step}: {text}");
    }
    // The table, asked cell by cell: a cell that is not as the story says ends the demo.
    let row = |who: &str| text.lines().find(|line| line.starts_with(&format!("{who} "))).unwrap_or_default().to_owned();
    assert_eq!(row("gqt_league").matches('●').count(), 1, "{text}");
    assert!(row("yp_police").ends_with("404"), "{text}");
    let proofs: Vec<&str> = text.lines().filter(|line| line.starts_with("16 ")).collect();
    assert!(proofs[0].contains("全部相符") && proofs[1].contains("entry 0") && proofs[1].contains("at position"), "{proofs:?}");
    assert!(!data.join("lianhu.sqlite.changed").exists());
}
