//! The house rules (docs/architecture.md): who may use whom (over 500 lines: one list of edges, each with its reason, beside its reader).
//!
//! Read from the text of `src/`: each `crate::…` outside comments, in `use` lines, groups and expressions, and each
//! `super::…` that leaves its room.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Rooms by floor. A room uses rooms of its own floor and below, never above.
const FLOORS: &[(u8, &[&str])] = &[
    (1, &["base"]),
    (2, &["vault", "identity", "audit", "notify", "clocks", "papers"]),
    (3, &["access"]),
    (4, &["door"]),
    (5, &["features"]),
    (6, &["overviews"]),
    (7, &["server", "cli", "main"]),
];

/// Which feature knows which: `("referrals", "cases")` says that referrals uses cases. Grows only with a reason, said
/// beside the line.
const EDGES: &[(&str, &str)] = &[
    // An account sits in an agency, whose kind decides its roles.
    ("users", "agencies"),
    // Signing in compares what an account holds; one's own account names its agency.
    ("sessions", "users"),
    ("sessions", "agencies"),
    // A leaver's account and assignments pass on in one step.
    ("departures", "users"),
    ("departures", "assignments"),
    // A case's head names its owner.
    ("casefile", "agencies"),
    // The gate asks after each survivor and respondent.
    ("mediation", "parties"),
    // A room belongs to the office of whoever mediates.
    ("mediation", "users"),
    // A paper for the respondent names the office that writes.
    ("mediation", "agencies"),
    // A case is entered with its parties and shows them, its own record, its owner and its lead worker; closing it ends
    // its referrals and assignments.
    ("cases", "agencies"),
    ("cases", "assignments"),
    ("cases", "casefile"),
    ("cases", "parties"),
    ("cases", "referrals"),
    // A held case is never due; the clock of its retention runs with its record.
    ("cases", "holds"),
    ("holds", "casefile"),
    // What is erased: a case that is due and not held, with the tokens of its people; or one note.
    ("erasures", "casefile"),
    ("erasures", "holds"),
    ("erasures", "notes"),
    ("erasures", "documents"),
    ("erasures", "parties"),
    // Both sides of a contract are named, and the provider is one.
    ("contracts", "agencies"),
    // Usage and evaluations name people.
    ("contracts", "users"),
    // A month comes to what was delivered under the contract; its sides and people are named.
    ("settlements", "contracts"),
    ("settlements", "agencies"),
    ("settlements", "users"),
    // Under which contract, and what it has left.
    ("assignments", "contracts"),
    // A provider whose licence is over is given no case.
    ("assignments", "licences"),
    // A provider is an agency.
    ("licences", "agencies"),
    // A provider shows with its agency, its licences and how many cases its workers have.
    ("providers", "agencies"),
    ("providers", "assignments"),
    ("providers", "licences"),
    // A file of providers, their services and licences, in and out.
    ("exchange", "agencies"),
    ("exchange", "licences"),
    ("exchange", "providers"),
    // A broker introduces a provider of the directory; the steps are a referral's.
    ("introductions", "agencies"),
    ("introductions", "providers"),
    ("introductions", "referrals"),
    // What speaks for a provider and against it: its services, its contracts, whether somebody there is free of conflict.
    ("matches", "agencies"),
    ("matches", "contracts"),
    ("matches", "licences"),
    ("matches", "providers"),
    ("matches", "users"),
    // A household takes one place of the quota.
    ("assignments", "links"),
    // Only a live social worker is assigned.
    ("assignments", "users"),
    // A worker's minutes count on their contract.
    ("notes", "assignments"),
    // Authors are named.
    ("notes", "users"),
    ("documents", "users"),
    // Recipients are named; a guardian who is a party cannot consent.
    ("consents", "agencies"),
    ("consents", "users"),
    ("consents", "parties"),
    // Names first; a conflict makes a wall.
    ("declarations", "parties"),
    ("declarations", "walls"),
    // Whoever only sent the case in looks at the names that it sent.
    ("declarations", "referrals"),
    // What a wall leaves without anybody who answers for it is taken over by a colleague.
    ("walls", "referrals"),
    // Who may see the case is named.
    ("grants", "agencies"),
    ("grants", "users"),
    // An intake becomes a case with its parties; agencies are named; accepting rests on her consent; a deputy is a colleague.
    ("referrals", "agencies"),
    ("referrals", "casefile"),
    ("referrals", "consents"),
    ("referrals", "parties"),
    ("referrals", "users"),
    ("walls", "users"),
    // A wall ends the assignment of whoever stands behind it; so does ending the grant that it gave.
    ("walls", "assignments"),
    ("grants", "assignments"),
    // Who answers for a case is of the agency, live, and named.
    ("handlers", "agencies"),
    ("handlers", "users"),
    // A link shows the other case's head.
    ("links", "casefile"),
    // Whoever tried to reach her is named.
    ("contact_attempts", "users"),
    // Both sides of a transfer are named; with it the new owner's jurisdiction begins, and what rested on the old one ends.
    ("transfers", "agencies"),
    ("transfers", "casefile"),
    ("transfers", "referrals"),
    ("transfers", "assignments"),
    // A case shows its mediation, and closing it calls a live series off.
    ("cases", "mediation"),
    // Only a live colleague stands on a roster.
    ("duty", "users"),
    // Whoever has to do it is a live colleague of its agency; both are named.
    ("actions", "users"),
    ("actions", "agencies"),
    // What was agreed becomes what is to be done; a case shows that, and closing it calls off what is open.
    ("mediation", "actions"),
    ("cases", "actions"),
    // What the old owner was to do, the new one is.
    ("transfers", "actions"),
    // A risk that has become high puts mediation off; whoever assessed is named.
    ("risk", "mediation"),
    ("risk", "users"),
    // The more danger, the sooner she is to be reached; opening a case begins that clock, closing it ends it.
    ("risk", "contact_attempts"),
    ("cases", "contact_attempts"),
    // A case shows its risk; no case ends at high risk without a supervisor's word.
    ("cases", "risk"),
    // An intake may bring the triage made on the spot.
    ("referrals", "risk"),
    // What stands in mediation's way, and what a case shows of its measures; it is not closed while an order goes unwatched.
    ("mediation", "measures"),
    ("cases", "measures"),
    // The station, the court and the committee that a measure names.
    ("measures", "agencies"),
    // Each kind of measure stands on what all of them share; what bars mediation puts its sessions off.
    ("admonitions", "measures"),
    ("admonitions", "mediation"),
    ("protection_orders", "measures"),
    ("protection_orders", "mediation"),
    ("police_matters", "measures"),
    ("police_matters", "mediation"),
    ("mandatory_reports", "measures"),
    ("proceedings", "measures"),
    // Whoever is out on a visit is missed by the duty desk.
    ("actions", "duty"),
    ("admonitions", "duty"),
    // Another case of the same people shows by its head to whoever may see it; it is looked for whenever they become known.
    ("parties", "repeats"),
    ("repeats", "casefile"),
    // Recognised when a case comes in and when it is opened; shown with its risk.
    ("cases", "repeats"),
    ("referrals", "repeats"),
    // Whoever takes a case on may link it with one they know of.
    ("referrals", "links"),
    // Whoever asks in an emergency is found as a person over all cases; who answers at the owner's desk, who asks and where
    // to call them back is named.
    // What she wants the duty desk to have at hand.
    ("break_glass", "safety_plans"),
    ("break_glass", "parties"),
    ("break_glass", "duty"),
    ("break_glass", "users"),
    ("break_glass", "agencies"),
    // One look shows a case with its newest notes.
    ("cases", "notes"),
    // Sessions at which somebody walled off was to sit, or whose consent is withdrawn, are put off.
    ("walls", "mediation"),
    ("consents", "mediation"),
];

/// Only this folder asks which database it is on.
const DATABASE_ROOM: &str = "base/db";
const DATABASE_QUESTIONS: &[&str] = &["Conn::Sqlite", "Conn::Postgres"];

#[test]
fn the_house_keeps_its_rules() {
    let house = House::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
    assert!(house.files.len() > 2, "the house was not found");
    let broken = house.broken_rules(EDGES);
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

/// What a file names: a path from the crate's root, and the name it goes by here.
#[derive(Debug, PartialEq, Eq)]
struct Reference {
    path: Vec<String>,
    alias: Option<String>,
}

struct House {
    /// Path below `src/` → text without comments.
    files: BTreeMap<String, String>,
}

impl House {
    fn read(src: &Path) -> Self {
        fn walk(folder: &Path, src: &Path, files: &mut Vec<(String, String)>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, src, files);
                } else if path.extension().is_some_and(|ending| ending == "rs") {
                    let name = path.strip_prefix(src).unwrap().to_str().unwrap().to_owned();
                    files.push((name, fs::read_to_string(&path).unwrap()));
                }
            }
        }
        let mut files = Vec::new();
        walk(src, src, &mut files);
        Self::of(files)
    }

    fn of<Name: Into<String>, Text: AsRef<str>>(files: impl IntoIterator<Item = (Name, Text)>) -> Self {
        Self { files: files.into_iter().map(|(name, text)| (name.into(), without_comments(text.as_ref()))).collect() }
    }

    fn is_module(&self, path: &[String]) -> bool {
        let path = path.join("/");
        self.files.contains_key(&format!("{path}.rs")) || self.files.contains_key(&format!("{path}/mod.rs"))
    }

    /// What the file names of other rooms; `super` is followed only where it arrives at a room or a feature.
    fn references(&self, module: &[String], text: &str) -> Vec<Reference> {
        let mut found = paths_after(text, "crate::", &[]);
        for up in 1..=module.len() {
            let above = module.get(..module.len() - up).unwrap();
            let known = |reference: &Reference| match reference.path.as_slice() {
                [features, name, ..] if features == "features" => self.is_module(&["features".to_owned(), name.clone()]),
                [room, ..] => floor(room).is_some() && !above.starts_with(std::slice::from_ref(room)),
                [] => false,
            };
            found.extend(paths_after(text, &"super::".repeat(up), above).into_iter().filter(known));
        }
        found
    }

    fn broken_rules(&self, allowed: &[(&str, &str)]) -> Vec<String> {
        let mut broken = Vec::new();
        let mut between_rooms = BTreeSet::new();
        let mut between_features = BTreeSet::new();
        for (file, text) in &self.files {
            if !file.starts_with(DATABASE_ROOM) {
                let asked = DATABASE_QUESTIONS.iter().filter(|question| text.contains(**question));
                broken.extend(asked.map(|question| {
                    format!("{file}: asks which database it is on ({question}), which only {DATABASE_ROOM} may")
                }));
            }
            let module = module_of(file);
            let Some(own_room) = module.first() else { continue };
            let Some(own_floor) = floor(own_room) else {
                broken.push(format!("{file}: `{own_room}` has no floor"));
                continue;
            };
            for reference in self.references(&module, text) {
                let Some((room, its_floor)) = reference.path.first().and_then(|room| Some((room, floor(room)?))) else {
                    continue;
                };
                if its_floor > own_floor {
                    broken.push(format!("{file}: floor {own_floor} uses `{}` of floor {its_floor}", reference.path.join("::")));
                } else if room != own_room && its_floor == own_floor {
                    between_rooms.insert((own_room.clone(), room.clone()));
                } else if room == "features" && own_room == "features" {
                    self.between_features(file, &module, text, &reference, &mut between_features, &mut broken);
                }
            }
        }
        for (from, to) in &between_features {
            if !allowed.contains(&(from.as_str(), to.as_str())) {
                broken.push(format!("features: `{from}` uses `{to}`, an edge not in the list"));
            }
        }
        for (from, to) in allowed {
            if !between_features.contains(&((*from).to_owned(), (*to).to_owned())) {
                broken.push(format!("features: nothing uses the edge `{from}` to `{to}`: take it off the list"));
            }
        }
        broken.extend([&between_rooms, &between_features].into_iter().filter_map(circle));
        broken
    }

    /// Another feature's public face is its `mod.rs` and `facts`.
    fn between_features(
        &self,
        file: &str,
        module: &[String],
        text: &str,
        reference: &Reference,
        edges: &mut BTreeSet<(String, String)>,
        broken: &mut Vec<String>,
    ) {
        let Some(own) = module.get(1) else { return }; // features/mod.rs itself
        let said = reference.path.join("::");
        let other = match reference.path.get(1) {
            Some(other) if other != "*" => other,
            _ => return broken.push(format!("{file}: `{said}` opens all features at once")),
        };
        if other == own {
            return;
        }
        edges.insert((own.clone(), other.clone()));
        let is_private = |room: &str| room != "facts" && self.is_module(&["features".to_owned(), other.clone(), room.to_owned()]);
        match reference.path.get(2) {
            Some(room) if is_private(room) => {
                broken.push(format!("{file}: `{said}` is private to `{other}`; its mod.rs and facts are not"));
            }
            Some(_) => {}
            None => {
                let name = reference.alias.as_ref().unwrap_or(other);
                for used in paths_after(text, &format!("{name}::"), &[]) {
                    if let Some(room) = used.path.first().filter(|room| is_private(room)) {
                        broken.push(format!("{file}: `{name}::{room}` is private to `{other}`; its mod.rs and facts are not"));
                    }
                }
            }
        }
    }
}

fn floor(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(_, rooms)| rooms.contains(&room)).map(|(floor, _)| *floor)
}

/// `features/cases/mod.rs` is `features::cases`; `lib.rs` is nothing, it only names the rooms.
fn module_of(file: &str) -> Vec<String> {
    let name = file.trim_end_matches(".rs");
    name.split('/').filter(|part| !matches!(*part, "mod" | "lib")).map(str::to_owned).collect()
}

fn without_comments(text: &str) -> String {
    text.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code)).collect::<Vec<_>>().join("\n")
}

/// Each path that begins with `start` (and with nothing longer), groups taken apart.
fn paths_after(text: &str, start: &str, root: &[String]) -> Vec<Reference> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices(start) {
        let (before, after) = text.split_at(at);
        if !before.ends_with(|letter: char| letter.is_alphanumeric() || matches!(letter, '_' | ':')) {
            tree(after.strip_prefix(start).unwrap(), root.to_vec(), &mut found);
        }
    }
    found
}

/// Reads one `a::b`, `a::{b, c as d}`, `a::*` and gives what stands behind it.
fn tree<'text>(text: &'text str, mut path: Vec<String>, found: &mut Vec<Reference>) -> &'text str {
    let mut rest = text.trim_start();
    if let Some(mut group) = rest.strip_prefix('{') {
        loop {
            group = group.trim_start().trim_start_matches(',').trim_start();
            let inside = group;
            if let Some(behind) = inside.strip_prefix('}') {
                return behind;
            }
            group = tree(inside, path.clone(), found);
            if group.len() == inside.len() {
                return group; // not a group of paths after all
            }
        }
    }
    let end = rest.find(|letter: char| !(letter.is_alphanumeric() || letter == '_')).unwrap_or(rest.len());
    let (name, behind) = if let Some(behind) = rest.strip_prefix('*') { ("*", behind) } else { rest.split_at(end) };
    rest = behind;
    if !name.is_empty() && name != "self" {
        path.push(name.to_owned());
    }
    if !name.is_empty()
        && let Some(deeper) = rest.strip_prefix("::")
    {
        return tree(deeper, path, found);
    }
    let mut alias = None;
    if let Some(renamed) = rest.trim_start().strip_prefix("as ") {
        let end = renamed.find(|letter: char| !(letter.is_alphanumeric() || letter == '_')).unwrap_or(renamed.len());
        let (name, behind) = renamed.split_at(end);
        (alias, rest) = (Some(name.to_owned()), behind);
    }
    found.push(Reference { path, alias });
    rest
}

/// A way that comes back to where it began, if there is one.
fn circle(edges: &BTreeSet<(String, String)>) -> Option<String> {
    fn walk(edges: &BTreeSet<(String, String)>, way: &mut Vec<String>, done: &mut BTreeSet<String>) -> bool {
        let here = way.last().unwrap().clone();
        for (_, to) in edges.iter().filter(|(from, _)| *from == here) {
            let comes_back = way.contains(to);
            way.push(to.clone());
            if comes_back || (!done.contains(to) && walk(edges, way, done)) {
                return true;
            }
            way.pop();
        }
        done.insert(here);
        false
    }
    let mut done = BTreeSet::new();
    for (from, _) in edges {
        let mut way = vec![from.clone()];
        if walk(edges, &mut way, &mut done) {
            return Some(format!("a circle of imports: {}", way.join(" → ")));
        }
    }
    None
}

/// The rules at work on small houses: each broken once.
mod broken {
    use super::House;

    const HOUSE: &[(&str, &str)] = &[
        ("lib.rs", "pub mod base; pub mod features;"),
        ("base/mod.rs", ""),
        ("base/db/mod.rs", "match conn { Conn::Sqlite(c) => 1, Conn::Postgres(c) => 2 }"),
        ("vault/mod.rs", "use crate::base::ids;"),
        ("audit/mod.rs", "use crate::{base::time::{Clock, Timestamp}, vault};"),
        ("features/mod.rs", "pub mod cases; pub mod notes;"),
        ("features/cases/mod.rs", "mod store; pub mod facts; pub mod steps; #[cfg(test)] mod tests { use super::steps; }"),
        ("features/cases/facts.rs", "use super::store;"),
        ("features/cases/steps.rs", "use super::Case;"),
        ("features/cases/store.rs", ""),
        ("features/notes/mod.rs", "// use crate::features::cases::store;"),
        ("server/mod.rs", "use crate::features::cases::steps; use crate::cli;"),
        ("cli/mod.rs", ""),
        ("main.rs", "lianhu::cli::run()"),
    ];

    #[track_caller]
    fn house(allowed: &[(&str, &str)], file: &str, text: &str, expected: &[&str]) {
        let mut files = HOUSE.to_vec();
        files.retain(|(name, _)| *name != file);
        files.push((file, text));
        assert_eq!(House::of(files).broken_rules(allowed), expected);
    }

    #[test]
    fn nothing_in_a_house_in_order() {
        house(&[], "base/mod.rs", "", &[]);
    }

    #[test]
    fn a_room_uses_a_floor_above() {
        let said = &["base/mod.rs: floor 1 uses `access::gate::Permit` of floor 3"];
        house(&[], "base/mod.rs", "use crate::access::gate::Permit;", said);
        house(&[], "base/mod.rs", "use crate::{\n    access::{gate::{Permit}},\n};", said);
        house(&[], "base/mod.rs", "fn f(permit: &crate::access::gate::Permit) {}", said);
        house(&[], "base/mod.rs", "use super::access::gate::Permit;", said);
    }

    #[test]
    fn a_room_has_no_floor() {
        house(&[], "attic/mod.rs", "", &["attic/mod.rs: `attic` has no floor"]);
    }

    #[test]
    fn rooms_of_a_floor_go_round_in_a_circle() {
        house(&[], "vault/mod.rs", "use crate::audit::Entry;", &["a circle of imports: audit → vault → audit"]);
    }

    #[test]
    fn a_feature_uses_another_by_an_edge_nobody_allowed() {
        let said = &["features: `notes` uses `cases`, an edge not in the list"];
        house(&[], "features/notes/steps.rs", "use crate::features::cases::Case;", said);
        house(&[], "features/notes/mod.rs", "use super::cases::Case;", said);
        house(&[], "features/notes/steps.rs", "use super::super::cases::Case;", said);
        house(&[("notes", "cases")], "features/notes/steps.rs", "use crate::features::cases::{Case, facts::is_open};", &[]);
    }

    #[test]
    fn a_feature_uses_anothers_private_rooms() {
        let edge = &[("notes", "cases")];
        let said = |path: &str| format!("features/notes/steps.rs: `{path}` is private to `cases`; its mod.rs and facts are not");
        for (text, path) in [
            ("use crate::features::cases::store::find;", "features::cases::store::find"),
            ("use crate::features::cases::{Case, steps};", "features::cases::steps"),
            ("use crate::features::cases; fn f() { cases::steps::open() }", "cases::steps"),
            ("use crate::features::{cases as other}; fn f() { other::store::find() }", "other::store"),
        ] {
            house(edge, "features/notes/steps.rs", text, &[&said(path)]);
        }
    }

    #[test]
    fn a_feature_opens_all_features() {
        let text = "use crate::features::*;";
        house(&[], "features/notes/steps.rs", text, &["features/notes/steps.rs: `features::*` opens all features at once"]);
    }

    #[test]
    fn an_edge_is_listed_but_not_used() {
        house(
            &[("notes", "cases")],
            "base/mod.rs",
            "",
            &["features: nothing uses the edge `notes` to `cases`: take it off the list"],
        );
    }

    #[test]
    fn features_go_round_in_a_circle() {
        let edges = &[("cases", "notes"), ("notes", "cases")];
        let mut files = HOUSE.to_vec();
        files.push(("features/cases/api.rs", "use crate::features::notes::Note;"));
        files.push(("features/notes/api.rs", "use crate::features::cases::Case;"));
        assert_eq!(House::of(files).broken_rules(edges), ["a circle of imports: cases → notes → cases"]);
    }

    #[test]
    fn somebody_asks_which_database_it_is_on() {
        let said = "features/cases/store.rs: asks which database it is on (Conn::Sqlite), which only base/db may";
        house(&[], "features/cases/store.rs", "if let Conn::Sqlite(c) = conn {}", &[said]);
    }
}
