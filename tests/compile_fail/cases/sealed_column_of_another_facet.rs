//! The key of one facet, tried on a column of another.
use lianhu::access::can::View;
use lianhu::access::facets::{Contact, Identity};
use lianhu::access::{Case, Content, Permit, Sealed};

#[derive(serde::Serialize, serde::Deserialize)]
struct Phone(String);
impl Content for Phone {
    const TABLE: &'static str = "parties";
    const COLUMN: &'static str = "contact";
}

fn peek(permit: &Permit<'_, View, Case>, phone: &Sealed<Contact, Phone>) {
    if let Some(key) = permit.facet::<Identity>() {
        let _ = key.open(phone, "row");
    }
}

fn main() {}
