//! A sealed column in something that is serialised.
use lianhu::access::Sealed;
use lianhu::access::facets::Identity;

#[derive(serde::Serialize)]
struct Row {
    name: Sealed<Identity, String>,
}

fn main() {}
