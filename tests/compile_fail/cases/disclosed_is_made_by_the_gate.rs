//! A disclosure that no entry stands behind.
fn main() {
    let _ = lianhu::access::Disclosed { value: "a name", receipt: todo!() };
    let _ = lianhu::access::Disclosed::after("a name", todo!());
}
