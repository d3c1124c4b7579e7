//! Documents whose title, file name and content are markers, some of several facets.

use reqwest::Method;
use serde_json::json;

use super::{Marked, STAFF, Under, WORKER};
use crate::app::Expect as _;

impl Marked<'_> {
    /// Whoever works the case sends documents; one waits for its content still.
    pub(super) async fn is_filed(&mut self) {
        let confidential = "confidential";
        for (who, authors, facets) in [
            ("qz_worker", WORKER, &["progress"][..]),
            ("fu_staff", STAFF, &["incident"]),
            ("fu_staff", STAFF, &[confidential]),
            ("qz_worker", WORKER, &["location", "incident"]),
            ("fu_staff", STAFF, &["incident", confidential]),
        ] {
            // Of the facets of each, one is held only by who holds the others too.
            let under = Under::Facet(match facets {
                [one] => one,
                [.., last] if *last == confidential => last,
                [first, ..] => first,
                [] => "",
            });
            let content = self.words("document's content", under, authors);
            let new = json!({
                "title": self.words("document's title", under, authors),
                "file_name": format!("{}.txt", self.words("document's file", under, authors)),
                "facets": facets, "size": content.len(),
            });
            let path = format!("/cases/{}/documents", self.case);
            let id = self.post(who, &path, new).await.id();
            self.knows("documents", &id);
            let path = format!("{path}/{id}/content");
            self.noted(Method::PUT, &path, &json!(null));
            self.app.who(who).put_file(&path, "text/plain", content.into_bytes()).await.is(200);
        }
        let under = Under::Facet("progress");
        let new = json!({
            "title": self.words("unfilled title", under, WORKER),
            "file_name": format!("{}.pdf", self.words("unfilled file", under, WORKER)),
            "facets": ["progress"], "size": 100,
        });
        let path = format!("/cases/{}/documents", self.case);
        let id = self.post("qz_worker", &path, new).await.id();
        self.knows("documents", &id);
    }
}
