//! What must not compile, as an outsider to the gate would try it. Each case is a few lines; its `.stderr` says why it fails.

#[test]
fn what_goes_around_the_gate_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/compile_fail/cases/*.rs");
}
