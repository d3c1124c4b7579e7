//! Legal measures of the case: each text of them a marker.

use serde_json::json;

use super::{Marked, POLICE, STAFF, Under, WORKER};

const MEASURES: Under = Under::Facet("measures");
const COMMITTEE: &[&str] = &["jw_committee"];

impl Marked<'_> {
    /// Admonitions, orders, a report, a proceeding, a police matter: taken as far as they go.
    pub(super) async fn is_measured(&mut self) {
        let matter = self.police_matter().await;
        self.admonition("end").await;
        self.admonition("breach").await;
        for ending in ["reject", "revoke", "breach"] {
            self.order(ending).await;
        }
        let case = format!("/cases/{}", self.case);
        let report = json!({
            "station": self.app.agency("youyi_police"), "made_at": "2026-03-03T02:00:00Z",
            "made_by": self.words("report's maker", MEASURES, STAFF), "receipt": self.words("report's receipt", MEASURES, STAFF),
            "text": self.words("report", MEASURES, STAFF),
        });
        let report = self.post("fu_staff", &format!("{case}/mandatory-reports"), report).await.id();
        self.knows("mandatory-reports", &report);
        self.proceeding().await;
        let over = json!({
            "concluded_on": "2026-03-04", "crime_suspected": false, "outcome": self.words("matter's outcome", MEASURES, POLICE),
        });
        let freed = json!({ "at": "2026-03-03T02:00:00Z", "text": self.words("release", MEASURES, POLICE) });
        self.step("yy_police", &matter, "release", freed).await;
        self.step("yy_police", &matter, "conclude", over).await;
    }

    /// By a station that only sent the case in: it sees its own record, and nothing else.
    async fn police_matter(&mut self) -> String {
        let body = json!({
            "number": self.words("matter's number", MEASURES, POLICE), "opened_on": "2026-03-03", "crime_suspected": true,
            "text": self.words("matter", MEASURES, POLICE),
        });
        let at = format!("/cases/{}/police-matters", self.case);
        let id = self.post("yy_police", &at, body).await.id();
        self.knows("police-matters", &id);
        format!("{at}/{id}")
    }

    async fn admonition(&mut self, ending: &str) {
        let at = format!("/cases/{}/admonitions", self.case);
        let request = json!({
            "station": self.app.agency("youyi_police"), "her_wish": "wants",
            "text": self.words("admonition's request", MEASURES, STAFF),
        });
        let id = self.post("fu_staff", &at, request).await.id();
        self.knows("admonitions", &id);
        let at = format!("{at}/{id}");
        let issue = json!({
            "number": self.words("admonition's number", MEASURES, POLICE), "issued_on": "2026-03-03",
            "facts": self.words("admonition's facts", MEASURES, POLICE),
            "prohibition": self.words("admonition's prohibition", MEASURES, POLICE), "committee": self.app.agency("committee"),
        });
        self.step("yy_police", &at, "issue", issue).await;
        let serve = json!({
            "recipient": "respondent", "at": "2026-03-03T03:30:00Z", "how": "in_person",
            "receipt": self.words("service's receipt", MEASURES, POLICE),
        });
        self.step("yy_police", &at, "serve", serve).await;
        let visits = self.app.who("yy_police").get(&format!("{at}/visits")).await.unwrap();
        let visit = visits.text("/items/0/id");
        self.knows("visits", &visit);
        let kept = json!({
            "outcome": "kept", "at": "2026-03-03T03:45:00Z", "text": self.words("visit's text", MEASURES, COMMITTEE),
        });
        self.step("jw_committee", &format!("{at}/visits/{visit}"), "record", kept).await;
        let mut last = json!({ "text": self.words("admonition's ending", MEASURES, POLICE) });
        if ending == "breach" {
            last["at"] = json!("2026-03-03T03:50:00Z");
        }
        self.step("yy_police", &at, ending, last).await;
    }

    async fn order(&mut self, ending: &str) {
        let at = format!("/cases/{}/protection-orders", self.case);
        let draft = json!({
            "applicant": "survivor", "her_wish": "wants", "court_name": self.words("court", MEASURES, WORKER),
            "prohibitions": ["violence"], "urgent": true, "facts": self.words("order's facts", MEASURES, WORKER),
        });
        let id = self.post("qz_worker", &at, draft).await.id();
        self.knows("protection-orders", &id);
        let at = format!("{at}/{id}");
        self.step("qz_worker", &at, "file", json!({ "filed_on": "2026-03-03" })).await;
        let number = self.words("order's number", MEASURES, STAFF);
        self.step("fu_staff", &at, "accept", json!({ "at": "2026-03-03T02:00:00Z", "number": number })).await;
        let mut why = json!({ "text": self.words("order's ending", MEASURES, STAFF) });
        if ending != "reject" {
            let order = json!({
                "in_force_on": "2026-03-03", "ends_on": "2026-09-03", "prohibitions": ["violence", "contact"],
                "prohibition": self.words("order's words", MEASURES, STAFF),
            });
            self.step("fu_staff", &at, "take-effect", order).await;
        }
        if ending == "breach" {
            let change = json!({
                "change": "variation", "applied_on": "2026-03-03", "prohibitions": ["move_out"],
                "text": self.words("order's change", MEASURES, STAFF),
            });
            self.step("fu_staff", &at, "changes", change).await;
            why["at"] = json!("2026-03-03T03:00:00Z");
        }
        self.step("fu_staff", &at, ending, why).await;
    }

    async fn proceeding(&mut self) {
        let at = format!("/cases/{}/proceedings", self.case);
        let open = json!({
            "kind": "divorce", "court_name": self.words("court", MEASURES, STAFF), "opened_on": "2026-03-03",
            "number": self.words("proceeding's number", MEASURES, STAFF), "text": self.words("proceeding", MEASURES, STAFF),
        });
        let id = self.post("fu_staff", &at, open).await.id();
        self.knows("proceedings", &id);
        let at = format!("{at}/{id}");
        let hearing = json!({
            "at": "2026-04-03T02:00:00Z", "place": self.words("courtroom", MEASURES, STAFF), "text": self.words("hearing", MEASURES, STAFF),
        });
        self.step("fu_staff", &at, "hearings", hearing).await;
        let over = json!({ "concluded_on": "2026-03-04", "outcome": self.words("proceeding's outcome", MEASURES, STAFF) });
        self.step("fu_staff", &at, "conclude", over).await;
    }
}
