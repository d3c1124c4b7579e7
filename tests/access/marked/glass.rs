//! Break-glass on the case of the story: each text of it a marker; over and answered for before anybody looks around.

use serde_json::{Value, json};

use super::{Marked, NOBODY, POLICE, SUPERVISOR, Under};

const PROGRESS: Under = Under::Facet("progress");
const OFFICER: &[&str] = &["yp_police"];
const DUTY: &[&str] = &["fu_other"];

impl Marked<'_> {
    /// Asked in vain, asked and declined, asked and released and found unjustified; and opened by a grant.
    pub(super) async fn is_opened_in_an_emergency(&mut self) {
        let now = self.app.now();
        let turn =
            json!({ "user_id": self.app.user("fu_other"), "from": now.to_string(), "until": now.plus_days(1).to_string() });
        let turn = self.post("fu_supervisor", "/duty", turn).await.id();
        self.knows("duty", &turn);
        let asking = |reason: String| json!({ "reason_code": "she_is_here", "reason": reason, "facets": ["identity", "risk"] });

        // Of nobody who has a case: kept under no key.
        let mut by_number = asking(self.words("reason of a miss", Under::Nobody, NOBODY));
        by_number["id_number"] = json!(self.mark("asked number", Under::Nobody, NOBODY));
        self.post("yp_police", "/break-glass", by_number).await;
        let mut by_name = asking(self.words("reason of a miss", Under::Nobody, NOBODY));
        (by_name["name"], by_name["birth_date"]) = (json!(self.mark("asked name", Under::Nobody, NOBODY)), json!("1990-05-12"));
        self.post("yp_police", "/break-glass", by_name).await;

        let parties = self.app.who("fu_staff").get(&format!("/cases/{}/parties", self.case)).await.unwrap();
        let hers = |party: &&Value| party["kind"] == "survivor";
        let number = parties.body["items"].as_array().unwrap().iter().find(hers).unwrap()["identity"]["id_number"].clone();
        for ending in ["decline", "release"] {
            let mut hit = asking(self.words("reason", PROGRESS, OFFICER));
            hit["id_number"] = number.clone();
            self.post("yp_police", "/break-glass", hit).await;
            let desk = self.app.who("fu_other").get("/desk?limit=100").await.unwrap();
            let rings = desk.body["items"].as_array().unwrap().iter().find(|item| item["notice"] == "break_glass_asked").unwrap();
            let id = rings["record"]["id"].as_str().unwrap().to_owned();
            self.knows("break-glass", &id);
            let body = match ending {
                "decline" => json!({ "reason": self.words("declining's reason", PROGRESS, DUTY) }),
                _ => json!({ "facets": ["identity"] }),
            };
            self.step("fu_other", &format!("/break-glass/{id}"), ending, body).await;
        }
        let by_grant = json!({
            "reason_code": "danger_now", "reason": self.words("reason", PROGRESS, POLICE), "facets": ["incident"],
        });
        let opened = self.post("yy_police", &format!("/cases/{}/break-glass", self.case), by_grant).await;
        self.knows("break-glass", &opened.text("/items/0/id"));

        self.app.clock.advance_minutes(181);
        let list = self.app.who("fu_staff").get(&format!("/cases/{}/break-glass", self.case)).await.unwrap();
        for item in list.body["items"].as_array().unwrap().iter().filter(|item| item["state"] == "expired") {
            let at = format!("/break-glass/{}", item["id"].as_str().unwrap());
            let review = json!({ "finding": "unjustified", "text": self.words("review", PROGRESS, SUPERVISOR) });
            self.step("fu_supervisor", &at, "review", review).await;
            let back = json!({ "reason": self.words("right's return", PROGRESS, SUPERVISOR) });
            self.step("fu_supervisor", &at, "restore", back).await;
        }
    }
}
