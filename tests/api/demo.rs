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
    for step in 1..=15 {
        assert!(text.lines().any(|line| line.trim_start().starts_with(&format!("{step} "))), "step {step}: {text}");
    }
    assert!(text.contains("第 10 步之后的个案"), "{text}");
}
