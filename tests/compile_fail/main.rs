//! What must not compile, as an outsider to the gate would try it. Each case is a few lines; its `.stderr` says why it fails.
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

#[test]
fn what_goes_around_the_gate_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/compile_fail/cases/*.rs");
}
