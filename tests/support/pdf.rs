//! PDF as other people's programs read it (poppler-utils).
#![allow(dead_code, reason = "each test binary asks for its part")]

use std::io::Write;
use std::process::{Command, Stdio};

/// What a program makes of it; it must have nothing to complain of.
pub fn through(program: &str, args: &[&str], pdf: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program} (poppler-utils): {error}"));
    let mut input = child.stdin.take().unwrap();
    let pdf = pdf.to_vec();
    let feed = std::thread::spawn(move || drop(input.write_all(&pdf)));
    let output = child.wait_with_output().unwrap();
    feed.join().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaint.trim().is_empty(), "{program}: {complaint}");
    output.stdout
}

/// Its text, page by page as it is laid out.
pub fn text(pdf: &[u8]) -> String {
    String::from_utf8(through("pdftotext", &["-layout", "-enc", "UTF-8", "-", "-"], pdf)).unwrap()
}

/// Its text without white space: lines are broken where the page ends them.
pub fn run_together(pdf: &[u8]) -> String {
    let raw = String::from_utf8(through("pdftotext", &["-raw", "-enc", "UTF-8", "-", "-"], pdf)).unwrap();
    without_space(&raw)
}

pub fn without_space(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{200B}' | '\u{C}')).collect()
}
