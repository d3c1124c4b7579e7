//! What is mediated in the marked case: each text marked.

use reqwest::Method;
use serde_json::json;

use super::{JUDICIAL, Marked, Under};
use crate::app::Expect;

impl Marked<'_> {
    /// Four series: called off, refused, stopped, and one that comes to an agreement.
    pub(super) async fn is_mediated(&mut self) {
        let parties = self.app.who("fu_staff").get(&format!("/cases/{}/parties", self.case)).await.is(200);
        let of = |kind: &str| {
            let found = parties.body["items"].as_array().unwrap().iter().find(|party| party["kind"] == kind).unwrap();
            found["id"].as_str().unwrap().to_owned()
        };
        let (her, him) = (of("survivor"), of("respondent"));
        let mediation = Under::Facet("mediation");
        let proposals = format!("/cases/{}/mediations", self.case);
        for ending in ["cancel", "refuse", "stop", ""] {
            let note = json!({ "note": self.words("proposal", mediation, JUDICIAL) });
            let id = self.post("sf_judicial", &proposals, note).await.id();
            self.knows("mediations", &id);
            if !ending.is_empty() {
                let mut body = json!({ "reason": self.words("ending's reason", mediation, JUDICIAL) });
                if ending != "cancel" {
                    body["party_id"] = json!(her);
                }
                self.change(
                    Method::POST,
                    "sf_judicial",
                    &format!("{proposals}/{id}"),
                    &format!("/mediations/{id}/{ending}"),
                    body,
                )
                .await;
                continue;
            }
            let at = format!("/mediations/{id}");
            for (party, when) in [(&her, "2026-03-03T01:00:00Z"), (&him, "2026-03-03T03:00:00Z")] {
                let answers = self.words("screening answers", Under::Facet("confidential"), JUDICIAL);
                let sheet = json!({ "party_id": party, "at": when, "held_alone": true, "answers": answers, "fit": true });
                self.post("sf_judicial", &format!("{at}/screenings"), sheet).await;
                let words = self.words("consent's words", mediation, JUDICIAL);
                let body = json!({ "party_id": party, "voluntary": true, "given_on": "2026-03-03", "words": words });
                self.post("sf_judicial", &format!("{at}/consents"), body).await;
            }
            self.change(Method::POST, "sf_judicial", &format!("{proposals}/{id}"), &format!("{at}/clear"), json!({})).await;
            let day = self.app.now().plus_days(1).day().to_string();
            let body = json!({
                "starts_at": format!("{day}T01:00:00Z"), "ends_at": format!("{day}T02:00:00Z"), "room": "A1",
                "mediator_user": self.app.user("sf_judicial"),
            });
            let session = self.post("sf_judicial", &format!("{at}/sessions"), body).await.id();
            self.knows("sessions", &session);
            let papers = self.app.who("qz_worker").get(&format!("{at}/notices")).await.is(200);
            let paper = papers.text("/items/0/id");
            self.knows("notices", &paper);
            self.step("qz_worker", &format!("{at}/notices/{paper}"), "release", json!({})).await;
            self.app.clock.advance_minutes(24 * 60);
            let held = json!({ "outcome": "agreed", "record": self.words("session's record", mediation, JUDICIAL) });
            self.step("sf_judicial", &format!("{at}/sessions/{session}"), "hold", held).await;
            // Each clause becomes an action, and is told as one (domain.md, "The mediation gate").
            let clause = self.words("clause", Under::Facet("actions"), JUDICIAL);
            let clauses = json!({ "signed_on": day, "clauses": [{ "text": clause, "by_party": him }] });
            let path = format!("{at}/agreement");
            self.change(Method::PUT, "sf_judicial", &path, &path, clauses).await;
            let applied = json!({ "outcome": "applied", "decided_on": day });
            self.change(Method::POST, "sf_judicial", &path, &format!("{path}/confirm"), applied).await;
        }
    }
}
