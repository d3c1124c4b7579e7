//! What goes out comes in as it was, whatever the form; what is wrong is named where it stands; what is a bomb stays packed.

use std::io::{Cursor, Write as _};

use proptest::prelude::*;

use super::*;
use crate::base::sheet::{Cell, Table, xlsx as written};
use crate::base::words::{Audience, HelpKind};
use crate::features::licences::LicenceView;
use crate::features::providers::{ProviderView, ServiceView};

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(n: usize) -> T {
    format!("0193a5b0-7c00-7000-8000-{n:012}").parse().unwrap()
}

fn service(of: usize, n: usize, name: String, hours: Option<String>, capacity: Option<i64>, kind: HelpKind) -> ServiceView {
    ServiceView {
        id: id(n),
        provider_id: id(of),
        name,
        kind,
        audiences: vec![Audience::Children.to_string(), Audience::Survivors.to_string()],
        divisions: vec!["310100".to_owned(), "320100".to_owned()],
        languages: vec!["ug".to_owned(), "zh".to_owned()],
        hours: hours.clone(),
        capacity,
        live_cases: 0,
        description: hours.clone(),
        description_en: hours,
        retired_at: None,
        version: 1,
    }
}

/// Names that a spreadsheet or a reader could take for something else.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[一-龥]{2,12}",
        "[=+@-][A-Za-z一-龥]{1,10}",
        Just("2026-01-01".to_owned()),
        Just("1e5".to_owned()),
        Just("007".to_owned()),
        Just("TRUE".to_owned()),
        "[a-z] [\"'<&>]{1,4}[a-z]",
    ]
}

fn providers() -> impl Strategy<Value = Vec<ProviderView>> {
    let one = (
        name(),
        prop::sample::select(vec![AgencyKind::SocialWorkProvider, AgencyKind::LegalAid, AgencyKind::Shelter]),
        prop::collection::btree_set(name(), 0..4),
        prop::option::of(name()),
        prop::option::of(0_i64..100_000),
        prop::collection::btree_set(name(), 0..3),
    );
    prop::collection::vec(one, 0..6).prop_map(|all| {
        let made = all.into_iter().enumerate().map(|(n, (name, kind, services, hours, capacity, licences))| ProviderView {
            id: id(n),
            // A name stands once.
            name: format!("{name}{n}"),
            kind,
            division: "310113".to_owned(),
            contact_point: (kind != AgencyKind::Shelter).then(|| "021-5600-0101".to_owned()),
            services: services
                .into_iter()
                .enumerate()
                .map(|(at, name)| service(n, 100 + at, name, hours.clone(), capacity, HelpKind::CaseWork))
                .collect(),
            licences: licences
                .into_iter()
                .map(|number| LicenceView {
                    id: id(200),
                    provider_id: id(n),
                    name: "登记证书".to_owned(),
                    number,
                    issuer: "区民政局".to_owned(),
                    first_day: "2024-02-29".parse().unwrap(),
                    last_day: "2028-12-31".parse().unwrap(),
                    in_force: true,
                    retired_at: None,
                    version: 1,
                })
                .collect(),
            is_stopped: false,
        });
        made.collect()
    })
}

/// What the rows say, each kind in its order, wherever they stand.
fn said(file: Batchable) -> Vec<String> {
    let mut all: Vec<String> = file
        .entries
        .into_iter()
        .map(|entry| match entry.what {
            What::Provider(it) => format!(
                "1 {} {} {:?} {:?}",
                it.name.as_str(),
                it.kind,
                it.division.map(Division::into_string),
                it.contact_point.map(Line::into_string)
            ),
            What::Service(of, it) => format!(
                "2 {} {} {} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
                of.as_str(),
                it.name.as_str(),
                it.kind,
                it.audiences,
                it.divisions.iter().map(crate::base::text::Division::as_str).collect::<Vec<_>>(),
                it.languages.iter().map(crate::base::text::LanguageTag::as_str).collect::<Vec<_>>(),
                it.hours.map(Line::into_string),
                it.capacity,
                it.description.map(|text| text.as_str().to_owned()),
                it.description_en.map(|text| text.as_str().to_owned()),
            ),
            What::Licence(of, it) => format!(
                "3 {} {} {} {} {} {}",
                of.as_str(),
                it.name.as_str(),
                it.number.as_str(),
                it.issuer.as_str(),
                it.first_day,
                it.last_day
            ),
        })
        .collect();
    all.sort_unstable();
    all
}

/// What those providers should read as.
fn expected(providers: &[ProviderView]) -> Vec<String> {
    let mut all = Vec::new();
    for it in providers {
        all.push(format!("1 {} {} {:?} {:?}", it.name, it.kind, Some(&it.division), it.contact_point));
        for of in &it.services {
            let audiences: Vec<Audience> = of.audiences.iter().map(|word| word.parse().unwrap()).collect();
            all.push(format!(
                "2 {} {} {} {audiences:?} {:?} {:?} {:?} {:?} {:?} {:?}",
                it.name, of.name, of.kind, of.divisions, of.languages, of.hours, of.capacity, of.description, of.description_en
            ));
        }
        for of in &it.licences {
            let LicenceView { name, number, issuer, first_day, last_day, .. } = of;
            all.push(format!("3 {} {name} {number} {issuer} {first_day} {last_day}", it.name));
        }
    }
    all.sort_unstable();
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_exported_reads_as_it_was_in_both_forms(all in providers()) {
        let expected = expected(&all);
        let sheets = validate(&workbook(&all).unwrap()).unwrap();
        prop_assert!(sheets.ignored.is_empty(), "{:?}", sheets.ignored);
        prop_assert_eq!(&said(sheets), &expected);
        let json = validate(&hsds(&all).unwrap()).unwrap();
        prop_assert!(json.ignored.is_empty(), "{:?}", json.ignored);
        prop_assert_eq!(&said(json), &expected);
    }

    #[test]
    fn no_bytes_make_it_stumble(mut bytes in prop::collection::vec(any::<u8>(), 0..400), first in prop::sample::select(vec![&b"PK\x03\x04"[..], b"[{", b"{", b""])) {
        let mut file = first.to_vec();
        file.append(&mut bytes);
        let _ = validate(&file);
    }
}

fn table(name: &str, columns: &[&str], rows: &[&[&str]]) -> Table {
    let cells = |row: &&[&str]| row.iter().map(|text| Cell::text(*text)).collect();
    Table {
        name: name.to_owned(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        rows: rows.iter().map(cells).collect(),
    }
}

fn wrong(bytes: &[u8]) -> Vec<String> {
    match validate(bytes) {
        Err(NotTaken::Rows(rows)) => {
            assert!(rows.errors.iter().all(|error| !error.message.is_empty() && !error.message_zh.is_empty()));
            rows.errors.iter().map(|it| format!("{} {} {} {}", it.sheet, it.row, it.column, it.code)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_wrong_cell_is_named_by_sheet_row_and_column_all_at_once() {
    let file = written(&[
        table(
            "providers",
            &["name", "kind", "division", "address"],
            &[
                &["甲", "shelter", "310113", "某路 1 号"],
                &["甲", "nothing", "31", ""],
                &["乙", "legal_aid", "310113", "某路 2 号"],
            ],
        ),
        table(
            "services",
            &["provider", "name", "kind", "audiences", "divisions", "languages", "capacity"],
            &[
                &["丙", "一", "legal_advice", "survivors", "310113", "zh", ""],
                &["乙", "二", "legal_advice", "survivors;nobody", "310113", "zh", "many"],
                &["乙", "二", "keeping_confidence", "survivors", "310113 310113", "", "-1"],
            ],
        ),
        table(
            "licences",
            &["provider", "name", "number", "issuer", "first_day", "last_day"],
            &[&["乙", "证", "1", "局", "2026-02-30", "2026-01-01"], &["乙", "证", "2", "局", "2026-02-02", "2026-01-01"]],
        ),
    ]);
    let found = wrong(&file.unwrap());
    let expected = [
        "providers 2 address address_of_shelter",
        "providers 3 kind not_one_of",
        "providers 3 division wrong_form",
        "providers 3 name duplicate",
        "services 2 provider not_found",
        "services 3 audiences not_one_of",
        "services 3 capacity wrong_type",
        "services 4 kind not_allowed_here",
        "services 4 divisions duplicate",
        "services 4 languages required",
        "services 4 capacity too_small",
        "services 4 name duplicate",
        "licences 2 first_day wrong_form",
        "licences 3 last_day ends_before_start",
    ];
    for line in expected {
        assert!(found.contains(&line.to_owned()), "{line} is not in {found:#?}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");

    assert!(!found.iter().any(|line| line.contains("providers 4")), "another's address is only left out: {found:#?}");
}

#[test]
fn a_thousand_wrong_cells_are_named_and_the_others_counted() {
    let rows: Vec<Vec<String>> = (0..600).map(|n| vec![format!("甲{n}"), "nothing".to_owned(), "31".to_owned()]).collect();
    let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
    let file = written(&[table("providers", &["name", "kind", "division"], &rows)]).unwrap();
    let Err(NotTaken::Rows(rows)) = validate(&file) else { panic!("taken") };
    assert_eq!((rows.errors.len(), rows.more), (1000, 200));
}

#[test]
fn what_the_directory_does_not_know_is_left_out_and_named() {
    let json = serde_json::json!({ "page": 1, "contents": [{
        "id": "1", "name": "乙", "website": "https://example.org", "locations": [{ "name": "门店" }],
        "attributes": [
            { "taxonomy_term": { "taxonomy": "lianhu:agency_kind", "code": "legal_aid" } },
            { "taxonomy_term": { "taxonomy": "other", "code": "x" } }
        ],
        "services": [{ "name": "旧", "status": "defunct" }]
    }] });
    let file = validate(json.to_string().as_bytes()).unwrap();
    assert_eq!(file.entries.len(), 1);
    let ignored: Vec<&str> = file.ignored.keys().map(String::as_str).collect();
    assert_eq!(ignored, ["providers.locations", "providers.website", "services.status"]);
    let mut shelter = json;
    shelter["contents"][0]["attributes"][0]["taxonomy_term"]["code"] = "shelter".into();
    assert_eq!(wrong(shelter.to_string().as_bytes()), ["providers 1 locations address_of_shelter"]);
}

#[test]
fn a_file_of_another_kind_a_torn_one_and_a_bomb_are_refused() {
    assert_eq!(validate(b""), Err(NotTaken::WrongType));
    assert_eq!(validate(b"name,kind\n"), Err(NotTaken::WrongType));
    assert_eq!(validate(b"%PDF-1.7"), Err(NotTaken::WrongType));
    assert_eq!(validate(b"[{\"name\":"), Err(NotTaken::Unreadable));
    assert_eq!(validate(b"{\"name\":1}"), Err(NotTaken::Unreadable));
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(validate(deep.as_bytes()), Err(NotTaken::Unreadable));
    let good = written(&[table("providers", &["name", "kind"], &[])]).unwrap();
    assert_eq!(validate(&good[..good.len() / 2]), Err(NotTaken::Unreadable));
    assert_eq!(wrong(&written(&[table("other", &["name"], &[])]).unwrap()), ["providers 0  required"]);
    // A hundred megabytes of nothing, packed into a hundred kilobytes.
    let mut bomb = zip::ZipWriter::new(Cursor::new(Vec::new()));
    bomb.start_file("xl/worksheets/sheet1.xml", zip::write::SimpleFileOptions::default()).unwrap();
    for _ in 0..100 {
        bomb.write_all(&vec![b' '; 1024 * 1024]).unwrap();
    }
    let bomb = bomb.finish().unwrap().into_inner();
    assert!(bomb.len() < 1024 * 1024);
    assert_eq!(validate(&bomb), Err(NotTaken::TooLarge));
}
