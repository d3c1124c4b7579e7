//! A permit that nobody decided.
use lianhu::access::can::View;
use lianhu::access::{Case, Permit};

fn main() {
    let _: Permit<'static, View, Case> = Permit::mint(todo!(), todo!(), todo!(), None, todo!());
}
