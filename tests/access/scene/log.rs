//! The log: checkpoints, tiles, proofs, witnesses.

use lianhu::audit::log::note::Use;
use lianhu::audit::log::{Checkpoint, Signer};
use serde_json::json;

use super::Scene;

/// What a witness that knows the log's key does.
pub async fn check(scene: &mut Scene<'_>) {
    scene.app.lianhu.sequence().await.unwrap();
    let note = scene.get("fu_auditor", "view_checkpoint", &[]).await;
    let note = String::from_utf8(note.bytes).unwrap();
    // An access of the auditor's own, which nobody else may have proved.
    let listed = scene.get("jd_auditor", "list_audit_entries", &[]).await;
    let receipt = listed.header("audit-receipt").unwrap().to_owned();
    scene.app.lianhu.sequence().await.unwrap();
    let proof = scene.get("jd_auditor", "view_receipt", &[&receipt]).await;
    let keys: Vec<_> =
        proof.body["log_keys"].as_array().unwrap().iter().map(|key| key.as_str().unwrap().parse().unwrap()).collect();
    let checkpoint = Checkpoint::open(&note, &keys).unwrap();
    let listed = scene.get("fu_auditor", "list_log_keys", &[]).await;
    assert_eq!(listed.body["items"][0]["verifier_key"], proof.body["log_keys"][0]);
    scene.get("jd_auditor", "view_tile", &["entries/000"]).await;
    let witness = Signer::new("fu.example.cn", Use::Witness, &[7; 32]).unwrap();
    let named = json!({ "verifier_key": witness.public().to_string() });
    let id = scene.post("fu_auditor", "register_witness", &[], named).await.id();
    scene.get("fu_auditor", "view_witness", &[&id]).await;
    let line = witness.cosign(&checkpoint, scene.app.now()).unwrap();
    scene.post("fu_auditor", "cosign", &[], json!({ "size": checkpoint.size, "cosignature": line })).await;
    let of = format!("?size={}", checkpoint.size);
    scene.ok("fu_auditor", "list_cosignatures", &[], &of, serde_json::Value::Null).await;
    let objection = json!({
        "witness": "fu.example.cn", "kind": "rollback", "seen_size": checkpoint.size + 1, "seen_note": "", "offered_note": note,
    });
    scene.post("fu_auditor", "object_to_log", &[], objection).await;
    scene.get("fu_auditor", "list_witnesses", &[]).await;
    scene.step("fu_auditor", "end_witness", &[&id]).await;
}
