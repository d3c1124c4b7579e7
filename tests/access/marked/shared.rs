//! What the marked case shares with partners: consents, and referrals that rest on them.

use serde_json::json;

use super::{FACETS, JUDICIAL, Marked, NOBODY, STAFF, Under};

impl Marked<'_> {
    pub(super) async fn consents(&mut self, to: &str, purpose: &str, facets: &[&str], user: Option<String>) {
        let is_guardian = purpose == "living_assistance";
        let mut body = json!({
            "recipient_agency": self.app.agency(to), "purpose": purpose, "facets": facets, "expires_on": "2026-12-31",
            "given_by": if is_guardian { "guardian" } else { "survivor" }, "given_on": "2026-03-03",
            "wish": self.words("wish", Under::Facet("progress"), STAFF),
            "child_view": self.words("child's view", Under::Facet("progress"), STAFF),
        });
        if is_guardian {
            body["guardian_name"] = json!(self.words("guardian", Under::Facet("progress"), STAFF));
        }
        if let Some(user) = user {
            body["recipient_user"] = json!(user);
        }
        let path = format!("/cases/{}/consents", self.case);
        let id = self.post("fu_staff", &path, body).await.id();
        self.knows("consents", &id);
    }

    pub(super) async fn is_referred(&mut self) {
        for (agency, who, help, facets) in FACETS {
            self.consents(agency, help, facets, None).await;
            let between: &'static [&'static str] = match who {
                "ht_legal" => &["fu_staff", "fu_supervisor", "fu_other", "ht_legal"],
                "xy_counsellor" => &["fu_staff", "fu_supervisor", "fu_other", "xy_counsellor"],
                "gqt_league" => &["fu_staff", "fu_supervisor", "fu_other", "gqt_league"],
                _ => &["fu_staff", "fu_supervisor", "fu_other", "sf_judicial"],
            };
            self.refer(agency, who, help, facets, between).await;
            self.declares(who).await;
        }
        let between = &["fu_staff", "fu_supervisor", "fu_other", "jw_committee"];
        self.consents("committee", "living_assistance", &["identity"], None).await;
        let at = self.refer("committee", "jw_committee", "living_assistance", &["identity"], between).await;
        self.declares("jw_committee").await;
        let outcome = json!({ "text": self.words("outcome", Under::Between(between), NOBODY) });
        self.step("jw_committee", &at, "complete", outcome).await;
        self.note("xy_counsellor", "counselling", "confidential", &["xy_counsellor"]).await;
        self.note("ht_legal", "measure", "measures", &["ht_legal"]).await;
        self.note("sf_judicial", "mediation", "mediation", JUDICIAL).await;
        self.note("sf_judicial", "confidential", "confidential", JUDICIAL).await;
    }
    async fn refer(&mut self, agency: &str, who: &str, help: &str, facets: &[&str], between: &'static [&'static str]) -> String {
        let kind = if help == "mediation" { "mediation" } else { "service" };
        let body = json!({
            "case_id": self.case, "kind": kind, "help": help, "to_agency": self.app.agency(agency), "facets": facets,
            "urgency": "normal", "text": self.words("referral's text", Under::Between(between), NOBODY),
        });
        let at = format!("/referrals/{}", self.post("fu_staff", "/referrals", body).await.id());
        self.knows("referrals", at.trim_start_matches("/referrals/"));
        self.step("fu_staff", &at, "send", json!({})).await;
        self.step(who, &at, "acknowledge", json!({})).await;
        self.step(who, &at, "accept", json!({})).await;
        at
    }
}
