//! A case shown with its newest notes: each under its facet, and none that is withheld.

use serde_json::json;

use lianhu::cli::demo::client::Answer;

use crate::app::{Expect, on_both_databases};
use crate::referrals::{consents, service};

/// The texts of a facet's notes; nothing where the answer holds no notes there.
fn texts(case: &Answer, facet: &str) -> Option<Vec<String>> {
    let notes = case.body["facets"][facet]["notes"].as_array()?;
    Some(notes.iter().map(|note| note["text"].as_str().unwrap_or_default().to_owned()).collect())
}

fn said(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

on_both_databases! {
    async fn a_case_is_shown_with_its_newest_notes(app: App) {
        let staff = app.who("fu_staff");
        let intake = json!({ "source": "walk_in", "parties": [{ "kind": "survivor", "name": "林晓梅" }] });
        let case = staff.post("/cases", intake).await.is(201).id();
        let at = format!("/cases/{case}");
        staff.post(&format!("{at}/declarations"), json!({ "conflict": false })).await.is(201);
        for (kind, text) in [("progress", "一"), ("incident", "二"), ("confidential", "三"), ("progress", "四")] {
            staff.post(&format!("{at}/notes"), json!({ "kind": kind, "text": text })).await.is(201);
        }

        let whole = staff.get(&format!("{at}?notes=100")).await.is(200);
        assert_eq!(texts(&whole, "progress"), Some(said(&["四", "一"])));
        assert_eq!(texts(&whole, "incident"), Some(said(&["二"])));
        // Withheld from its author too, who reads only what they wrote.
        assert_eq!(texts(&whole, "confidential"), None);
        let own = staff.get(&format!("{at}/notes?kind=confidential")).await.is(200);
        assert_eq!(own.body["items"].as_array().map(Vec::len), Some(1));

        let newest = staff.get(&format!("{at}?notes=1")).await.is(200);
        assert_eq!((texts(&newest, "progress"), texts(&newest, "incident")), (Some(said(&["四"])), Some(said(&[]))));
        let bare = staff.get(&at).await.is(200);
        assert_eq!(texts(&bare, "progress"), None);
        // A note is a record of its own: the case itself did not change.
        assert_eq!(bare.header("etag"), whole.header("etag"));
        staff.get(&format!("{at}?notes=101")).await.problem(422, "not_valid");

        // Whoever sees other facets sees their notes alone.
        consents(&app, &case, "haitong", "legal_advice", &["incident"]).await;
        let asked = service(&app, &case, "haitong", "legal_advice", &["incident"]);
        let referral = format!("/referrals/{}", staff.post("/referrals", asked).await.is(201).id());
        staff.step(&referral, "send", json!({})).await.is(200);
        let legal = app.who("ht_legal");
        for step in ["acknowledge", "accept"] {
            legal.step(&referral, step, json!({})).await.is(200);
        }
        legal.post(&format!("{at}/declarations"), json!({ "conflict": false })).await.is(201);
        let seen = legal.get(&format!("{at}?notes=100")).await.is(200);
        assert_eq!(seen.body["facets"].as_object().map(|facets| facets.keys().cloned().collect()), Some(said(&["incident"])));
        assert_eq!(texts(&seen, "incident"), Some(said(&["二"])));
    }
}
