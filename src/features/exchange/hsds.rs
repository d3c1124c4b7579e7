//! Open Referral HSDS 3 JSON (docs.openreferral.org): organizations with their services, compiled.
//!
//! A list of organizations, or an object with the list under `contents`, as the HSDS API pages it. Where HSDS leaves a word to
//! a taxonomy, ours is named: `lianhu:agency_kind`, `lianhu:division`, `lianhu:help`, `lianhu:audience`; a service's areas are
//! GB/T 2260 codes in `extent`; its hours are a schedule's `description`; an English description is the `value` of an attribute
//! `lianhu:description_en`. `licences` is a list of our own beside an organization's services.

use std::collections::HashMap;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::fields::{ADDRESSES, Raw, Reader};
use super::{NotTaken, Place};
use crate::features::licences::LicenceView;
use crate::features::providers::{ProviderView, ServiceView};

const KIND: &str = "lianhu:agency_kind";
const DIVISION: &str = "lianhu:division";
const HELP: &str = "lianhu:help";
const AUDIENCE: &str = "lianhu:audience";
const ENGLISH: &str = "lianhu:description_en";
const GB: &str = "GB/T 2260";

/// Reads organization by organization; one alone is in memory at a time.
pub(super) fn read(bytes: &[u8], reader: &mut Reader) -> Result<(), NotTaken> {
    let mut each = Each { reader, number: 0, stopped: None };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = json.deserialize_any(&mut each).and_then(|()| json.end());
    match (each.stopped.take(), read) {
        (Some(stopped), _) => Err(stopped),
        (None, Ok(())) => Ok(()),
        (None, Err(_)) => Err(NotTaken::Unreadable),
    }
}

/// Hands each organization on as it comes.
struct Each<'r> {
    reader: &'r mut Reader,
    number: u64,
    stopped: Option<NotTaken>,
}

impl<'de> Visitor<'de> for &mut Each<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of organizations")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(organization) = list.next_element::<Map<String, Value>>()? {
            self.number = self.number.saturating_add(1);
            if let Err(stopped) = one(self.reader, self.number, &organization) {
                self.stopped = Some(stopped);
                return Err(serde::de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut is_there = false;
        while let Some(key) = object.next_key::<String>()? {
            if key == "contents" {
                is_there = true;
                object.next_value_seed(&mut *self)?;
            } else {
                object.next_value::<IgnoredAny>()?;
            }
        }
        if is_there { Ok(()) } else { Err(serde::de::Error::custom("no contents")) }
    }
}

impl<'de> DeserializeSeed<'de> for &mut Each<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

/// A text or a number, as text.
fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_)) | None => String::new(),
    }
}

/// The objects of a list.
fn objects(value: Option<&Value>) -> impl Iterator<Item = &Map<String, Value>> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// The codes of a taxonomy among the attributes.
fn codes(of: &Map<String, Value>, taxonomy: &str) -> Vec<String> {
    let terms = objects(of.get("attributes")).filter_map(|attribute| attribute.get("taxonomy_term")?.as_object());
    terms
        .filter(|term| term.get("taxonomy").and_then(Value::as_str) == Some(taxonomy))
        .map(|term| text(term.get("code")))
        .collect()
}

/// A field of the first object of a list.
fn first(of: &Map<String, Value>, list: &str, field: &str) -> String {
    objects(of.get(list)).map(|object| text(object.get(field))).find(|text| !text.is_empty()).unwrap_or_default()
}

/// A field of every object of a list, a space between.
fn all(of: &Map<String, Value>, list: &str, field: &str) -> String {
    objects(of.get(list)).map(|object| text(object.get(field))).collect::<Vec<_>>().join(" ")
}

/// A row of these cells, and of what else there is, which the directory does not know.
fn row(sheet: &'static str, number: u64, of: &Map<String, Value>, known: &[&str], cells: Vec<(&str, String)>) -> Raw {
    let mut cells: HashMap<String, String> = cells.into_iter().map(|(column, text)| (column.to_owned(), text)).collect();
    for (field, value) in of.iter().filter(|(field, _)| !known.contains(&field.as_str())) {
        let is_empty = match value {
            Value::Null => true,
            Value::Array(items) => items.is_empty(),
            Value::String(text) => text.is_empty(),
            Value::Object(_) | Value::Bool(_) | Value::Number(_) => false,
        };
        // An address is told by its field; what stands in it is not carried about. No column of ours is overwritten.
        if !is_empty && (ADDRESSES.contains(&field.as_str()) || !cells.contains_key(field)) {
            cells.insert(field.clone(), "…".to_owned());
        }
    }
    Raw { at: Place { sheet, row: number }, cells }
}

fn one(reader: &mut Reader, number: u64, of: &Map<String, Value>) -> Result<(), NotTaken> {
    let name = text(of.get("name"));
    let known = ["id", "name", "description", "attributes", "phones", "services", "licences"];
    let cells = vec![
        ("name", name.clone()),
        ("kind", codes(of, KIND).pop().unwrap_or_default()),
        ("division", codes(of, DIVISION).pop().unwrap_or_default()),
        ("contact_point", first(of, "phones", "number")),
    ];
    reader.row(&row("providers", number, of, &known, cells))?;
    for service in objects(of.get("services")) {
        let status = text(service.get("status"));
        if !(status.is_empty() || status == "active") {
            // HSDS keeps what is given no more; the directory lists what is given.
            reader.ignore("services.status".to_owned());
            continue;
        }
        let known = [
            "id",
            "name",
            "status",
            "description",
            "attributes",
            "service_areas",
            "languages",
            "schedules",
            "capacities",
            "organization_id",
        ];
        let english = objects(service.get("attributes")).find(|attribute| {
            attribute.get("taxonomy_term").and_then(|term| term.get("taxonomy")).and_then(Value::as_str) == Some(ENGLISH)
        });
        let cells = vec![
            ("provider", name.clone()),
            ("name", text(service.get("name"))),
            ("kind", codes(service, HELP).pop().unwrap_or_default()),
            ("audiences", codes(service, AUDIENCE).join(" ")),
            ("divisions", all(service, "service_areas", "extent")),
            ("languages", all(service, "languages", "code")),
            ("hours", first(service, "schedules", "description")),
            ("capacity", first(service, "capacities", "maximum")),
            ("description", text(service.get("description"))),
            ("description_en", english.map(|attribute| text(attribute.get("value"))).unwrap_or_default()),
        ];
        reader.row(&row("services", number, service, &known, cells))?;
    }
    for licence in objects(of.get("licences")) {
        let columns = ["name", "number", "issuer", "first_day", "last_day"];
        let mut cells: Vec<(&str, String)> = columns.into_iter().map(|column| (column, text(licence.get(column)))).collect();
        cells.push(("provider", name.clone()));
        let known = ["id", "name", "number", "issuer", "first_day", "last_day"];
        reader.row(&row("licences", number, licence, &known, cells))?;
    }
    Ok(())
}

/// An id for what has none of its own here: of its owner and of what it says, the same every time (a UUID of version 8).
fn id(of: &str, what: &str) -> String {
    let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(format!("{of} {what}")));
    let part = |from: usize, to: usize| digest.get(from..to).unwrap_or_default();
    format!("{}-{}-8{}-8{}-{}", part(0, 8), part(8, 12), part(12, 15), part(15, 18), part(18, 30))
}

fn term(of: &str, taxonomy: &str, code: &str) -> Value {
    json!({
        "id": id(of, &format!("attribute {taxonomy} {code}")), "link_id": of,
        "taxonomy_term": { "id": id(taxonomy, code), "code": code, "name": code, "taxonomy": taxonomy }
    })
}

fn service(view: &ServiceView) -> Value {
    let of = view.id.as_str();
    let mut attributes = vec![term(of, HELP, view.kind.as_str())];
    attributes.extend(view.audiences.iter().map(|word| term(of, AUDIENCE, word)));
    if let Some(text) = &view.description_en {
        let mut english = term(of, ENGLISH, "en");
        if let Some(object) = english.as_object_mut() {
            object.insert("value".to_owned(), json!(text));
        }
        attributes.push(english);
    }
    let area =
        |code: &String| json!({ "id": id(of, &format!("area {code}")), "service_id": of, "extent": code, "extent_type": GB });
    let language = |code: &String| json!({ "id": id(of, &format!("language {code}")), "service_id": of, "code": code });
    let schedule = |text: &String| json!({ "id": id(of, "schedule"), "service_id": of, "description": text });
    let capacity = |cases: i64| json!({ "id": id(of, "capacity"), "service_id": of, "available": (cases - view.live_cases).max(0), "maximum": cases });
    json!({
        "id": of, "organization_id": view.provider_id, "name": view.name, "status": "active", "description": view.description,
        "attributes": attributes,
        "service_areas": view.divisions.iter().map(area).collect::<Vec<_>>(),
        "languages": view.languages.iter().map(language).collect::<Vec<_>>(),
        "schedules": view.hours.iter().map(schedule).collect::<Vec<_>>(),
        "capacities": view.capacity.map(capacity).into_iter().collect::<Vec<_>>(),
    })
}

fn licence(view: &LicenceView) -> Value {
    json!({
        "id": view.id, "name": view.name, "number": view.number, "issuer": view.issuer, "first_day": view.first_day,
        "last_day": view.last_day
    })
}

/// One provider as an organization of HSDS 3: what `read` takes.
fn organization(view: &ProviderView) -> Value {
    let of = view.id.as_str();
    let phone = |number: &String| json!({ "id": id(of, "phone"), "organization_id": of, "number": number });
    json!({
        "id": of, "name": view.name, "description": view.name,
        "attributes": [term(of, KIND, view.kind.as_str()), term(of, DIVISION, &view.division)],
        "phones": view.contact_point.iter().map(phone).collect::<Vec<_>>(),
        "services": view.services.iter().map(service).collect::<Vec<_>>(),
        "licences": view.licences.iter().map(licence).collect::<Vec<_>>(),
    })
}

/// These providers as HSDS 3 JSON: a list of organizations, each compiled with what is its.
pub fn export(providers: &[ProviderView]) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec_pretty(&providers.iter().map(organization).collect::<Vec<_>>())
}
