//! A permit to look, used to refer.
use lianhu::access::can::{Refer, View};
use lianhu::access::{Case, Permit};

fn refers(_: &Permit<'_, Refer, Case>) {}

fn looks(permit: &Permit<'_, View, Case>) {
    refers(permit);
}

fn main() {}
