//! A receipt, checked by somebody who has only a checkpoint and the log's key.

use std::path::Path;

use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::app::{Expect, on_both_databases};
use crate::eye::{Eye, Said, grow, lianhu, log_signer, newest, signed_again, size_of};

fn check(folder: &Path, receipt: &Value, more: &[&str]) -> Said {
    std::fs::write(folder.join("receipt.json"), receipt.to_string()).expect("written");
    let mut args = vec!["audit", "check-receipt", "receipt.json"];
    args.extend(more);
    lianhu(folder, &args)
}

on_both_databases! {
    async fn a_receipt_is_checked_by_whoever_has_the_checkpoint(app: App) {
        let eye = Eye::new("federation.example.cn/witness", "fu_auditor");
        let staff = app.who("fu_staff");
        let intake = json!({ "source": "walk_in", "parties": [{ "kind": "survivor", "name": "林" }] });
        let case = staff.post("/cases", intake).await.is(201).id();
        staff.post(&format!("/cases/{case}/declarations"), json!({ "conflict": false })).await.is(201);
        let shown = staff.get(&format!("/cases/{case}")).await.is(200);
        let entry = shown.header("audit-receipt").expect("a receipt").to_owned();
        grow(&app, 20).await;
        eye.look_at(&app.base, &["--register"]).ended(0);
        let receipt = staff.get(&format!("/audit/entries/{entry}/proof")).await.is(200).body;
        let folder = eye.folder.path();
        let key = log_signer(&newest(&app).1, 0xdd).public().to_string();
        let by = ["--log-key", key.as_str()];
        let said = check(folder, &receipt, &by).ended(0);
        for word in ["PROVED", &case, &entry, &app.user("fu_staff"), "view_case", "nobody whose key was given", "--checkpoint"] {
            assert!(said.out.contains(word), "{word}: {}", said.out);
        }
        std::fs::write(folder.join("witnesses"), format!("# ours\n{}\n", eye.key)).expect("written");
        let kept = eye.checkpoint().to_string_lossy().into_owned();
        let all = ["--log-key", key.as_str(), "--checkpoint", kept.as_str(), "--witness-keys", "witnesses"];
        let said = check(folder, &receipt, &all).ended(0);
        assert!(said.out.contains("federation.example.cn/witness") && !said.out.contains("--checkpoint"), "{}", said.out);

        // Whatever is changed, it proves nothing any more.
        let mut wrong = Vec::new();
        let mut change = |pointer: &str, value: Value| {
            let mut changed = receipt.clone();
            *changed.pointer_mut(pointer).expect("there") = value;
            wrong.push(changed);
        };
        change("/index", json!(receipt["index"].as_u64().expect("a number") + 1));
        change("/index", json!(u64::MAX));
        change("/entry", json!(receipt["entry"].as_str().expect("text").replace("view_case", "view_home")));
        change("/entry", json!(receipt["entry"].as_str().expect("text").to_owned() + " "));
        change("/entry_id", json!(case));
        change("/proof/0", json!(BASE64.encode(&[7; 32])));
        change("/proof", json!([]));
        let own = receipt["checkpoint"].as_str().expect("a note").to_owned();
        change("/checkpoint", json!(own.replacen(&format!("\n{}\n", size_of(&own)), "\n5\n", 1)));
        let stranger = log_signer(&own, 9);
        change("/checkpoint", json!(signed_again(&own, &[&stranger])));
        change("/checkpoint", json!("nothing"));
        for changed in &wrong {
            let said = check(folder, changed, &by).ended(3);
            assert!(said.err.contains("NOT PROVED") && said.out.is_empty(), "{}", said.err);
        }
        // Of a checkpoint that is kept, another root or another size is refused; of witnesses, a forged line.
        let ours = log_signer(&own, 0xdd);
        let fork = own.replacen(own.lines().nth(2).expect("a root"), &BASE64.encode(&[7; 32]), 1);
        std::fs::write(folder.join("fork"), signed_again(&fork, &[&ours])).expect("written");
        let said = check(folder, &receipt, &["--log-key", &key, "--checkpoint", "fork"]).ended(3);
        assert!(said.err.contains("two different trees"), "{}", said.err);
        grow(&app, 3).await;
        std::fs::write(folder.join("later"), newest(&app).1).expect("written");
        check(folder, &receipt, &["--log-key", &key, "--checkpoint", "later"]).ended(3);
        // The log proves it under whichever checkpoint was kept.
        let again = format!("/audit/entries/{entry}/proof?size=");
        let later = staff.get(&format!("{again}{}", newest(&app).0)).await.is(200).body;
        check(folder, &later, &["--log-key", &key, "--checkpoint", "later"]).ended(0);
        let earlier = staff.get(&format!("{again}{}", eye.size())).await.is(200).body;
        check(folder, &earlier, &all).ended(0);
        for none in [0, 1, newest(&app).0 + 1_000_000, 9_223_372_036_854_775_807] {
            staff.get(&format!("{again}{none}")).await.is(404);
        }
        check(folder, &receipt, &["--log-key", &stranger.public().to_string()]).ended(3);

        // What cannot be read is another matter, and so is what was typed wrong.
        check(folder, &json!({ "entry": 1 }), &by).ended(1);
        check(folder, &receipt, &["--log-key", &key, "--checkpoint", "none"]).ended(1);
        let mut garbled = receipt.clone();
        garbled["proof"] = json!(["AAAA"]);
        check(folder, &garbled, &by).ended(1);
        check(folder, &receipt, &[]).ended(2);
        check(folder, &receipt, &["--log-key", &eye.key.to_string()]).ended(2);
    }
}
