//! Documents of the case that goes on: announced, sent, read, one of them erased.

use reqwest::Method;
use serde_json::json;

use super::{Asked, Scene};
use crate::app::Expect as _;

const TEXT: &str = "她私下所说";

fn announced() -> serde_json::Value {
    json!({ "title": "酒后殴打妻子", "file_name": "林晓梅.txt", "facets": ["identity", "progress"], "size": TEXT.len() })
}

/// The worker sends two documents; one is in error.
pub async fn file(scene: &mut Scene<'_>) {
    let (case, worker) = (scene.id("case"), "qz_worker");
    let at = case.as_str();
    let document = scene.post(worker, "add_document", &[at], announced()).await.id();
    let path = format!("/api/v1/cases/{at}/documents/{document}/content");
    let sent = scene.app.who(worker).put_file(path.trim_start_matches("/api/v1"), "text/plain", TEXT.into()).await;
    sent.is(200);
    // What may not, is refused before a byte of the body is looked at: any body will do.
    let asked = Asked { method: Method::PUT, path, body: Some(json!({})), tag: None };
    scene.asked.insert("fill_document".to_owned(), asked);
    scene.get(worker, "view_document", &[at, &document]).await;
    scene.get(worker, "list_documents", &[at]).await;
    scene.get(worker, "read_document", &[at, &document]).await;
    let why = json!({ "reason_code": "entered_in_error" });
    scene.post(worker, "propose_document_erasure", &[at, &document], why).await;
}
